/*
 * Any bytes as a document: decoded, and what can be decoded also compiled to
 * an index, opened and asked for every tag's first and last addresses.
 */
#include <stdint.h>
#include <stdlib.h>

#include <svctag/index.h>

#include <importer/importer.h>

/* A prefix of the release has to be found again by its ends, itself or a longer one inside it. */
static void
look_up(const svctag_index *index, const svctag_prefix *prefix)
{
	svctag_range range = svctag_prefix_range(prefix);
	const svctag_address *ends[] = { &range.first, &range.last };

	for (size_t i = 0; i < 2; i++) {
		uint32_t id = svctag_index_lookup(index, ends[i]);
		svctag_prefix found;

		if (id == SVCTAG_NO_PREFIX)
			abort();
		found = svctag_index_prefix(index, id);
		if (!svctag_prefix_covers(prefix, &found))
			abort();
	}
}

static void
look_up_all(const svctag_index *index, const svctag_release *release)
{
	for (size_t i = 0; i < svctag_release_tag_count(release); i++) {
		const svctag_tag *tag = svctag_release_tag(release, i);

		if (tag->prefix_count == 0)
			continue;
		look_up(index, &tag->prefixes[0]);
		look_up(index, &tag->prefixes[tag->prefix_count - 1]);
	}
}

static void
compile(const svctag_release *release)
{
	svctag_index *index = NULL;
	void *blob = NULL;
	size_t size = 0;

	if (svctag_index_build(release, &blob, &size) != SVCTAG_OK ||
	    svctag_index_open(blob, size, &index, NULL) != SVCTAG_OK)
		abort();
	look_up_all(index, release);
	svctag_index_close(index);
	free(blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct importer_document document = { 0 };
	svctag_detail detail = { "" };
	svctag_error err = importer_decode((const char *)data, size, &document, &detail);

	/* Also what cJSON refuses after the strict reader let it pass comes out as lack of memory. */
	if (err == SVCTAG_E_NO_MEMORY)
		abort();
	/* A failure says why and leaves nothing behind. */
	if (err != SVCTAG_OK && (detail.text[0] == '\0' || document.release != NULL))
		abort();
	if (err == SVCTAG_OK)
		compile(document.release);
	importer_document_release(&document);
	return 0;
}
