/**
 * @file
 * The parameters `family` and `aggregate`: which prefixes of a tag are meant.
 */
#ifndef PREFIX_OPTIONS_H
#define PREFIX_OPTIONS_H

#include "reply.h"
#include "report/report.h"
#include "request.h"

/**
 * @param[out] ret  `family` and `aggregate` are set, where they are given
 * @return false when reply is a problem
 */
bool prefix_options_take(const struct request *request, struct report_prefixes *ret, struct reply *reply);

#endif
