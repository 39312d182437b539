/**
 * @file
 * The library's answers as JSON, NDJSON, CSV and text: the one place where
 * they get their outward form, so that the command line and the daemon print
 * the same bytes.
 *
 * Every function writes to a FILE (stdout, or open_memstream() of the daemon)
 * and returns SVCTAG_OK, SVCTAG_E_NO_MEMORY, or SVCTAG_E_IO when the stream is
 * in error. After a failure part of the answer may have been written. JSON
 * answers are one line with one line end; NDJSON is one such line for each
 * record; CSV is RFC 4180 with a header line and bare line feeds. Text is for
 * people and may change. Nothing here keeps state outside its arguments; any
 * thread may call anything.
 *
 * Address counts are decimal strings in JSON: IPv6 counts pass 2^64.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include <svctag/diff.h>
#include <svctag/explain.h>
#include <svctag/lookup.h>
#include <svctag/store.h>

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_NDJSON,
	REPORT_CSV,
};

/** How to print. Zero-initialised is plain text. */
struct report_style {
	enum report_format format;
	bool colour; /**< text only: ANSI colours, for terminals */
};

/** "text", "json", "ndjson", "csv". @return false, and nothing changed, for anything else */
bool report_format_parse(const char *name, enum report_format *ret);

/** For a terminal: control characters and what is not UTF-8 become '?'. */
void report_make_printable(char *text);

/** Stands for "every cloud" where a cloud's number is asked for. */
#define REPORT_ALL_CLOUDS SIZE_MAX

/** `releases`: what is loaded, of one cloud or of all of them, each cloud in its order. */
SVCTAG_MUST_CHECK svctag_error report_releases(FILE *out, const struct report_style *style,
					       const svctag_catalogue *catalogue, size_t cloud);

/** What was asked, for echoing it. Zero-initialise what does not apply. */
struct report_query {
	const char *text; /**< as asked; need not be NUL-terminated, may be any bytes */
	size_t size;
	const char *host; /**< the host name that was resolved to `text`, or NULL */
	size_t line;      /**< its line on standard input, from 1, or 0; printed with errors only */
	const svctag_explanation *explanation; /**< to be added to the answer (JSON and text), or NULL */
};

/** `lookup` of one query: the one object. The result is of svctag_lookup() on this snapshot and query. */
SVCTAG_MUST_CHECK svctag_error report_lookup(FILE *out, const struct report_style *style,
					     const svctag_snapshot *snapshot, const struct report_query *asked,
					     const svctag_query *query, const svctag_lookup_result *result);

/**
 * `lookup` of many queries, in constant memory however many there are:
 * report_lookup_begin(), then _item() or _error() for each, then _end().
 * Each call may write to another FILE, so that a server can send piece by
 * piece. Set style and the snapshots, zero the rest.
 */
struct report_lookup_stream {
	struct report_style style;
	const svctag_snapshot *const *snapshots; /**< that results come from; outlive the stream */
	size_t snapshot_count;
	bool all_clouds; /**< "release" is null and "releases" lists the snapshots' */
	size_t written;  /**< results so far */
};

SVCTAG_MUST_CHECK svctag_error report_lookup_begin(struct report_lookup_stream *stream, FILE *out);
SVCTAG_MUST_CHECK svctag_error report_lookup_item(struct report_lookup_stream *stream, FILE *out,
						  const svctag_snapshot *snapshot, const struct report_query *asked,
						  const svctag_query *query, const svctag_lookup_result *result);
/** A query that could not be answered takes its place: {"query","error"}. */
SVCTAG_MUST_CHECK svctag_error report_lookup_error(struct report_lookup_stream *stream, FILE *out,
						   const struct report_query *asked, const char *message);
SVCTAG_MUST_CHECK svctag_error report_lookup_end(struct report_lookup_stream *stream, FILE *out);

enum report_member {
	REPORT_MEMBER_YES,
	REPORT_MEMBER_PARTIAL,
	REPORT_MEMBER_NO,
};

/** What a result of svctag_lookup_tag() means. */
enum report_member report_member_of(const svctag_lookup_result *result);

/** `check`. The result is of svctag_lookup_tag() with this tag. */
SVCTAG_MUST_CHECK svctag_error report_check(FILE *out, const struct report_style *style,
					    const svctag_snapshot *snapshot, const struct report_query *asked,
					    const svctag_query *query, uint32_t tag,
					    const svctag_lookup_result *result);

/** `tags`: the tags with these numbers, in this order. */
SVCTAG_MUST_CHECK svctag_error report_tags(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot,
					   const uint32_t *tags, size_t count);

