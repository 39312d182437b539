#!/usr/bin/env python3
"""Whatever takes the place of the database: what is loaded stays, /readyz and /metrics say so, and the next good
file is served. Noticed within two seconds, as everything is."""

import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import ADDRESS, RELEASES, RELOAD_SECONDS, SVCTAGD, Daemon, svctag, wait_for  # noqa: E402
from test_metrics import parse  # noqa: E402

NOBODY = 65534


def cut(path, size):
    os.truncate(path, size)


def pragma(path, name, value):
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA {name} = {value}")
    db.close()


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x10]))


def flip_in_index(path):
    """SQLite does not notice: a blob has no checksum of its own."""
    db = sqlite3.connect(path)
    (data,) = db.execute("SELECT data FROM release_index").fetchone()
    db.close()
    with open(path, "rb") as file:
        whole = file.read()
    pieces = (data[at:at + 64] for at in range(len(data) // 2, len(data), 64))
    flip(path, next(whole.find(piece) for piece in pieces if whole.count(piece) == 1))


def flip_in_schema(path):
    with open(path, "rb") as file:
        flip(path, file.read().find(b"CREATE TABLE"))


def overwrite(path, data):
    with open(path, "wb") as file:
        file.write(data)


class BadFiles(unittest.TestCase):
    #: what, how to make it of a good file, a part of what is said
    CASES = [
        ("cut in the middle", lambda path: cut(path, os.path.getsize(path) // 2), "damaged"),
        ("cut in the header", lambda path: cut(path, 50), "damaged"),
        ("cut after the header", lambda path: cut(path, 4096), "damaged"),
        ("another application_id", lambda path: pragma(path, "application_id", 0x1234), "of another program"),
        ("a newer user_version", lambda path: pragma(path, "user_version", 9999), "schema version 9999"),
        ("a bit of the index", flip_in_index, "checksum"),
        ("a bit of the schema", flip_in_schema, "damaged"),
        ("empty", lambda path: cut(path, 0), "holds nothing"),
        ("an error page", lambda path: overwrite(path, b"<html><title>502</title></html>" * 400), "not an SQLite"),
        ("a folder", lambda path: (os.unlink(path), os.mkdir(path)), "not a regular file"),
        ("gone", os.unlink, "No such file"),
    ]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="svctagd-")
        os.chmod(self.folder, 0o755)
        self.db = self.path("svctag.db")
        for number, releases in enumerate((RELEASES[:1], RELEASES[:2])):
            svctag("import", *releases, db=self.path(f"{number}.db"))
            svctag("snapshot", self.path(f"{number}.copy"), db=self.path(f"{number}.db"))
        self.days = ["2025-03-03", "2025-03-10"]
        self.turn = 0
        self.put_good()
        self.daemon = None

    def tearDown(self):
        try:
            if self.daemon:
                self.daemon.stop()
        finally:
            shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def replace(self, new):
        if os.path.isdir(self.db):
            os.rmdir(self.db)
        os.replace(new, self.db)

    def put_good(self):
        """The other one of the two."""
        self.turn = 1 - self.turn
        shutil.copy(self.path(f"{self.turn}.copy"), self.path("new"))
        self.replace(self.path("new"))

    def put_bad(self, spoil):
        bad = self.path("bad")
        shutil.copy(self.path(f"{self.turn}.copy"), bad)
        spoil(bad)
        if os.path.isfile(bad):
            os.replace(bad, self.db)
        else:
            os.unlink(self.db)
            if os.path.exists(bad):
                os.rename(bad, self.db)

    def metric(self, name, **labels):
        return parse(self.daemon.ask("/metrics")[2].decode())[0][name][frozenset(labels.items())]

    def published(self):
        return self.daemon.json(f"/v1/lookup?q={ADDRESS}")["release"]["published"]

    def failures(self):
        return self.metric("svctagd_reloads_total", result="failed")

    def reload_state(self):
        return self.daemon.json("/readyz")["reload"]

    def check_kept(self, before, want):
        """-> after it has been noticed"""
        wait_for(lambda: not self.reload_state()["ok"], RELOAD_SECONDS, "the bad file")
        error = self.reload_state()["error"]
        self.assertTrue(error)
        self.assertRegex(error, want)
        self.assertEqual(self.metric("svctagd_last_reload_successful"), 0)
        self.assertEqual(self.metric("svctagd_ready"), 1)
        self.assertGreater(self.failures(), before)
        self.assertEqual(self.published(), self.days[self.turn])
        # Answers that are read from the database come from the old file, where it is still open, or later.
        for target in (f"/v1/history?q={ADDRESS}", "/v1/drift?tag=Storage&frozen=latest"):
            for _ in range(5):
                status, headers, body = self.daemon.ask(target)
                self.assertIn(status, (200, 503), body)
                self.assertEqual(headers["Retry-After"] is not None, status == 503)
        self.assertIn("not loaded: ", "".join(self.daemon.log))

    def check_recovered(self):
        self.put_good()
        wait_for(lambda: self.published() == self.days[self.turn], RELOAD_SECONDS, "the good file")
        self.assertEqual(self.reload_state(), {"ok": True, "error": None})
        self.assertEqual(self.metric("svctagd_last_reload_successful"), 1)

    def test_replaced_by_something_bad(self):
        self.daemon = Daemon(self.db)
        for what, spoil, want in self.CASES:
            with self.subTest(what):
                before = self.failures()
                self.put_bad(spoil)
                try:
                    self.check_kept(before, want)
                finally:
                    self.check_recovered()

    def test_told_to_load_something_bad(self):
        """SIGHUP makes no difference to what is kept."""
        self.daemon = Daemon(self.db)
        before = self.failures()
        self.put_bad(flip_in_index)
        self.daemon.process.send_signal(signal.SIGHUP)
        self.check_kept(before, "checksum")
        self.daemon.process.send_signal(signal.SIGHUP)
        self.check_recovered()

    def test_brought_on_by_a_newer_program(self):
        """The file stays the same one, and is of another schema: that is no damage."""
        self.daemon = Daemon(self.db)
        pragma(self.db, "user_version", 9999)
        self.check_kept(0, "schema version 9999; this program knows")
        self.check_recovered()

    def test_spoiled_in_place(self):
        """Nobody should, but somebody will: a copy over a file that is in use."""
        self.daemon = Daemon(self.db)
        generation = self.daemon.json("/readyz")["generation"]
        with open(self.db, "r+b") as file:
            file.truncate(5000)
        self.daemon.process.send_signal(signal.SIGHUP)
        self.check_kept(0, ".")
        self.assertEqual(self.daemon.json("/readyz")["generation"], generation)
        self.check_recovered()

    def test_bad_from_the_start(self):
        shutil.copy(self.db, self.path("good"))
        flip_in_index(self.db)
        self.daemon = Daemon(self.db)
        status, headers, body = self.daemon.ask("/readyz")
        self.assertEqual((status, bool(headers["Retry-After"])), (503, True))
        self.assertRegex(body.decode(), "checksum")
        self.assertEqual(self.metric("svctagd_ready"), 0)
        self.assertEqual(self.metric("svctagd_last_reload_successful"), 0)
        os.replace(self.path("good"), self.db)
        wait_for(lambda: self.daemon.ask("/readyz")[0] == 200, RELOAD_SECONDS, "the good file")

    def test_not_to_be_read(self):
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                self.skipTest("root reads everything, and setpriv is not there")
            as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", SVCTAGD]
        else:
            as_nobody = [SVCTAGD]
        self.daemon = Daemon(self.db, command=as_nobody)
        before = self.failures()
        self.put_bad(lambda path: os.chmod(path, 0))
        self.check_kept(before, "denied|unable")
        self.check_recovered()


if __name__ == "__main__":
    unittest.main()
