#!/usr/bin/env python3
"""The page of svctagd in a real browser, on the newest real releases: what real_page.js says, against what published.py
computes from the files.

Environment: as test_daemon.py, and SVCTAG_REAL_DATA.
"""

import json
import os
import re
import sys
import tempfile
import unittest

import chromium  # before the next: it says where that is
from test_daemon import Daemon

sys.path.insert(0, str(chromium.HERE.parent / "real"))
import published  # noqa: E402
import real  # noqa: E402
from spans import ranges, size  # noqa: E402

NEWEST = 8  # releases
PATIENCE = 560
FOLDER = None  # where the packages are


class RealPage(unittest.TestCase):
    def test_page(self):
        files = real.releases("Public")[-NEWEST:]
        releases = [published.Release(path) for path in files]
        with tempfile.TemporaryDirectory() as folder:
            database, expected, report = (os.path.join(folder, name) for name in ("a.db", "expected", "report"))
            real.svctag("import", *files, database=database)
            with open(expected, "w", encoding="utf-8") as file:
                json.dump(published.expected(releases), file)
            daemon = Daemon(database)
            try:
                status = chromium.drive("real_page.js", FOLDER, f"http://127.0.0.1:{daemon.port}", expected, report,
                                        patience=PATIENCE)
            finally:
                daemon.stop()
            self.assertEqual(status, 0)
            with open(report, encoding="utf-8") as file:
                self.check_opened(json.load(file), releases[-1])

    def check_opened(self, report, newest):
        """The addresses that the report says its tags open, and the entries that it keeps."""
        prefixes = [prefix for tag in report["tags"] for prefix in newest.prefixes(tag)] + report["kept"]
        self.assertEqual(re.match(r"[\d,]+ IPv4", report["opened"])[0], f"{size(ranges(prefixes, 4)):,} IPv4")


if __name__ == "__main__":
    real.data_folder()
    FOLDER = chromium.packages()
    unittest.main()
