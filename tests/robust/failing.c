#include "failing.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <expat.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* What the linker's --wrap leads to, and what it leads away from: the linker chose the names. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));
FILE *__wrap_open_memstream(char **text, size_t *size);
void __wrap_free(void *memory);
XML_Parser __wrap_XML_ParserCreate(const XML_Char *encoding);
int __wrap_inflateInit2_(z_streamp stream, int bits, const char *version, int size);

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
FILE *__real_open_memstream(char **text, size_t *size);
void __real_free(void *memory);
int __real_inflateInit2_(z_streamp stream, int bits, const char *version, int size);

/* The one piece of global state: the wrapped functions have no other place for it. */
static struct {
	uint64_t count; /* since it was armed */
	uint64_t fails; /* which one, or 0 */
	int64_t live;
} state;

static bool
fails(void)
{
	if (++state.count != state.fails)
		return false;
	errno = ENOMEM;
	return true;
}

static void *
keep(void *memory)
{
	state.live += memory != NULL;
	return memory;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : keep(__real_malloc(size));
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : keep(__real_calloc(count, size));
}

void *
__wrap_realloc(void *memory, size_t size)
{
	void *moved;

	if (fails())
		return NULL;
	moved = __real_realloc(memory, size);
	if (memory == NULL)
		return keep(moved);
	return moved;
}

void *
__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return __wrap_realloc(memory, bytes);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : keep(__real_aligned_alloc(alignment, size));
}

char *
__wrap_strndup(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	char *copy = __wrap_malloc(length + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *
__wrap_strdup(const char *text)
{
	return __wrap_strndup(text, strlen(text));
}

static int __attribute__((format(printf, 2, 0))) print(char **ret, const char *format, va_list arguments)
{
	int length;

	if (fails())
		return -1;
	length = vasprintf(ret, format, arguments);
	if (length >= 0)
		(void)keep(*ret);
	return length;
}

int
__wrap_asprintf(char **ret, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = print(ret, format, arguments);
	va_end(arguments);
	return length;
}

/* The same, where the C library checks the format at run time. */
int
__wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list arguments;
	int length;

	(void)flag;
	va_start(arguments, format);
	length = print(ret, format, arguments);
	va_end(arguments);
	return length;
}

/* The text is the C library's until the stream is closed, the caller's then: one block. */
FILE *
__wrap_open_memstream(char **text, size_t *size)
{
	FILE *stream = fails() ? NULL : __real_open_memstream(text, size);

	state.live += stream != NULL;
	return stream;
}

void
__wrap_free(void *memory)
{
	state.live -= memory != NULL;
	__real_free(memory);
}

XML_Parser
__wrap_XML_ParserCreate(const XML_Char *encoding)
{
	static const XML_Memory_Handling_Suite suite = { __wrap_malloc, __wrap_realloc, __wrap_free };

	return XML_ParserCreate_MM(encoding, &suite, NULL);
}

static void *
zlib_allocate(void *context, unsigned int count, unsigned int size)
{
	(void)context;
	return __wrap_calloc(count, size);
}

static void
zlib_free(void *context, void *memory)
{
	(void)context;
	__wrap_free(memory);
}

int
__wrap_inflateInit2_(z_streamp stream, int bits, const char *version, int size)
{
	stream->zalloc = zlib_allocate;
	stream->zfree = zlib_free;
	return __real_inflateInit2_(stream, bits, version, size);
}

static void *
sqlite_malloc(int size)
{
	return __wrap_malloc((size_t)size);
}

static void *
sqlite_realloc(void *memory, int size)
{
	return __wrap_realloc(memory, (size_t)size);
}

static int
sqlite_size(void *memory)
{
	return memory == NULL ? 0 : (int)malloc_usable_size(memory);
}

static int
sqlite_roundup(int size)
{
	return (size + 7) & ~7;
}

static int
sqlite_init(void *context)
{
	(void)context;
	return SQLITE_OK;
}

static void
sqlite_shutdown(void *context)
{
	(void)context;
}

void
failing_install(void)
{
	static const sqlite3_mem_methods methods = { sqlite_malloc,  __wrap_free, sqlite_realloc,  sqlite_size,
						     sqlite_roundup, sqlite_init, sqlite_shutdown, NULL };
	cJSON_Hooks hooks = { __wrap_malloc, __wrap_free };

	cJSON_InitHooks(&hooks);
	/* Without its lookaside buffers SQLite asks for every piece of memory that it uses. */
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK || sqlite3_initialize() != SQLITE_OK)
		abort();
}

void
failing_arm(uint64_t n)
{
	state.count = 0;
	state.fails = n;
}

uint64_t
failing_disarm(void)
{
	state.fails = 0;
	return state.count;
}

int64_t
failing_live(void)
{
	return state.live;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
