#!/usr/bin/env python3
"""Look-ups that svctagd has prepared, among others: what HTTP says of versions, HEAD and the end of a connection holds
for them; lists and workers' answers on the same connection come in their order; counters and the log know of them all.

Environment: as test_daemon.py.
"""

import os
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import ADDRESS, PATIENCE, SANITIZED, Daemon, wait_for  # noqa: E402
from test_daemon_prepared import (DATE, LONGER, LOOKUP, WORDS, Client, WithClients, addresses,  # noqa: E402
                                  look_up, request)
from test_metrics import parse  # noqa: E402

LIST = "\n".join(f"198.18.{i // 256 % 256}.{i % 256}" for i in range(20000)).encode()


def post_list():
    """Its answer is long, and made and sent piece by piece."""
    return (f"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nAccept: text/plain\r\n"
            f"Content-Length: {len(LIST)}\r\n\r\n").encode() + LIST


class Manners(WithClients):
    """Of HTTP, in words that are learned but for what is said here."""

    def test_old_version(self):
        for fields, stays in ((b"", False), (b"Connection: keep-alive\r\n", True)):
            data = look_up(ADDRESS).replace(b"\r\n\r\n", b"\r\n" + fields + b"\r\n")
            client = self.learned()
            client.ask_raw(data)  # in words that may be learned
            client.send(data.replace(b"HTTP/1.1", b"HTTP/1.0"))
            got = client.read_raw()
            self.assertEqual(got.partition(b"\r\n\r\n")[2], self.answers(data)[0].partition(b"\r\n\r\n")[2])
            if stays:
                self.assertIn(b"\r\nConnection: keep-alive\r\n".lower(), got.lower())
                self.assertEqual(client.ask_raw(data), self.answers(data)[0])
            else:
                self.assertEqual(client.file.read(), b"")

    def test_close(self):
        words = (LOOKUP, {"Connection": "close"})
        for _ in range(3):  # it is never learned
            client = self.learned()
            self.assertIn(b"\r\nConnection: close\r\n", client.ask_raw(look_up(ADDRESS, words)))
            self.assertEqual(client.file.read(), b"")

    def test_head(self):
        data = look_up(ADDRESS)
        want = self.answers(data)[0]
        client = self.learned()
        for _ in range(3):
            client.send(data.replace(b"GET", b"HEAD"))
            self.assertEqual(client.read_head()[0], want.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
            self.assertEqual(client.ask_raw(data), want)

    def test_unix_socket(self):
        path = os.path.join(self.folder, "socket")
        daemon = Daemon(self.db, listen=("unix:" + path,))
        try:
            for words in WORDS[:6]:
                client = self.learned(words, path=path)
                for address in addresses(20):
                    data = look_up(address, words)
                    want = self.answers(data)
                    self.assertEqual(client.ask_raw(data), want[0])
                    client.send(data + data[:20], data[20:])
                    self.assertEqual([client.read_raw(), client.read_raw()], want * 2)
                client.close()
        finally:
            daemon.stop()

    def answer_while_it_stops(self):
        """That of a connection that was there before; and how late we asked."""
        daemon = Daemon(self.db)
        client = Client(daemon)
        for _ in range(3):
            client.ask_raw(look_up(ADDRESS))
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "stopping\n" in daemon.log, PATIENCE, "it stops")
        time.sleep(0.1)
        late = time.monotonic() - began
        try:
            answer = client.ask_raw(look_up(ADDRESS))
            self.assertEqual(client.file.read(), b"")
        except (OSError, AssertionError):
            answer = None
        client.close()
        daemon.stop()
        return answer, late

    def test_drain(self):
        """A machine on which we are not quick enough for the second that there is has another go."""
        for _ in range(10):
            answer, late = self.answer_while_it_stops()
            if answer is not None or late < 0.5:
                break
        self.assertIsNotNone(answer)
        self.assertIn(b"\r\nConnection: close\r\n", answer)
        self.assertEqual(answer.replace(b"Connection: close\r\n", b""), self.answers(look_up(ADDRESS))[0])


