#!/usr/bin/env python3
"""svctagd's HTTP manners on every route: content codings, validators, methods, media types, problems.

Environment: as test_daemon.py.
"""

import gzip
import json
import re
import unittest

import test_daemon
from test_daemon import ADDRESS

GZIP = {"Accept-Encoding": "gzip"}
GETS = ["/", f"/v1/lookup?q={ADDRESS}", f"/v1/lookup?q={ADDRESS}&at=101", f"/v1/lookup?q={ADDRESS}&q=192.0.2.1",
        f"/v1/check?q={ADDRESS}&tag=ActionGroup", "/v1/releases", "/v1/tags", "/v1/tags/ActionGroup",
        "/v1/tags/ActionGroup/prefixes", "/v1/diff", f"/v1/history?q={ADDRESS}", "/v1/history?tag=ActionGroup",
        "/v1/drift?tag=ActionGroup&frozen=101", "/v1/plan", "/v1/plan/site-recovery?source=eastus&target=westeurope"]
MORE = ["/openapi.json", "/v1/feed.atom", f"/?q={ADDRESS}", "/?format=text"]
STATES = ["/healthz", "/readyz", "/metrics"]


class Codings(test_daemon.WithDaemon):
    def test_gzip_holds_the_same(self):
        packed = 0
        for target in GETS + MORE + STATES[:2]:
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
        for target in GETS + MORE:
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
        queries = "\n".join([ADDRESS, "198.18.26.0/24", "nonsense"] * 500 + ["198.18.0.0/15"] * 5)
        for kind in ("application/x-ndjson", "text/csv"):
            headers = {"Content-Type": "text/plain", "Accept": kind}
            _, _, plain = self.daemon.ask("/v1/lookup", "POST", queries, headers)
            status, got, body = self.daemon.ask("/v1/lookup", "POST", queries, {**headers, **GZIP})
            self.assertEqual((status, got["Content-Encoding"]), (200, "gzip"))
            self.assertLess(len(body), len(plain) / 5)
            self.assertEqual(gzip.decompress(body), plain)
        target = "/v1/lookup?" + "&".join(["q=198.18.0.0/15"] * 40)
        plain = self.daemon.ask(target)[2]
        self.assertGreater(len(plain), 256 << 10)
        status, got, body = self.daemon.ask(target, headers=GZIP)
        self.assertEqual((status, got["Content-Encoding"]), (200, "gzip"))
        self.assertEqual(gzip.decompress(body), plain)


