"""Memory of svctagd while it swaps: all real releases, clients asking. usage: test_memory.py"""

import http.client
import os
import pathlib
import re
import signal
import sys
import tempfile
import threading
import time
import unittest

import real

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "functional"))
from test_daemon import PATIENCE, SANITIZED, Daemon, wait_for  # noqa: E402

#: What the peak may be of what was held before.
MOST = 2.2
TARGET = "/v1/lookup?q=13.82.88.226&q=52.239.0.0/16&cloud=all"


def kilobytes(pid, name):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"^{name}:\s+(\d+) kB$", text, re.M).group(1))


class Memory(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = os.path.join(self.folder.name, "svctag.db")
        real.svctag("snapshot", self.db)
        self.daemon = Daemon(self.db)
        self.pid = self.daemon.process.pid
        self.stop_now = threading.Event()
        self.answered = 0
        self.readers = [threading.Thread(target=self.read) for _ in range(4)]
        for reader in self.readers:
            reader.start()

    def tearDown(self):
        self.stop_now.set()
        for reader in self.readers:
            reader.join()
        self.daemon.stop()
        self.folder.cleanup()

    def read(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=PATIENCE)
        while not self.stop_now.is_set():
            connection.request("GET", TARGET)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            self.answered += 1
        connection.close()

    def generation(self):
        return self.daemon.json("/readyz")["generation"]

    def wait_for_answers(self, count):
        want = self.answered + count
        wait_for(lambda: self.answered >= want, PATIENCE, "answers")

    def swap(self, what, change):
        """-> the peak as a part of what was held before, of all that is resident and of what is the process's own"""
        before, own, number = kilobytes(self.pid, "VmRSS"), kilobytes(self.pid, "RssAnon"), self.generation()
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        change()
        wait_for(lambda: self.generation() > number, PATIENCE, what)
        self.wait_for_answers(50)
        peak = kilobytes(self.pid, "VmHWM")
        parts = peak / before, (own + peak - before) / own
        print(f"{what}: {before / 1024:.1f} MiB before ({own / 1024:.1f} its own), at most {peak / 1024:.1f}: "
              f"{parts[0]:.2f} ({parts[1]:.2f}) x", file=sys.stderr)
        return max(parts)

    def replace(self):
        """By a copy of itself, as a replica's timer does it."""
        os.replace(self.copy, self.db)

    @unittest.skipIf(SANITIZED, "the memory would be the sanitizer's")
    def test_swaps(self):
        self.wait_for_answers(200)
        self.copy = os.path.join(self.folder.name, "copy.db")
        real.svctag("snapshot", self.copy)
        worst = max(
            self.swap("SIGHUP", lambda: self.daemon.process.send_signal(signal.SIGHUP)),
            self.swap("replaced", self.replace),
            self.swap("taken out", lambda: real.svctag("--cloud", "Public", "forget", "latest", database=self.db)),
            self.swap("imported", lambda: real.svctag("import", real.releases("Public")[-1], database=self.db)))
        self.assertLess(worst, MOST)


if __name__ == "__main__":
    real.data_folder()
    unittest.main()
