/*
 * Look-ups in the words of an earlier one, without a socket and without the
 * library: requests, a database that answers them, and what an event thread has
 * prepared of it.
 */
#ifndef ASKING_H
#define ASKING_H

#include "testing.h"

#include "daemon/plain.h"
#include "daemon/prepared.h"

/* Longer than what is known. */
#define ASKING_TEXT_SIZE 2048
#define FIELDS " HTTP/1.1\r\nHost: a\r\n"
#define PLAIN "GET /v1/lookup?q=@" FIELDS "\r\n"

/* A request of the form, with the address where the form has `@`. */
struct asking_text {
	size_t size;
	char data[ASKING_TEXT_SIZE + 1];
};

/* A database, what is served from it, and what an event thread has prepared. */
struct asking {
	char *folder;
	char *path;
	struct exchange_pool pool;
	struct prepared *prepared;
	struct plain plain;
};

/* A test's fixture. */
int asking_set_up(void **state);
int asking_tear_down(void **state);
#define ASKING_TEST(test) cmocka_unit_test_setup_teardown(test, asking_set_up, asking_tear_down)

/* Another release, of the same tags. */
void asking_import(const char *path, const char *published, int64_t number);

struct asking_text asking_fill(const char *form, const char *address);

/* Answer the first request in a text as the server does. @return whether its answer is one that is repeated */
bool asking_run(struct asking *f, struct exchange *ex, const char *text);
/* It is answered by the route. @return what comes of that */
enum prepared_state asking_put(struct asking *f, const char *form, const char *address);
/* It comes in one piece. @return whether it is found by what it asks; its words are known then */
bool asking_meet(struct asking *f, const char *form, const char *address);
/* Both, as the first and the second such request are. @return whether its words are known now */
bool asking_learn(struct asking *f, const char *form, const char *address);

/* Are the words of this request known? */
bool asking_finds_bytes(struct asking *f, const char *data, size_t size);
bool asking_finds(struct asking *f, const char *form, const char *address);
/* They are, and the answer made of them is the route's own. */
void asking_check(struct asking *f, const char *form, const char *address);

#endif
