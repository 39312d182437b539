#!/usr/bin/env python3
"""The page of svctagd without a browser: what it says, that nothing in it is markup but its own, that it asks nobody
else, and how it is cached.

Environment: as test_daemon.py.
"""

import gzip
import html.parser
import json
import os
import re
import sys
import unittest
from urllib.parse import quote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_daemon  # noqa: E402
from test_daemon import ADDRESS, Daemon, WithDaemon  # noqa: E402

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'&amp;{{query}}"
VIEWS = ["/", f"/?q={ADDRESS}", "/?q=198.18.16.0/22", "/?q=198.18.16.82&at=101", "/?q=192.0.2.1", "/?q=0.0.0.0/0",
         "/?q=Storage.EastUS", "/?q=storage.eastus&family=6&aggregate=true", "/?q=westeurope", "/?q=Sql*", "/?q=sql.",
         "/?view=tags", "/?view=tags&match=storage", "/?view=releases", "/?view=diff", "/?view=diff&from=101&tag=Sto*",
         "/?view=list", "/?q=&at=&cloud="]
WRONG = [("/?q=198.18.16.300", 400), ("/?q=198.18.16.1/24", 400), ("/?q=" + "1" * 300, 400), ("/?q=Storge.EastUS", 404),
         ("/?q=login.example.org", 404), ("/?q=1.2.3.4&at=999", 404), ("/?q=1.2.3.4&at=x", 400), ("/?cloud=Mars", 404),
         ("/?view=diff&from=999", 404), (f"/?q={quote(HOSTILE)}", 404), (f"/?q=1.2.3.4&at={quote(HOSTILE)}", 400)]
VOID = {"meta", "link", "input", "img", "br", "hr"}


