#!/usr/bin/env python3
"""Clients that ask too much, leave half-way, or stop reading: memory stays bounded, and others are answered meanwhile.

usage: test_abuse.py [RealAbuseTest]     with the sample, or the newest releases of the folder $SVCTAG_REAL_DATA

SVCTAG_STALL_SECONDS: how long a reader stalls; 4 here, 40 shows besides that such a reader is cut off in the end.
"""

import os
import re
import socket
import sys
import threading
import time
import unittest

import served
from test_daemon import PATIENCE, SANITIZED, WithDaemon, wait_for

STALL_SECONDS = float(os.environ.get("SVCTAG_STALL_SECONDS", "4"))
CUT_SECONDS = 35  # after which a reader that does not read has been cut off
ANSWER_SECONDS = 2.0 if not SANITIZED else 10.0
MB = 1 << 20
HEAD = ("POST {} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nAccept: application/x-ndjson\r\n{}\r\n\r\n")


def post(body, target="/v1/lookup"):
    return HEAD.format(target, f"Content-Length: {len(body)}").encode() + body


class Others:
    """Somebody who asks all the while, and a look at the daemon's memory after each answer."""

    def __init__(self, daemon, target):
        self.daemon, self.target = daemon, target
        self.answers, self.slowest, self.failures = 0, 0.0, []
        self.before = self.most = self.resident()
        self.stop_now = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def resident(self):
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024

    def run(self):
        while not self.stop_now.is_set():
            began = time.monotonic()
            status, _, body = self.daemon.ask(self.target)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.answers += 1
            if status != 200 or b"ActionGroup" not in body:
                self.failures.append((status, body[:200]))
            self.most = max(self.most, self.resident())
            self.stop_now.wait(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.stop_now.set()
        self.thread.join()


class AbuseTest(served.OnSample, WithDaemon):
    def others(self, more=""):
        return Others(self.daemon, f"/v1/lookup?q={self.served.address}{more}")

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.daemon.port), timeout=PATIENCE)
        self.addCleanup(s.close)
        return s

    def gauge(self, name):
        text = self.daemon.ask("/metrics")[2].decode()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M).group(1))

    def check(self, others, megabytes):
        grown = (others.most - others.before) / MB
        print(f"{self.id().rsplit('.', 1)[1]}: {others.answers} answers to others, the slowest after "
              f"{others.slowest:.3f} s; {grown:.0f} MiB more memory", file=sys.stderr)
        self.assertEqual(others.failures, [])
        self.assertGreater(others.answers, 0)
        self.assertLess(others.slowest, ANSWER_SECONDS)
        if not SANITIZED:
            self.assertLess(grown, megabytes)
        wait_for(lambda: self.gauge("svctagd_body_bytes") == 0, PATIENCE, "all bodies are given back")

    def read_all(self, s):
        got = b""
        while True:
            part = s.recv(MB)
            if not part:
                return got
            got = got[-MB:] + part

    def test_a_million_lines(self):
        """The body is held once, whatever the answer takes."""
        body = f"192.0.2.1\n{self.served.address}\n".encode() * 500000
        lines, last = 0, b""
        with self.others() as others:
            s = self.connect()
            s.sendall(post(body).replace(b"Host: a\r\n", b"Host: a\r\nConnection: close\r\n"))
            while True:
                part = s.recv(MB)
                if not part:
                    break
                lines += (last + part).count(b"\n{")  # what comes at once may end between the two
                last = part[-1:]
        self.assertGreaterEqual(lines, 1000000)
        self.check(others, 3 * len(body) / MB + 16)

    def test_a_line_of_100_megabytes(self):
        """Refused before it comes; refused when it has come, in chunks; and below the cap an error of its own."""
        line = b"1" * (1 << 20)
        with self.others() as others:
            s = self.connect()
            s.sendall(HEAD.format("/v1/lookup", f"Content-Length: {100 * len(line)}").encode())
            self.assertIn(b" 413 ", s.recv(4096))

            s = self.connect()
            s.sendall(HEAD.format("/v1/lookup", "Transfer-Encoding: chunked").encode())
            try:
                for _ in range(100):
                    s.sendall(b"%x\r\n" % len(line) + line + b"\r\n")
            except OSError:
                pass  # it need not take all of it
            try:
                answer = s.recv(4096)
            except ConnectionResetError:
                answer = b""
            self.assertIn(answer[:13], (b"HTTP/1.1 413 ", b""))

            s = self.connect()
            s.sendall(post(60 * line))
            answer = s.recv(65536)
            self.assertIn(b"HTTP/1.1 200 ", answer)
            self.assertLess(len(answer), 65536)
            self.assertIn(b"longer than any query", answer)
        self.check(others, 3 * 64 + 16)

    def test_leaving_half_way(self):
        body = f"{self.served.block}\n".encode() * 20000
        with self.others() as others:
            for _ in range(20):
                for part in (0.1, 0.5, 1):
                    s = self.connect()
                    request = post(body)
                    s.sendall(request[:int(part * len(request))])
                    if part == 1:
                        s.recv(1000)
                    s.close()
        self.check(others, 64)
        wait_for(lambda: self.gauge("svctagd_connections") <= 1, PATIENCE, "all connections are given back")

    def test_stalling(self):
        """Readers who ask for long answers and do not read them."""
        body = f"{self.served.address}\n".encode() * 20000
        with self.others() as others:
            readers = []
            for _ in range(50):
                s = socket.socket()
                self.addCleanup(s.close)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                s.connect(("127.0.0.1", self.daemon.port))
                s.sendall(post(body))
                readers.append(s)
            time.sleep(STALL_SECONDS)
            if STALL_SECONDS >= CUT_SECONDS:
                wait_for(lambda: self.gauge("svctagd_connections") <= 2, PATIENCE, "those who stall are cut")
            else:
                self.assertGreater(self.gauge("svctagd_connections"), len(readers))
            for s in readers:
                s.close()
        self.check(others, 50 * (len(body) / MB + 0.5) + 16)

    def test_wide_queries_in_lists(self):
        """What meets every tag takes long: made by workers, so that the others' thread is free."""
        body = b"0.0.0.0/0\n::/0\n" * self.served.wide
        with self.others() as others:
            clients = [self.connect() for _ in range(16)]
            for s in clients:
                s.sendall(post(body).replace(b"Host: a\r\n", b"Host: a\r\nConnection: close\r\n"))
            for s in clients:
                self.assertTrue(self.read_all(s).endswith(b"\r\n0\r\n\r\n"))
        self.check(others, 64 + len(clients) * 4 * self.served.whole)  # a few answers for each, however long the list

    def test_long_work_does_not_hold_up_short(self):
        """All the workers that may do long work do it, and others wait; an older release is asked at once."""
        body = "".join(f"{self.served.block[i]}\n" for i in range(30000)).encode()
        with self.others(f"&at={self.served.older}") as others:
            clients = [self.connect() for _ in range(8)]
            for s in clients:
                s.sendall(post(body, "/v1/drift").replace(b"application/x-ndjson", b"application/json"))
            for s in clients:
                self.assertIn(s.recv(12)[9:], (b"200", b"503", b"413"))
        self.check(others, 700)


class RealAbuseTest(AbuseTest):
    what = staticmethod(served.newest)


if __name__ == "__main__":
    unittest.main(verbosity=2, defaultTest="AbuseTest")
