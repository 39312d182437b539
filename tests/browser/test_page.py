#!/usr/bin/env python3
"""The page of svctagd in a real browser, on the sample and on made-up releases: what page.js says.

Environment: as test_daemon.py.
"""

import datetime
import json
import os
import tempfile
import unittest

import chromium  # before the next: it says where that is
from test_daemon import RELEASES, Daemon, svctag

PATIENCE = 560
FOLDER = None  # where the packages are
TOKEN = "secret-of-the-test"
NAME = "Evil<img src=x onerror=alert(3)>\"'&amp;"


def hostile(change_number, prefixes):
    """A release whose names would like to be markup."""
    return {"changeNumber": change_number, "cloud": "Public", "values": [{
        "name": NAME, "id": NAME, "properties": {
            "changeNumber": change_number, "region": "<b>region</b>", "regionId": 1, "platform": "<i>",
            "systemService": "\"><script>alert(4)</script>", "addressPrefixes": prefixes,
            "networkFeatures": ["NSG", "<u>"]}}]}


class Page(unittest.TestCase):
    def test_page(self):
        with tempfile.TemporaryDirectory() as folder:
            sample, mixed = (os.path.join(folder, name) for name in ("sample.db", "mixed.db"))
            svctag("import", *RELEASES, db=sample)
            svctag("import", *RELEASES, db=mixed)
            today = datetime.datetime.now(datetime.timezone.utc).date()
            for days, number, prefixes in ((7, 6, ["198.51.100.0/24"]), (0, 7, ["198.51.100.0/24", "203.0.113.0/24"])):
                path = os.path.join(folder, f"{number}.json")
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(hostile(number, prefixes), file)
                day = (today - datetime.timedelta(days)).isoformat()
                svctag("import", "--published", day, path, db=mixed)
            tokens = os.path.join(folder, "tokens")
            with open(tokens, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(TOKEN + "\n")
            daemons = [Daemon(sample), Daemon(mixed, "--token-file", tokens)]
            try:
                status = chromium.drive("page.js", FOLDER, *(f"http://127.0.0.1:{d.port}" for d in daemons), TOKEN,
                                        patience=PATIENCE)
            finally:
                for daemon in daemons:
                    daemon.stop()
        self.assertEqual(status, 0)


if __name__ == "__main__":
    FOLDER = chromium.packages()
    unittest.main()
