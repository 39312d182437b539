#include "router.h"

#include <stdio.h>
#include <string.h>

#include "negotiate.h"

/** A body that is a list of queries. */
#define LIST_TYPES " application/json text/plain "

/** A body that is somebody's list of addresses, in any of the forms in which people keep them. */
#define DOCUMENT_TYPES " text/plain text/csv text/markdown application/json application/xml application/octet-stream "

static const struct route routes[] = {
	/* Its addresses are passed around, with whatever was added to them on the way. */
	{ "/", METHOD_GET, 0, ROUTE_STATUS, " q view at cloud family aggregate match all from to tag format ", NULL,
	  get_root },
	{ "/assets/{digest}/{name}", METHOD_GET, 0, 0, " ", NULL, get_asset },
	{ "/v1/lookup", METHOD_GET, 0, ROUTE_STRICT | ROUTE_REPEATED, " q at cloud format ", NULL, get_lookup },
	{ "/v1/lookup", METHOD_POST, SERVICE_MAX_LIST, ROUTE_STRICT, " at cloud format ", LIST_TYPES, post_lookup },
	{ "/v1/check", METHOD_GET, 0, ROUTE_STRICT | ROUTE_REPEATED, " q tag at cloud format ", NULL, get_check },
	{ "/v1/releases", METHOD_GET, 0, ROUTE_STRICT, " cloud format ", NULL, get_releases },
	{ "/v1/tags", METHOD_GET, 0, ROUTE_STRICT, " match region service at cloud format ", NULL, get_tags },
	{ "/v1/tags/{name}", METHOD_GET, 0, ROUTE_STRICT, " family aggregate at cloud format ", NULL, get_tag },
	{ "/v1/tags/{name}/prefixes", METHOD_GET, 0, ROUTE_STRICT, " family aggregate at cloud format ", NULL,
	  get_tag_prefixes },
	{ "/v1/diff", METHOD_GET, 0, ROUTE_STRICT | ROUTE_LONG, " from to tag cloud format ", NULL, get_diff },
	{ "/v1/feed.atom", METHOD_GET, 0, ROUTE_STRICT | ROUTE_LONG, " tag count cloud ", NULL, get_feed },
	{ "/v1/history", METHOD_GET, 0, ROUTE_STRICT | ROUTE_LONG, " q tag cloud format ", NULL, get_history },
	{ "/v1/drift", METHOD_GET, 0, ROUTE_STRICT | ROUTE_LONG, " tag frozen cloud format ", NULL, get_drift },
	{ "/v1/drift", METHOD_POST, SERVICE_MAX_DOCUMENT, ROUTE_STRICT | ROUTE_LONG | ROUTE_BODILESS | ROUTE_UNTYPED,
	  " input intent column name tag frozen cloud format ", DOCUMENT_TYPES, post_drift },
	/* What other parameters there are, the scenario says; and three may be repeated. */
	{ "/v1/lint", METHOD_POST, SERVICE_MAX_DOCUMENT, ROUTE_OPEN | ROUTE_LONG | ROUTE_UNTYPED,
	  " target ignore only scenario input column intent name at cloud format ", DOCUMENT_TYPES, post_lint },
	{ "/v1/migrate", METHOD_POST, SERVICE_MAX_DOCUMENT, ROUTE_STRICT | ROUTE_LONG | ROUTE_UNTYPED,
	  " target prefer maxRules allowBroad output rollback input intent column name at cloud format ",
	  DOCUMENT_TYPES, post_migrate },
	{ "/v1/export", METHOD_GET, 0, ROUTE_STRICT, " tag region family aggregate name at cloud format ", NULL,
	  get_export },
	{ "/v1/plan", METHOD_GET, 0, ROUTE_STRICT, " format ", NULL, get_plans },
	{ "/v1/plan/{scenario}", METHOD_GET, 0, ROUTE_OPEN, " at cloud format output ", NULL, get_plan },
	{ "/openapi.json", METHOD_GET, 0, 0, " ", NULL, get_openapi },
	{ "/healthz", METHOD_GET, 0, 0, " format ", NULL, get_healthz },
	{ "/readyz", METHOD_GET, 0, ROUTE_STATUS, " format ", NULL, get_readyz },
	{ "/metrics", METHOD_GET, 0, ROUTE_STATUS, " ", NULL, get_metrics },
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

/** Does the path fit? Sets *ret_name to the segment that stands for {name}, or to NULL. */
static bool
matches(const char *pattern, const struct request *request, const char **ret_name)
{
	const char *name = NULL;

	for (size_t i = 0; i < request->segment_count; i++) {
		const char *segment = request->segments[i];
		size_t size;

		if (*pattern++ != '/')
			return false;
		size = strcspn(pattern, "/");
		if (*pattern == '{')
			name = segment;
		else if (strlen(segment) != size || memcmp(segment, pattern, size) != 0)
			return false;
		pattern += size;
	}
	if (*pattern != '\0' || (name != NULL && *name == '\0'))
		return false;
	*ret_name = name;
	return true;
}

static void
refuse_method(struct reply *reply, unsigned int allowed)
{
	snprintf(reply->allow, sizeof(reply->allow), "%s%s%s", (allowed & METHOD_GET) != 0 ? "GET, HEAD" : "",
		 allowed == (METHOD_GET | METHOD_POST) ? ", " : "", (allowed & METHOD_POST) != 0 ? "POST" : "");
	reply_problem(reply, 405, "this route does not have this method; the Allow header lists those it has");
}

const struct route *
router_find(struct request *request, struct reply *reply)
{
	unsigned int allowed = 0;

	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		const char *name;

		if (!matches(routes[i].pattern, request, &name))
			continue;
		if (routes[i].method == request->method) {
			request->name = name;
			return &routes[i];
		}
		allowed |= (unsigned int)routes[i].method;
	}
	if (allowed != 0)
		refuse_method(reply, allowed);
	else
		reply_problem(reply, 404, "there is nothing under this path");
	return NULL;
}

