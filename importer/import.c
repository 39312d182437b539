#include "importer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the gate gets from here, and what it leaves. */
struct judgement {
	struct importer_gate_options options;
	const char *guess; /* why the day had to be guessed; NULL: it is known */
	const char *notes; /* what the decoder warns of, or NULL */
	char *warnings;    /* a copy for the outcome */
};

/* Put our own lines before the gate's warnings, which are taken over. */
static char *
add_notes(const struct judgement *judgement, const char *published, char *warnings)
{
	const char *guess = judgement->guess;
	char *text = NULL;

	if (asprintf(&text, "%s%s%s%s%s%s", guess == NULL ? "" : guess, guess == NULL ? "" : ": taken as published on ",
		     guess == NULL ? "" : published, guess == NULL ? "" : "\n",
		     judgement->notes == NULL ? "" : judgement->notes, warnings == NULL ? "" : warnings) < 0)
		text = NULL;
	free(warnings);
	return text;
}

/* The gate, and a copy of what it warns of: the store keeps its own. */
static svctag_error
judge(void *context, const svctag_release_info *previous_info, const svctag_release *previous, const char *published,
      const svctag_release *next, char **ret_warnings, bool *ret_forced, svctag_detail *detail)
{
	struct judgement *judgement = context;
	char *warnings = NULL;
	char *copy = NULL;
	bool forced = false;
	bool has_notes;
	svctag_error err = importer_gate(&judgement->options, previous_info, previous, published, next, &warnings,
					 &forced, detail);

	if (err != SVCTAG_OK)
		return err;
	has_notes = judgement->guess != NULL || judgement->notes != NULL;
	if (has_notes)
		warnings = add_notes(judgement, published, warnings);
	if (warnings != NULL)
		copy = strdup(warnings);
	if (copy == NULL && (warnings != NULL || has_notes)) {
		free(warnings);
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	free(judgement->warnings);
	judgement->warnings = copy;
	*ret_warnings = warnings;
	*ret_forced = forced;
	return SVCTAG_OK;
}

static svctag_error
load(const char *path, const char *cloud, struct importer_document *ret, svctag_detail *detail)
{
	struct importer_document document = { 0 };
	char *data = NULL;
	size_t size = 0;
	svctag_error err = importer_read_file(path, &data, &size, detail);

	if (err != SVCTAG_OK)
		return err;
	err = importer_decode(data, size, &document, detail);
	free(data);
	if (err != SVCTAG_OK)
		return err;
	if (cloud != NULL && strcasecmp(cloud, document.cloud) != 0) {
		svctag_detail_set(detail, "is of cloud %s, not %s", document.cloud, cloud);
		importer_document_release(&document);
		return SVCTAG_E_NOT_FOUND;
	}
	*ret = document;
	return SVCTAG_OK;
}

svctag_error
importer_import_document(svctag_store *store, const struct importer_document *document,
			 const struct importer_terms *terms, struct importer_outcome *ret, svctag_detail *detail)
{
	struct judgement judgement = {
		.options.force = terms->force,
		.guess = terms->guess,
		.notes = document->warnings,
	};
	struct importer_outcome outcome = { 0 };
	const svctag_import import = {
		.cloud = document->cloud,
		.published = terms->published,
		.source = document->source,
		.release = document->release,
		.gate = judge,
		.gate_context = &judgement,
	};
	svctag_error err = svctag_store_import(store, &import, &outcome.result, &outcome.info, detail);

	if (err == SVCTAG_OK) {
		outcome.warnings = judgement.warnings; /* the caller owns it from here */
		judgement.warnings = NULL;
		*ret = outcome;
	}
	free(judgement.warnings);
	return err;
}

/* Store what a file held. */
static svctag_error
import_loaded(svctag_store *store, const struct importer_item *item, const struct importer_document *document,
	      bool force, struct importer_outcome *ret, svctag_detail *detail)
{
	const struct importer_terms terms = {
		.published = item->published,
		.guess = item->published_guessed ? "no day in the file's name" : NULL,
		.force = force,
	};

	return importer_import_document(store, document, &terms, ret, detail);
}

svctag_error
importer_import_item(svctag_store *store, const struct importer_item *item, const char *cloud, bool force,
		     struct importer_outcome *ret, svctag_detail *detail)
{
	struct importer_document document = { 0 };
	svctag_error err = load(item->path, cloud, &document, detail);

	if (err != SVCTAG_OK)
		return err;
	err = import_loaded(store, item, &document, force, ret, detail);
	importer_document_release(&document);
	return err;
}

/* One file on its way in. The thread owns it from loading_begin() to loading_finish(). */
struct loading {
	const struct importer_item *item;
	const char *cloud;
	pthread_t thread;
	bool has_thread;
	svctag_error err;
	svctag_detail detail;
	struct importer_document document;
};

static void *
load_aside(void *context)
{
	struct loading *loading = context;

	loading->err = load(loading->item->path, loading->cloud, &loading->document, &loading->detail);
	return NULL;
}

static void
loading_begin(struct loading *loading, const struct importer_item *item, const char *cloud)
{
	*loading = (struct loading){ .item = item, .cloud = cloud };
	loading->has_thread = pthread_create(&loading->thread, NULL, load_aside, loading) == 0;
}

/* Without a thread it has not begun yet. */
static void
loading_finish(struct loading *loading)
{
	if (loading->has_thread)
		(void)pthread_join(loading->thread, NULL);
	else
		(void)load_aside(loading);
}

void
importer_import_plan(svctag_store *store, const struct importer_plan *plan, const char *cloud, bool force,
		     importer_teller tell, void *context)
{
	struct loading loadings[2];

	for (size_t i = 0; i < plan->count; i++) {
		struct loading *loading = &loadings[i % 2];
		struct importer_outcome outcome = { 0 };

		if (i == 0)
			*loading = (struct loading){ .item = &plan->items[0], .cloud = cloud };
		loading_finish(loading);
		if (i + 1 < plan->count)
			loading_begin(&loadings[(i + 1) % 2], &plan->items[i + 1], cloud);
		if (loading->err == SVCTAG_OK)
			loading->err = import_loaded(store, loading->item, &loading->document, force, &outcome,
						     &loading->detail);
		importer_document_release(&loading->document);
		tell(context, i, loading->err, &outcome, &loading->detail);
		free(outcome.warnings);
	}
}
