/**
 * @file
 * SHA-256 (FIPS 180-4) of some bytes, and a code over them that only the
 * holders of a key can make (HMAC, RFC 2104). Plain functions; any thread.
 */
#ifndef SVCTAG_HMAC_H
#define SVCTAG_HMAC_H

#include <stddef.h>

#include <svctag/release.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @param data      may be NULL if size is 0
 * @param[out] ret  svctag_digest_format() writes it as text
 */
SVCTAG_API void svctag_sha256(const void *data, size_t size, uint8_t ret[SVCTAG_DIGEST_SIZE]);

/**
 * HMAC-SHA256.
 * @param key       of any length; may be NULL if key_size is 0
 * @param data      may be NULL if size is 0
 * @param[out] ret  svctag_digest_format() writes it as text
 */
SVCTAG_API void svctag_hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
				   uint8_t ret[SVCTAG_DIGEST_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
