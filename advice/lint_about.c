/* What each check is called and why it is there. docs/lint.md says the same at length. */
#include <string.h>

#include "lint_internal.h"
#include "near.h"

static const struct lint_about abouts[LINT_CHECK_COUNT] = {
	[LINT_HARD_CODED_ADDRESS] = { "hard-coded-address", LINT_WARNING, "an address stands where a tag belongs",
				      "Services change their addresses, and a rule that names them breaks with the "
				      "next release; one that names the tag does not." },
	[LINT_STALE_ADDRESS] = { "stale-address", LINT_WARNING, "an address has left the service that it stood for",
				 "The service is no longer reached through it, and whoever has it now is let in." },
	[LINT_AZURE_ADDRESS] = { "azure-address", LINT_NOTE, "an address of Azure that no service's tag has",
				 "Only AzureCloud has it: it may be any customer's, and nobody tells when it moves." },
	[LINT_REDUNDANT] = { "redundant", LINT_WARNING, "something is already in what the same rules hold",
			     "It changes nothing today, and it keeps open what the rule that covers it would give "
			     "up." },
	[LINT_SITE_RECOVERY_ROUTE] = { "site-recovery-route", LINT_WARNING,
				       "addresses of Site Recovery in a route table",
				       "They change; replication turns critical when a route still holds the old "
				       "ones." },
	[LINT_FORCED_TUNNELLING] = { "forced-tunnelling", LINT_WARNING,
				     "all traffic goes through an appliance or gateway, that to storage too",
				     "Replication traffic through an appliance may be throttled; a service endpoint "
				     "for "
				     "storage keeps it inside Azure." },
	[LINT_UNKNOWN_TAG] = { "unknown-tag", LINT_ERROR, "the release has no tag of this name",
			       "The rule is refused, or has been written for a tag that is gone." },
	[LINT_DOCUMENT_SPELLING] = { "document-spelling", LINT_ERROR, "a name that documents use, but no tag has",
				     "Documents call services by names of their own; rules take the tag's alone." },
	[LINT_TAG_CASE] = { "tag-case", LINT_NOTE, "the tag is published in other letter case",
			    "The platform takes any, but whoever searches for the published name misses it." },
	[LINT_UNUSABLE_TAG] = { "unusable-tag", LINT_ERROR, "the tag cannot be used here",
				"The published file lists where each tag can be used; some can be used nowhere." },
	[LINT_SEVERAL_TAGS] = { "several-tags", LINT_ERROR, "several tags on one side of a rule",
				"A security rule takes one on each side." },
	[LINT_TAG_IN_ARRAY] = { "tag-in-array", LINT_ERROR, "a tag in the field for several addresses",
				"The plural fields take addresses alone; a tag belongs into the singular one." },
	[LINT_MIXED_FAMILIES] = { "mixed-families", LINT_ERROR, "IPv4 and IPv6 in one rule",
				  "A security rule is about one family." },
	[LINT_LIMIT] = { "limit", LINT_ERROR, "more than the platform takes", "It is refused as a whole." },
	[LINT_NEAR_LIMIT] = { "near-limit", LINT_WARNING, "four fifths of what the platform takes, or more",
			      "The next change may be the one that is refused." },
	[LINT_RULE_NAME] = { "rule-name", LINT_ERROR, "a name that the platform does not take",
			     "Names have at most 80 letters, digits, '.', '-' and '_', begin with a letter or digit "
			     "and end with one or '_'." },
	[LINT_PRIORITY_RANGE] = { "priority-range", LINT_ERROR, "a priority that the platform does not take",
				  "Priorities of security rules run from 100 to 4096." },
	[LINT_DUPLICATE_PRIORITY] = { "duplicate-priority", LINT_ERROR, "two rules of one direction share a priority",
				      "Priorities are unique within a group's direction." },
	[LINT_BROAD_INBOUND] = { "broad-inbound", LINT_WARNING, "a tag lets other customers' workloads in",
				 "A tag is no boundary of security: some hold what other customers run." },
	[LINT_ANY_INBOUND] = { "any-inbound", LINT_WARNING, "anyone may come in, to any port",
			       "Whatever listens is open to the Internet, today and tomorrow." },
	[LINT_STORAGE_ADDRESS] = { "storage-address", LINT_ERROR,
				   "an address that a storage account's firewall does not take",
				   "It takes IPv4 alone, /31 and /32 written as addresses." },
	[LINT_MISSING_TAG] = { "missing-tag", LINT_ERROR, "a rule that the scenario needs is not there",
			       "The service works in part, or not at all." },
	[LINT_UNREADABLE] = { "unreadable", LINT_WARNING, "something that cannot be read",
			      "What it is meant to allow is not looked at by any other check." },
	[LINT_READ_OTHERWISE] = { "read-otherwise", LINT_NOTE, "something was read otherwise than it is written",
				  "Other programs may read it otherwise again." },
};

const struct lint_about *
lint_about(enum lint_check check)
{
	return &abouts[check];
}

svctag_error
lint_check_find(const char *id, enum lint_check *ret, svctag_detail *detail)
{
	const char *names[LINT_CHECK_COUNT];
	const char *near;

	for (size_t i = 0; i < LINT_CHECK_COUNT; i++) {
		names[i] = abouts[i].id;
		if (strcmp(id, names[i]) == 0) {
			*ret = (enum lint_check)i;
			return SVCTAG_OK;
		}
	}
	near = near_find(id, names, LINT_CHECK_COUNT);
	if (near != NULL)
		svctag_detail_set(detail, "there is no check '%s'; did you mean '%s'?", id, near);
	else
		svctag_detail_set(detail, "there is no check '%s'; docs/lint.md describes them", id);
	return SVCTAG_E_NOT_FOUND;
}

const char *
lint_severity_text(enum lint_severity severity)
{
	static const char *const texts[LINT_SEVERITY_COUNT] = { "note", "warning", "error" };

	return texts[severity];
}
