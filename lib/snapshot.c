#include <stdlib.h>
#include <string.h>

#include "snapshot_internal.h"

struct svctag_snapshot {
	svctag_release_info info;
	svctag_index *index;
	void *data;
	size_t size;
};

svctag_error
snapshot_of_bytes(void *data, size_t size, const svctag_release_info *info, svctag_snapshot **ret,
		  svctag_detail *detail)
{
	svctag_error err;
	svctag_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL) {
		free(data);
		return SVCTAG_E_NO_MEMORY;
	}
	snapshot->info = *info;
	snapshot->info.warnings = "";
	snapshot->data = data;
	snapshot->size = size;
	err = svctag_index_open(data, size, &snapshot->index, detail);
	if (err == SVCTAG_OK && memcmp(svctag_index_digest(snapshot->index), info->digest, SVCTAG_DIGEST_SIZE) != 0) {
		svctag_detail_set(detail, "the index belongs to another release than change number %lld of cloud %s",
				  (long long)info->change_number, info->cloud);
		err = SVCTAG_E_CORRUPT;
	}
	if (err != SVCTAG_OK) {
		svctag_snapshot_free(snapshot);
		return err;
	}
	*ret = snapshot;
	return SVCTAG_OK;
}

svctag_error
svctag_snapshot_of_release(const svctag_release *release, const svctag_release_info *info, svctag_snapshot **ret,
			   svctag_detail *detail)
{
	svctag_release_info own = *info;
	void *data = NULL;
	size_t size = 0;
	svctag_error err = svctag_index_build(release, &data, &size);

	if (err != SVCTAG_OK)
		return err;
	memcpy(own.digest, svctag_release_digest(release), sizeof(own.digest));
	return snapshot_of_bytes(data, size, &own, ret, detail);
}

void
svctag_snapshot_free(svctag_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	svctag_index_close(snapshot->index);
	free(snapshot->data);
	free(snapshot);
}

const svctag_release_info *
svctag_snapshot_info(const svctag_snapshot *snapshot)
{
	return &snapshot->info;
}

const svctag_index *
svctag_snapshot_index(const svctag_snapshot *snapshot)
{
	return snapshot->index;
}

size_t
svctag_snapshot_size(const svctag_snapshot *snapshot)
{
	return sizeof(*snapshot) + snapshot->size;
}

bool
snapshot_same_bytes(const svctag_snapshot *a, const svctag_snapshot *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}
