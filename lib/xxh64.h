/**
 * @file
 * XXH64, Yann Collet's checksum (the xxHash fast digest algorithm
 * specification, version 0.1.1): guards the compiled index against accidental
 * damage at memory speed. Not for security. Hidden.
 */
#ifndef SVCTAG_XXH64_H
#define SVCTAG_XXH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t svctag_xxh64(const void *data, size_t size, uint64_t seed);

#endif
