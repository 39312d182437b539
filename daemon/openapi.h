/**
 * @file
 * schema/openapi.json as text; made at build time. It is what the routes are
 * promised to be: tests hold the table of routes and the answers against it.
 */
#ifndef OPENAPI_H
#define OPENAPI_H

#include <stddef.h>

struct openapi_document {
	const char *text;
	size_t size;
};

extern const struct openapi_document openapi_documents[];
extern const size_t openapi_documents_count;
/** Hexadecimal digits that change with the text. */
extern const char openapi_digest[];

#endif
