#!/usr/bin/env python3
"""The largest requests that are taken: each gets its answer, and one byte more our own refusal.

What libmicrohttpd has read, its record of each field and the answer's head share one small pool. So heads are made as
large as they may be in every way there is, with as much behind them as is read at once: the library has never to say
that it has no room, which it says in a page of its own, or by closing. Most of all where a head begins to be kept from
it.
"""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import WithDaemon  # noqa: E402
from test_daemon_raw import Conversation, parse  # noqa: E402

MAX_LINE, MAX_HEAD, MAX_HEAD_OF_BODY, MAX_FIELDS, FIELD_COST = 20480, 28672, 19456, 100, 64
LAST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
# Heads of up to so many bytes and fields go to the library as they came; it reads so much at once.
SHORT_HEAD, SHORT_FIELDS, READ_SIZE = 4096, 48, 6144
INNOCENT = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
# The page's answer has the longest head.
ROUTES = (b"/", b"/v1/lookup?q=192.0.2.1")


def line(route, size):
    """A request line of so many bytes, CR LF included, that is answered with 200 where it is taken."""
    bare = b"GET %s%s=%s HTTP/1.1\r\n"
    join = b"&q" if b"?" in route else b"?a"  # the page takes what it does not know
    return bare % (route, join, b"x" * (size - len(bare % (route, join, b""))))


def head(first, fields, size=None):
    """A head of so many fields that counts so many bytes, the last CR LF included; of tiny fields if None."""
    least = first + b"Host: a\r\n" + b"a:\r\n" * (fields - 1)
    room = 0 if size is None else size - len(least) - 2 - fields * FIELD_COST
    assert room >= 0
    return first + b"Host: a\r\na:" + b"v" * room + b"\r\n" + b"a:\r\n" * (fields - 2) + b"\r\n"