/** Which tags `tags` lists. Zero-initialised is all of them. */
struct report_tag_filter {
	const char *pattern; /**< svctag_pattern_matches() on the name, or NULL */
	const char *region;  /**< the region property in any letter case, or NULL */
	const char *service; /**< the systemService property in any letter case, or NULL */
};

/**
 * The numbers of the tags that pass, in byte order of their names.
 * @param[out] ret  free() it
 * @return SVCTAG_OK (also when there are none), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error report_tags_select(const svctag_snapshot *snapshot,
						  const struct report_tag_filter *filter, uint32_t **ret,
						  size_t *ret_count);

/** Some prefixes of a tag, and which: what `show` and the prefix lists print. */
struct report_prefixes {
	uint8_t family; /**< SVCTAG_IPV4, SVCTAG_IPV6, or 0 for both */
	bool aggregate; /**< as the fewest prefixes instead of as published */
	svctag_prefix *prefixes;
	size_t count;
};

/**
 * The prefixes of a tag as asked.
 * @param[out] ret  release with report_prefixes_release()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error report_prefixes_select(const svctag_snapshot *snapshot, uint32_t tag, uint8_t family,
						      bool aggregate, struct report_prefixes *ret);
/** Make them the fewest with the same addresses. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error report_prefixes_aggregate(struct report_prefixes *prefixes);
/** Accepts a zero-initialised one. */
void report_prefixes_release(struct report_prefixes *prefixes);

/** `show`: one tag with its prefixes. */
SVCTAG_MUST_CHECK svctag_error report_tag(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot,
					  uint32_t tag, const struct report_prefixes *prefixes);

/** Just the prefixes; as text one per line and nothing else, as firewalls poll them. */
SVCTAG_MUST_CHECK svctag_error report_prefix_list(FILE *out, const struct report_style *style,
						  const svctag_snapshot *snapshot, uint32_t tag,
						  const struct report_prefixes *prefixes);

/** `diff`. The diff is of svctag_diff_releases() on these two. */
SVCTAG_MUST_CHECK svctag_error report_diff(FILE *out, const struct report_style *style, const svctag_release_info *from,
					   const svctag_release_info *to, bool gap, const svctag_diff *diff);

/** The same as Markdown, for people. */
SVCTAG_MUST_CHECK svctag_error report_diff_markdown(FILE *out, const svctag_release_info *from,
						    const svctag_release_info *to, bool gap, const svctag_diff *diff);

/** The same in one sentence, without the releases. */
SVCTAG_MUST_CHECK svctag_error report_diff_sentence(FILE *out, const svctag_diff *diff);

/** The day from which the new ranges of a release may come into use: a week after its publication. */
void report_in_use_from(const svctag_release_info *release, char day[SVCTAG_DAY_SIZE]);

/**
 * A piece of news in a feed: a diff, or (with a title) what there is to tell
 * of a list. Of the releases only the fields of the `release` object count.
 */
struct report_feed_entry {
	const svctag_release_info *from;
	const svctag_release_info *to;
	const char *announced; /**< YYYY-MM-DDThh:mm:ssZ */
	const char *summary;   /**< of report_diff_sentence() or report_drift_event_sentence() */
	const char *files;     /**< its address without what ends that of each form */
	const char *title;     /**< of report_drift_event_title(); NULL: it is a diff */
	const char *list;      /**< the list's path; with a title only */
	const uint8_t *key;    /**< SVCTAG_DIGEST_SIZE bytes that make its id; NULL: its releases do */
};

struct report_feed {
	uint8_t id[SVCTAG_DIGEST_SIZE]; /**< makes the feed's own id; no other feed has it */
	const char *self;               /**< the feed's own address, or NULL */
	const char *markdown;           /**< ends the address of an entry as Markdown; NULL: ".md" */
	const char *json;               /**< the same as JSON; NULL: ".json" */
	const char *begun;              /**< YYYY-MM-DDThh:mm:ssZ; when it changed last, if there is no entry */
	const struct report_feed_entry *entries; /**< the newest first */
	size_t count;
};

/** News as an Atom feed (RFC 4287). */
SVCTAG_MUST_CHECK svctag_error report_feed(FILE *out, const struct report_feed *feed);

/**
 * What a web hook gets to hear of a new release.
 * @param delivery  the id by which the receiver tells one telling from another
 * @param diff      the JSON of report_diff(), NUL-terminated, without its line end
 */
SVCTAG_MUST_CHECK svctag_error report_delivery(FILE *out, const char *delivery, const svctag_release_info *release,
					       const char *diff);

/**
 * What a web hook gets to hear of a list.
 * @param event  the JSON of report_drift_event(), NUL-terminated, without its line end
 */
SVCTAG_MUST_CHECK svctag_error report_list_delivery(FILE *out, const char *delivery, const svctag_release_info *release,
						    const char *event);

