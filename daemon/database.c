#include "database.h"

#include <string.h>

void
database_close(struct database *database)
{
	svctag_store_close(database->store);
	database->store = NULL;
}

static bool
is_wanted(const struct database *database, const svctag_store *store)
{
	svctag_file_id file = svctag_store_file(store);

	return file.device == database->wanted->device && file.inode == database->wanted->inode;
}

/** Keep what is open if it is the wanted file, else look whether the one under the name is. */
static svctag_error
find_wanted(struct database *database, svctag_detail *detail)
{
	svctag_store *store;
	svctag_error err;

	if (database->store != NULL && is_wanted(database, database->store))
		return SVCTAG_OK;
	err = svctag_store_open(database->path, SVCTAG_STORE_READ, &store, detail);
	if (err == SVCTAG_OK && is_wanted(database, store)) {
		database_close(database);
		database->store = store;
		return SVCTAG_OK;
	}
	if (err == SVCTAG_OK)
		svctag_store_close(store);
	svctag_detail_set(detail, "the database has just been replaced; ask again");
	return SVCTAG_E_BUSY;
}

/** Whatever stands under the name. */
static svctag_error
find_newest(struct database *database, bool *ret_changed, svctag_detail *detail)
{
	bool changed = true, replaced = false;
	svctag_error err;

	if (database->store != NULL) {
		err = svctag_store_poll(database->store, &changed, &replaced, detail);
		if (err != SVCTAG_OK || replaced)
			database_close(database);
		if (err != SVCTAG_OK)
			return err;
	}
	if (database->store == NULL) {
		err = svctag_store_open(database->path, SVCTAG_STORE_READ, &database->store, detail);
		if (err != SVCTAG_OK)
			return err;
		changed = true;
	}
	*ret_changed = changed;
	return SVCTAG_OK;
}

svctag_error
database_store(struct database *database, svctag_store **ret, bool *ret_changed, svctag_detail *detail)
{
	bool changed = true;
	svctag_error err =
		database->wanted != NULL ? find_wanted(database, detail) : find_newest(database, &changed, detail);

	if (err != SVCTAG_OK)
		return err;
	*ret = database->store;
	if (ret_changed != NULL)
		*ret_changed = changed;
	return SVCTAG_OK;
}

svctag_error
database_content(svctag_store *store, const svctag_release_info *info, svctag_release **ret, svctag_detail *detail)
{
	svctag_release *release;
	svctag_error err = svctag_store_content(store, info, &release, detail);

	if (err != SVCTAG_OK)
		return err;
	if (memcmp(svctag_release_digest(release), info->digest, SVCTAG_DIGEST_SIZE) != 0) {
		svctag_release_free(release);
		svctag_detail_set(detail, "the database has just been replaced; ask again");
		return SVCTAG_E_BUSY;
	}
	*ret = release;
	return SVCTAG_OK;
}
