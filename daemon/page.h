/**
 * @file
 * The page at "/": what all its views have in common. A view decides what to
 * show (and may defer, to read the database), then page_send() writes the
 * template web/page.html around it. It works without scripts; web/app.js
 * fetches the same pages and puts their parts in place.
 */
#ifndef PAGE_H
#define PAGE_H

#include "report/html.h"
#include "service.h"

/** Most bytes of what is typed into the box. */
#define PAGE_QUERY_SIZE 256

/** Writes the part of the page that is a view's own. */
typedef svctag_error (*page_writer)(FILE *out, const void *what);

/** One page on its way. */
struct page {
	struct request *request;
	const struct context *context;
	struct reply *reply;
	const svctag_catalogue *catalogue;  /**< NULL: nothing is loaded */
	size_t cloud;                       /**< that is meant, if there is a catalogue */
	const svctag_release_info *release; /**< as `at` says */
	struct html_place place;
	char query[PAGE_QUERY_SIZE]; /**< without blanks around it; "" for none */
	const char *view;            /**< "lookup", "tags", "releases", "list": the mark in the navigation */
	const char *match;           /**< what the filter of the view says, or "" */
	/* what page_send() is given */
	const char *title;
	const char *frame;
	page_writer write;
	const void *what;
};

/**
 * What the request means; the reply is a page that says what is wrong if it
 * means nothing, or 304 when the client has the page.
 * @return false when the reply has been made
 */
bool page_begin(struct page *page, struct request *request, const struct context *context, struct reply *reply);

/**
 * @param title  as in the window's title
 * @param frame  the template of the view, in whose {{content}} the writer writes, or NULL
 * @param write  may be NULL with a frame
 */
void page_send(struct page *page, unsigned int status, const char *title, const char *frame, page_writer write,
	       const void *what);

/**
 * May a view read the database now?
 * @return false when the reply has been made: `defer`, to be run again in a worker, or a problem where it has been
 *         waiting for too long
 */
bool page_may_read(struct page *page);

/** A page with what is wrong and what would be right. */
void page_problem(struct page *page, unsigned int status, const char *detail);

/** The same for an error of the library: 400 for what was written wrong, 404, 503. */
void page_error(struct page *page, svctag_error error, const svctag_detail *detail);

/** The views that have more to do than that. */
void page_lookup(struct page *page);
void page_tags(struct page *page);
void page_releases(struct page *page);
void page_diff(struct page *page);

#endif
