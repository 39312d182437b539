#include "page.h"

#include <string.h>
#include <strings.h>

#include "report/format.h"
#include "report/markup.h"
#include "view.h"
#include "web.h"
#include "work.h"

/** Releases come weekly; one that is older than two has a successor. */
#define STALE_DAYS 15

/** Everything is ours and from here; what is drawn from an answer to a POST is a blob. */
static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
			     "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A place in a template that is filled in. */
struct slot {
	const char *name;
	svctag_error (*write)(FILE *out, const struct page *page);
};

static svctag_error write_template(FILE *out, const struct page *page, const char *name);

static int64_t
age_in_days(const struct page *page)
{
	const svctag_release_info *newest =
		svctag_snapshot_info(generation_newest(page->context->generation, page->cloud));

	return svctag_day_number(page->context->today) - svctag_day_number(newest->published);
}

static bool
is_sample(const struct page *page)
{
	return page->catalogue != NULL &&
	       strcasecmp(svctag_catalogue_cloud(page->catalogue, page->cloud), "Sample") == 0;
}

static svctag_error
slot_title(FILE *out, const struct page *page)
{
	markup_text(out, page->title);
	return SVCTAG_OK;
}

static svctag_error
slot_assets(FILE *out, const struct page *page)
{
	(void)page;
	fprintf(out, "/assets/%s", web_digest);
	return SVCTAG_OK;
}

static svctag_error
slot_version(FILE *out, const struct page *page)
{
	(void)page;
	fputs(SVCTAG_VERSION, out);
	return SVCTAG_OK;
}

static svctag_error
slot_query(FILE *out, const struct page *page)
{
	markup_text(out, page->query);
	return SVCTAG_OK;
}

static svctag_error
slot_match(FILE *out, const struct page *page)
{
	markup_text(out, page->match);
	return SVCTAG_OK;
}

static svctag_error
slot_at(FILE *out, const struct page *page)
{
	markup_text(out, page->place.at);
	return SVCTAG_OK;
}

/** What `at` may be: the releases of the cloud, the newest first. */
static svctag_error
slot_releases(FILE *out, const struct page *page)
{
	size_t count = page->catalogue == NULL ? 0 : svctag_catalogue_release_count(page->catalogue, page->cloud);

	for (size_t i = count; i > 0; i--) {
		const svctag_release_info *info = svctag_catalogue_release(page->catalogue, page->cloud, i - 1);

		fprintf(out, "<option value=\"%s\">%lld</option>\n", info->published, (long long)info->change_number);
	}
	return SVCTAG_OK;
}

/** The choice of a cloud, where there is one. */
static svctag_error
slot_clouds(FILE *out, const struct page *page)
{
	size_t count = page->catalogue == NULL ? 0 : svctag_catalogue_cloud_count(page->catalogue);

	if (count < 2)
		return SVCTAG_OK;
	fputs("<label for=\"cloud\">cloud</label> <select id=\"cloud\" name=\"cloud\">\n", out);
	for (size_t i = 0; i < count; i++) {
		fputs("<option", out);
		fputs(i == page->cloud ? " selected>" : ">", out);
		markup_text(out, svctag_catalogue_cloud(page->catalogue, i));
		fputs("</option>\n", out);
	}
	fputs("</select>\n", out);
	return SVCTAG_OK;
}

/** What a view's own form has to keep of the address. */
static svctag_error
slot_keep(FILE *out, const struct page *page)
{
	const char *const kept[][2] = { { "cloud", page->place.cloud }, { "at", page->place.at } };

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (kept[i][1] == NULL)
			continue;
		fprintf(out, "<input type=\"hidden\" name=\"%s\" value=\"", kept[i][0]);
		markup_text(out, kept[i][1]);
		fputs("\">\n", out);
	}
	return SVCTAG_OK;
}

/** "?cloud=…", where one was named. */
static svctag_error
slot_cloud_query(FILE *out, const struct page *page)
{
	if (page->place.cloud == NULL)
		return SVCTAG_OK;
	fputs("?cloud=", out);
	html_query(out, page->place.cloud);
	return SVCTAG_OK;
}

static svctag_error
slot_navigation(FILE *out, const struct page *page)
{
	static const char *const views[][2] = {
		{ "lookup", "Look up" }, { "tags", "Tags" }, { "releases", "Releases" }, { "list", "Replace a list" }
	};
	const struct html_place kept = { .cloud = page->place.cloud };

	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		fprintf(out, "<a href=\"/?view=%s", views[i][0]);
		html_place(out, &kept);
		fprintf(out, "\"%s>%s</a>\n", strcmp(page->view, views[i][0]) == 0 ? " aria-current=\"page\"" : "",
			views[i][1]);
	}
	return SVCTAG_OK;
}

/** How old the data is, on every view. */
static svctag_error
slot_data(FILE *out, const struct page *page)
{
	int64_t age;

	if (page->catalogue == NULL) {
		fputs("no data", out);
		return SVCTAG_OK;
	}
	age = age_in_days(page);
	html_release(out, svctag_snapshot_info(generation_newest(page->context->generation, page->cloud)));
	fprintf(out, ", <strong%s>%lld day%s old</strong>", age >= STALE_DAYS ? " class=\"stale\"" : "", (long long)age,
		age == 1 ? "" : "s");
	return SVCTAG_OK;
}

