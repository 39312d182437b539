#include "importer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Bytes that grow up to IMPORTER_MAX_DOCUMENT; one more is always there for the closing NUL. */
struct buffer {
	char *data;
	size_t size;
	size_t capacity;
};

static svctag_error
fail_errno(svctag_detail *detail, const char *what, int error)
{
	char buffer[128];

	svctag_detail_set(detail, "cannot %s: %s", what, strerror_r(error, buffer, sizeof(buffer)));
	return SVCTAG_E_IO;
}

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

static svctag_error
fail_limit(svctag_detail *detail)
{
	svctag_detail_set(detail, "is larger than %u bytes", IMPORTER_MAX_DOCUMENT);
	return SVCTAG_E_LIMIT;
}

/* Room for at least one byte past the limit shows that there is more. */
static svctag_error
buffer_grow(struct buffer *buffer, size_t hint, svctag_detail *detail)
{
	const size_t most = (size_t)IMPORTER_MAX_DOCUMENT + 1;
	size_t capacity = buffer->capacity == 0 ? hint : buffer->capacity * 2;
	char *grown;

	if (buffer->size > IMPORTER_MAX_DOCUMENT)
		return fail_limit(detail);
	if (capacity < 65536)
		capacity = 65536;
	if (capacity > most)
		capacity = most;
	grown = realloc(buffer->data, capacity + 1);
	if (grown == NULL)
		return fail_memory(detail);
	buffer->data = grown;
	buffer->capacity = capacity;
	return SVCTAG_OK;
}

/* What the thing is, where it is no regular file. */
static const char *
kind_of(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a folder without any *.json, *.json.gz, *.xml or *.xml.gz";
	if (S_ISFIFO(mode))
		return "a pipe";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

/* Without O_NONBLOCK, opening a pipe that nobody writes to would never return. */
static svctag_error
open_regular(const char *path, int *ret, size_t *ret_size, svctag_detail *detail)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	svctag_error err = SVCTAG_OK;

	if (fd < 0)
		return fail_errno(detail, "open", errno);
	if (fstat(fd, &status) != 0) {
		err = fail_errno(detail, "look at it", errno);
	} else if (!S_ISREG(status.st_mode)) {
		svctag_detail_set(detail, "is %s, not a regular file", kind_of(status.st_mode));
		err = SVCTAG_E_IO;
	} else if (status.st_size > IMPORTER_MAX_DOCUMENT) {
		err = fail_limit(detail);
	}
	if (err != SVCTAG_OK) {
		(void)close(fd);
		return err;
	}
	*ret = fd;
	*ret_size = (size_t)status.st_size;
	return SVCTAG_OK;
}

static svctag_error
read_all(int fd, size_t expected, struct buffer *buffer, svctag_detail *detail)
{
	for (;;) {
		ssize_t got;

		if (buffer->size == buffer->capacity) {
			/* One more than expected, so that the end of the file shows without growing. */
			svctag_error err = buffer_grow(buffer, expected + 1, detail);

			if (err != SVCTAG_OK)
				return err;
		}
		got = read(fd, buffer->data + buffer->size, buffer->capacity - buffer->size);
		if (got < 0 && errno != EINTR)
			return fail_errno(detail, "read", errno);
		if (got == 0)
			return buffer->size > IMPORTER_MAX_DOCUMENT ? fail_limit(detail) : SVCTAG_OK;
		if (got > 0)
			buffer->size += (size_t)got;
	}
}

static bool
is_gzip(const unsigned char *data, size_t size)
{
	return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

/* Unpack up to the end of one gzip member. */
static svctag_error
inflate_member(z_stream *stream, struct buffer *out, svctag_detail *detail)
{
	int result = Z_OK;

	while (result != Z_STREAM_END) {
		size_t room;

		if (out->size == out->capacity) {
			svctag_error err = buffer_grow(out, (size_t)stream->avail_in * 8, detail);

			if (err != SVCTAG_OK)
				return err;
		}
		room = out->capacity - out->size;
		stream->next_out = (unsigned char *)out->data + out->size;
		stream->avail_out = (uInt)room;
		result = inflate(stream, Z_NO_FLUSH);
		out->size += room - stream->avail_out;
		if (result == Z_MEM_ERROR)
			return fail_memory(detail);
		if (result == Z_BUF_ERROR && stream->avail_in == 0 && stream->avail_out > 0) {
			svctag_detail_set(detail, "ends in the middle of its gzip data: cut short");
			return SVCTAG_E_CORRUPT;
		}
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
			svctag_detail_set(detail, "is broken gzip: %s",
					  stream->msg != NULL ? stream->msg : "no valid data");
			return SVCTAG_E_CORRUPT;
		}
	}
	return out->size > IMPORTER_MAX_DOCUMENT ? fail_limit(detail) : SVCTAG_OK;
}

/* A gzip file is one member after another (RFC 1952, section 2.2). */
static svctag_error
inflate_members(z_stream *stream, struct buffer *out, svctag_detail *detail)
{
	for (;;) {
		svctag_error err = inflate_member(stream, out, detail);

		if (err != SVCTAG_OK || stream->avail_in == 0)
			return err;
		if (!is_gzip(stream->next_in, stream->avail_in)) {
			svctag_detail_set(detail, "has %u bytes that are not gzip after its gzip data",
					  stream->avail_in);
			return SVCTAG_E_CORRUPT;
		}
		(void)inflateReset(stream);
	}
}

static svctag_error
unpack(const struct buffer *packed, struct buffer *out, svctag_detail *detail)
{
	z_stream stream = {
		.next_in = (unsigned char *)packed->data,
		.avail_in = (uInt)packed->size,
	};
	svctag_error err;

	/* 16 more than the largest window: a gzip wrapper and no other. */
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return fail_memory(detail);
	err = inflate_members(&stream, out, detail);
	(void)inflateEnd(&stream);
	return err;
}

svctag_error
importer_unpack(char **data, size_t *size, svctag_detail *detail)
{
	const struct buffer packed = { .data = *data, .size = *size };
	struct buffer unpacked = { 0 };
	svctag_error err;

	if (!is_gzip((const unsigned char *)packed.data, packed.size))
		return SVCTAG_OK;
	err = unpack(&packed, &unpacked, detail);
	if (err != SVCTAG_OK) {
		free(unpacked.data);
		return err;
	}
	unpacked.data[unpacked.size] = '\0';
	free(*data);
	*data = unpacked.data;
	*size = unpacked.size;
	return SVCTAG_OK;
}

svctag_error
importer_read_file(const char *path, char **ret, size_t *ret_size, svctag_detail *detail)
{
	struct buffer buffer = { 0 };
	size_t expected;
	int fd;
	svctag_error err = open_regular(path, &fd, &expected, detail);

	if (err != SVCTAG_OK)
		return err;
	err = read_all(fd, expected, &buffer, detail);
	(void)close(fd);
	if (err == SVCTAG_OK) {
		buffer.data[buffer.size] = '\0';
		err = importer_unpack(&buffer.data, &buffer.size, detail);
	}
	if (err != SVCTAG_OK) {
		free(buffer.data);
		return err;
	}
	*ret = buffer.data;
	*ret_size = buffer.size;
	return SVCTAG_OK;
}
