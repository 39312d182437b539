/**
 * @file
 * What a server said of a document when it was last imported, kept in the
 * database for the next conditional request (RFC 9110, 13).
 */
#ifndef SVCTAG_VALIDATOR_H
#define SVCTAG_VALIDATOR_H

#include <svctag/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A plain value; empty texts where the server sent none. */
typedef struct svctag_validator {
	char etag[256];
	char last_modified[64];
	uint8_t digest[SVCTAG_DIGEST_SIZE]; /**< of the release that the document became */
} svctag_validator;

/**
 * @param url  of the document
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND, SVCTAG_E_NO_MEMORY, SVCTAG_E_BUSY, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_get_validator(svctag_store *store, const char *url,
								     svctag_validator *ret, svctag_detail *detail);

/**
 * Keep it, in place of an older one; to be called only once the release is
 * committed.
 * @return SVCTAG_OK, SVCTAG_E_INVALID (opened for reading), SVCTAG_E_NO_MEMORY, SVCTAG_E_BUSY, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_put_validator(svctag_store *store, const char *url,
								     const svctag_validator *validator,
								     svctag_detail *detail);

#ifdef __cplusplus
}
#endif

#endif
