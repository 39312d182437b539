/**
 * @file
 * Lines in, lines out: finds the address of each line, looks it up in one
 * snapshot, and adds its region and tags, or keeps just the lines whose
 * address is in some tags. Everything but an addition is passed on byte for
 * byte: CRLF, NUL, what is not UTF-8, lines without an address.
 *
 * Nothing here opens files, prints or knows of a terminal: input, output and
 * progress are the caller's, in `struct annotate_io`.
 */
#ifndef ANNOTATE_H
#define ANNOTATE_H

#include <sys/types.h>

#include <svctag/snapshot.h>

/** A line that is longer with its line end is passed on as it is: memory is bounded. */
#define ANNOTATE_LONGEST ((size_t)1 << 20)
/** Most threads that an option may ask for. */
#define ANNOTATE_MOST_THREADS 64

/** Where the address of a line is. */
enum annotate_input {
	ANNOTATE_FIND,  /**< the first thing in the line that is an address */
	ANNOTATE_FIELD, /**< in a field between separators */
	ANNOTATE_CSV,   /**< in a field of an RFC 4180 record, which may have quotes and line ends in it */
	ANNOTATE_JSON,  /**< in a member of the JSON object that is the line */
};

/** What to do. Zero-initialised: find an address, add two columns, one thread. Strings outlive the annotator. */
struct annotate_options {
	enum annotate_input input;
	size_t field;            /**< from 1 (ANNOTATE_FIELD, ANNOTATE_CSV); 0: `field_name` */
	const char *field_name;  /**< as the header has it */
	const char *separator;   /**< NULL or "": runs of blanks between fields, a tab before what is added */
	const char *key;         /**< ANNOTATE_JSON: a member, or members inside one another with dots between */
	const char *name_prefix; /**< before the names of what is added ("region", "tags"); NULL: nothing */
	bool header;             /**< the first line of each input names the columns */
	const char *const *only; /**< patterns of tag names: keep the lines whose address is in any */
	size_t only_count;
	const char *const *except; /**< and not those whose address is in any of these */
	size_t except_count;
	bool add;             /**< add region and tags also where lines are chosen by `only` or `except` */
	unsigned int threads; /**< 0: one */
	size_t block_size;    /**< bytes that are asked for at a time; 0: what is fast */
};

/** What became of the lines. */
struct annotate_counts {
	uint64_t bytes;      /**< read */
	uint64_t lines;      /**< or records, without headers */
	uint64_t matched;    /**< their address is in some tag */
	uint64_t kept;       /**< chosen by `only` and `except`; without them all lines */
	uint64_t missing;    /**< no address in the line, no such field, no such key */
	uint64_t unreadable; /**< what stands there is no address, or the line no JSON object */
	uint64_t too_long;   /**< more than ANNOTATE_LONGEST bytes */
};

/**
 * The world outside. With several threads, any of them may call, but next()
 * and read() are never called at the same time, nor are write() and progress().
 */
struct annotate_io {
	void *context;
	/** Go to the first, then the next input. @return false: there is none any more */
	bool (*next)(void *context);
	/** As read(2) on that input: bytes, 0 at its end, -1 with errno. What is there at once is enough. */
	ssize_t (*read)(void *context, char *buffer, size_t size);
	/** All of it. @return SVCTAG_OK, or SVCTAG_E_IO with errno, which ends the run */
	svctag_error (*write)(void *context, const char *data, size_t size);
	/** Called after each block, unless NULL. */
	void (*progress)(void *context, const struct annotate_counts *counts);
};

/** Options understood, and what is known of prefixes so far. Any number of threads may use one. */
struct annotator;

/**
 * @param snapshot  outlives the annotator
 * @param[out] ret  annotator_free()
 * @return SVCTAG_OK, SVCTAG_E_INVALID (the particulars say which option), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error annotator_new(const svctag_snapshot *snapshot, const struct annotate_options *options,
					     struct annotator **ret, svctag_detail *detail);
/** Accepts NULL. */
void annotator_free(struct annotator *annotator);

/**
 * Read all inputs to their ends; write what becomes of their lines, in order.
 * Whatever has been read is written before more is waited for, but for a line
 * whose end has not come yet.
 * @param[out] counts  of what was done, also after a failure
 * @return SVCTAG_OK, SVCTAG_E_IO (errno is that of the read or write that failed; the particulars are set for a
 *         read), SVCTAG_E_NOT_FOUND (a header lacks the field), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error annotate_run(struct annotator *annotator, const struct annotate_io *io,
					    struct annotate_counts *counts, svctag_detail *detail);

#endif
