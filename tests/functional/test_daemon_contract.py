#!/usr/bin/env python3
"""svctagd's HTTP manners on every route: content codings, validators, methods, media types, problems.

Environment: as test_daemon.py.
"""

import gzip
import json
import unittest

import test_daemon
from test_daemon import ADDRESS

GZIP = {"Accept-Encoding": "gzip"}
GETS = ["/", f"/v1/lookup?q={ADDRESS}", f"/v1/lookup?q={ADDRESS}&at=101", f"/v1/lookup?q={ADDRESS}&q=192.0.2.1",
        f"/v1/check?q={ADDRESS}&tag=ActionGroup", "/v1/releases", "/v1/tags", "/v1/tags/ActionGroup",
        "/v1/tags/ActionGroup/prefixes", "/v1/diff", f"/v1/history?q={ADDRESS}", "/v1/history?tag=ActionGroup",
        "/v1/drift?tag=ActionGroup&frozen=101", "/v1/plan", "/v1/plan/site-recovery?source=eastus&target=westeurope"]
STATES = ["/healthz", "/readyz", "/metrics"]


class Codings(test_daemon.WithDaemon):
    def test_gzip_holds_the_same(self):
        packed = 0
        for target in GETS + STATES[:2]:
            with self.subTest(target):
                _, plain_headers, plain = self.daemon.ask(target)
                status, headers, body = self.daemon.ask(target, headers=GZIP)
                self.assertEqual(status, 200)
                self.assertIn("Accept-Encoding", headers["Vary"])
                self.assertEqual(headers["Vary"], plain_headers["Vary"])
                self.assertNotIn("Content-Encoding", plain_headers)
                self.assertEqual(headers["Content-Type"], plain_headers["Content-Type"])
                if len(plain) >= 1024:
                    packed += 1
                    self.assertEqual(headers["Content-Encoding"], "gzip")
                    self.assertLess(len(body), len(plain))
                    body = gzip.decompress(body)
                self.assertEqual(body, plain)
                status, again, nothing = self.daemon.ask(target, "HEAD", headers=GZIP)
                self.assertEqual((status, nothing), (200, b""))
                del again["Date"], headers["Date"]
                self.assertEqual(sorted(again.items()), sorted(headers.items()))
        self.assertGreater(packed, 5)

    def test_each_coding_has_its_etag(self):
        for target in GETS[1:]:
            with self.subTest(target):
                etags = {coding: self.daemon.ask(target, headers={"Accept-Encoding": coding})[1]["ETag"]
                         for coding in ("identity", "gzip")}
                self.assertNotEqual(etags["identity"], etags["gzip"])
                for coding in etags:
                    for known, etag in etags.items():
                        for sent in (etag, "W/" + etag, '"x", ' + etag + ', "y"'):
                            status, headers, body = self.daemon.ask(
                                target, headers={"Accept-Encoding": coding, "If-None-Match": sent})
                            self.assertEqual(status, 304 if known == coding else 200, sent)
                            self.assertEqual(headers["ETag"], etags[coding])
                            self.assertIn("Accept-Encoding", headers["Vary"])
                    status, _, body = self.daemon.ask(target, headers={"Accept-Encoding": coding, "If-None-Match": "*"})
                    self.assertEqual((status, body), (304, b""))

    def test_what_is_acceptable(self):
        cases = [("gzip;q=0", 200, None), ("*;q=0, identity", 200, None), ("br", 200, None), ("*", 200, "gzip"),
                 ("br, gzip;q=0.1", 200, "gzip"), ("identity, gzip;q=0.5", 200, None), ("", 200, None),
                 ("identity;q=0", 406, None), ("*;q=0", 406, None)]
        for accept, want, coding in cases:
            with self.subTest(accept):
                status, headers, body = self.daemon.ask("/v1/tags", headers={"Accept-Encoding": accept})
                self.assertEqual((status, headers["Content-Encoding"]), (want, coding), body[:200])
        status, headers, body = self.daemon.ask("/healthz", headers={"Accept-Encoding": "gzip, identity;q=0"})
        self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
        self.assertEqual(json.loads(gzip.decompress(body)), {"status": "ok"})

    def test_long_answers_and_streams(self):
        queries = "\n".join([ADDRESS, "198.18.0.0/15", "nonsense"] * 3000)
        for kind in ("application/x-ndjson", "text/csv"):
            headers = {"Content-Type": "text/plain", "Accept": kind}
            _, _, plain = self.daemon.ask("/v1/lookup", "POST", queries, headers)
            status, got, body = self.daemon.ask("/v1/lookup", "POST", queries, {**headers, **GZIP})
            self.assertEqual((status, got["Content-Encoding"]), (200, "gzip"))
            self.assertLess(len(body), len(plain) / 5)
            self.assertEqual(gzip.decompress(body), plain)
        target = "/v1/lookup?" + "&".join(["q=198.18.0.0/15"] * 900)
        plain = self.daemon.ask(target)[2]
        self.assertGreater(len(plain), 256 << 10)
        status, got, body = self.daemon.ask(target, headers=GZIP)
        self.assertEqual((status, got["Content-Encoding"]), (200, "gzip"))
        self.assertEqual(gzip.decompress(body), plain)


if __name__ == "__main__":
    unittest.main(verbosity=2)
