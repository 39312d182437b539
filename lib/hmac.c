/*
 * HMAC (RFC 2104) over the SHA-256 that the digests of releases are made
 * with: H(key ^ opad, H(key ^ ipad, data)), the key filled up to one block.
 */
#include <svctag/hmac.h>

#include <string.h>

#include "sha256.h"

#define BLOCK_SIZE 64
#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

static void
add(struct sha256 *sha, const void *data, size_t size)
{
	if (size > 0) /* memcpy() takes no NULL, not even for nothing */
		svctag_sha256_add(sha, data, size);
}

void
svctag_sha256(const void *data, size_t size, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	struct sha256 sha;

	svctag_sha256_begin(&sha);
	add(&sha, data, size);
	svctag_sha256_end(&sha, ret);
}

/* Begin a hash with the padded key. */
static void
begin(struct sha256 *sha, const uint8_t key[BLOCK_SIZE], uint8_t pad)
{
	uint8_t block[BLOCK_SIZE];

	for (size_t i = 0; i < BLOCK_SIZE; i++)
		block[i] = key[i] ^ pad;
	svctag_sha256_begin(sha);
	svctag_sha256_add(sha, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

void
svctag_hmac_sha256(const void *key, size_t key_size, const void *data, size_t size, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	uint8_t block[BLOCK_SIZE] = { 0 };
	uint8_t inner[SVCTAG_DIGEST_SIZE];
	struct sha256 sha;

	if (key_size > sizeof(block))
		svctag_sha256(key, key_size, block);
	else if (key_size > 0)
		memcpy(block, key, key_size);
	begin(&sha, block, INNER_PAD);
	add(&sha, data, size);
	svctag_sha256_end(&sha, inner);
	begin(&sha, block, OUTER_PAD);
	svctag_sha256_add(&sha, inner, sizeof(inner));
	svctag_sha256_end(&sha, ret);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(&sha, sizeof(sha));
}
