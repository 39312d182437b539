/**
 * @file
 * A strict reader of RFC 8259 that keeps nothing: it says whether a text is
 * one JSON value, and if not, where and why. cJSON by itself lets pass much
 * that is not JSON (01, 1., control characters as blanks, bad UTF-8, text
 * after the end, duplicate keys), so nothing reaches it unseen.
 */
#ifndef IMPORTER_JSON_STRICT_H
#define IMPORTER_JSON_STRICT_H

#include <stddef.h>

#include <svctag/error.h>

/** Deepest nesting; the published shape has 5. */
#define JSON_MAX_DEPTH 64
/**
 * Most values of any kind. cJSON's node and its string take some 110 bytes on
 * the heap, so this keeps a hostile 32 MiB document under half a gigabyte;
 * real documents have 130,000 values and 8 or more bytes for each.
 */
#define JSON_MAX_VALUES 4000000
/** Longest number; cJSON cuts numbers at 63 characters. */
#define JSON_MAX_NUMBER 60

/** Bytes of a byte order mark at the start of the text: 3 or 0. */
size_t json_bom_size(const char *data, size_t size);

/**
 * Is the text one JSON value, in UTF-8 (RFC 3629), perhaps after a byte order
 * mark, without \u0000, lone surrogates, or a key twice in one object?
 * @param detail  line (from 1) and byte (from 0) of what is wrong
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE (a number with a magnitude of 10^308 or more),
 *         SVCTAG_E_DUPLICATE, SVCTAG_E_LIMIT, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error json_check(const char *data, size_t size, svctag_detail *detail);

#endif
