/*
 * Host names among queries, resolved without ever letting the resolver read
 * a number its own way: inet_aton() takes 0x0d.64.1.1 and 1.2.3.0x4 for
 * addresses.
 */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include <svctag/address.h>

/** Longest name in the domain name system, with the closing NUL. */
#define HOST_SIZE 255

/**
 * Is the query a host name: letters, digits, '-', '_' and dots, with a letter
 * in the last label that is not a hexadecimal number?
 */
bool host_is_name(const char *text, size_t size);

/**
 * All its addresses, no two equal, IPv4-mapped ones as they come.
 * @param name           NUL-terminated, host_is_name()
 * @param[out] ret       free() it
 * @param[out] ret_error why it has none; static
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error host_resolve(const char *name, svctag_address **ret, size_t *ret_count,
					    const char **ret_error);

#endif
