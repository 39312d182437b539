/*
 * The published shape:
 *
 *   {changeNumber, cloud, values: [{name, id, properties: {changeNumber, region, regionId, platform,
 *    systemService, addressPrefixes: [text], networkFeatures: [text] | null}}]}
 *
 * with every field there and of its type; and what the Discovery API answers
 * (`az network list-service-tags`), the same with type, id, name or nextLink
 * at the top, change numbers in strings, and some fields left out. Fields
 * that are not known are passed over: Microsoft may add some.
 */
#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "decode_prefix.h"
#include "json_field.h"

/* What only the Discovery API's shape has at its top. */
static const char *const api_keys[] = { "type", "id", "name", "nextLink", NULL };

struct decoder {
	struct json_fields fields;
	svctag_release_builder *builder;
};

static bool
is_api_shape(const struct json_value *root)
{
	for (const char *const *key = api_keys; *key != NULL; key++) {
		if (json_member(root, *key) != NULL)
			return true;
	}
	return false;
}

/* A builder's refusal of what the decoder let through. */
static svctag_error
fail_build(const struct decoder *d, svctag_error err)
{
	if (err == SVCTAG_E_LIMIT)
		return json_field_fail(&d->fields, err, "more than %d tags or %d prefixes", SVCTAG_MAX_TAGS,
				       SVCTAG_MAX_PREFIXES);
	return json_field_fail(&d->fields, err, "%s", svctag_error_text(err));
}

static svctag_error
add_prefix(const struct decoder *d, const struct json_value *element, size_t i)
{
	svctag_prefix prefix;
	char why[IMPORTER_WHY_SIZE];
	svctag_error err;

	if (element->kind != JSON_STRING)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX, "addressPrefixes[%zu] has to be a string, not %s",
				       i, json_kind_text(element));
	err = importer_prefix_read(element->text, &prefix, why);
	if (err != SVCTAG_OK)
		return json_field_fail(&d->fields, err, "addressPrefixes[%zu]: \"%.80s\" %s", i, element->text, why);
	err = svctag_release_builder_add_prefix(d->builder, &prefix);
	return err == SVCTAG_OK ? err : fail_build(d, err);
}

static svctag_error
add_prefixes(const struct decoder *d, const struct json_value *properties)
{
	const struct json_value *prefixes;
	const struct json_value *element;
	size_t i = 0;
	svctag_error err = json_field_array(&d->fields, properties, "addressPrefixes", &prefixes);

	if (err != SVCTAG_OK)
		return err;
	for (element = prefixes->first; element != NULL; element = element->next) {
		err = add_prefix(d, element, i++);
		if (err != SVCTAG_OK)
			return err;
	}
	return SVCTAG_OK;
}

/* Why an element cannot be a feature, or NULL. */
static const char *
fault_of_feature(const struct json_value *element)
{
	if (element->kind != JSON_STRING)
		return "has to be a string";
	if (element->text[0] == '\0')
		return "is empty";
	if (strchr(element->text, ',') != NULL)
		return "holds a comma";
	return json_text_has_control(element->text) ? "holds a control character" : NULL;
}

/* Join them by commas into a text of at most `size` bytes. */
static svctag_error
join_features(const struct decoder *d, const struct json_value *features, char *text, size_t size)
{
	const struct json_value *element;
	size_t used = 0;
	size_t i = 0;

	text[0] = '\0';
	for (element = features->first; element != NULL; element = element->next) {
		const char *fault = fault_of_feature(element);
		size_t length;

		if (fault != NULL)
			return json_field_fail(&d->fields, SVCTAG_E_SYNTAX, "networkFeatures[%zu] %s", i, fault);
		length = strlen(element->text);
		if (used + length + 2 > size)
			return json_field_fail(&d->fields, SVCTAG_E_LIMIT, "networkFeatures is longer than %zu bytes",
					       size);
		used += (size_t)sprintf(text + used, "%s%s", i == 0 ? "" : ",", element->text);
		i++;
	}
	return SVCTAG_OK;
}

