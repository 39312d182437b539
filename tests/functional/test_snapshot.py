"""snapshot: copies that are whole, verified, reproducible, and answer alone."""

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from command_line import (EVERYWHERE, PROGRAM, SAMPLE, CommandLineTest, content, environment, main, rows,  # noqa: E402
                          svctag)


class SnapshotTest(CommandLineTest):
    def setUp(self):
        self.copy = os.path.join(self.folder.name, f"{self._testMethodName}.db")
        self.folder_before = set(os.listdir(self.folder.name))

    def new_files(self):
        """What there is besides the database's own files."""
        own = {os.path.basename(self.db) + end for end in ("", "-wal", "-shm")}
        return set(os.listdir(self.folder.name)) - self.folder_before - own

    def take(self, *arguments, db=None, path=None):
        result = svctag("snapshot", path or self.copy, *arguments, db=db or self.db)
        self.assertEqual((result.code, result.err), (0, ""))
        return result

    def test_answers_as_the_original(self):
        self.take()
        for question in (["releases"], ["lookup", EVERYWHERE], ["history", EVERYWHERE], ["diff"], ["verify"],
                         ["lookup", EVERYWHERE, "--at", "previous"], ["tags"]):
            want = svctag("--format", "json", *question, db=self.db)
            got = svctag("--format", "json", *question, db=self.copy)
            self.assertEqual((got.code, got.err), (want.code, want.err), question)
            self.assertEqual(got.out.replace(self.copy, self.db), want.out, question)

    def test_immutable(self):
        """Readers leave nothing beside it, and need not be able to."""
        self.take()
        before = content(self.copy)
        svctag("lookup", EVERYWHERE, db=self.copy)
        self.assertEqual(self.new_files(), {os.path.basename(self.copy), os.path.basename(self.copy) + ".sha256"})
        self.assertEqual(content(self.copy), before)
        base = sqlite3.connect(f"file:{self.copy}?mode=ro", uri=True)
        self.assertEqual(base.execute("PRAGMA journal_mode").fetchone(), ("delete",))
        self.assertEqual(base.execute("PRAGMA freelist_count").fetchone(), (0,))
        base.close()

    def test_forms(self):
        answer = self.take("--format", "json").json
        digest = hashlib.sha256(content(self.copy)).hexdigest()
        self.assertEqual(answer["snapshot"], {"path": self.copy, "size": os.path.getsize(self.copy),
                                              "sha256": digest, "unchanged": False})
        self.assertEqual([r["published"] for r in answer["releases"]], [self.releases[-1].day])
        self.assertEqual(content(self.copy + ".sha256").decode(), f"{digest}  {os.path.basename(self.copy)}\n")
        subprocess.run(["sha256sum", "-c", "--status", os.path.basename(self.copy) + ".sha256"], check=True,
                       cwd=self.folder.name)
        self.assertEqual(rows(self.take("--format", "csv").out),
                         [{"path": self.copy, "size": str(os.path.getsize(self.copy)), "sha256": digest,
                           "unchanged": "true"}])
        self.assertIn(digest, self.take().out)

    def test_same_again_is_left_alone(self):
        """So that who fetches it conditionally is told that nothing is new."""
        self.take()
        os.utime(self.copy, (1, 1))
        before = os.stat(self.copy)
        self.assertTrue(self.take("--format", "json").json["snapshot"]["unchanged"])
        self.assertEqual(os.stat(self.copy).st_ino, before.st_ino)
        self.assertEqual(os.stat(self.copy).st_mtime, 1)
        self.assertFalse(os.path.exists(self.copy + ".new"))

    def test_replaces(self):
        db = os.path.join(self.folder.name, "growing.db")
        files = sorted(os.path.join(SAMPLE, name) for name in os.listdir(SAMPLE) if name.endswith(".json"))
        self.assertEqual(svctag("import", files[0], db=db).code, 0)
        self.take(db=db)
        opened = open(self.copy, "rb")
        old = opened.read()
        self.assertEqual(svctag("import", *files[1:], db=db).code, 0)
        self.assertFalse(self.take("--format", "json", db=db).json["snapshot"]["unchanged"])
        opened.seek(0)
        self.assertEqual(opened.read(), old, "who has the old one open keeps it whole")
        opened.close()
        self.assertEqual(len(svctag("--format", "json", "releases", db=self.copy).json["releases"]),
                         len(self.releases))

    def test_refused(self):
        own = svctag("snapshot", self.db, db=self.db)
        self.assertEqual((own.code, own.out), (2, ""))
        self.assertIn("is the database itself", own.err)
        written = os.path.join(self.folder.name, "written.db")
        self.take(path=written)
        open(written + "-wal", "wb").close()
        before = content(written)
        other = svctag("snapshot", written, db=self.db)
        self.assertEqual(other.code, 2)
        self.assertIn("is a database that is written to", other.err)
        self.assertEqual(content(written), before)
        nowhere = svctag("snapshot", os.path.join(self.folder.name, "no", "such.db"), db=self.db)
        self.assertEqual(nowhere.code, 2)
        self.assertIn("No such file or directory", nowhere.err)
        self.assertEqual(svctag("snapshot", db=self.db).code, 2)
        missing = svctag("snapshot", self.copy, db=os.path.join(self.folder.name, "none.db"))
        self.assertEqual(missing.code, 2)
        self.assertFalse(os.path.exists(self.copy))

    def test_damaged_database(self):
        """What does not verify is not published."""
        damaged = os.path.join(self.folder.name, "damaged.db")
        self.take(path=damaged)
        base = sqlite3.connect(damaged)
        table, = base.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%blob%' AND type = 'table' AND name LIKE "
                              "'%index%'").fetchone()
        column, = (row[1] for row in base.execute(f"PRAGMA table_info({table})") if row[2].upper() == "BLOB")
        blob = bytearray(base.execute(f"SELECT {column} FROM {table}").fetchone()[0])
        blob[len(blob) // 2] ^= 1
        base.execute(f"UPDATE {table} SET {column} = ?", (bytes(blob),))
        base.commit()
        base.close()
        result = svctag("snapshot", self.copy, db=damaged)
        self.assertEqual((result.code, result.out), (2, ""))
        self.assertFalse(os.path.exists(self.copy))
        self.assertFalse(os.path.exists(self.copy + ".new"))

    def test_killed(self):
        """Whenever it is killed, the name has the old copy or the new one; the next run takes over what is left."""
        db = os.path.join(self.folder.name, "killed-source.db")
        shutil.copy(self.db, db)
        self.take(db=db)
        chooser = random.Random(1)
        for i in range(12):
            if i % 2 == 0:
                svctag("forget", "latest", db=db)
            else:
                svctag("import", SAMPLE, db=db)
            run = subprocess.Popen([PROGRAM, "--db", db, "snapshot", self.copy], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=environment())
            time.sleep(chooser.random() * 0.03)
            run.send_signal(signal.SIGKILL)
            run.wait()
            self.assertEqual(svctag("verify", db=self.copy).code, 0)
        self.take(db=db)
        self.assertFalse(os.path.exists(self.copy + ".new"))

    def test_while_written_to(self):
        """Copies taken during imports each verify, and have some state that was committed."""
        db = os.path.join(self.folder.name, "busy.db")
        shutil.copy(self.db, db)
        stop = threading.Event()
        failures = []

        def write():
            while not stop.is_set():
                for arguments in (["forget", "latest"], ["import", SAMPLE]):
                    result = svctag(*arguments, db=db)
                    if result.code != 0:
                        failures.append(result.err)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(8):
                self.take(db=db)
                self.assertEqual(svctag("verify", db=self.copy).code, 0)
                self.assertIn(len(svctag("--format", "json", "releases", db=self.copy).json["releases"]),
                              (len(self.releases) - 1, len(self.releases)))
        finally:
            stop.set()
            writer.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    main()
