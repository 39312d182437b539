#include "difference.h"

svctag_error
difference_resolve(const struct request *request, const svctag_catalogue *catalogue, size_t cloud,
		   struct difference_ends *ret, svctag_detail *detail)
{
	const char *from_name = request_parameter(request, "from");
	const svctag_release_info *from, *to;
	svctag_error err =
		svctag_catalogue_resolve(catalogue, cloud, from_name != NULL ? from_name : "previous", &from, detail);

	if (err == SVCTAG_OK)
		err = svctag_catalogue_resolve(catalogue, cloud, request_parameter(request, "to"), &to, detail);
	if (err == SVCTAG_OK)
		*ret = (struct difference_ends){ from, to, svctag_catalogue_gap(catalogue, from, to) };
	return err;
}

svctag_error
difference_read(struct database *database, const struct difference_ends *ends, const char *pattern,
		struct difference *ret, svctag_detail *detail)
{
	svctag_store *store;
	svctag_error err = database_store(database, &store, NULL, detail);

	if (err == SVCTAG_OK)
		err = database_content(store, ends->from, &ret->from, detail);
	if (err == SVCTAG_OK)
		err = database_content(store, ends->to, &ret->to, detail);
	if (err == SVCTAG_OK)
		err = svctag_diff_releases(ret->from, ret->to, pattern, &ret->diff);
	return err;
}

void
difference_release(struct difference *difference)
{
	svctag_diff_free(difference->diff);
	svctag_release_free(difference->to);
	svctag_release_free(difference->from);
	*difference = (struct difference){ 0 };
}
