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
from test_daemon_prepared import LOOKUP, WORDS, Client, WithClients, addresses, look_up, request  # noqa: E402
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
