/**
 * @file
 * What service tags can be used in, and what it can take: network security
 * groups, route tables, Azure Firewall. What a published file says of each
 * tag (its networkFeatures) is weighed against what is documented
 * (schema/platform/tags.tsv, inside the library); limits and dependencies
 * come from schema/platform/ too. Constant; readable from any thread.
 */
#ifndef SVCTAG_TARGET_H
#define SVCTAG_TARGET_H

#include <svctag/index.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where rules are put. */
typedef enum svctag_target {
	SVCTAG_TARGET_NSG,      /**< network security group */
	SVCTAG_TARGET_UDR,      /**< route table (user-defined routes) */
	SVCTAG_TARGET_FIREWALL, /**< Azure Firewall, network rules */
	SVCTAG_TARGET_COUNT,
} svctag_target;

/** "nsg", "udr", "firewall". Static. */
SVCTAG_API const char *svctag_target_text(svctag_target target);
/** In any letter case. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_target_find(const char *name, svctag_target *ret);

typedef enum svctag_usable {
	SVCTAG_USABLE_NO,
	SVCTAG_USABLE_YES,
	SVCTAG_USABLE_UNKNOWN, /**< the published file and the documents disagree */
} svctag_usable;

/** "no", "yes", "unknown". Static. */
SVCTAG_API const char *svctag_usable_text(svctag_usable usable);

/** Can rules of the target name this tag? Never SVCTAG_USABLE_YES where its networkFeatures are null. */
SVCTAG_API svctag_usable svctag_tag_usable(const svctag_index *index, uint32_t tag, svctag_target target);

/**
 * Is the tag broad: AzureCloud, AzureCloud.<region>, or an undotted tag that
 * has regional children in this release?
 */
SVCTAG_API bool svctag_tag_is_broad(const svctag_index *index, uint32_t tag);

/** Is this the name, in any letter case, of AzureCloud or a region of it, which say nothing of a service? */
SVCTAG_API bool svctag_tag_name_is_azure_cloud(const char *name);

/** Does it hold other customers' workloads, so that an inbound rule with it admits any of them? */
SVCTAG_API bool svctag_tag_is_shared(const svctag_index *index, uint32_t tag);

/** A tag that another needs beside it. */
typedef struct svctag_dependency {
	const char *tag;   /**< or its undotted parent */
	const char *needs; /**< as the documents name it: "Storage", "AzureFrontDoor.FirstParty" */
	const char *why;   /**< one sentence */
} svctag_dependency;

/** The i-th dependency of a tag by name (in any letter case, its children included); NULL past the last. */
SVCTAG_API const svctag_dependency *svctag_dependency_find(const char *tag, size_t i);

/** A documented limit of a target. */
typedef struct svctag_limit {
	svctag_target target; /**< SVCTAG_TARGET_COUNT: of something that is no target (IP Groups, storage firewalls) */
	const char *name;     /**< "rules", "addresses", "routes", "tagRoutes", "nameLength", …;
	                           schema/platform/limits.tsv has them all */
	uint32_t maximum;
	const char *what; /**< for people: "rules of a network security group" */
} svctag_limit;

/** NULL if there is none of that name. */
SVCTAG_API const svctag_limit *svctag_limit_find(svctag_target target, const char *name);
/** The i-th of all; NULL past the last. */
SVCTAG_API const svctag_limit *svctag_limit_at(size_t i);

#ifdef __cplusplus
}
#endif

#endif
