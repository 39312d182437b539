#!/usr/bin/env python3
"""Limits of connections: who has too many is closed, and everyone else is answered meanwhile."""

import http.client
import os
import re
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import PATIENCE, SVCTAGD, Daemon, WithDaemon, wait_for  # noqa: E402

LIMIT, PER_ADDRESS = 200, 50


def rejected(daemon, reason):
    text = daemon.ask("/metrics", source="127.0.0.3")[2].decode()
    return int(re.search(r'svctagd_rejected_total\{reason="%s"\} (\d+)' % reason, text).group(1))


class LimitedDaemon(Daemon):
    def ask(self, target, source="127.0.0.2", **keywords):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE, source_address=(source, 0))
        try:
            connection.request("GET", target, **keywords)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


class WithLimits(WithDaemon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon.stop()
        cls.daemon = LimitedDaemon(cls.db, "--max-connections", str(LIMIT),
                                   "--max-connections-per-address", str(PER_ADDRESS))

    def connect(self, source="127.0.0.1"):
        s = socket.create_connection(("127.0.0.1", self.daemon.port), timeout=PATIENCE, source_address=(source, 0))
        self.addCleanup(s.close)
        return s

    def is_answered(self, s):
        try:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            return s.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False


class Limits(WithLimits):
    def open_answered(self, source, count):
        """Connections that are kept open. -> those that were answered"""
        return [s for s in [self.connect(source) for _ in range(count)] if self.is_answered(s)]

    def test_one_address(self):
        before = rejected(self.daemon, "address")
        mine = self.open_answered("127.0.0.9", PER_ADDRESS + 20)
        self.assertEqual(len(mine), PER_ADDRESS)
        self.assertEqual(rejected(self.daemon, "address") - before, 20)
        self.assertEqual(self.daemon.ask("/healthz")[0], 200)
        for s in mine[:10]:  # what is given back may be taken again
            s.close()
        wait_for(lambda: self.is_answered(self.connect("127.0.0.9")), PATIENCE, "a connection is free again")

    def test_all(self):
        before = rejected(self.daemon, "connections")
        every = [s for i in range(10, 16) for s in self.open_answered(f"127.0.0.{i}", PER_ADDRESS - 2)]
        self.assertEqual(len(every), LIMIT)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.daemon.ask("/healthz")
        for s in every[:10]:
            s.close()
        wait_for(lambda: self.is_answered(self.connect("127.0.0.2")), PATIENCE, "a connection is free again")
        self.assertGreaterEqual(rejected(self.daemon, "connections") - before, 6 * (PER_ADDRESS - 2) - len(every))
        # Whoever is idle has less time where it is crowded, so that others find room before long.
        wait_for(lambda: self.is_answered(self.connect("127.0.0.2")), PATIENCE, "room")

    def test_no_limit_for_an_address(self):
        daemon = LimitedDaemon(self.db, "--max-connections", "60", "--max-connections-per-address", "0")
        sockets = [socket.create_connection(("127.0.0.1", daemon.port), timeout=PATIENCE) for _ in range(59)]
        self.assertTrue(all(self.is_answered(s) for s in sockets))
        for s in sockets:
            s.close()
        daemon.stop()

    def test_settings(self):
        for options, words in ((["--max-connections", "0"], "from 1 to"), (["--max-connections", "x"], "from 1 to"),
                               (["--max-connections", "-1"], "from 1 to"),
                               (["--max-connections", "10000000"], "from 1 to"),
                               (["--max-connections-per-address", "1.5"], "from 0 to"),
                               (["--event-threads", "0"], "from 1 to 256"),
                               (["--event-threads", "257"], "from 1 to 256")):
            done = subprocess.run([SVCTAGD, "--db", self.db, *options], capture_output=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 2)
            self.assertIn(words, done.stderr.decode())

    def test_descriptors(self):
        def run(limit, *options):
            return ["sh", "-c", f'ulimit -n {limit}; exec "$0" "$@"', SVCTAGD, *options]

        done = subprocess.run([*run(300, "--max-connections", "1000"), "--db", self.db, "--listen", "127.0.0.1:0"],
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 2)
        self.assertIn("1000 connections need 1064 descriptors, but 300 are allowed", done.stderr.decode())
        daemon = Daemon(self.db, command=run(300))
        self.assertIn("at most 236 connections", daemon.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
