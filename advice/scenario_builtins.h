/*
 * schema/scenarios as an array, in order of their names; made at build time.
 */
#ifndef ADVICE_SCENARIO_BUILTINS_H
#define ADVICE_SCENARIO_BUILTINS_H

#include "scenario.h"

extern const struct scenario_builtin scenario_builtins[];
extern const size_t scenario_builtins_count;

#endif
