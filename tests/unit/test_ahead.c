/*
 * What goes out ahead of the library's chunks: that all bytes come, in order,
 * however little the system takes at a time; that no more is made than it
 * takes at once; and that those who share the rooms share the thread.
 */
#include "testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/ahead.h"
#include "daemon/gate.h"

#define CHUNK "5\r\nthird\r\n"
#define MEBIBYTE ((size_t)1 << 20)

struct fixture {
	struct gate gate;
	int fds[2]; /* the daemon's end, and a client's */
};

static int
set_up(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct fixture *f = testing_allocate(1, sizeof(*f));
	socklen_t size = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listening, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
	f->fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(f->fds[1], (const struct sockaddr *)&address, size), 0);
	f->fds[0] = accept(listening, NULL, NULL);
	assert_true(f->fds[0] >= 0);
	close(listening);
	assert_true(gates_open(1024));
	assert_true(gate_enter(&f->gate, f->fds[0]));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	gate_leave(f->fds[0]);
	gates_close();
	close(f->fds[0]);
	close(f->fds[1]);
	free(f);
	return 0;
}

/* ----------------------------------------------------------------- a stream */

/** Numbers, line by line, up to `last`; or an error where the next would be `bad`. */
struct counter {
	unsigned int next, last, bad;
};

static svctag_error
count_on(void *context, struct output *out, bool *ret_done)
{
	struct counter *counter = context;
	const size_t before = out->size;

	while (counter->next <= counter->last && out->size - before < 60000) {
		if (counter->next == counter->bad)
			return SVCTAG_E_IO;
		if (!output_reserve(out, 16))
			return SVCTAG_E_NO_MEMORY;
		out->size += (size_t)snprintf(out->data + out->size, 16, "%u\n", counter->next++);
	}
	*ret_done = counter->next > counter->last;
	return SVCTAG_OK;
}

static struct sender *
sender_of(struct counter *counter, uint64_t *total)
{
	struct reply reply = { .stream = { .next = count_on, .context = counter } };
	struct sender *sender = sender_new(&reply, total);

	assert_non_null(sender);
	return sender;
}

/** Read exactly so much. */
static char *
receive(int fd, size_t size)
{
	char *data = testing_allocate(size + 1, 1);

	for (size_t have = 0; have < size;) {
		ssize_t got = read(fd, data + have, size - have);

		assert_true(got > 0);
		have += (size_t)got;
	}
	return data;
}

