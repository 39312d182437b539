#include "json_document.h"

#include "json_strict.h"

svctag_error
json_document_parse(const char *data, size_t size, cJSON **ret, svctag_detail *detail)
{
	size_t bom = json_bom_size(data, size);
	svctag_error err = json_check(data, size, detail);
	const char *end = NULL;
	cJSON *root;

	if (err != SVCTAG_OK)
		return err;
	/* What passed the check is JSON that cJSON reads to the end; only memory can fail it now. */
	root = cJSON_ParseWithLengthOpts(data + bom, size - bom, &end, 0);
	if (root == NULL) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	*ret = root;
	return SVCTAG_OK;
}
