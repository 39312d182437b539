/*
 * News as an Atom feed (RFC 4287). Every id is derived from what it names, so
 * that the same diff is the same entry whoever writes the feed, and whenever.
 */
#include <string.h>

#include <svctag/hmac.h>

#include "format.h"
#include "markup.h"

/** Room for "urn:uuid:" and the 36 characters of RFC 9562, with the closing NUL. */
#define URN_SIZE 46

static void
xml_element(FILE *out, const char *indent, const char *name, const char *text)
{
	fprintf(out, "%s<%s>", indent, name);
	markup_text(out, text);
	fprintf(out, "</%s>\n", name);
}

/* The first half of a digest as a UUID of version 8, the one for such uses (RFC 9562, 5.8). */
static const char *
format_urn(const uint8_t digest[SVCTAG_DIGEST_SIZE], char urn[URN_SIZE])
{
	uint8_t bytes[SVCTAG_DIGEST_SIZE];
	char hex[SVCTAG_DIGEST_TEXT_SIZE];

	memcpy(bytes, digest, sizeof(bytes));
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x80);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	svctag_digest_format(bytes, hex);
	snprintf(urn, URN_SIZE, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return urn;
}

static const char *
entry_urn(const struct report_feed_entry *entry, char urn[URN_SIZE])
{
	char name[SVCTAG_CLOUD_SIZE + 2 * SVCTAG_DIGEST_TEXT_SIZE];
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char from[SVCTAG_DIGEST_TEXT_SIZE];
	char to[SVCTAG_DIGEST_TEXT_SIZE];
	int length;

	if (entry->key != NULL)
		return format_urn(entry->key, urn);
	svctag_digest_format(entry->from->digest, from);
	svctag_digest_format(entry->to->digest, to);
	length = snprintf(name, sizeof(name), "%s %s %s", entry->to->cloud, from, to);
	svctag_sha256(name, (size_t)length, digest);
	return format_urn(digest, urn);
}

static void
write_link(FILE *out, const char *relation, const char *type, const char *files, const char *ending)
{
	fprintf(out, "    <link rel=\"%s\" type=\"%s\" href=\"", relation, type);
	markup_text(out, files);
	markup_text(out, ending);
	fputs("\"/>\n", out);
}

static void
write_entry(FILE *out, const struct report_feed *feed, const struct report_feed_entry *entry)
{
	char text[FORMAT_RELEASE_SIZE];
	char urn[URN_SIZE];
	char day[SVCTAG_DAY_SIZE];

	fputs("  <entry>\n", out);
	xml_element(out, "    ", "id", entry_urn(entry, urn));
	xml_element(out, "    ", "title", entry->title != NULL ? entry->title : format_release(entry->to, text));
	xml_element(out, "    ", "updated", entry->announced);
	fputs("    <category term=\"", out);
	markup_text(out, entry->to->cloud);
	fputs("\"/>\n", out);
	if (entry->title != NULL)
		fputs("    <category term=\"list\"/>\n", out);
	write_link(out, "alternate", "text/markdown", entry->files, feed->markdown != NULL ? feed->markdown : ".md");
	write_link(out, "related", "application/json", entry->files, feed->json != NULL ? feed->json : ".json");
	fputs("    <content type=\"text\">", out);
	if (entry->title == NULL) {
		fputs("Since ", out);
		markup_text(out, format_release(entry->from, text));
		fputs(": ", out);
	}
	markup_text(out, entry->summary);
	if (entry->title == NULL) {
		report_in_use_from(entry->to, day);
		fprintf(out, " New ranges may come into use from %s.", day);
	}
	fputs("</content>\n  </entry>\n", out);
}

svctag_error
report_feed(FILE *out, const struct report_feed *feed)
{
	char urn[URN_SIZE];

	fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n", out);
	xml_element(out, "  ", "id", format_urn(feed->id, urn));
	xml_element(out, "  ", "title", "Azure service tags");
	xml_element(out, "  ", "updated", feed->count > 0 ? feed->entries[0].announced : feed->begun);
	if (feed->self != NULL) {
		fputs("  <link rel=\"self\" type=\"application/atom+xml\" href=\"", out);
		markup_text(out, feed->self);
		fputs("\"/>\n", out);
	}
	fputs("  <author><name>svctag</name></author>\n", out);
	fprintf(out, "  <generator version=\"%s\">svctag</generator>\n", SVCTAG_VERSION);
	for (size_t i = 0; i < feed->count; i++)
		write_entry(out, feed, &feed->entries[i]);
	fputs("</feed>\n", out);
	return format_written(out);
}