static void
notice_of_release(FILE *out, const struct page *page)
{
	fputs("<p class=\"notice\" id=\"then\">As it was in ", out);
	html_release(out, page->release);
	fputs(", not in the newest release. <a href=\"/?", out);
	fputs(*page->query != '\0' ? "q=" : "view=", out);
	html_query(out, *page->query != '\0' ? page->query : page->view);
	html_place(out, &(struct html_place){ .cloud = page->place.cloud });
	fputs("\">As it is now</a></p>\n", out);
}

/** What nobody may overlook: made-up data, old data, data that could not be renewed, an old release. */
static svctag_error
slot_notices(FILE *out, const struct page *page)
{
	if (page->catalogue == NULL)
		return SVCTAG_OK;
	if (is_sample(page))
		fputs("<p class=\"notice sample\" id=\"sample\"><strong>Sample data.</strong> Every address here is "
		      "made "
		      "up: nothing on this page is true of Azure.</p>\n",
		      out);
	else if (age_in_days(page) >= STALE_DAYS)
		fprintf(out,
			"<p class=\"notice stale\" id=\"stale\"><strong>Old data.</strong> Releases come weekly, and "
			"the newest here is %lld days old; <code>svctag fetch</code> gets a newer one.</p>\n",
			(long long)age_in_days(page));
	if (page->context->status.failed) {
		fputs("<p class=\"notice stale\"><strong>The last reload failed.</strong> ", out);
		markup_text(out, page->context->status.error);
		fputs("</p>\n", out);
	}
	if (page->release != NULL && page->place.at != NULL &&
	    page->release->id != svctag_snapshot_info(generation_newest(page->context->generation, page->cloud))->id)
		notice_of_release(out, page);
	return SVCTAG_OK;
}

static svctag_error
slot_content(FILE *out, const struct page *page)
{
	return page->write(out, page->what);
}

static svctag_error
slot_main(FILE *out, const struct page *page)
{
	return page->frame != NULL ? write_template(out, page, page->frame) : slot_content(out, page);
}

static const struct slot slots[] = {
	{ "assets", slot_assets },
	{ "at", slot_at },
	{ "cloud-query", slot_cloud_query },
	{ "clouds", slot_clouds },
	{ "content", slot_content },
	{ "data", slot_data },
	{ "keep", slot_keep },
	{ "main", slot_main },
	{ "match", slot_match },
	{ "navigation", slot_navigation },
	{ "notices", slot_notices },
	{ "query", slot_query },
	{ "releases", slot_releases },
	{ "title", slot_title },
	{ "version", slot_version },
};

static svctag_error
write_slot(FILE *out, const struct page *page, const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (strlen(slots[i].name) == size && memcmp(slots[i].name, name, size) == 0)
			return slots[i].write(out, page);
	return SVCTAG_E_INVALID; /* a template that the tests have not seen */
}

/** A file of web/ with its {{slots}} filled in. */
static svctag_error
write_template(FILE *out, const struct page *page, const char *name)
{
	const char *text = NULL, *open;

	for (size_t i = 0; i < web_file_count && text == NULL; i++)
		if (strcmp(web_files[i].name, name) == 0)
			text = web_files[i].text;
	if (text == NULL)
		return SVCTAG_E_INVALID;
	while ((open = strstr(text, "{{")) != NULL) {
		const char *close = strstr(open, "}}");
		svctag_error err;

		if (close == NULL)
			return SVCTAG_E_INVALID;
		fwrite(text, 1, (size_t)(open - text), out);
		err = write_slot(out, page, open + 2, (size_t)(close - open) - 2);
		if (err != SVCTAG_OK)
			return err;
		text = close + 2;
	}
	fputs(text, out);
	return ferror(out) ? SVCTAG_E_IO : SVCTAG_OK;
}

void
page_send(struct page *page, unsigned int status, const char *title, const char *frame, page_writer write,
	  const void *what)
{
	FILE *out = reply_open(page->reply);

	if (out == NULL)
		return;
	page->title = title;
	page->frame = frame;
	page->write = write;
	page->what = what;
	reply_close(page->reply, out, write_template(out, page, "page.html"), "text/html; charset=utf-8");
	if (page->reply->status != 200)
		return;
	page->reply->policy = policy;
	page->reply->varies = true;
	page->reply->status = status;
	if (status == 200)
		return;
	page->reply->etag[0] = '\0';
	page->reply->cache_control = "no-store";
}

bool
page_may_read(struct page *page)
{
	struct work work;

	if (page->context->database == NULL) {
		page->reply->defer = true;
		return false;
	}
	work_begin(&work, page->request, page->context);
	if (work_goes_on(&work))
		return true;
	work_failed(&work, SVCTAG_E_LIMIT, &(svctag_detail){ "" }, page->reply);
	return false;
}

static svctag_error
write_problem(FILE *out, const void *what)
{
	fputs("<h1>That does not work</h1>\n<p class=\"lead problem\">", out);
	markup_text(out, what);
	fputs("</p>\n", out);
	return SVCTAG_OK;
}

void
page_problem(struct page *page, unsigned int status, const char *detail)
{
	if (status == 503)
		page->reply->retry_after = 1;
	page_send(page, status, "That does not work", NULL, write_problem, detail);
}

void
page_error(struct page *page, svctag_error error, const svctag_detail *detail)
{
	page_problem(page, reply_status_of(error), detail->text[0] != '\0' ? detail->text : svctag_error_text(error));
}
