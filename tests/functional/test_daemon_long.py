#!/usr/bin/env python3
"""Long answers to lists come whole and in order, however they are taken: at once, slowly, by several, by old clients.

What the library's chunks are too short for goes out ahead of them; whoever reads chunks by the letter is not to mind.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import ADDRESS, PATIENCE, SANITIZED, SVCTAG, Daemon, WithDaemon  # noqa: E402

# Some 5 MB of answer: more than a socket takes, and enough that much goes ahead.
LINES = [f"198.18.{i // 256 % 256}.{i % 256}" if i % 3 else ADDRESS for i in range(40000 if not SANITIZED else 20000)]
LIBRARYS_CHUNK = 12288
SIZE = re.compile(rb"[0-9a-fA-F]{1,6}\r\n")


def request(body, version="1.1", last=True):
    return (f"POST /v1/lookup HTTP/{version}\r\nHost: a\r\nContent-Type: text/plain\r\nAccept: text/plain\r\n"
            f"Connection: {'close' if last else 'keep-alive'}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def take_chunks(data):
    """-> the body, the longest chunk, and what follows; every byte of the framing is looked at"""
    parts, at, longest = [], 0, 0
    while True:
        line = SIZE.match(data, at)
        if line is None:
            raise AssertionError(f"no chunk at {at}: {data[at:at + 20]}")
        size = int(line.group()[:-2], 16)
        end = line.end() + size
        if data[end:end + 2] != b"\r\n":
            raise AssertionError(f"the chunk at {at} does not end at {end}: {data[end:end + 20]}")
        if size == 0:
            return b"".join(parts), longest, data[end + 2:]
        parts.append(data[line.end():end])
        at, longest = end + 2, max(longest, size)


def read_all(connection, pause=0.0, part=1 << 20):
    parts = []
    while got := connection.recv(part):
        parts.append(got)
        time.sleep(pause)
    return b"".join(parts)


class LongAnswers(WithDaemon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.list = "\n".join(LINES).encode()
        cls.want = subprocess.run([SVCTAG, "--db", cls.db, "lookup", "-"], input=cls.list, stdout=subprocess.PIPE,
                                  timeout=PATIENCE, check=True).stdout

    def post(self, data, address=None, room=None, **reading):
        with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as connection:
            connection.settimeout(PATIENCE)
            if room is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            connection.connect(address or ("127.0.0.1", self.daemon.port))
            connection.sendall(data)
            return read_all(connection, **reading)

    def check(self, got):
        """-> the longest chunk"""
        head, _, rest = got.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
        self.assertIn(b"Transfer-Encoding: chunked", head)
        body, longest, rest = take_chunks(rest)
        self.assertTrue(body == self.want, f"{len(body)} bytes, not the {len(self.want)} of the command line")
        return longest, rest

    def test_at_once(self):
        longest, rest = self.check(self.post(request(self.list)))
        self.assertEqual(rest, b"")
        self.assertGreater(longest, LIBRARYS_CHUNK, "nothing went ahead")

    def test_one_after_the_other(self):
        got = self.post(request(self.list, last=False) * 2 + request(b"192.0.2.1"))
        _, got = self.check(got)
        _, got = self.check(got)
        self.assertTrue(got.startswith(b"HTTP/1.1 200 ") and got.endswith(b"\n"), got[:100])
        self.assertIn(b"\r\n\r\n192.0.2.1  in no tag", got)

    def test_slowly(self):
        """By a client with little room, which takes it in small pieces."""
        self.check(self.post(request(self.list), room=4096, pause=0.0005, part=30000))

    def test_by_several(self):
        """More than can go ahead at a time."""
        failures = []

        def one(slow):
            try:
                self.check(self.post(request(self.list), pause=0.001 if slow else 0, part=100000))
            except (AssertionError, OSError) as error:
                failures.append(error)

        threads = [threading.Thread(target=one, args=(i % 2 == 1,)) for i in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_by_old_clients(self):
        """Who know no chunks get none."""
        head, _, body = self.post(request(self.list, "1.0")).partition(b"\r\n\r\n")
        self.assertNotIn(b"chunked", head)
        self.assertTrue(body == self.want, f"{len(body)} bytes, not {len(self.want)}")

    def test_by_some_who_go(self):
        """In the middle of it; the rooms that they had are there for the next."""
        for i in range(12):
            with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=PATIENCE) as connection:
                connection.sendall(request(self.list))
                connection.recv(1000 << i)
        longest, _ = self.check(self.post(request(self.list)))
        self.assertGreater(longest, LIBRARYS_CHUNK)

    def test_over_another_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            daemon = Daemon(self.db, listen=(f"unix:{path}",))
            try:
                self.check(self.post(request(self.list), path))
                self.check(self.post(request(self.list), path, pause=0.001, part=100000))
            finally:
                daemon.stop()


if __name__ == "__main__":
    unittest.main()