class Borders(WithDaemon):
    def ask(self, data, count, end_after=False):
        """-> [(status, content type)], of the answers to what is sent"""
        conversation = Conversation(self.daemon.port, 0)
        with conversation.socket:
            conversation.send(data)
            if end_after:
                conversation.read_end()
            else:
                conversation.read_answers(count)
        answers, rest = parse(conversation.data, 0)
        self.assertEqual(rest, b"")
        return [(status, fields.get("content-type")) for status, fields, body in answers]

    def check_taken(self, data):
        for behind in (b"", INNOCENT * 300):
            count = 1 + behind.count(INNOCENT)
            got = self.ask(data + behind, count)
            self.assertEqual([status for status, kind in got], [200] * count, data[:60])

    def check_refused(self, data, status):
        self.assertEqual(self.ask(data, 1, True), [(status, "application/problem+json")])

    def test_lines(self):
        for size in (SHORT_HEAD - 30, SHORT_HEAD, READ_SIZE, *range(7100, 7240, 20), MAX_LINE - 1, MAX_LINE):
            for fields in (2, 30):
                self.check_taken(head(line(b"/", size), fields))
        self.check_refused(head(line(b"/", MAX_LINE + 1), 2), 414)

    def test_heads(self):
        for route in ROUTES:
            for fields in (2, 3, 10, SHORT_FIELDS - 1, SHORT_FIELDS, SHORT_FIELDS + 1, 60, 90, MAX_FIELDS):
                first = line(route, 100)
                self.check_taken(head(first, fields, MAX_HEAD))
                self.check_refused(head(first, fields, MAX_HEAD + 1), 431)
        self.check_refused(head(line(b"/", 100), MAX_FIELDS + 1), 431)

    def test_long_lines_with_many_fields(self):
        """As many tiny fields behind a line as there may be: what is read at once has most of them in it."""
        for size in (MAX_LINE, MAX_LINE - 700, 7168, 5000, 3400):
            fields = min(MAX_FIELDS, (MAX_HEAD - size - 7) // (FIELD_COST + 4))
            self.check_taken(head(line(b"/", size), fields))

    def test_full_when_the_buffer_is(self):
        """Heads that end where the library's buffer does, or where they would become too long for it."""
        for middle in (SHORT_HEAD, READ_SIZE, 2 * READ_SIZE):
            for size in range(middle - 3, middle + 4):
                self.check_taken(head(line(b"/", 200), 2, size + 2 * FIELD_COST))

    def test_most_that_the_library_gets(self):
        """The longest short heads, of the most fields, with as much behind them as is read at once."""
        for route in ROUTES:
            for fields in (SHORT_FIELDS - 1, SHORT_FIELDS, SHORT_FIELDS + 1):
                for size in (SHORT_HEAD - 1, SHORT_HEAD, SHORT_HEAD + 1):
                    self.check_taken(head(line(route, 100), fields, size + fields * FIELD_COST))

    def test_behind_a_body(self):
        for fields in (4, 40, 80):
            first = b"POST /v1/lookup HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 20000\r\n"
            most = MAX_HEAD_OF_BODY - 2 * FIELD_COST
            self.check_taken(head(first, fields, most) + b"192.0.2.1\n" * 2000)
            self.check_refused(head(first, fields, most + 1) + b"192.0.2.1\n" * 2000, 431)

    def chunked(self, fields, extension, trailer):
        first = b"POST /v1/lookup HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
        body = b"a;" + extension + b"\r\n192.0.2.1\n\r\n0\r\n" + trailer + b"\r\n"
        return head(first, fields) + body

    def test_chunks(self):
        for fields in (4, 40, 80):
            bare = len(self.chunked(fields, b"", b"")) + (fields + 2) * FIELD_COST
            room = MAX_HEAD - bare
            self.check_taken(self.chunked(fields, b"x" * room, b""))
            self.check_refused(self.chunked(fields, b"x" * (room + 40), b""), 431)
            self.check_taken(self.chunked(fields, b"", b"t:" + b"v" * (room - FIELD_COST - 4) + b"\r\n"))
            tiny = min(MAX_FIELDS - fields - 2, room // (FIELD_COST + 4))
            self.check_taken(self.chunked(fields, b"", b"t:\r\n" * tiny))
            self.check_refused(self.chunked(fields, b"", b"t:\r\n" * (tiny + 2)), 431)

    def test_streams(self):
        """An answer in pieces needs some room for them, too."""
        for fields in (4, 40, 80):
            first = b"GET /v1/tags HTTP/1.1\r\nAccept-Encoding: identity\r\n"
            self.check_taken(head(first, fields, MAX_HEAD - FIELD_COST))

    def test_in_pieces(self):
        """In small reads, which a long head ends in anyway."""
        for fields in (2, 60):
            data = head(line(b"/", 3000), fields, MAX_HEAD)
            conversation = Conversation(self.daemon.port, 0)
            with conversation.socket:
                for at in range(0, len(data), 700):
                    conversation.send(data[at:at + 700])
                conversation.read_answers(1)
            self.assertEqual(parse(conversation.data, 0)[0][0][0], 200)

    def exchange(self, pieces):
        """-> all that is answered to this and a last request behind it, but for the time of day"""
        conversation = Conversation(self.daemon.port, 0)
        with conversation.socket:
            for piece in (*pieces, LAST):
                conversation.send(piece)
            conversation.read_end()
        return re.sub(rb"\r\nDate: [^\r]*", b"", conversation.data)

    def test_answered_as_if_it_were_short(self):
        """A long head does not get to the library, but all that the library and the routes go by does."""
        lookup = b"/v1/lookup?q=192.0.2.1"
        post = b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
        etag = re.search(rb"ETag: (\S+)", self.exchange([b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % lookup])).group(1)
        requests = [(b"%s %s HTTP/%s\r\nHost: a\r\n%s" % (method, target, version, fields), b"")
                    for method, target in ((b"GET", lookup), (b"HEAD", lookup), (b"GET", b"/"), (b"GET", b"/no"),
                                           (b"OPTIONS", b"*"), (b"DELETE", lookup), (b"QUITE-A-LONG-METHOD", lookup),
                                           (b"GET", b"/v1/tags"), (b"GET", b"/v1/lookup?q=x"), (b"GET", b"/a%00"))
                    for version, fields in ((b"1.1", b""), (b"1.1", b"Connection: a , close\r\n"), (b"1.0", b""),
                                            (b"1.0", b"Connection: keep-alive\r\n"), (b"1.2", b""),
                                            (b"1.1", b"Accept: text/plain\r\nAccept-Encoding: gzip\r\n"),
                                            (b"1.1", b"If-None-Match: \"x\", %s\r\n" % etag),
                                            (b"1.1", b"Origin: https://a.example\r\n"
                                             b"Access-Control-Request-Method: POST\r\n"))]
        requests += [(post + b"Content-Length: 10\r\n", b"192.0.2.1\n"),
                     (post + b"Content-Length: 0\r\n", b""),
                     (post + b"Expect: 100-continue\r\nContent-Length: 10\r\n", b"192.0.2.1\n"),
                     (post + b"Transfer-Encoding: chunked\r\n", b"a;b\r\n192.0.2.1\n\r\n0;c\r\nd: e\r\n\r\n"),
                     (post.replace(b"text/plain", b"image/png") + b"Content-Length: 1\r\n", b"1"),
                     (post + b"Content-Length: 99999999999\r\n", b""),
                     (post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b""),
                     (post + b"Expect: more\r\nContent-Length: 1\r\n", b"1")]
        for head, body in requests:
            want = self.exchange([head + b"\r\n" + body])
            self.assertIn(b"HTTP/1.1 ", want)
            for filler in (b"a:\r\n" * 60, b"a: " + b"v" * 6000 + b"\r\n", b"Cookie: a=" + b"b" * 5000 + b"\r\n"):
                first, rest = head.split(b"\r\n", 1)
                for long in (head + filler, first + b"\r\n" + filler + rest):
                    self.assertEqual(self.exchange([long + b"\r\n" + body]), want, long[:200])
                    self.assertEqual(self.exchange([long, b"\r\n", body]), want, long[:200])

    def test_too_long_and_wrong(self):
        """Too long comes first, however much of it is read at once."""
        for data, status in ((line(b"/", MAX_LINE + 100)[:-11] + b"\0", 414),
                             (line(b"/", 100) + b"a" * MAX_HEAD + b"\0", 431),
                             (line(b"/", 100) + b"a: " + b"v" * MAX_HEAD + b"\0", 431)):
            self.check_refused(data, status)


if __name__ == "__main__":
    unittest.main(verbosity=2)
