/**
 * @file
 * The tokens of nftables: words, strings, punctuation, line ends. Comments and
 * joined lines are passed over.
 */
#ifndef LISTS_NFTABLES_LEXER_H
#define LISTS_NFTABLES_LEXER_H

#include "token.h"

/** A plain value: a copy reads the same again. Start with `rest`, and 1 in `next_line`. */
struct lexer {
	struct span rest;
	size_t next_line;  /**< where `rest` begins */
	size_t line;       /**< of the token */
	struct span token; /**< never empty; a string's text is with its quotes */
	bool is_string;
};

/** @return false at the end */
bool lexer_next(struct lexer *lexer);

/** From the token to the end of its line. */
struct span lexer_line(const struct lexer *lexer);

#endif
