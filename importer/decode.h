/**
 * @file
 * The shapes of documents that importer_decode() tells apart.
 */
#ifndef IMPORTER_DECODE_H
#define IMPORTER_DECODE_H

#include "importer.h"

/** The published JSON, or the Discovery API's; as importer_decode(). */
SVCTAG_MUST_CHECK svctag_error importer_decode_json(const char *data, size_t size, struct importer_document *ret,
						    svctag_detail *detail);

/** The XML lists that were published until 2020, as releases of cloud Public-legacy; as importer_decode(). */
SVCTAG_MUST_CHECK svctag_error importer_decode_xml(const char *data, size_t size, struct importer_document *ret,
						   svctag_detail *detail);

#endif
