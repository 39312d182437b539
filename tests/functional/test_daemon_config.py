#!/usr/bin/env python3
"""svctagd's options: from a file, checked before they are used.

Environment: as test_daemon.py.
"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import test_daemon
from test_daemon import PATIENCE, RELEASES, ROOT, SVCTAGD, svctag


class WithFolder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="svctagd-")
        cls.db = os.path.join(cls.folder, "svctag.db")
        svctag("import", RELEASES[0], db=cls.db)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def run_once(self, *arguments, **environment):
        """-> exit status, lines of stderr"""
        done = subprocess.run([SVCTAGD, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              env={**os.environ, **environment})
        self.assertEqual(done.stdout, b"")
        return done.returncode, done.stderr.decode().splitlines()


class Config(WithFolder):
    def test_a_daemon_from_a_file(self):
        path = self.write("good.conf", f"# svctagd\n\ndb = {self.db}\nlisten = 127.0.0.1:0\nlisten = unix:"
                                       f"{self.folder}/socket\n")
        self.assertEqual(self.run_once("--config", path, "--check-config"), (0, []))
        process = subprocess.Popen([SVCTAGD, "--config", path], stderr=subprocess.PIPE)
        lines = [process.stderr.readline().decode() for _ in range(3)]
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 0)
        process.stderr.close()
        self.assertEqual(lines[0], "serving Sample 101 of 2025-03-03\n")
        self.assertRegex(lines[1], r"^listening on 127\.0\.0\.1:\d+\n$")
        self.assertEqual(lines[2], f"listening on unix:{self.folder}/socket\n")

    def test_options_come_first(self):
        path = self.write("first.conf", "db = /nonexistent\nlisten = 127.0.0.1:1\n")
        daemon = test_daemon.Daemon(self.db, "--config", path)
        try:
            self.assertEqual(len(daemon.listeners), 1)
            self.assertNotEqual(daemon.port, 1)
            self.assertEqual(daemon.json("/v1/releases")["releases"][0]["changeNumber"], 101)
        finally:
            daemon.stop()

    def test_check_tells_all_mistakes(self):
        path = self.write("bad.conf", "lisen = 127.0.0.1:1\nlisten = here\ndb = /nonexistent/svctag.db\ndb = x\nlog\n")
        status, lines = self.run_once("--check-config", "--config", path)
        self.assertEqual(status, 2)
        self.assertEqual(len(lines), 5, lines)
        for line, want in zip(lines, (path + ":1: .*did you mean 'listen'", path + ":2: listen: ", path + ":4: db: .*line 3",
                                      path + ":5: ", "--db /nonexistent/svctag.db: ")):
            self.assertRegex(line, "^error: " + want)
        status, lines = self.run_once("--config", path)
        self.assertEqual((status, len(lines)), (2, 1))

    def test_check_looks_at_the_database(self):
        cases = [("none.db", None), ("other.db", b"<html></html>" * 1000), ("empty.db", b"")]
        for name, content in cases:
            path = os.path.join(self.folder, name) if content is None else self.write(name, content)
            with self.subTest(name):
                status, lines = self.run_once("--check-config", "--db", path)
                self.assertEqual((status, len(lines)), (2, 1), lines)
                self.assertIn(path, lines[0])
        self.assertEqual(self.run_once("--check-config", "--db", self.db), (0, []))
        self.assertEqual(self.run_once("--check-config", SVCTAG_DB=self.db), (0, []))
        status, lines = self.run_once("--check-config", "--db", self.db, "--config", "/nonexistent.conf", "--listen", "x")
        self.assertEqual((status, len(lines)), (2, 2), lines)

    def test_the_example(self):
        """As it is, and with everything in it in force that is commented out."""
        example = os.path.join(ROOT, "packaging/svctagd.conf")
        self.assertEqual(self.run_once("--config", example, "--check-config", "--db", self.db), (0, []))
        with open(example, encoding="utf-8") as f:
            text = re.sub(r"^#(\w[\w-]* =)", r"\1", f.read(), flags=re.M)
        keys = set(re.findall(r"^([\w-]+) =", text, flags=re.M))
        usage = subprocess.run([SVCTAGD, "--help"], stdout=subprocess.PIPE, timeout=PATIENCE).stdout.decode()
        self.assertEqual(keys, set(re.findall(r"^  --([\w-]+)", usage.split("  --config")[0], flags=re.M)))
        text = text.replace("/etc/svctag", self.folder)
        self.write("tokens", "secret\n")
        status, lines = self.run_once("--config", self.write("example.conf", text), "--check-config", "--db", self.db)
        self.assertEqual((status, lines), (0, []))

    def test_hostile_files(self):
        for content in (b"\x00" * 100, b"\xff\xfe" * 100, b"x" * 100000, b"listen = \x1b[31m\n", b"=" * 4000,
                        b"a" * 300 + b" = 1\n"):
            status, lines = self.run_once("--config", self.write("hostile.conf", content), "--db", self.db)
            self.assertEqual((status, len(lines)), (2, 1), content[:20])
            self.assertFalse(re.search(r"[\x00-\x1f]", lines[0]))
        self.assertEqual(self.run_once("--config", self.folder)[0], 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
