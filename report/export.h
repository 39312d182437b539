/**
 * @file
 * `export`: a release, or some of its tags, in other systems' formats, piece
 * by piece, so that a server holds little of it at a time.
 */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include "report.h"

enum report_export_format {
	EXPORT_JSON,       /**< the published file, which `import` reads */
	EXPORT_NDJSON,     /**< an object for each tag and prefix */
	EXPORT_CSV,        /**< a record for each tag and prefix */
	EXPORT_TEXT,       /**< prefixes alone, one in a line, each once */
	EXPORT_NGINX,      /**< a geo block: address to tags */
	EXPORT_HAPROXY,    /**< a map file: address to tags */
	EXPORT_IPSET,      /**< for `ipset restore`: one set for each family */
	EXPORT_NFTABLES,   /**< for `nft -f`: one set for each family */
	EXPORT_TERRAFORM,  /**< local values: one list for each family */
	EXPORT_POSTGRES,   /**< for psql: a table with a GiST index */
	EXPORT_CLICKHOUSE, /**< for clickhouse-client: a table and an ip_trie dictionary */
	EXPORT_FORMAT_COUNT,
};

/** "json", "ndjson" …; NULL past the last. Static. */
const char *report_export_name(enum report_export_format format);
/** With its charset. Static. */
const char *report_export_media_type(enum report_export_format format);
/** @return false, and nothing changed, for what is no such name */
bool report_export_parse(const char *name, enum report_export_format *ret);

/** What is wanted. Zero-initialised is all of a release as JSON. */
struct report_export_options {
	enum report_export_format format;
	const char *tags;   /**< patterns of names with commas between them, or NULL for all */
	const char *region; /**< the region property in any letter case, or NULL */
	uint8_t family;     /**< SVCTAG_IPV4, SVCTAG_IPV6, or 0 for both */
	bool aggregate;     /**< the fewest prefixes instead of the published ones */
	/** What the sets, the table or the variable are called: letters, digits and '_'. NULL: "svctag" */
	const char *name;
};

struct report_export;

/**
 * @param snapshot  outlives the export
 * @param options   its texts do not have to
 * @param[out] ret  report_export_free()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_NOT_FOUND (no tag fits), SVCTAG_E_SYNTAX (a name that will not do,
 *         or `aggregate` where each address has its own tags); detail says which
 */
SVCTAG_MUST_CHECK svctag_error report_export_begin(const svctag_snapshot *snapshot,
						   const struct report_export_options *options,
						   struct report_export **ret, svctag_detail *detail);

/** Write the next piece: some hundred lines. */
SVCTAG_MUST_CHECK svctag_error report_export_next(struct report_export *export, FILE *out, bool *ret_done);

/** Accepts NULL. */
void report_export_free(struct report_export *export);

#endif
