#!/usr/bin/env python3
"""svctagd's GET /v1/feed.atom: a valid feed, the same from every daemon, whose links answer.

Environment: as test_daemon.py.
"""

import json
import os
import re
import shutil
import unittest
from urllib.parse import urljoin
from xml.etree import ElementTree

import test_daemon
from test_daemon import RELEASES, Daemon, svctag

ATOM = "{http://www.w3.org/2005/Atom}"
URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Feed(test_daemon.WithDaemon):
    def feed(self, query="", daemon=None):
        """The feed, which has to be as RFC 4287 wants it; its address."""
        target = "/v1/feed.atom" + query
        status, headers, body = (daemon or self.daemon).ask(target)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/atom+xml"), body[:300])
        root = ElementTree.fromstring(body)
        self.assertEqual(root.tag, ATOM + "feed")
        ids = []
        for element in (root, *root.findall(ATOM + "entry")):
            for name in ("id", "title", "updated"):
                self.assertEqual(len(element.findall(ATOM + name)), 1, name)
            self.assertRegex(element.find(ATOM + "id").text, URN)
            self.assertRegex(element.find(ATOM + "updated").text, SECOND)
            ids.append(element.find(ATOM + "id").text)
        self.assertEqual(len(set(ids)), len(ids))
        self.assertTrue(root.find(ATOM + "author").find(ATOM + "name").text)
        own = [link.get("href") for link in root.findall(ATOM + "link") if link.get("rel") == "self"]
        self.assertEqual([urljoin(target, href) for href in own], [target])
        return root

    def entries(self, *arguments, **keywords):
        return self.feed(*arguments, **keywords).findall(ATOM + "entry")

    @staticmethod
    def titles(entries):
        return [entry.find(ATOM + "title").text for entry in entries]

    def test_all(self):
        releases = self.daemon.json("/v1/releases")["releases"]
        entries = self.entries()
        self.assertEqual(self.titles(entries),
                         [f"Sample {r['changeNumber']} ({r['published']})" for r in reversed(releases[1:])])
        self.assertEqual(self.feed().find(ATOM + "updated").text, releases[-1]["published"] + "T00:00:00Z")
        for entry, release in zip(entries, reversed(releases)):
            self.assertEqual(entry.find(ATOM + "updated").text, release["published"] + "T00:00:00Z")
            self.assertIn("tags:", entry.find(ATOM + "content").text)

    def test_links_answer(self):
        for query in ("", "?tag=Storage*"):
            for entry in self.entries(query):
                for link in entry.findall(ATOM + "link"):
                    status, headers, body = self.daemon.ask(urljoin("/v1/feed.atom", link.get("href")))
                    self.assertEqual(status, 200, body)
                    self.assertEqual(headers["Content-Type"].split(";")[0], link.get("type"))
                    if link.get("type") != "application/json":
                        continue
                    diff = json.loads(body)
                    self.assertEqual(f"Sample {diff['to']['changeNumber']} ({diff['to']['published']})",
                                     entry.find(ATOM + "title").text)
                    self.assertTrue(all(t["tag"].startswith("Storage") for t in diff["tags"]) or not query)

    def test_count(self):
        self.assertEqual(self.titles(self.entries("?count=1")), self.titles(self.entries())[:1])
        self.assertEqual(self.titles(self.entries("?count=50")), self.titles(self.entries()))

    def test_tag(self):
        """Only what changed such tags, under ids of its own."""
        some = self.entries("?tag=AzureArcInfrastructure")
        self.assertTrue(0 < len(some) < len(self.entries()))
        ids = {entry.find(ATOM + "id").text for query in ("", "?tag=AzureArcInfrastructure", "?tag=Storage*")
               for entry in self.entries(query)}
        self.assertEqual(len(ids), sum(len(self.entries(q)) for q in ("", "?tag=AzureArcInfrastructure", "?tag=Storage*")))
        self.assertEqual(self.entries("?tag=none"), [])
        self.assertEqual(len(self.entries("?tag=%3C%22%26%25*")), 0)

    def test_known(self):
        etag = self.daemon.ask("/v1/feed.atom")[1]["ETag"]
        status, headers, body = self.daemon.ask("/v1/feed.atom", headers={"If-None-Match": etag})
        self.assertEqual((status, headers["ETag"], body), (304, etag, b""))

    def test_refused(self):
        for query, status in (("?count=0", 400), ("?count=51", 400), ("?count=x", 400), ("?count=", 400),
                              ("?cloud=all", 400), ("?cloud=Mars", 404), ("?format=json", 400)):
            self.assertEqual(self.daemon.json("/v1/feed.atom" + query, status)["status"], status)

    def test_grows(self):
        """Every daemon gives the same entries; a new release adds one; one release alone has none."""
        folder = os.path.join(self.folder, "grows")
        os.mkdir(folder)
        db = os.path.join(folder, "svctag.db")
        svctag("import", RELEASES[0], db=db)
        daemon = Daemon(db)
        try:
            self.assertEqual(self.entries(daemon=daemon), [])
            first = daemon.ask("/v1/feed.atom")[1]["ETag"]
            for release in RELEASES[1:]:
                svctag("import", release, db=db)
            test_daemon.wait_for(lambda: len(self.entries(daemon=daemon)) == len(RELEASES) - 1,
                                 test_daemon.PATIENCE, "all releases in the feed")
            self.assertEqual(daemon.ask("/v1/feed.atom")[2], self.daemon.ask("/v1/feed.atom")[2])
            self.assertNotEqual(daemon.ask("/v1/feed.atom")[1]["ETag"], first)
        finally:
            daemon.stop()
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
