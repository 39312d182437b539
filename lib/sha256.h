/**
 * @file
 * SHA-256 (FIPS 180-4). Here rather than from a cryptographic library because
 * libsvctag depends on SQLite alone, and loading one costs a cold look-up more
 * than the look-up itself. Hidden.
 */
#ifndef SVCTAG_SHA256_H
#define SVCTAG_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t size;
	uint8_t block[64];
};

void svctag_sha256_begin(struct sha256 *sha);
void svctag_sha256_add(struct sha256 *sha, const void *data, size_t size);
void svctag_sha256_end(struct sha256 *sha, uint8_t digest[32]);

#endif