class Heads(WithClients):
    """Look-ups that are prepared by what they ask, with fields of their own: held against a daemon that prepares none,
    because it has to log each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = Daemon(cls.db, "--log-requests")

    @classmethod
    def tearDownClass(cls):
        cls.other.stop()
        super().tearDownClass()

    def conversation(self, daemon, data):
        """-> all that comes for it, and for a last one that follows when it has come"""
        client = Client(daemon)
        try:
            for address in ("192.0.2.1", "192.0.2.2"):
                client.ask_raw(look_up(address))
            client.send(data, look_up("192.0.2.3", (LOOKUP, {"Connection": "close"})))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused, and closed
        try:
            return DATE.sub(b"\r\n", client.file.read())
        finally:
            client.close()

    def check(self, line, fields, body=b""):
        data = line.encode() + b"\r\n" + fields + b"\r\n" + body
        want = self.conversation(self.other, data)
        for _ in range(3):  # answered in full, found by what it asks, known as a whole: if it may be
            self.assertEqual(self.conversation(self.daemon, data), want, data[:200])

    def test_lawful(self):
        for fields in (b"X-Forwarded-For: 192.0.2.7\r\nX-Request-Id: 1\r\n", b"Cookie: a=b; c\r\n", b"Cookie: ;=\r\n",
                       b"Connection: keep-alive\r\nConnection: Keep-Alive\r\n", b"Connection: keep-alive, close\r\n",
                       b"Connection: close\r\n", b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Connection:\r\n",
                       b"Connection: x\r\n", b"Range: bytes=0-1\r\n", b"If-Match: \"x\"\r\n", b"If-None-Match: *\r\n",
                       b"Origin: https://example.org\r\n", b"Authorization: Bearer x\r\n",
                       b"Content-Type: text/html\r\n", b"TE: trailers\r\n",
                       b"X: " + b"y" * 3900 + b"\r\n", b"X: " + b"y" * 9000 + b"\r\n"):
            self.check(f"GET {LOOKUP.format(ADDRESS)} HTTP/1.1", b"Host: a\r\n" + fields)

    def test_unlawful(self):
        good = b"Host: a\r\n"
        for fields, body in ((b"", b""), (good * 2, b""), (b"Host: a b\r\n", b""), (good + b"X\r\n", b""),
                             (good + b"X : y\r\n", b""), (good + b" X: y\r\n", b""), (good + b"X: \0\r\n", b""),
                             (good + b"X: y\nZ: z\r\n", b""), (good + b"Expect: 100-continue\r\n", b""),
                             (good + b"Content-Length: 0\r\n", b""), (good + b"Content-Length: 5\r\n", b"hello"),
                             (good + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
                             (good + b"Transfer-Encoding: x\r\n", b""), (good + b"X: y\r\n" * 110, b"")):
            self.check(f"GET {LOOKUP.format(ADDRESS)} HTTP/1.1", fields, body)

    def test_first_lines(self):
        target = LOOKUP.format(ADDRESS)
        for line in (f"GET {target} HTTP/1.0", f"HEAD {target} HTTP/1.1", f"GET http://a{target} HTTP/1.1",
                     f"GET {target} HTTP/1.2", f"GET {target} HTTP/2.0", f"GET {target}", f"GET  {target} HTTP/1.1",
                     f"get {target} HTTP/1.1", f"GET {target} HTTP/1.1 ", f"\r\nGET {target} HTTP/1.1",
                     f"POST {target} HTTP/1.1", f"GET {target}# HTTP/1.1", f"GET /{target} HTTP/1.1"):
            self.check(line, b"Host: a\r\n")

    def test_each_with_its_own(self):
        """As behind a proxy; many ways of asking in turns."""
        clients = [self.connect() for _ in range(3)]
        other = Client(self.other)
        self.addCleanup(other.close)
        asked = WORDS + LONGER
        for i, address in enumerate(addresses(300)):
            target, headers = asked[i * 7 % len(asked)]
            data = request(target.format(address), {**headers, "X-Forwarded-For": address, "X-Id": "x" * (i % 90)})
            self.assertEqual(clients[i % 3].ask_raw(data), other.ask_raw(data), data)


class Others(WithClients):
    """Requests of another kind on the same connection, and those who look on."""

    def answer_to_list(self):
        client = self.connect()
        client.send(post_list())
        return client.read_chunks()

    def test_by_turns_with_a_list(self):
        """What tells the system to send full packets only is taken back: the fastest shows whether any is."""
        client, data = self.learned(), look_up(ADDRESS)
        want, quickest, lines = self.answers(data)[0], PATIENCE, self.answer_to_list()
        for _ in range(4 if not SANITIZED else 2):
            self.assertEqual(client.ask_raw(data), want)
            client.send(post_list())
            self.assertEqual(client.read_chunks(), lines)
            began = time.monotonic()
            self.assertEqual(client.ask_raw(data), want)
            quickest = min(quickest, time.monotonic() - began)
        self.assertLess(quickest, 0.15 if not SANITIZED else 1)

    def test_behind_a_list(self):
        """Of which the client has taken nothing yet."""
        data, other = look_up(ADDRESS), look_up("198.18.0.1")
        want, lines = self.answers(data, other), self.answer_to_list()
        for buffer in (4096, None):
            client = self.learned(buffer=buffer)
            client.send(post_list(), data, other)
            self.assertEqual(client.read_chunks(), lines)
            self.assertEqual([client.read_raw(), client.read_raw()], want)
            self.assertEqual(client.ask_raw(data), want[0])

    def test_behind_a_worker(self):
        data, slow = look_up(ADDRESS), request("/v1/diff", {})
        want = self.answers(slow, data)
        client = self.learned()
        for i in range(60):
            client.socket.sendall(slow)
            time.sleep(i % 6 * 0.0005)
            client.send(data)
            self.assertEqual([client.read_raw(), client.read_raw()], want)
            self.assertEqual(client.ask_raw(data), want[1])

    def counted(self):
        samples, _ = parse(self.daemon.ask("/metrics")[2].decode())
        route = frozenset({("route", "/v1/lookup"), ("method", "GET")})
        histogram = next(value for labels, value in samples["svctagd_request_duration_seconds_count"].items()
                         if ("route", "/v1/lookup") in labels)
        return samples["svctagd_requests_total"].get(route | {("code", "200")}, 0), histogram

    def test_metrics(self):
        client = self.learned()
        before = self.counted()
        for address in addresses(500):
            client.ask_raw(look_up(address))
        self.assertEqual([b - a for a, b in zip(before, self.counted())], [500, 500])

    def test_log(self):
        daemon = Daemon(self.db, "--log-requests")
        client = Client(daemon)
        try:
            sizes = [len(client.ask(LOOKUP.format(address), {})[2]) for address in addresses(50)]
        finally:
            client.close()
            log = daemon.stop()
        found = re.findall(r"^GET /v1/lookup 200 (\d+) bytes \d+ us$", log, re.MULTILINE)
        self.assertEqual([int(size) for size in found], sizes)


if __name__ == "__main__":
    unittest.main()