/* A system that does not take it all at once is not asked again; and what is given up is not sent. */
static void
test_it_waits_once(void **state)
{
	struct fixture *f = *state;
	static char first[4 * MEBIBYTE];
	const int small = 65536;
	size_t sent = 0;

	/* Left to itself, the system now and then has room for all of it. */
	assert_int_equal(setsockopt(f->fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	assert_int_equal(setsockopt(f->fds[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_true(gate_takes_first(f->fds[0]));
	assert_true(gate_first_has_gone(f->fds[0]));
	assert_true(gate_send_first(f->fds[0], first, 8));
	assert_false(gate_first_has_gone(f->fds[0]));
	assert_int_equal(send(f->fds[0], CHUNK, sizeof(CHUNK) - 1, MSG_DONTWAIT), sizeof(CHUNK) - 1);
	assert_true(gate_takes_first(f->fds[0]));
	assert_true(gate_send_first(f->fds[0], first, sizeof(first)));
	assert_int_equal(send(f->fds[0], CHUNK, sizeof(CHUNK) - 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	assert_false(gate_takes_first(f->fds[0]));
	assert_false(gate_first_has_gone(f->fds[0]));
	sent = sizeof(first) - f->gate.first_size;
	gate_forget_first(f->fds[0]);
	assert_true(gate_first_has_gone(f->fds[0]));
	free(receive(f->fds[1], 8 + sizeof(CHUNK) - 1 + sent));
	assert_int_equal(send(f->fds[0], "behind", 6, MSG_DONTWAIT), 6);
	free(receive(f->fds[1], 6));
	assert_false(gate_takes_first(f->fds[1])); /* has no gate */
	assert_true(gate_first_has_gone(f->fds[1]));
}

static void
test_the_first_comes_first(void **state)
{
	struct fixture *f = *state;
	char first[] = "3\r\none\r\n";
	char *got;

	assert_false(gate_send_first(f->fds[1], first, 8)); /* has no gate */
	assert_int_equal(send(f->fds[0], "before", 6, 0), 6);
	assert_true(gate_send_first(f->fds[0], first, 8));
	assert_int_equal(send(f->fds[0], CHUNK, 10, 0), 10);
	assert_int_equal(send(f->fds[0], "after", 5, 0), 5);
	got = receive(f->fds[1], 29);
	assert_string_equal(got, "before3\r\none\r\n" CHUNK "after");
	free(got);
}

/** The system takes far less at a time. */
static void
test_the_first_in_pieces(void **state)
{
	enum { SIZE = 3000000 };
	struct fixture *f = *state;
	struct pollfd states[] = { { .fd = f->fds[0], .events = POLLOUT }, { .fd = f->fds[1], .events = POLLIN } };
	char *first = testing_allocate(SIZE, 1), *all = testing_allocate(SIZE + 64, 1);
	const int small = 65536;
	size_t have = 0, refusals = 0;

	for (size_t i = 0; i < SIZE; i++)
		first[i] = (char)(i * 2654435761U >> 24);
	assert_int_equal(setsockopt(f->fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	assert_true(gate_send_first(f->fds[0], first, SIZE));
	for (;;) {
		ssize_t sent = send(f->fds[0], CHUNK, 10, MSG_DONTWAIT), got;

		if (sent >= 0) {
			assert_int_equal(sent, 10);
			break;
		}
		assert_int_equal(errno, EAGAIN);
		refusals++;
		assert_true(poll(states, 2, 10000) > 0); /* what was read may not have been acknowledged yet */
		got = recv(f->fds[1], all + have, SIZE - have, MSG_DONTWAIT);
		have += got > 0 ? (size_t)got : 0;
	}
	assert_true(refusals > 10);
	{
		char *rest = receive(f->fds[1], SIZE + 10 - have);

		memcpy(all + have, rest, SIZE + 10 - have);
		free(rest);
	}
	assert_memory_equal(all, first, SIZE);
	assert_memory_equal(all + SIZE, CHUNK, 10);
	/* and to one who has gone nothing is sent */
	assert_true(gate_send_first(f->fds[0], first, SIZE));
	close(f->fds[1]);
	f->fds[1] = -1;
	while (send(f->fds[0], CHUNK, 10, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EAGAIN)
		;
	assert_true(errno == EPIPE || errno == ECONNRESET);
	free(first);
	free(all);
}

/** The numbers up to `last`, as the stream gives them. */
static char *
all_numbers(unsigned int last, size_t *ret_size)
{
	char *text = testing_allocate(last, 8);
	size_t size = 0;

	for (unsigned int i = 1; i <= last; i++)
		size += (size_t)snprintf(text + size, 9, "%u\n", i);
	*ret_size = size;
	return text;
}

/** All of a stream by turns: ahead, and what the library would have asked for. */
static void
test_chunks(void **state)
{
	enum { LAST = 600000 };
	struct fixture *f = *state;
	struct counter counter = { .next = 1, .last = LAST };
	uint64_t total = 0;
	struct sender *sender = sender_of(&counter, &total);
	struct ahead ahead = { .reads = gate_reads() };
	size_t have = 0, longest = 0, want_size;
	char *want = all_numbers(LAST, &want_size);

	while (sender_has_more(sender)) {
		char own[4096 + OUTPUT_SLACK], *got, *end;
		ssize_t more;
		size_t size;

		assert_true(ahead_make(&ahead, sender, f->fds[0], sizeof(own)));
		size = ahead.size;
		more = sender_read(sender, own, sizeof(own));
		assert_true(more >= 0);
		if (more > 0)
			assert_int_equal(send(f->fds[0], own, (size_t)more, 0), more);
		else
			assert_int_equal(send(f->fds[0], CHUNK, 10, 0), 10); /* as the one that ends all */
		if (size > 0) {
			got = receive(f->fds[1], 7 + size + 2);
			assert_int_equal(strtoul(got, &end, 16), size);
			assert_ptr_equal(end, got + 5);
			assert_memory_equal(end, "\r\n", 2);
			assert_memory_equal(got + 7, want + have, size);
			assert_string_equal(got + 7 + size, "\r\n");
			free(got);
			have += size;
		}
		got = receive(f->fds[1], (size_t)more);
		assert_memory_equal(got, want + have, (size_t)more);
		free(got);
		have += (size_t)more;
		longest = size > longest ? size : longest;
		ahead_release(&ahead);
	}
	assert_int_equal(have, want_size);
	assert_int_equal(total, want_size);
	assert_true(longest >= 60000 && longest < MEBIBYTE);
	sender_free(sender);
	free(want);
}

/** Nothing for one who does not read; and all that is made is taken at once. */
static void
test_no_more_than_is_taken(void **state)
{
	struct fixture *f = *state;
	struct counter counter = { .next = 1, .last = 100000000 };
	uint64_t total = 0;
	struct sender *sender = sender_of(&counter, &total);
	struct ahead ahead = { .reads = gate_reads() };
	size_t rounds = 0;

	for (;; rounds++) {
		assert_true(rounds < 1000);
		assert_true(ahead_make(&ahead, sender, f->fds[0], sizeof(CHUNK)));
		if (ahead.size == 0)
			break;
		assert_int_equal(send(f->fds[0], CHUNK, 10, MSG_DONTWAIT), 10);
		ahead_release(&ahead);
	}
	assert_true(rounds > 0);
	assert_null(ahead.room);
	sender_free(sender);
}

/** Four may have a room, and then each makes a quarter. */
static void
test_sharing(void **state)
{
	const int large = 16 << 20;
	struct fixture *f = *state;
	struct counter counter = { .next = 1, .last = 100000000 };
	uint64_t total = 0;
	struct sender *sender = sender_of(&counter, &total);
	struct ahead shared[5];

	assert_int_equal(setsockopt(f->fds[0], SOL_SOCKET, SO_SNDBUF, &large, sizeof(large)), 0);
	for (size_t i = 0; i < 5; i++) {
		shared[i] = (struct ahead){ .reads = gate_reads(), .most = MEBIBYTE };
		assert_true(ahead_make(&shared[i], sender, f->fds[0], 0));
		for (size_t n = 0; n < i && i < 4; n++)
			assert_ptr_not_equal(shared[i].room, shared[n].room);
	}
	assert_null(shared[4].room);
	assert_int_equal(shared[4].size, 0);
	assert_true(shared[3].size >= 60000 && shared[3].size <= MEBIBYTE / 4);
	for (size_t i = 0; i < 5; i++)
		ahead_release(&shared[i]);
	assert_true(ahead_make(&shared[4], sender, f->fds[0], 0));
	assert_non_null(shared[4].room);
	ahead_release(&shared[4]);
	sender_free(sender);
}

/** Who asks for something in between is not to wait for it. */
static void
test_others_come_first(void **state)
{
	struct fixture *f = *state;
	struct counter counter = { .next = 1, .last = 100000000 };
	uint64_t total = 0;
	struct sender *sender = sender_of(&counter, &total);
	struct ahead ahead = { .reads = gate_reads() };
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	char buffer[64];

	assert_true(ahead_make(&ahead, sender, f->fds[0], 0));
	assert_true(ahead.size > 0);
	ahead_release(&ahead);
	assert_int_equal(write(f->fds[1], request, strlen(request)), strlen(request));
	assert_int_equal(recv(f->fds[0], buffer, sizeof(buffer), 0), strlen(request));
	assert_true(ahead_make(&ahead, sender, f->fds[0], 0));
	assert_null(ahead.room);
	assert_true(ahead_make(&ahead, sender, f->fds[0], 0));
	assert_true(ahead.size > 0);
	ahead_release(&ahead);
	sender_free(sender);
}

static void
test_failures(void **state)
{
	struct fixture *f = *state;
	struct counter counter = { .next = 1, .last = 100, .bad = 50 };
	uint64_t total = 0;
	struct sender *sender = sender_of(&counter, &total);
	struct ahead ahead = { .reads = gate_reads() };

	assert_true(ahead_make(&ahead, sender, -1, 0)); /* nobody says what it would take */
	assert_null(ahead.room);
	assert_false(ahead_make(&ahead, sender, f->fds[0], 0));
	assert_null(ahead.room);
	assert_int_equal(f->gate.first_size, 0);
	sender_free(sender);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_first_comes_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_first_in_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_it_waits_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_chunks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_more_than_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sharing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others_come_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
