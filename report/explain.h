/* What lookup answers add when they are to explain themselves. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "json.h"
#include "report.h"

/** "explanation":{…} in the object of a lookup. */
void explain_json(struct json *json, cJSON *root, const svctag_explanation *explanation);

/** Lines for people. */
void explain_text(FILE *out, const svctag_explanation *explanation);

#endif
