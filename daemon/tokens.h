/**
 * @file
 * Bearer tokens (RFC 6750): a file of them, one in a line, and whether a
 * request has one. Of a token only a keyed digest is kept, and that is compared
 * with every other one to its end, so neither the time nor the memory tells
 * anything of them. Any thread may call anything.
 */
#ifndef TOKENS_H
#define TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/error.h>

struct tokens;

/**
 * Read a file: a token in a line, of letters, digits and -._~+/ with = at the
 * end; blank lines and lines that begin with # say nothing. At least one.
 * @param path         outlives the tokens
 * @param[out] remark  set: what is to be told of a file that is taken all the same, "" for nothing
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_SYNTAX, SVCTAG_E_EMPTY,
 *         SVCTAG_E_UNSUPPORTED (others may write to the file), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error tokens_new(const char *path, struct tokens **ret, svctag_detail *remark,
					  svctag_detail *detail);

/** Read it again; on failure, as above, the old tokens stay. */
SVCTAG_MUST_CHECK svctag_error tokens_reload(struct tokens *tokens, svctag_detail *remark, svctag_detail *detail);

/** Accepts NULL. */
void tokens_free(struct tokens *tokens);

/** What a request's credentials are. */
enum tokens_verdict {
	TOKENS_GOOD,
	TOKENS_NONE, /**< no bearer token */
	TOKENS_BAD,
};

/** @param authorization  the header, or NULL */
enum tokens_verdict tokens_judge(struct tokens *tokens, const char *authorization);

#endif
