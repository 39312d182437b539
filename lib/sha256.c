#include <string.h>

#include "sha256.h"

const uint32_t sha256_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
load_big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One round of eight: in each the words have moved on by one, and instead of them their names move. */
static inline void
do_round(uint32_t s[8], unsigned int round, uint32_t input)
{
	uint32_t a = s[-round % 8];
	uint32_t b = s[(1 - round) % 8];
	uint32_t c = s[(2 - round) % 8];
	uint32_t e = s[(4 - round) % 8];
	uint32_t f = s[(5 - round) % 8];
	uint32_t g = s[(6 - round) % 8];
	uint32_t *h = &s[(7 - round) % 8];
	uint32_t one = *h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + input;
	uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));

	s[(3 - round) % 8] += one;
	*h = one + two;
}

static void
schedule(const uint8_t *block, uint32_t w[64])
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		w[i] = load_big(block + (size_t)i * 4);
	for (; i < 64; i++) {
		uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;

		w[i] = w[i - 16] + a + w[i - 7] + b;
	}
}

void
sha256_compress_portable(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	uint32_t w[64];
	uint32_t s[8];
	unsigned int i;

	for (; count > 0; count--, blocks += 64) {
		schedule(blocks, w);
		memcpy(s, state, sizeof(s));
		for (i = 0; i < 64; i += 8) {
			const uint32_t *k = sha256_constants + i;
			const uint32_t *v = w + i;

			do_round(s, 0, k[0] + v[0]);
			do_round(s, 1, k[1] + v[1]);
			do_round(s, 2, k[2] + v[2]);
			do_round(s, 3, k[3] + v[3]);
			do_round(s, 4, k[4] + v[4]);
			do_round(s, 5, k[5] + v[5]);
			do_round(s, 6, k[6] + v[6]);
			do_round(s, 7, k[7] + v[7]);
		}
		for (i = 0; i < 8; i++)
			state[i] += s[i];
	}
}

void
svctag_sha256_begin(struct sha256 *sha)
{
	static const uint32_t initial[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	sha->compress = sha256_compress_native();
	if (sha->compress == NULL)
		sha->compress = sha256_compress_portable;
	memcpy(sha->state, initial, sizeof(initial));
	sha->size = 0;
	sha->used = 0;
}

void
svctag_sha256_add(struct sha256 *sha, const void *data, size_t size)
{
	const uint8_t *p = data;

	sha->size += size;
	while (size >= SHA256_GATHERED - sha->used) {
		size_t room = SHA256_GATHERED - sha->used;

		memcpy(sha->gathered + sha->used, p, room);
		sha->compress(sha->state, sha->gathered, SHA256_GATHERED / 64);
		sha->used = 0;
		p += room;
		size -= room;
	}
	if (size > 0)
		memcpy(sha->gathered + sha->used, p, size);
	sha->used += size;
}

void
svctag_sha256_end(struct sha256 *sha, uint8_t digest[32])
{
	uint64_t bits = sha->size * 8;
	size_t used = sha->used;
	/* A one, zeros, and the length in the last eight bytes. */
	size_t blocks = (used + 1 + 8 + 63) / 64;
	uint8_t *end = sha->gathered + blocks * 64;
	unsigned int i;

	sha->gathered[used++] = 0x80;
	memset(sha->gathered + used, 0, blocks * 64 - used);
	for (i = 0; i < 8; i++)
		end[(int)i - 8] = (uint8_t)(bits >> (56 - 8 * i));
	sha->compress(sha->state, sha->gathered, blocks);
	for (i = 0; i < 32; i++)
		digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}
