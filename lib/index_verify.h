/**
 * @file
 * Is every number of an index blob in bounds? Hidden.
 */
#ifndef SVCTAG_INDEX_VERIFY_H
#define SVCTAG_INDEX_VERIFY_H

#include "index_format.h"

/**
 * @param data  a blob whose header, size and checksum hold
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_NO_MEMORY
 */
svctag_error index_verify(const uint8_t *data, svctag_detail *detail);

#endif
