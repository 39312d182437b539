/*
 * Security groups of AWS: IpPermissions (inbound) and IpPermissionsEgress of
 * describe-security-groups, or the flat rules of describe-security-group-rules.
 */
#include <stdio.h>

#include "json.h"

/* A single group, an array of them, or the whole answer. */
static const cJSON *
find_groups(const cJSON *root)
{
	const cJSON *groups = listjson_member(root, "SecurityGroups");

	return groups != NULL ? groups : root;
}

static bool
has_permissions(const cJSON *group)
{
	return listjson_member(group, "IpPermissions") != NULL || listjson_member(group, "IpPermissionsEgress") != NULL;
}

static bool
detect(const struct reader *reader)
{
	const cJSON *groups = find_groups(reader->json);

	if (cJSON_IsArray(listjson_member(reader->json, "SecurityGroupRules")) || has_permissions(groups))
		return true;
	return cJSON_IsArray(groups) && has_permissions(groups->child);
}

/* "-1" is any protocol. */
static const char *
protocol_of(const cJSON *rule)
{
	const char *protocol = listjson_string(rule, "IpProtocol");

	return protocol != NULL && strcmp(protocol, "-1") == 0 ? "any" : protocol;
}

static const char *
ports_of(const cJSON *rule, char *text, size_t size)
{
	const cJSON *from = listjson_member(rule, "FromPort"), *to = listjson_member(rule, "ToPort");

	if (!cJSON_IsNumber(from) || !cJSON_IsNumber(to) || from->valuedouble < 0)
		return NULL;
	if (from->valuedouble < to->valuedouble)
		(void)snprintf(text, size, "%.0f-%.0f", from->valuedouble, to->valuedouble);
	else
		(void)snprintf(text, size, "%.0f", from->valuedouble);
	return text;
}

static const char *
name_of(const cJSON *group)
{
	const char *name = listjson_string(group, "GroupName");

	if (name == NULL)
		name = listjson_string(group, "GroupId");
	return name != NULL ? name : "";
}

static struct origin
origin_of(struct reader *reader, const cJSON *rule, const char *path, bool is_egress)
{
	char ports[64];
	struct list_rule about = {
		.path = path,
		.direction = is_egress ? LIST_OUTBOUND : LIST_INBOUND,
		.access = LIST_ALLOW,
		.protocol = protocol_of(rule),
		.ports = ports_of(rule, ports, sizeof(ports)),
	};

	return (struct origin){
		.line = listjson_line(rule),
		.rule = reader_rule(reader, &about),
		.side = is_egress ? LIST_DESTINATION : LIST_SOURCE,
	};
}

/* An array of objects, each with the value under this key. */
static void
read_ranges(struct reader *reader, const struct origin *origin, const cJSON *ranges, const char *key)
{
	const cJSON *range;

	cJSON_ArrayForEach(range, ranges)
	{
		const cJSON *value = listjson_member(range, key);
		struct origin here = *origin;

		if (!reader_goes_on(reader))
			break;
		here.line = listjson_line(range);
		if (value != NULL)
			listjson_values(reader, &here, value);
		else
			reader_problem(reader, &here, span_of(key), "an element without %s", key);
	}
}

/* Lists of prefixes are kept elsewhere: their ids are all that is known of them. */
static void
mention_list(struct reader *reader, const struct origin *origin, const char *id)
{
	if (id != NULL)
		reader_mention(reader, origin, span_of(id));
}

static void
read_permissions(struct reader *reader, const cJSON *group, bool is_egress)
{
	const cJSON *permissions = listjson_member(group, is_egress ? "IpPermissionsEgress" : "IpPermissions");
	const cJSON *permission, *list;

	cJSON_ArrayForEach(permission, permissions)
	{
		struct origin origin = origin_of(reader, permission, name_of(group), is_egress);

		if (!reader_goes_on(reader))
			break;
		read_ranges(reader, &origin, listjson_member(permission, "IpRanges"), "CidrIp");
		read_ranges(reader, &origin, listjson_member(permission, "Ipv6Ranges"), "CidrIpv6");
		cJSON_ArrayForEach(list, listjson_member(permission, "PrefixListIds"))
			mention_list(reader, &origin, listjson_string(list, "PrefixListId"));
	}
}

static void
read_flat_rules(struct reader *reader, const cJSON *rules)
{
	const cJSON *rule;

	cJSON_ArrayForEach(rule, rules)
	{
		bool is_egress = cJSON_IsTrue(listjson_member(rule, "IsEgress"));
		struct origin origin = origin_of(reader, rule, name_of(rule), is_egress);

		if (!reader_goes_on(reader))
			break;
		if (listjson_member(rule, "CidrIpv4") != NULL)
			listjson_values(reader, &origin, listjson_member(rule, "CidrIpv4"));
		if (listjson_member(rule, "CidrIpv6") != NULL)
			listjson_values(reader, &origin, listjson_member(rule, "CidrIpv6"));
		mention_list(reader, &origin, listjson_string(rule, "PrefixListId"));
	}
}

static void
read_group(struct reader *reader, const cJSON *group)
{
	read_permissions(reader, group, false);
	read_permissions(reader, group, true);
}

static void
read_all(struct reader *reader)
{
	const cJSON *groups = find_groups(reader->json), *group;

	read_flat_rules(reader, listjson_member(reader->json, "SecurityGroupRules"));
	if (!cJSON_IsArray(groups)) {
		read_group(reader, groups);
		return;
	}
	cJSON_ArrayForEach(group, groups) read_group(reader, group);
}

const struct list_format list_format_aws = {
	.name = "aws",
	.description = "JSON of aws ec2 describe-security-groups or describe-security-group-rules",
	.is_json = true,
	.detect = detect,
	.read = read_all,
};
