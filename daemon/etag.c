/*
 * After FNV-1a with 128 bits (Fowler, Noll, Vo), eight bytes at a time: no
 * cryptography, but no accidents either. Every step can be undone, so what has
 * once made a difference makes one in the end.
 */
#include "etag.h"

#include <endian.h>
#include <string.h>

#include <svctag/api.h>

static svctag_u128
add_word(svctag_u128 state, uint64_t word)
{
	const svctag_u128 prime = (svctag_u128)1 << 88 | 0x13b;

	state = (state ^ word) * prime;
	return state ^ state >> 64;
}

/** The last bytes with zeros behind them. */
static void
add_bytes(struct etag *etag, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	svctag_u128 state = etag->state;
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		state = add_word(state, le64toh(word));
	}
	if (size > 0) {
		word = 0;
		for (size_t i = 0; i < size; i++)
			word |= (uint64_t)bytes[i] << 8 * i;
		state = add_word(state, word);
	}
	etag->state = state;
}

/** With its NUL, so that "a" "bc" and "ab" "c" differ. */
static void
add_text(struct etag *etag, const char *text)
{
	add_bytes(etag, text, strlen(text) + 1);
}

struct etag
etag_of_form(const char *content_type)
{
	struct etag etag = { (svctag_u128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d };

	add_text(&etag, SVCTAG_VERSION);
	add_text(&etag, content_type);
	return etag;
}

void
etag_add_release(struct etag *etag, const svctag_release_info *release)
{
	add_bytes(etag, release->digest, SVCTAG_DIGEST_SIZE);
	add_text(etag, release->cloud);
	add_text(etag, release->published);
	add_text(etag, release->source);
	add_text(etag, release->imported_at);
}

/** Eight hexadecimal digits at once, since it is done for every answer: a byte of the word for each. */
static char *
write_digits(char *to, uint32_t number)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t word = number, letters;

	word = (word << 16 | word) & 0x0000ffff0000ffff; /* halves apart, then bytes, then digits */
	word = (word << 8 | word) & 0x00ff00ff00ff00ff;
	word = (word << 4 | word) & 0x0f0f0f0f0f0f0f0f;
	letters = (word + 6 * ones) >> 4 & ones; /* 1 where the digit is 10 or more */
	word += '0' * ones + ('a' - '0' - 10) * letters;
	word = htobe64(word);
	memcpy(to, &word, sizeof(word));
	return to + sizeof(word);
}

static char *
write_word(char *to, uint64_t word)
{
	return write_digits(write_digits(to, (uint32_t)(word >> 32)), (uint32_t)word);
}

void
etag_write(struct etag etag, const char *target, size_t size, char ret[ETAG_SIZE])
{
	char *to = ret;

	add_bytes(&etag, target, size);
	*to++ = '"';
	to = write_word(to, (uint64_t)(etag.state >> 64));
	to = write_word(to, (uint64_t)etag.state);
	*to++ = '"';
	*to = '\0';
}
