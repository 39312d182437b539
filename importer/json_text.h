/**
 * @file
 * The characters inside JSON strings: UTF-8 by RFC 3629 and the escapes of
 * RFC 8259.
 */
#ifndef IMPORTER_JSON_TEXT_H
#define IMPORTER_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How a piece of text turned out. */
enum json_text_result {
	JSON_TEXT_OK,
	JSON_TEXT_CUT, /**< the input ends inside it */
	JSON_TEXT_BAD,
};

/**
 * Read one UTF-8 sequence: shortest form, no surrogates, at most U+10FFFF.
 * @param[in,out] at  moved past it if JSON_TEXT_OK
 */
enum json_text_result json_read_utf8(const char **at, const char *end, uint32_t *ret);

/**
 * Read one escape, the backslash first; a surrogate pair is one escape.
 * @param[in,out] at  moved past it if JSON_TEXT_OK
 * @param[out] why    a phrase for what is wrong, if JSON_TEXT_BAD
 */
enum json_text_result json_read_escape(const char **at, const char *end, uint32_t *ret, const char **why);

/** Write a character as UTF-8, 1 to 4 bytes; returns the end. */
char *json_write_utf8(char *to, uint32_t code);

#endif