/** Is the word one of the list's? */
static bool
list_has(const char *list, const char *word)
{
	size_t size = strlen(word);

	if (size == 0 || strchr(word, ' ') != NULL)
		return false;
	for (const char *p = strstr(list, word); p != NULL; p = strstr(p + 1, word))
		if (p[-1] == ' ' && p[size] == ' ')
			return true;
	return false;
}

static bool
accepts_body(const struct route *route, const struct request *request, struct reply *reply)
{
	svctag_detail detail;
	char type[32];

	if (route->body_types == NULL || ((route->flags & ROUTE_BODILESS) != 0 && !request->has_body) ||
	    ((route->flags & ROUTE_UNTYPED) != 0 && request->content_type == NULL))
		return true;
	for (const char *p = route->body_types + 1; *p != '\0'; p += strcspn(p, " ") + 1) {
		snprintf(type, sizeof(type), "%.*s", (int)strcspn(p, " "), p);
		if (negotiate_is_type(request->content_type, type))
			return true;
	}
	svctag_detail_set(&detail, "the Content-Type has to be one of:%s", route->body_types);
	detail.text[strlen(detail.text) - 1] = '\0';
	reply_problem(reply, 415, detail.text);
	return false;
}

bool
router_accepts(const struct route *route, const struct request *request, struct reply *reply)
{
	svctag_detail detail;

	if (!accepts_body(route, request, reply))
		return false;
	for (size_t i = 0; (route->flags & ROUTE_STRICT) != 0 && i < request->parameter_count; i++) {
		const char *name = request->parameters[i].name;

		if (!list_has(route->parameters, name)) {
			svctag_detail_set(&detail, "unknown parameter '%.40s'; this route has:%.*s", name,
					  (int)strlen(route->parameters) - 1, route->parameters);
			reply_problem(reply, 400, detail.text);
			return false;
		}
		if (strcmp(name, "q") != 0 && request_parameter_count(request, name) > 1) {
			svctag_detail_set(&detail, "the parameter '%s' is given more than once", name);
			reply_problem(reply, 400, detail.text);
			return false;
		}
	}
	return true;
}

size_t
router_count(void)
{
	return ROUTE_COUNT;
}

size_t
router_number(const struct route *route)
{
	return route == NULL ? ROUTE_COUNT : (size_t)(route - routes);
}

const struct route *
router_at(size_t number)
{
	return number < ROUTE_COUNT ? &routes[number] : NULL;
}

void
router_run(const struct route *route, struct request *request, const struct context *context, struct reply *reply)
{
	route->handler(request, context, reply);
	if (reply->status == 200 && reply->cache_control == NULL)
		reply->cache_control = "no-cache"; /* keep it, but ask whether it still holds */
}
