#include "database.h"

void
database_close(struct database *database)
{
	svctag_store_close(database->store);
	database->store = NULL;
}

svctag_error
database_store(struct database *database, svctag_store **ret, bool *ret_changed, svctag_detail *detail)
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
	*ret = database->store;
	if (ret_changed != NULL)
		*ret_changed = changed;
	return SVCTAG_OK;
}