/** What an unattended run did. */
struct report_nightly {
	const svctag_release_info *begun; /**< first releases of their clouds: nothing to compare with */
	size_t begun_count;
	const struct report_feed_entry *news; /**< diffs, and what there is to tell of lists */
	size_t news_count;
	size_t delivered; /**< to hooks and the command */
	size_t pending;   /**< left for the next run */
	size_t failures;  /**< of fetching, importing and telling */
};

/** `nightly`: one line. */
SVCTAG_MUST_CHECK svctag_error report_nightly(FILE *out, const struct report_style *style,
					      const struct report_nightly *nightly);

/** One side of `compare`. */
struct report_side {
	const svctag_snapshot *snapshot;
	uint32_t tag;
};

/** `compare`: two tags, or one tag at two releases. */
SVCTAG_MUST_CHECK svctag_error report_compare(FILE *out, const struct report_style *style, const struct report_side *a,
					      const struct report_side *b, const svctag_comparison *comparison);

/** What `status` says about the file. */
struct report_database {
	const char *path;
	uint64_t size; /**< bytes, with its write-ahead log */
	int schema;
	const char *today; /**< YYYY-MM-DD: ages count up to it */
};

/** `status`: how old and how much. */
SVCTAG_MUST_CHECK svctag_error report_status(FILE *out, const struct report_style *style,
					     const struct report_database *database, const svctag_catalogue *catalogue,
					     size_t cloud);

/** A release, or the file, that `verify` found damaged. */
struct report_damage {
	const svctag_release_info *release; /**< NULL: the database as a whole */
	const char *part;                   /**< "database", "content", "index" */
	svctag_detail error;
};

/** `verify`. */
SVCTAG_MUST_CHECK svctag_error report_verify(FILE *out, const struct report_style *style, size_t releases_checked,
					     size_t indexes_checked, const struct report_damage *damages,
					     size_t damage_count);

/** What became of one imported file. */
struct report_import {
	const char *file;
	const char *error; /**< why it was refused, or NULL; then only `file` counts besides */
	svctag_import_result result;
	const svctag_release_info *release;
	const char *warnings; /**< one per line, or NULL */
};

/** `import`, file by file: begin, item for each, end. Zero-initialise but for the style. */
struct report_import_stream {
	struct report_style style;
	size_t written;
};

SVCTAG_MUST_CHECK svctag_error report_import_begin(struct report_import_stream *stream, FILE *out);
SVCTAG_MUST_CHECK svctag_error report_import_item(struct report_import_stream *stream, FILE *out,
						  const struct report_import *item);
SVCTAG_MUST_CHECK svctag_error report_import_end(struct report_import_stream *stream, FILE *out);

/** What became of one cloud's fetch. */
struct report_fetch {
	const char *cloud;  /**< as asked for; NULL: any */
	const char *source; /**< where the file was found: "page", "url", "dated", "api"; NULL: nowhere */
	const char *url;    /**< the file's address, or NULL */
	bool not_modified;  /**< the server says that it is what was imported last */
	svctag_import_result result;
	const svctag_release_info *release; /**< NULL: nothing was imported */
	const char *warnings;               /**< one per line, or NULL */
	const char *error;                  /**< why it failed, or NULL */
};

/** `fetch`, cloud by cloud: begin, item for each, end. Zero-initialise but for the style. */
struct report_fetch_stream {
	struct report_style style;
	size_t written;
};

SVCTAG_MUST_CHECK svctag_error report_fetch_begin(struct report_fetch_stream *stream, FILE *out);
SVCTAG_MUST_CHECK svctag_error report_fetch_item(struct report_fetch_stream *stream, FILE *out,
						 const struct report_fetch *item);
SVCTAG_MUST_CHECK svctag_error report_fetch_end(struct report_fetch_stream *stream, FILE *out);

/** `forget`: the release that was taken out. */
SVCTAG_MUST_CHECK svctag_error report_forgotten(FILE *out, const struct report_style *style,
						const svctag_release_info *release);

/**
 * An error over HTTP: RFC 9457 application/problem+json.
 * @param status  the HTTP status
 * @param title   the status's phrase
 * @param detail  one sentence for this occurrence, or NULL
 */
SVCTAG_MUST_CHECK svctag_error report_problem(FILE *out, unsigned int status, const char *title, const char *detail);

/**
 * "NAME is in no release …; did you mean A, B or C?": the one wording for an unknown tag.
 * @param size    of `name`, which need not be NUL-terminated
 * @param detail  gets it
 */
void report_unknown_tag(const svctag_snapshot *snapshot, const char *name, size_t size, svctag_detail *detail);

#endif
