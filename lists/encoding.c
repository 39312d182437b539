#include "encoding.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t
read_unit(const unsigned char *at, bool big_endian)
{
	return big_endian ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

/* One character of UTF-8, at most four bytes. */
static char *
put_character(char *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/* A lone surrogate becomes U+FFFD, and so does half a unit at the end. Each unit makes at most three bytes. */
static svctag_error
decode_utf16(const char **data, size_t *size, char **ret_owned)
{
	const unsigned char *at = (const unsigned char *)*data, *end = at + *size;
	bool big_endian = at[0] == 0xfe;
	char *text = malloc(*size / 2 * 3 + 3), *to = text;

	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (at += 2; end - at >= 2; at += 2) {
		uint32_t code = read_unit(at, big_endian), low;

		if ((code & 0xfc00) == 0xd800 && end - at >= 4 &&
		    ((low = read_unit(at + 2, big_endian)) & 0xfc00) == 0xdc00) {
			code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
			at += 2;
		} else if ((code & 0xf800) == 0xd800) {
			code = 0xfffd;
		}
		to = put_character(to, code);
	}
	if (at < end)
		to = put_character(to, 0xfffd);
	*data = text;
	*size = (size_t)(to - text);
	*ret_owned = text;
	return SVCTAG_OK;
}

svctag_error
encoding_decode(const char **data, size_t *size, char **ret_owned, svctag_detail *detail)
{
	const char *text = *data;
	size_t left = *size;
	char *owned = NULL;

	if (left >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
		svctag_error err = decode_utf16(&text, &left, &owned);

		if (err != SVCTAG_OK) {
			svctag_detail_set(detail, "%s", svctag_error_text(err));
			return err;
		}
	} else if (left >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		left -= 3;
	}
	if (left > 0 && memchr(text, '\0', left) != NULL) {
		svctag_detail_set(detail, "holds a NUL byte: not a text");
		free(owned);
		return SVCTAG_E_SYNTAX;
	}
	*data = text;
	*size = left;
	*ret_owned = owned;
	return SVCTAG_OK;
}