/* NULL stays NULL: the tag is in the file, but usable nowhere. */
static svctag_error
read_features(const struct decoder *d, const struct json_value *properties, char *text, size_t size, const char **ret)
{
	const struct json_value *features;
	svctag_error err;

	if (d->fields.lenient && !json_field_is_present(&d->fields, properties, "networkFeatures")) {
		*ret = NULL;
		return SVCTAG_OK;
	}
	err = json_field_get(&d->fields, properties, "networkFeatures", &features);
	if (err != SVCTAG_OK)
		return err;
	if (features->kind == JSON_NULL) {
		*ret = NULL;
		return SVCTAG_OK;
	}
	if (features->kind != JSON_ARRAY)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX,
				       "networkFeatures has to be an array or null, not %s", json_kind_text(features));
	err = join_features(d, features, text, size);
	if (err == SVCTAG_OK)
		*ret = text;
	return err;
}

/* regionId, which the API may leave out. */
static svctag_error
read_region_id(const struct decoder *d, const struct json_value *object, svctag_properties *ret)
{
	int64_t number;
	svctag_error err;

	ret->has_region_id = false;
	if (d->fields.lenient && !json_field_is_present(&d->fields, object, "regionId"))
		return SVCTAG_OK;
	err = json_field_integer(&d->fields, object, "regionId", INT32_MAX, &number);
	if (err != SVCTAG_OK)
		return err;
	ret->region_id = (int32_t)number;
	ret->has_region_id = true;
	return SVCTAG_OK;
}

static svctag_error
read_properties(const struct decoder *d, const struct json_value *object, char *features, size_t features_size,
		svctag_properties *ret)
{
	static const char *const known[] = { "changeNumber",  "region",          "regionId",        "platform",
					     "systemService", "addressPrefixes", "networkFeatures", NULL };
	const struct json_fields *fields = &d->fields;
	svctag_error err = json_field_check_keys(fields, object, known);

	if (err == SVCTAG_OK)
		err = json_field_integer(fields, object, "changeNumber", JSON_FIELD_MAX_INTEGER, &ret->change_number);
	if (err == SVCTAG_OK)
		err = json_field_text(fields, object, "region", "", &ret->region);
	if (err == SVCTAG_OK)
		err = read_region_id(d, object, ret);
	if (err == SVCTAG_OK)
		err = json_field_text(fields, object, "platform", NULL, &ret->platform);
	if (err == SVCTAG_OK)
		err = json_field_text(fields, object, "systemService", "", &ret->system_service);
	if (err == SVCTAG_OK)
		err = read_features(d, object, features, features_size, &ret->network_features);
	return err;
}

/* `properties` of a tag whose name is known. */
static svctag_error
add_tag(const struct decoder *d, const struct json_value *value, const char *name)
{
	svctag_properties properties = { .name = name };
	char features[1024];
	const struct json_value *object;
	svctag_error err = json_field_get(&d->fields, value, "properties", &object);

	if (err != SVCTAG_OK)
		return err;
	if (object->kind != JSON_OBJECT)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX, "properties has to be an object, not %s",
				       json_kind_text(object));
	err = read_properties(d, object, features, sizeof(features), &properties);
	if (err != SVCTAG_OK)
		return err;
	err = svctag_release_builder_add_tag(d->builder, &properties);
	if (err != SVCTAG_OK)
		return fail_build(d, err);
	return add_prefixes(d, object);
}

static svctag_error
add_value(struct decoder *d, const struct json_value *value, size_t i)
{
	static const char *const known[] = { "name", "id", "properties", NULL };
	struct json_fields *fields = &d->fields;
	const char *name;
	const char *id;
	svctag_error err;

	(void)snprintf(fields->place, sizeof(fields->place), "values[%zu]: ", i);
	if (value->kind != JSON_OBJECT)
		return json_field_fail(fields, SVCTAG_E_SYNTAX, "has to be an object, not %s", json_kind_text(value));
	err = json_field_check_keys(fields, value, known);
	if (err == SVCTAG_OK)
		err = json_field_text(fields, value, "name", "", &name);
	if (err != SVCTAG_OK)
		return err;
	if (name[0] == '\0')
		return json_field_fail(fields, SVCTAG_E_SYNTAX, "name is empty");
	(void)snprintf(fields->place, sizeof(fields->place), "tag \"%s\": ", name);
	err = json_field_text(fields, value, "id", "", &id);
	return err != SVCTAG_OK ? err : add_tag(d, value, name);
}