LIST = "198.18.26.224\n192.0.2.1\n"
LISTS = {"/v1/lookup": LIST, "/v1/drift": LIST, "/v1/lint": LIST, "/v1/migrate": LIST}
JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Forms(test_daemon.WithDaemon):
    def problem(self, status, target, method="GET", body=None, headers=None):
        """The particulars of a refusal, which has to be a whole one."""
        got, fields, text = self.daemon.ask(target, method, body, headers)
        self.assertEqual(got, status, (target, text[:300]))
        self.assertEqual(fields["Content-Type"], "application/problem+json")
        self.assertEqual(fields["Cache-Control"], "no-store")
        self.assertNotIn("ETag", fields)
        found = json.loads(text)
        self.assertEqual(found["type"], "about:blank")
        self.assertEqual(found["status"], status)
        self.assertTrue(found["title"] and found["detail"])
        return found["detail"]

    def test_plain_text_everywhere(self):
        for target in GETS + STATES:
            with self.subTest(target):
                status, headers, body = self.daemon.ask(target, headers={"Accept": "text/plain"})
                self.assertEqual(status, 200)
                self.assertRegex(headers["Content-Type"], "^text/plain; ")
                self.assertNotIn(body[:1], b"{[")
        for target, body in LISTS.items():
            with self.subTest(target):
                status, headers, body = self.daemon.ask(target, "POST", body, {"Content-Type": "text/plain",
                                                                               "Accept": "text/plain"})
                self.assertEqual((status, headers["Content-Type"]), (200, TEXT), body)
                self.assertEqual(headers["Cache-Control"], "no-store")

    def test_health_answers_everyone(self):
        for accept in ("image/png", "application/health+json", "*/*", ""):
            for target in STATES:
                self.assertEqual(self.daemon.ask(target, headers={"Accept": accept})[0], 200)
        self.assertEqual(self.daemon.ask("/healthz?format=text")[2], b"ok\n")
        self.assertRegex(self.daemon.ask("/readyz", headers={"Accept": "text/plain"})[2].decode(),
                         r"^ready\nSample 104 of 2025-03-31, \d+ days old\n$")

    def test_forms_of_the_command_line(self):
        plan = "/v1/plan/site-recovery?source=eastus&target=westeurope"
        cases = [("/v1/diff?from=101", ["diff", "101", "latest"], MARKDOWN, "markdown"),
                 (plan, ["plan", "site-recovery", "--source", "eastus", "--target", "westeurope"], MARKDOWN,
                  "markdown")]
        for target, arguments, kind, name in cases:
            want = test_daemon.svctag("--format", name, *arguments, db=self.db, status=None)
            for asked, headers in ((target + "&format=" + name, {}), (target, {"Accept": kind.split(";")[0]})):
                status, got, body = self.daemon.ask(asked, headers=headers)
                self.assertEqual((status, got["Content-Type"]), (200, kind))
                self.assertEqual(body.decode(), want.decode())
        posts = [("/v1/migrate", "markdown", MARKDOWN), ("/v1/lint", "sarif", "application/sarif+json"),
                 ("/v1/drift", "svg", "image/svg+xml")]
        for target, name, kind in posts:
            plain = {"Content-Type": "text/plain"}
            _, one, first = self.daemon.ask(f"{target}?format={name}", "POST", LIST, plain)
            _, other, second = self.daemon.ask(target, "POST", LIST, {**plain, "Accept": kind.split(";")[0]})
            self.assertEqual((one["Content-Type"], other["Content-Type"]), (kind, kind))
            self.assertEqual(first, second)

    def test_refused_forms_name_the_others(self):
        for target in GETS[1:]:
            with self.subTest(target):
                detail = self.problem(406, target, headers={"Accept": "image/png, application/json;q=0"})
                self.assertRegex(detail, r": application/json, application/x-ndjson, text/plain, text/csv")
                detail = self.problem(400, target + ("&" if "?" in target else "?") + "format=xml")
                self.assertRegex(detail, r"one of: json, ndjson, text, csv")

    def test_media_types_of_bodies(self):
        for target, body in LISTS.items():
            with self.subTest(target):
                for kind in ("text/html", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*"):
                    self.assertIn("text/plain", self.problem(415, target, "POST", body, {"Content-Type": kind}))
                self.assertIn("body is empty", self.problem(400, target, "POST", "", {"Content-Type": "text/plain"}))
                kind = {"Content-Type": "Text/PLAIN ; charset=UTF-8"}
                self.assertEqual(self.daemon.ask(target, "POST", body, kind)[0], 200)
                status = self.daemon.ask(target, "POST", body)[0]  # without a type
                self.assertEqual(status, 415 if target == "/v1/lookup" else 200)

    def test_methods(self):
        for target, allow in [("/v1/lookup", "GET, HEAD, POST"), ("/v1/drift", "GET, HEAD, POST"),
                              ("/v1/lint", "POST"), ("/v1/migrate", "POST")] + [
                (target, "GET, HEAD") for target in GETS + STATES if not re.match("/v1/(lookup|drift)", target)]:
            for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"):
                with self.subTest(method=method, target=target):
                    status, headers, _ = self.daemon.ask(target, method)
                    self.assertEqual((status, headers["Allow"]), (405, allow))
                    self.assertFalse([name for name in headers if name.startswith("Access-Control")])
            self.problem(405, target, "DELETE")

    def test_all_clouds(self):
        one = self.daemon.json(f"/v1/lookup?q={ADDRESS}&cloud=all")
        self.assertEqual(one["results"][0]["release"]["cloud"], "Sample")
        self.assertEqual(self.daemon.ask("/v1/releases?cloud=ALL")[0], 200)
        for target in GETS:
            if re.match("/$|/v1/(lookup|releases|plan$)|.*at=", target):
                continue
            with self.subTest(target):
                detail = self.problem(400, target + ("&" if "?" in target else "?") + "cloud=all")
                self.assertIn("cloud=all is for lookups", detail)

    def test_any_validator_is_about_what_there_is(self):
        for target, want in ((f"/v1/lookup?q={ADDRESS}", 304), ("/v1/lookup?q=1.2.3", 400), ("/v1/tags/none", 404),
                             ("/v1/tags/ActionGroup", 304), ("/v1/diff", 304), ("/v1/diff?from=999", 404),
                             ("/v1/history?tag=none", 404)):
            for sent in ("*", " * "):
                self.assertEqual(self.daemon.ask(target, headers={"If-None-Match": sent})[0], want, target)

    def test_each_item_has_its_error(self):
        queries = [ADDRESS, "1.2.3", "www.example.com", "10.0.0.1/8", "198.18.0.0/15"]
        target = "/v1/lookup?" + "&".join("q=" + query for query in queries)
        asked = json.dumps({"queries": queries})
        for got in (self.daemon.json(target),
                    self.daemon.json("/v1/lookup", method="POST", body=asked, headers={"Content-Type": JSON})):
            self.assertEqual([item["query"] for item in got["results"]], queries)
            self.assertEqual(["error" in item for item in got["results"]], [False, True, True, True, False])
            self.assertIn("10.0.0.0/8", got["results"][3]["error"])
        for kind in ("text/plain", "text/csv"):
            status, _, body = self.daemon.ask(target, headers={"Accept": kind})
            self.assertEqual(status, 200)
            self.assertIn(b"www.example.com", body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