class Document(html.parser.HTMLParser):
    """Elements, their attributes, and texts; every element is closed where it was opened."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes something else")

    def handle_data(self, data):
        self.texts.append(data)

    def text(self):
        return " ".join("".join(self.texts).split())

    def values(self, tag, attribute):
        return [a[attribute] for t, a in self.elements if t == tag and attribute in a]


class Page(WithDaemon):
    def page(self, target, status=200):
        got, headers, body = self.daemon.ask(target)
        self.assertEqual(got, status, (target, body[:200]))
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        return Document(body.decode("utf-8"))

    def test_what_it_says(self):
        told = self.daemon.json("/v1/lookup?q=198.18.16.82")
        text = self.page("/?q=198.18.16.82").text()
        for match in told["matches"]:
            self.assertIn(f"{match['tag']} {match['prefix']}", text.replace(match["tag"], match["tag"] + " "))
        for span in self.daemon.json("/v1/history?q=198.18.16.82")["timeline"]:
            self.assertIn(span["from"]["published"], text)
        self.assertIn("Region eastus East US", text)
        self.assertIn("never loaded: 103", text)
        self.assertIn("As it was in Sample 101 (2025-03-03)", self.page("/?q=198.18.16.82&at=101").text())
        tag = self.daemon.json("/v1/tags/Storage.EastUS?family=4")
        for prefix in tag["prefixes"]:
            self.assertIn(prefix, self.page("/?q=storage.eastus&family=4").text())
        region = self.page("/?q=West%20Europe")
        for tag in self.daemon.json("/v1/tags?region=westeurope")["tags"]:
            self.assertIn(tag["name"], region.text())
        self.assertIn("198.18.16.0/24 was probably meant", self.page("/?q=198.18.16.1/24", 400).text())
        self.assertIn("Did you mean Storage.EastUS", self.page("/?q=Storge.EastUS", 404).text())
        self.assertIn("outside Azure's published ranges: 192.0.2.0/24 is special", self.page("/?q=192.0.2.1").text())
        self.assertEqual(self.page("/?q=%20198.18.16.10%20").values("input", "value")[0], "198.18.16.10")

    def test_counts_of_a_difference(self):
        diff = self.daemon.json("/v1/diff?from=101&to=104")
        page = self.page("/?view=diff&from=101&to=104")
        self.assertEqual(sum(t == "details" for t, _ in page.elements), len(diff["tags"]))
        self.assertIn(f"Tags changed {diff['summary']['tagsChanged']}", page.text().replace("changed", "changed "))

    def test_marked_and_dated_everywhere(self):
        for target, status in [(view, 200) for view in VIEWS] + WRONG:
            text = self.page(target, status).text()
            self.assertRegex(text, r"Sample 104 \(2025-03-31\), \d+ days old", target)
            self.assertIn("Sample data.", text, target)

    def test_nothing_inline_and_nobody_else(self):
        for target, status in [(view, 200) for view in VIEWS] + WRONG:
            with self.subTest(target):
                page = self.page(target, status)
                for tag, attributes in page.elements:
                    self.assertNotIn(tag, ("style", "iframe", "object", "base"))
                    self.assertNotIn("style", attributes)
                    self.assertEqual([a for a in attributes if a.startswith("on")], [])
                    for name in ("href", "src", "action"):
                        self.assertRegex(attributes.get(name, "/"), r"^(/(?!/)|#)")
                self.assertEqual([s for s in page.values("script", "src") if not s.startswith("/assets/")], [])
                self.assertEqual(len(page.values("script", "src")), sum(t == "script" for t, _ in page.elements))
                self.assertEqual(page.values("img", "onerror"), [])
                self.assertNotIn("{{", page.text().replace("{{query}}", ""))

    def test_hostile_text_is_text(self):
        page = self.page(f"/?q={quote(HOSTILE)}", 404)
        self.assertEqual(page.values("input", "value")[0], HOSTILE)
        self.assertIn(HOSTILE, page.text())
        page = self.page(f"/?view=tags&match={quote(HOSTILE)}&at=latest")
        self.assertIn(HOSTILE, page.values("input", "value"))

    def test_links_lead_somewhere(self):
        seen = set()
        for target in VIEWS:
            for link in self.page(target).values("a", "href") + self.page(target).values("img", "src"):
                kind = re.sub(r"[0-9a-f.:]*\d[0-9a-f.:]*|=[A-Za-z.]+", "", link)
                if link.startswith("#") or kind in seen:
                    continue
                seen.add(kind)
                self.assertEqual(self.daemon.ask(link)[0], 200, (target, link))

    def test_headers(self):
        _, headers, body = self.daemon.ask("/?q=eastus")
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        self.assertEqual(policy["default-src"], "'none'")
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        for name in ("script-src", "style-src", "connect-src", "form-action"):
            self.assertEqual(policy[name], "'self'")
        self.assertEqual((policy["frame-ancestors"], policy["base-uri"]), ("'none'", "'none'"))
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(self.daemon.ask("/?q=eastus", headers={"If-None-Match": headers["ETag"]})[0], 304)
        self.assertNotEqual(self.daemon.ask("/?q=eastus&at=101")[1]["ETag"], headers["ETag"])
        packed = self.daemon.ask("/?q=eastus", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(gzip.decompress(packed[2]), body)
        status, headers, body = self.daemon.ask("/?q=1.2.3", headers={"If-None-Match": "*"})
        self.assertEqual((status, headers["Cache-Control"], headers["ETag"]), (400, "no-store", None))

    def test_assets(self):
        page = self.page("/")
        parts = page.values("script", "src") + [a["href"] for t, a in page.elements
                                                if t == "link" and a["rel"] in ("stylesheet", "icon")]
        self.assertEqual(len(parts), 5)
        for part in parts:
            status, headers, body = self.daemon.ask(part)
            self.assertEqual((status, headers["Cache-Control"]), (200, "public, max-age=31536000, immutable"))
            with open(os.path.join(test_daemon.ROOT, "web", part.rsplit("/", 1)[1]), "rb") as file:
                self.assertEqual(body, file.read())
            self.assertEqual(self.daemon.ask(part, headers={"If-None-Match": headers["ETag"]})[0], 304)
        folder = parts[0].rsplit("/", 1)[0]
        for missing in (f"{folder}/page.html", f"{folder}/none.css", "/assets/0123456789abcdef/style.css"):
            self.assertEqual(self.daemon.ask(missing)[0], 404)

    def test_for_terminals(self):
        status, headers, body = self.daemon.ask("/", headers={"Accept": "text/plain"})
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
        self.assertIn(b"/v1/lookup", body)

    def test_nothing_loaded(self):
        empty = Daemon(os.path.join(self.folder, "none.db"))
        try:
            status, headers, body = empty.ask("/?q=1.2.3.4")
            self.assertEqual((status, headers["Content-Type"]), (503, "text/html; charset=utf-8"))
            self.assertIn("no data", Document(body.decode("utf-8")).text())
        finally:
            empty.stop()


class Hostile(unittest.TestCase):
    """Names that would like to be markup, from a file."""

    def test_names(self):
        name = "Evil" + HOSTILE
        properties = {"changeNumber": 1, "region": "<b>", "regionId": 1, "platform": "<i>", "systemService": HOSTILE,
                      "addressPrefixes": ["198.51.100.0/24"], "networkFeatures": ["<u>"]}
        with test_daemon.tempfile.TemporaryDirectory() as folder:
            path, db = os.path.join(folder, "hostile.json"), os.path.join(folder, "hostile.db")
            for number, day in ((1, "2025-01-06"), (2, "2025-01-13")):
                properties["addressPrefixes"].append(f"203.0.113.{number}/32")
                with open(path, "w", encoding="utf-8") as file:
                    json.dump({"changeNumber": number, "cloud": "Public", "values": [
                        {"name": name, "id": name, "properties": properties}]}, file)
                test_daemon.svctag("import", "--published", day, path, db=db)
            daemon = Daemon(db)
            try:
                for target in ("/?q=198.51.100.7", "/?view=tags", "/?view=diff", f"/?q={quote(name)}", "/?q=evil"):
                    status, _, body = daemon.ask(target)
                    page = Document(body.decode("utf-8"))
                    self.assertEqual(status, 200, target)
                    self.assertIn(name, page.text(), target)
                    self.assertNotIn("b", [tag for tag, _ in page.elements])
                    self.assertNotIn("x", page.values("img", "src"))
                    self.assertIn("Old data.", page.text())
            finally:
                daemon.stop()


if __name__ == "__main__":
    unittest.main()
