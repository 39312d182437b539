/*
 * How the formats of an export are written. A format is a row of functions,
 * which get one prefix at a time; what the prefixes are, its shape says.
 */
#ifndef REPORT_EXPORT_INTERNAL_H
#define REPORT_EXPORT_INTERNAL_H

#include "export.h"
#include "json.h"

enum export_shape {
	EXPORT_BY_TAG,    /**< the prefixes of one tag after the other */
	EXPORT_BY_PREFIX, /**< the prefixes of all tags together, each once, IPv4 first */
	/**
	 * The same, each with all tags that hold it, by whatever prefix: for
	 * what answers the longest match alone. A prefix that says no more than
	 * the one around it is left out.
	 */
	EXPORT_LABELLED,
};

/** One prefix. */
struct export_row {
	const svctag_prefix *prefix;
	const svctag_index_tag *tag; /**< EXPORT_BY_TAG */
	const uint32_t *labels;      /**< EXPORT_LABELLED: tags in order of their names */
	size_t label_count;
	size_t number; /**< EXPORT_BY_TAG: in its tag, else in its family; from 0 */
};

/** Functions that are not needed may be NULL. None checks `out`: that is done behind every piece. */
struct export_writer {
	const char *name;
	const char *media_type;
	enum export_shape shape;
	bool merged; /**< always aggregated: overlaps are not taken */
	void (*begin)(const struct report_export *export, FILE *out);
	/** EXPORT_BY_TAG: before the rows of a tag. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
	svctag_error (*begin_tag)(struct report_export *export, FILE *out, const svctag_index_tag *tag);
	void (*row)(const struct report_export *export, FILE *out, const struct export_row *row);
	void (*end_tag)(const struct report_export *export, FILE *out);
	void (*end)(const struct report_export *export, FILE *out);
};

extern const struct export_writer export_json, export_ndjson, export_csv, export_text, export_nginx, export_haproxy,
	export_ipset, export_nftables, export_terraform, export_postgres, export_clickhouse;

/** Room for a name, and what writers put behind it. */
#define EXPORT_NAME_SIZE 25

struct report_export {
	const struct export_writer *writer;
	const svctag_snapshot *snapshot;
	uint8_t family;
	bool aggregate;
	char name[EXPORT_NAME_SIZE];
	bool begun;
	uint32_t *tags; /**< that are wanted, in order of their names */
	size_t tag_count;
	size_t next_tag;                 /**< the one after that which is being written */
	struct report_prefixes prefixes; /**< of the tag that is being written, or EXPORT_BY_PREFIX of all */
	size_t next_prefix;
	uint32_t *ids;     /**< EXPORT_BY_TAG: the prefixes of each wanted tag, as numbers of the index */
	size_t *ends;      /**< EXPORT_BY_TAG: by the wanted tag, where its own end in `ids` */
	bool *is_wanted;   /**< the others: by the tag's number */
	uint32_t next_id;  /**< EXPORT_LABELLED: of the index's prefixes */
	uint32_t *labels;  /**< EXPORT_LABELLED: room for all tags */
	uint32_t *seen;    /**< EXPORT_LABELLED: by the tag's number, next_id when it was last a label */
	size_t written[2]; /**< rows by SVCTAG_FAMILY_INDEX */
	char *head;        /**< a writer's own: what each row of a tag begins with */
};

const svctag_release_info *export_release(const struct report_export *export);

/** Is the family wanted at all? @param family  by SVCTAG_FAMILY_INDEX */
bool export_has_family(const struct report_export *export, size_t family);

/** "svctag 0.1.0: Public 376 (2025-11-10), id …": for a comment. */
void export_title(const struct report_export *export, FILE *out);

/** The names of a row's tags, each written by `write`, commas between them. */
void export_labels(const struct report_export *export, FILE *out, const struct export_row *row,
		   void (*write)(FILE *out, const char *text));

/** What belongs to the wanted tags, as the shape has it: export_select.c */
SVCTAG_MUST_CHECK svctag_error export_select_tags(struct report_export *export,
						  const struct report_export_options *options, svctag_detail *detail);
SVCTAG_MUST_CHECK svctag_error export_select_prefixes(struct report_export *export);
/** EXPORT_BY_TAG: go to the next wanted tag, and put its prefixes in their place. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error export_next_tag(struct report_export *export);
/** The next row of EXPORT_LABELLED. @return false at the end */
bool export_next_labelled(struct report_export *export, svctag_prefix *prefix, struct export_row *ret);

#endif
