#include "format.h"

#include <string.h>

#include "utf8.h"

bool
report_format_parse(const char *name, enum report_format *ret)
{
	static const char *const names[] = {
		[REPORT_TEXT] = "text",
		[REPORT_JSON] = "json",
		[REPORT_NDJSON] = "ndjson",
		[REPORT_CSV] = "csv",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum report_format)i;
			return true;
		}
	}
	return false;
}

const char *
format_colour(const struct report_style *style, enum format_colour colour)
{
	static const char *const sequences[] = {
		[FORMAT_PLAIN] = "\033[0m", [FORMAT_HEADING] = "\033[1m",  [FORMAT_GOOD] = "\033[32m",
		[FORMAT_BAD] = "\033[31m",  [FORMAT_CHANGED] = "\033[33m", [FORMAT_FAINT] = "\033[2m",
	};

	return style->colour ? sequences[colour] : "";
}

svctag_error
format_written(FILE *out)
{
	return ferror(out) ? SVCTAG_E_IO : SVCTAG_OK;
}

const char *
format_release(const svctag_release_info *info, char text[FORMAT_RELEASE_SIZE])
{
	snprintf(text, FORMAT_RELEASE_SIZE, "%s %lld (%s)", info->cloud, (long long)info->change_number,
		 info->published);
	return text;
}

const char *
format_count(svctag_count count, char text[SVCTAG_COUNT_TEXT_SIZE])
{
	if (svctag_count_format(count, text) > 15)
		snprintf(text, SVCTAG_COUNT_TEXT_SIZE, "%.4g", svctag_count_to_double(count));
	return text;
}

const char *
format_digest(const uint8_t *digest, char text[FORMAT_DIGEST_SIZE])
{
	char whole[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(digest, whole);
	memcpy(text, whole, FORMAT_DIGEST_SIZE - 1);
	text[FORMAT_DIGEST_SIZE - 1] = '\0';
	return text;
}

const char *
format_usable(const char *network_features)
{
	return network_features == NULL || *network_features == '\0' ? "nowhere" : network_features;
}

void
format_bytes(FILE *out, const char *bytes, size_t size)
{
	while (size > 0) {
		size_t length = utf8_printable(bytes, size);

		if (length == 0) {
			putc('?', out);
			length = 1;
		} else {
			fwrite(bytes, 1, length, out);
		}
		bytes += length;
		size -= length;
	}
}

void
format_text(FILE *out, const char *text)
{
	if (text != NULL)
		format_bytes(out, text, strlen(text));
}

/* What Markdown (CommonMark and GitHub's tables) would take for markup within a line. */
static const char special[] = "\\`*_[]<>|~&#";

void
format_markdown(FILE *out, const char *text)
{
	while (text != NULL && *text != '\0') {
		size_t plain = strcspn(text, special);

		format_bytes(out, text, plain);
		text += plain;
		if (*text != '\0')
			fprintf(out, "\\%c", *text++);
	}
}

const char *
format_plural(size_t count)
{
	return count == 1 ? "" : "s";
}