static svctag_error
add_values(struct decoder *d, const struct json_value *root)
{
	const struct json_value *values;
	const struct json_value *value;
	size_t i = 0;
	svctag_error err = json_field_array(&d->fields, root, "values", &values);

	if (err != SVCTAG_OK)
		return err;
	if (values->first == NULL)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX, "values is empty: a release without any tag");
	for (value = values->first; value != NULL; value = value->next) {
		err = add_value(d, value, i++);
		if (err != SVCTAG_OK)
			return err;
	}
	d->fields.place[0] = '\0';
	return SVCTAG_OK;
}

static svctag_error
read_cloud(const struct decoder *d, const struct json_value *root, char *ret)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *cloud;
	size_t length;
	svctag_error err = json_field_text(&d->fields, root, "cloud", "", &cloud);

	if (err != SVCTAG_OK)
		return err;
	length = strlen(cloud);
	if (length == 0 || length >= SVCTAG_CLOUD_SIZE || strspn(cloud, allowed) != length)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX,
				       "cloud: \"%.80s\" is not a name of 1 to %d letters, digits, '.', '_' or '-'",
				       cloud, SVCTAG_CLOUD_SIZE - 1);
	memcpy(ret, cloud, length + 1);
	return SVCTAG_OK;
}

/* One page of several would pass for a release that lost most of its tags. */
static svctag_error
check_last_page(const struct decoder *d, const struct json_value *root)
{
	const struct json_value *link = json_member(root, "nextLink");

	if (link == NULL || link->kind == JSON_NULL || (link->kind == JSON_STRING && link->text[0] == '\0'))
		return SVCTAG_OK;
	if (link->kind != JSON_STRING)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX, "nextLink has to be a string or null, not %s",
				       json_kind_text(link));
	return json_field_fail(&d->fields, SVCTAG_E_SYNTAX,
			       "nextLink is set: this is one page of several; join them into one document first");
}

static svctag_error
check_top(struct decoder *d, const struct json_value *root)
{
	static const char *const known[] = { "changeNumber", "cloud", "values", NULL };
	svctag_error err;

	if (root->kind != JSON_OBJECT)
		return json_field_fail(&d->fields, SVCTAG_E_SYNTAX, "the document has to be an object, not %s",
				       json_kind_text(root));
	d->fields.lenient = is_api_shape(root);
	err = json_field_check_keys(&d->fields, root, known);
	if (err == SVCTAG_OK)
		err = json_field_check_keys(&d->fields, root, api_keys);
	return err == SVCTAG_OK ? check_last_page(d, root) : err;
}

static svctag_error
build(struct decoder *d, const struct json_value *root, struct importer_document *ret)
{
	struct importer_document document = { 0 };
	int64_t change_number = 0;
	svctag_error err = check_top(d, root);

	if (err == SVCTAG_OK)
		err = json_field_integer(&d->fields, root, "changeNumber", JSON_FIELD_MAX_INTEGER, &change_number);
	if (err == SVCTAG_OK)
		err = read_cloud(d, root, document.cloud);
	if (err != SVCTAG_OK)
		return err;
	err = svctag_release_builder_new(change_number, &d->builder);
	if (err != SVCTAG_OK)
		return fail_build(d, err);
	err = add_values(d, root);
	if (err == SVCTAG_OK)
		err = svctag_release_builder_finish(d->builder, &document.release, d->fields.detail);
	if (err != SVCTAG_OK)
		return err;
	(void)snprintf(document.source, sizeof(document.source), "%s", d->fields.lenient ? "api" : "file");
	*ret = document;
	return SVCTAG_OK;
}

svctag_error
importer_decode_json(const char *data, size_t size, struct importer_document *ret, svctag_detail *detail)
{
	struct decoder d = { .fields.detail = detail };
	struct json_tree tree;
	svctag_error err = json_tree_parse(data, size, &tree, detail);

	if (err != SVCTAG_OK)
		return err;
	err = build(&d, tree.root, ret);
	svctag_release_builder_free(d.builder);
	json_tree_release(&tree);
	return err;
}
