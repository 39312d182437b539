/*
 * The same look-ups for x86-64 processors with AVX-512 (2017 and later; BW, DQ
 * and VL), chosen when an index is opened: a whole line is compared by one
 * instruction.
 */
#include "index_calls.h"

#if !defined(INDEX_SEARCH_AVX512)
#error "this file is to be compiled with -mavx512bw -mavx512dq -mavx512vl -mpopcnt"
#endif

const struct index_calls index_calls_avx512 = INDEX_CALLS;
