/**
 * @file
 * Is every number of an index blob in bounds? Hidden.
 */
#ifndef SVCTAG_INDEX_VERIFY_H
#define SVCTAG_INDEX_VERIFY_H

#include "index_format.h"

/**
 * @param data  a blob whose header, size and checksum hold
 * @param[out] ret_absolute  no leaf of IPv6 but those of a node with base 0 answers slot 0: base + slot - 1 says it all
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_NO_MEMORY
 */
svctag_error index_verify(const uint8_t *data, bool *ret_absolute, svctag_detail *detail);

#endif
