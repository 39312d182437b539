#include "tokens.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <svctag/hmac.h>

/** Most tokens, all of which are compared for each request. */
#define MAX_TOKENS 1000
/** Most bytes of one. */
#define MAX_SIZE 1024
#define KEY_SIZE 32

struct table {
	uint8_t key[KEY_SIZE]; /* random, so that digests of a guess can be made by nobody else */
	size_t count;
	uint8_t digests[MAX_TOKENS][SVCTAG_DIGEST_SIZE];
};

struct tokens {
	const char *path;
	pthread_rwlock_t lock; /* of the pointer and what it points to; written to by a reload alone */
	struct table *table;
};

/** RFC 6750's b64token. */
static bool
is_token(const char *text, size_t size)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
	size_t start = strspn(text, characters);

	return start > 0 && size <= MAX_SIZE && start + strspn(text + start, "=") == size;
}

/* ------------------------------------------------------------------- file */

/** A file that is being read. */
struct reading {
	const char *path;
	struct table *table;
	svctag_detail *detail;
};

static svctag_error
take_line(struct reading *r, size_t number, char *line, size_t size)
{
	while (size > 0 && strchr(" \t\r\n", line[size - 1]) != NULL)
		size--;
	line[size] = '\0';
	if (size == 0 || line[0] == '#')
		return SVCTAG_OK;
	/* The line itself is a secret, or nearly one: it is not told. */
	if (strlen(line) != size || !is_token(line, size)) {
		svctag_detail_set(
			r->detail,
			"%s:%zu: a token has 1 to %d of the characters A-Z a-z 0-9 - . _ ~ + /, and = at its end",
			r->path, number, MAX_SIZE);
		return SVCTAG_E_SYNTAX;
	}
	if (r->table->count == MAX_TOKENS) {
		svctag_detail_set(r->detail, "%s: more than %d tokens", r->path, MAX_TOKENS);
		return SVCTAG_E_SYNTAX;
	}
	svctag_hmac_sha256(r->table->key, KEY_SIZE, line, size, r->table->digests[r->table->count++]);
	return SVCTAG_OK;
}

static svctag_error
take_lines(struct reading *r, FILE *in)
{
	svctag_error err = SVCTAG_OK;
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t size;

	while (err == SVCTAG_OK && (size = getline(&line, &room, in)) >= 0)
		err = take_line(r, ++number, line, (size_t)size);
	if (line != NULL)
		explicit_bzero(line, room);
	free(line);
	if (err == SVCTAG_OK && ferror(in)) {
		svctag_detail_set(r->detail, "%s: cannot be read", r->path);
		err = SVCTAG_E_IO;
	}
	if (err == SVCTAG_OK && r->table->count == 0) {
		svctag_detail_set(r->detail, "%s: there is no token in it", r->path);
		err = SVCTAG_E_EMPTY;
	}
	return err;
}

/** Who else may touch the file? */
static svctag_error
judge_file(const struct reading *r, FILE *in, svctag_detail *remark)
{
	struct stat st;

	if (fstat(fileno(in), &st) != 0 || !S_ISREG(st.st_mode)) {
		svctag_detail_set(r->detail, "%s: not a file", r->path);
		return SVCTAG_E_IO;
	}
	if ((st.st_mode & S_IWOTH) != 0) {
		svctag_detail_set(r->detail, "%s: everybody may write to it; chmod 600 it", r->path);
		return SVCTAG_E_UNSUPPORTED;
	}
	if ((st.st_mode & S_IROTH) != 0)
		svctag_detail_set(remark, "%s: everybody on this machine may read these tokens; chmod 600 it", r->path);
	return SVCTAG_OK;
}

static svctag_error
read_table(const char *path, struct table **ret, svctag_detail *remark, svctag_detail *detail)
{
	struct reading r = { .path = path, .table = calloc(1, sizeof(*r.table)), .detail = detail };
	FILE *in = fopen(path, "re");
	svctag_error err = SVCTAG_E_NO_MEMORY;

	remark->text[0] = '\0';
	if (in == NULL) {
		svctag_detail_set(detail, "%s: %s", path, strerror(errno));
		err = SVCTAG_E_IO;
	} else if (r.table != NULL && getrandom(r.table->key, KEY_SIZE, 0) == KEY_SIZE) {
		setvbuf(in, NULL, _IONBF, 0); /* no copy of it is left behind */
		err = judge_file(&r, in, remark);
		if (err == SVCTAG_OK)
			err = take_lines(&r, in);
	}
	if (in != NULL)
		fclose(in);
	if (err == SVCTAG_OK)
		*ret = r.table;
	else
		free(r.table);
	return err;
}

/* -------------------------------------------------------------------- use */

svctag_error
tokens_new(const char *path, struct tokens **ret, svctag_detail *remark, svctag_detail *detail)
{
	struct tokens *tokens = calloc(1, sizeof(*tokens));
	svctag_error err;

	if (tokens == NULL)
		return SVCTAG_E_NO_MEMORY;
	tokens->path = path;
	pthread_rwlock_init(&tokens->lock, NULL);
	err = read_table(path, &tokens->table, remark, detail);
	if (err == SVCTAG_OK)
		*ret = tokens;
	else
		tokens_free(tokens);
	return err;
}

svctag_error
tokens_reload(struct tokens *tokens, svctag_detail *remark, svctag_detail *detail)
{
	struct table *table, *old;
	svctag_error err = read_table(tokens->path, &table, remark, detail);

	if (err != SVCTAG_OK)
		return err;
	pthread_rwlock_wrlock(&tokens->lock);
	old = tokens->table;
	tokens->table = table;
	pthread_rwlock_unlock(&tokens->lock);
	free(old);
	return SVCTAG_OK;
}

void
tokens_free(struct tokens *tokens)
{
	if (tokens == NULL)
		return;
	pthread_rwlock_destroy(&tokens->lock);
	free(tokens->table);
	free(tokens);
}

/** Goes through all of all digests whatever it finds. */
static bool
is_known(const struct table *table, const char *token)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	unsigned int known = 0;

	svctag_hmac_sha256(table->key, KEY_SIZE, token, strlen(token), digest);
	for (size_t i = 0; i < table->count; i++) {
		unsigned int differs = 0;

		for (size_t j = 0; j < SVCTAG_DIGEST_SIZE; j++)
			differs |= (unsigned int)(table->digests[i][j] ^ digest[j]);
		known |= (differs - 1) >> 31; /* 1 for 0 alone */
	}
	return known != 0;
}

enum tokens_verdict
tokens_judge(struct tokens *tokens, const char *authorization)
{
	static const char scheme[] = "Bearer ";
	bool known;

	if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return TOKENS_NONE;
	authorization += sizeof(scheme) - 1;
	authorization += strspn(authorization, " ");
	pthread_rwlock_rdlock(&tokens->lock);
	known = is_known(tokens->table, authorization);
	pthread_rwlock_unlock(&tokens->lock);
	return known ? TOKENS_GOOD : TOKENS_BAD;
}
