/*
 * A small random history, in memory and in a store: which tag has which of a
 * few prefixes in which release. Tags come and go, and one changes its
 * spelling; the prefixes nest, touch and stand alone, in both families.
 */
#ifndef HISTORY_MODEL_H
#define HISTORY_MODEL_H

#include "testing.h"

#define MODEL_RELEASES 9
#define MODEL_TAGS 7
#define MODEL_PREFIXES 36

typedef struct history_model {
	testing_random *random;
	svctag_prefix prefixes[MODEL_PREFIXES];
	bool present[MODEL_RELEASES][MODEL_TAGS];
	bool has[MODEL_RELEASES][MODEL_TAGS][MODEL_PREFIXES];
	const char *names[MODEL_RELEASES][MODEL_TAGS];
	char *folder;
	char *path;
	svctag_store *store;
} history_model;

/* Names of the tags in any spelling; every other letter case means the same. */
extern const char *const model_tags[MODEL_TAGS];

/* Made, and imported in a random order. */
history_model *history_model_new(testing_random *random);
void history_model_free(history_model *model);

/* The addresses of a tag in a release; svctag_set_free() it. */
svctag_set *history_model_set(const history_model *model, size_t release, size_t tag);

/* Something near the prefixes: an address, one of them, or a range. */
svctag_range history_model_range(history_model *model);

#endif
