#!/usr/bin/env python3
"""A hundred releases swapped in while wrk asks on 64 connections: no failed answer, and none of two releases."""

import collections
import gzip
import os
import signal
import sys
import tempfile
import unittest
import urllib.parse

import wrk
from releases import write_releases

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "functional"))
from test_daemon import PATIENCE, Daemon, svctag, wait_for  # noqa: E402

RELEASES = 101
#: What wrk.lua asks, as (method, target, headers, body).
ASKED = [
    ("GET", "/v1/lookup?q=198.18.26.224", {}, None),
    ("GET", "/v1/lookup?q=198.18.26.224&q=198.18.0.0/15&q=2001:db8::1&q=nonsense", {}, None),
    ("GET", "/v1/check?q=198.18.26.224&tag=ActionGroup", {}, None),
    ("GET", "/v1/tags/Storage/prefixes", {"Accept": "text/plain"}, None),
    ("GET", "/v1/tags?match=Storage*", {}, None),
    ("GET", "/v1/tags/AzureCloud", {}, None),
    ("POST", "/v1/lookup", {"Content-Type": "text/plain", "Accept": "application/x-ndjson"},
     "198.18.26.224\n198.19.65.3\n2001:db8::1\n" * 20),
]


@unittest.skipUnless(wrk.available(), "wrk is not there")
class SwapTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = os.path.join(self.folder.name, "svctag.db")
        self.releases = write_releases(os.path.join(self.folder.name, "releases"), RELEASES)
        svctag("import", self.releases[0][0], db=self.db)
        self.daemon = Daemon(self.db)

    def tearDown(self):
        try:
            self.daemon.stop()
        finally:
            self.folder.cleanup()

    def serving(self, day):
        return self.daemon.json("/readyz")["clouds"][0]["release"]["published"] == day

    def swap(self, number):
        """Every tenth is noticed without being told."""
        path, day, _ = self.releases[number]
        svctag("import", path, db=self.db)
        if number % 10 != 0:
            self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.serving(day), PATIENCE, day)

    def expected(self):
        """{body: (day, what was asked)}, asked for by name when all is quiet."""
        bodies = {}
        for _, day, _ in self.releases:
            for method, target, headers, body in ASKED:
                at = ("&" if "?" in target else "?") + urllib.parse.urlencode({"at": day})
                status, _, answer = self.daemon.ask(target + at, method, body, headers)
                self.assertEqual(status, 200, answer)
                self.assertNotIn(answer, bodies)
                bodies[answer] = (day, target, method)
        return bodies

    def test_hundred(self):
        load = wrk.Wrk(self.daemon.port, os.path.join(self.folder.name, "answers"))
        try:
            for number in range(1, RELEASES):
                self.swap(number)
        finally:
            requests, errors, answers, p99 = load.stop()
        self.assertEqual({kind: n for kind, n in errors.items() if n}, {})
        bodies = self.expected()
        days, etags = collections.Counter(), collections.defaultdict(set)
        for answer in answers:
            self.assertEqual(answer.status, 200, answer.body[:300])
            body = gzip.decompress(answer.body) if answer.body.startswith(b"\x1f\x8b") else answer.body
            self.assertIn(body, bodies)
            days[bodies[body][0]] += answer.count
            if answer.etag != "-":
                etags[answer.etag].add(body)
        self.assertEqual([e for e, known in etags.items() if len(known) != 1], [], "an ETag names one answer")
        self.assertGreater(len(days), RELEASES * 9 // 10)
        print(f"{requests} requests, none failed; {len(answers)} different answers from {len(days)} releases; "
              f"99 % within {p99:.1f} ms", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
