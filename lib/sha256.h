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

/** Take whole blocks of 64 bytes into the state. */
typedef void sha256_compress(uint32_t state[8], const uint8_t *blocks, size_t count);

/** Bytes that are gathered first: the words of a block that were written just now, in smaller pieces, are slow to load. */
#define SHA256_GATHERED 1024U

struct sha256 {
	sha256_compress *compress;
	uint32_t state[8];
	uint64_t size;
	size_t used;                            /**< of what is gathered */
	uint8_t gathered[SHA256_GATHERED + 64]; /**< the end may take a block more */
};

void svctag_sha256_begin(struct sha256 *sha);
void svctag_sha256_add(struct sha256 *sha, const void *data, size_t size);
void svctag_sha256_end(struct sha256 *sha, uint8_t digest[32]);

/** The round constants of FIPS 180-4, section 4.2.2. */
extern const uint32_t sha256_constants[64];

/** In portable C. What svctag_sha256_begin() chooses where there is nothing faster. */
void sha256_compress_portable(uint32_t state[8], const uint8_t *blocks, size_t count);
/** With the processor's own instructions, or NULL where this one has none. */
sha256_compress *sha256_compress_native(void);

#endif
