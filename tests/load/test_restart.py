#!/usr/bin/env python3
"""Ten restarts with an inherited socket, under the load of 64 connections and of clients who take their time
over long answers: every request gets its whole answer.

usage: test_restart.py [RealRestartTest]     with the sample, or the newest releases of the folder $SVCTAG_REAL_DATA
"""

import http.client
import os
import socket
import sys
import tempfile
import threading
import time
import unittest

import served
import wrk
from test_daemon import PATIENCE, SVCTAGD, Daemon, svctag, wait_for

RESTARTS = 10
LINES = 20000
READERS = 2


class SlowReaders:
    """Ask for long answers, each on a connection of its own, and read them slowly: a restart finds some half sent."""

    def __init__(self, port, address):
        self.port, self.address = port, address
        self.stop_now = threading.Event()
        self.whole, self.problems = 0, []
        self.threads = [threading.Thread(target=self.run) for _ in range(READERS)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        """-> lines of the answer"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/v1/lookup", f"{self.address}\n" * LINES,
                               {"Content-Type": "text/plain", "Accept": "application/x-ndjson"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError(answer.status, answer.read())
            lines = 0
            while part := answer.read(1 << 19):
                lines += part.count(b"\n")
                time.sleep(0.01)
            return lines
        finally:
            connection.close()

    def run(self):
        while not self.stop_now.is_set():
            try:
                lines = self.ask()
            except (OSError, http.client.HTTPException, ValueError) as problem:
                self.problems.append(repr(problem))
                return
            if lines == LINES:
                self.whole += 1
            else:
                self.problems.append(lines)

    def stop(self):
        self.stop_now.set()
        for thread in self.threads:
            thread.join()


@unittest.skipUnless(wrk.available(), "wrk is not there")
class RestartTest(served.OnSample, unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = os.path.join(self.folder.name, "svctag.db")
        svctag("import", *self.files, db=self.db)
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(1024)
        self.port = self.listening.getsockname()[1]

    def tearDown(self):
        self.listening.close()
        self.folder.cleanup()

    def start(self):
        """As a service manager does it: the socket is descriptor 3."""
        fd = self.listening.fileno()
        script = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&{fd}'
        return Daemon(self.db, listen=(), command=["sh", "-c", script, SVCTAGD], pass_fds=(fd,))

    @staticmethod
    def answered(daemon):
        """Requests so far, by what the daemon says itself."""
        text = daemon.ask("/metrics")[2].decode()
        return sum(int(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith("svctagd_requests_total{") and "/v1/" in line)

    def test_ten(self):
        daemon = self.start()
        load = wrk.Wrk(self.port, self.folder.name, served.asked(self.served))
        readers = SlowReaders(self.port, self.served.address)
        longest = 0
        try:
            for _ in range(RESTARTS):
                wait_for(lambda d=daemon: self.answered(d) > 500, PATIENCE, "answers")
                began = time.monotonic()
                self.assertNotIn("cut off", daemon.stop())
                daemon = self.start()
                longest = max(longest, time.monotonic() - began)
            wait_for(lambda: self.answered(daemon) > 500, PATIENCE, "answers")
        finally:
            readers.stop()
            requests, errors, answers, _ = load.stop()
            daemon.stop()
        self.assertEqual({kind: n for kind, n in errors.items() if n}, {})
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(readers.problems, [])
        self.assertGreater(readers.whole, 0)
        print(f"{RESTARTS} restarts of at most {longest:.1f} s: {requests} requests and {readers.whole} long answers, "
              "none failed", file=sys.stderr)


class RealRestartTest(RestartTest):
    what = staticmethod(served.newest)


if __name__ == "__main__":
    unittest.main(defaultTest="RestartTest")
