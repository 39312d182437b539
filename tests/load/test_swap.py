#!/usr/bin/env python3
"""A hundred releases swapped in while wrk asks on 64 connections: no failed answer, and none of two releases.

usage: test_swap.py [RealSwapTest]     made-up releases, or those of the folder $SVCTAG_REAL_DATA
"""

import collections
import gzip
import os
import signal
import sys
import tempfile
import unittest
import urllib.parse

import served
import wrk
from real_releases import compare, contents, holders, moving_addresses, scan
from releases import write_releases
from served import real
from test_daemon import PATIENCE, Daemon, svctag, wait_for

RELEASES = 101


def plain(body):
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


@unittest.skipUnless(wrk.available(), "wrk is not there")
class SwapTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = os.path.join(self.folder.name, "svctag.db")
        self.releases, self.asked = self.prepare()
        svctag("import", self.releases[0][0], db=self.db)
        self.daemon = Daemon(self.db)

    def tearDown(self):
        try:
            self.daemon.stop()
        finally:
            self.folder.cleanup()

    def prepare(self):
        """-> [(path, day)] in order, what wrk is to ask"""
        made = write_releases(os.path.join(self.folder.name, "releases"), RELEASES)
        return [(path, day) for path, day, _ in made], served.asked(served.sample())

    def serving(self, day):
        return self.daemon.json("/readyz")["clouds"][0]["release"]["published"] == day

    def swap(self, number):
        """Every tenth is noticed without being told."""
        path, day = self.releases[number]
        svctag("import", path, db=self.db)
        if number % 10 != 0:
            self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.serving(day), PATIENCE, day)

    def expected(self):
        """{body: day}, asked for by name when all is quiet."""
        bodies, connection = {}, self.daemon.connect()
        self.addCleanup(connection.close)
        for _, day in self.releases:
            for method, target, headers, body in self.asked:
                at = ("&" if "?" in target else "?") + urllib.parse.urlencode({"at": day})
                headers = {name: value for name, value in headers.items() if name != "Accept-Encoding"}
                connection.request(method, target + at, body, headers)
                response = connection.getresponse()
                answer = response.read()
                self.assertEqual(response.status, 200, answer)
                self.assertNotIn(answer, bodies)
                bodies[answer] = day
        return bodies

    def check(self, bodies):
        """By other means. @param bodies: what was answered, in plain"""

    def test_hundred(self):
        load = wrk.Wrk(self.daemon.port, self.folder.name, self.asked)
        try:
            for number in range(1, len(self.releases)):
                self.swap(number)
        finally:
            requests, errors, answers, p99 = load.stop()
        good = [a._replace(body=plain(a.body)) for a in answers if a.status == 200]
        failed = sum(errors.values()) + sum(a.count for a in answers if a.status != 200)
        bodies = self.expected()
        mixed = [a for a in good if a.body not in bodies]
        days, etags = collections.Counter(), collections.defaultdict(set)
        for answer in good:
            days[bodies.get(answer.body)] += answer.count
            if answer.etag != "-":
                etags[answer.etag].add(answer.body)
        days.pop(None, None)
        print(f"{requests} requests, {failed} failed, {sum(a.count for a in mixed)} mixed; {len(answers)} different "
              f"answers from {len(days)} of {len(self.releases)} releases; 99 % within {p99:.1f} ms", file=sys.stderr)
        self.assertEqual({kind: n for kind, n in errors.items() if n}, {})
        self.assertEqual([(a.status, a.body[:300]) for a in answers if a.status != 200], [])
        self.assertEqual([a.body[:300] for a in mixed], [])
        self.assertEqual([e for e, known in etags.items() if len(known) != 1], [], "an ETag names one answer")
        self.assertGreater(len(days), len(self.releases) * 9 // 10)
        self.check({answer.body for answer in good})


class RealSwapTest(SwapTest):
    """Asked are addresses that the steps from one release to the next are about."""

    @classmethod
    def setUpClass(cls):
        cls.paths = real.releases("Public")[-RELEASES:]

    def prepare(self):
        self.contents = contents(self.paths)
        self.addresses = moving_addresses(self.contents)
        every = "".join(f"{address}\n" for address in self.addresses)
        asked = [("GET", f"/v1/lookup?q={address}", {}, None) for address in self.addresses] + [
            ("GET", f"/v1/check?q={self.addresses[-1]}&tag=AzureCloud", {}, None),
            ("GET", "/v1/tags?match=Storage*", {"Accept-Encoding": "gzip"}, None),
            ("POST", "/v1/lookup", {"Content-Type": "text/plain"}, every),
        ]
        return [(str(path), real.day_of(path)) for path in self.paths], asked

    def check(self, bodies):
        """Each look-up against the file of the release that it names."""
        held = holders(self.addresses)
        found = {real.day_of(path): scan(release, held) for path, release in zip(self.paths, self.contents)}
        checked, wrong = compare(bodies, found)
        days = sorted(found)
        told = sum(found[a] != found[b] for a, b in zip(days, days[1:]))
        print(f"{checked} look-ups of {len(self.addresses)} addresses are as in the files; what they give changes in "
              f"{told} of {len(days) - 1} steps", file=sys.stderr)
        self.assertEqual(wrong, [])
        self.assertGreater(told, (len(days) - 1) * 9 // 10, "would a mixed answer have shown?")


if __name__ == "__main__":
    unittest.main(defaultTest="SwapTest")
