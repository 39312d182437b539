"""Documents that have to be refused: exit 2, one clear line, and a database whose content is what it was.

tests/data/bad/expected.tsv: file TAB exit code TAB regular expression for the
line on stderr. What a nightly downloader got instead of releases is tried
besides, where real data are there.
"""

import json
import os
import pathlib
import sqlite3
import tempfile
import unittest

import real

ROOT = pathlib.Path(__file__).resolve().parents[2]
BAD = ROOT / "tests" / "data" / "bad"
SAMPLE = sorted((ROOT / "schema" / "sample").glob("*.json"))


def content(path):
    """All of a database as SQL text."""
    database = sqlite3.connect(path)
    try:
        return list(database.iterdump())
    finally:
        database.close()


def expected():
    rows = []
    for line in (BAD / "expected.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, code, pattern = line.split("\t")
            rows.append((BAD / name, int(code), pattern))
    return rows


class BadDocuments(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.database = pathlib.Path(self.folder.name) / "svctag.db"
        real.svctag("import", *SAMPLE, database=self.database)
        self.before = content(self.database)

    def refused(self, path, code=2, pattern=".", published="2025-04-07"):
        done = real.svctag("import", "--published", published, path, database=self.database, expect=(code,))
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(pathlib.Path(path).name, done.stderr)
        self.assertRegex(done.stderr, pattern)
        self.assertTrue(content(self.database) == self.before, f"{path}: the database has changed")

    def test_listed(self):
        for path, code, pattern in expected():
            with self.subTest(path.name):
                self.refused(path, code, pattern)

    def test_every_file_is_listed(self):
        listed = {path.name for path, _, _ in expected()} | {"expected.tsv", "README.md"}
        self.assertEqual({path.name for path in BAD.glob("[!.]*")} - listed, set())

    def test_ninety_percent_smaller(self):
        document = json.loads(SAMPLE[-1].read_bytes())
        document["changeNumber"] += 1
        for tag in document["values"]:
            prefixes = tag["properties"]["addressPrefixes"]
            tag["properties"]["addressPrefixes"] = prefixes[:len(prefixes) // 10]
        path = pathlib.Path(self.folder.name) / "smaller.json"
        path.write_text(json.dumps(document), encoding="ascii")
        self.refused(path, pattern="prefixes|tags|addresses")
        real.svctag("import", "--force", "--published", "2025-04-07", path, database=self.database)
        self.assertFalse(content(self.database) == self.before)

    def test_real_downloads(self):
        folder = os.environ.get("SVCTAG_REAL_DATA")
        if not folder:
            self.skipTest("SVCTAG_REAL_DATA is not set")
        for path in sorted((pathlib.Path(folder) / "bad").iterdir()):
            with self.subTest(path.name):
                self.refused(path)


if __name__ == "__main__":
    unittest.main()
