/**
 * @file
 * What the bytes of a message may be part of, and how far they are. In a
 * header, so that reading a message has no calls for it. Private to the daemon.
 */
#ifndef MESSAGE_BYTES_H
#define MESSAGE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** What a byte may be part of. */
enum {
	IN_TOKEN = 1,  /* RFC 9110, 5.6.2 */
	IN_TARGET = 2, /* visible ASCII; request.c looks closer */
	IN_VALUE = 4,  /* visible, obs-text, blank and tab: 5.5 */
	IN_NUMBER = 8, /* hexadecimal */
};

#define O 0
#define B IN_VALUE
#define V (IN_TARGET | IN_VALUE)
#define T (IN_TOKEN | IN_TARGET | IN_VALUE)
#define X (IN_TOKEN | IN_TARGET | IN_VALUE | IN_NUMBER)

/* clang-format off */
static const unsigned char classes[256] = {
	O, O, O, O, O, O, O, O, O, B, O, O, O, O, O, O, /* tab */
	O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
	B, T, V, T, T, T, T, T, V, V, T, T, V, T, T, V, /*  !"#$%&'()*+,-./ */
	X, X, X, X, X, X, X, X, X, X, V, V, V, V, V, V, /* 0123456789:;<=>? */
	V, X, X, X, X, X, X, T, T, T, T, T, T, T, T, T, /* @ABCDEFGHIJKLMNO */
	T, T, T, T, T, T, T, T, T, T, T, V, V, V, T, T, /* PQRSTUVWXYZ[\]^_ */
	T, X, X, X, X, X, X, T, T, T, T, T, T, T, T, T, /* `abcdefghijklmno */
	T, T, T, T, T, T, T, T, T, T, T, V, T, V, T, O, /* pqrstuvwxyz{|}~  */
	B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
	B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
	B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
	B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
};
/* clang-format on */

#undef O
#undef B
#undef V
#undef T
#undef X

/** How many bytes from the first are of this class. */
static inline size_t
span(const char *data, size_t size, unsigned int class)
{
	size_t n = 0;

	while (n < size && (classes[(unsigned char)data[n]] & class) != 0)
		n++;
	return n;
}

/** Eight bytes at once: are all from `least` to the tilde? */
static inline bool
are_plain(const char *data, unsigned char least)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t word;

	memcpy(&word, data, sizeof(word));
	/* below 0x80, below 0x7f, and no less: each leaves the uppermost bit alone, and without a carry */
	return ((word | (word + ones) | (word - least * ones)) & ones << 7) == 0;
}

/** Like span(), of a target or a value, which are long and mostly plain. */
static inline size_t
span_text(const char *data, size_t size, unsigned int class)
{
	unsigned char least = class == IN_VALUE ? ' ' : ' ' + 1;
	size_t n = 0;

	while (size - n >= sizeof(uint64_t) && are_plain(data + n, least))
		n += sizeof(uint64_t);
	return n + span(data + n, size - n, class);
}

#endif
