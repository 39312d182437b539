#!/usr/bin/env python3
"""The page of svctagd in a real browser: what page.js says. Chromium is Debian's; playwright-core and axe-core are those
of package-lock.json, installed into the build folder. Without a browser, npm or a network the test says so and is
skipped. Screenshots are left in screenshots/ of the build folder.

Environment: as test_daemon.py.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))
import node_packages  # noqa: E402
from test_daemon import RELEASES, Daemon, svctag  # noqa: E402

INSTEAD = "the page is checked by functional tests alone"
PATIENCE = 560
FOLDER = None  # where the packages are
CHROMIUM = shutil.which("chromium")
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
                done = subprocess.run(
                    ["node", str(HERE / "page.js"), CHROMIUM, *(f"http://127.0.0.1:{d.port}" for d in daemons),
                     TOKEN, str((node_packages.BUILD / "screenshots").resolve())],
                    cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
            finally:
                for daemon in daemons:
                    daemon.stop()
        print(done.stdout)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    if CHROMIUM is None:
        node_packages.skip("there is no chromium", INSTEAD)
    FOLDER = node_packages.install(HERE, INSTEAD)
    unittest.main()
