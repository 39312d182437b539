#!/usr/bin/env python3
"""slowhttptest against svctagd, from one address, with twice as many connections as the daemon takes.

A client with another address asks all the while, and each of its requests is answered within a second. Of the
daemon's connections the attacker gets as many as one address may have.

usage: test_slow.py [RealSlow]     with the sample, or the newest releases of the folder $SVCTAG_REAL_DATA
"""

import os
import re
import shutil
import subprocess
import sys
import time
import unittest

import served
from test_daemon import SANITIZED
from test_daemon_limits import LIMIT, PER_ADDRESS, WithLimits, rejected

ATTACK_SECONDS = int(os.environ.get("SVCTAG_ATTACK_SECONDS", "6"))
ANSWER_SECONDS = 1.0 if not SANITIZED else 5.0


class Slow(served.OnSample, WithLimits):
    FORMS = {
        "headers": ["-H", "-i", "1"],
        "body": ["-B", "-i", "1", "-s", "8192", "-u", "/v1/lookup", "-f", "text/plain"],
        "read": ["-X", "-k", "3", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-u", "/v1/tags"],
    }

    def attack(self, form):
        options = list(self.FORMS[form])
        path = "/v1/lookup?q=192.0.2.1"
        if "-u" in options:
            place = options.index("-u")
            path = options[place + 1]
            del options[place:place + 2]
        line = ["slowhttptest", *options, "-c", str(2 * LIMIT), "-r", str(2 * LIMIT), "-l", str(ATTACK_SECONDS), "-v", "0",
                "-p", "1", "-u", f"http://127.0.0.1:{self.daemon.port}{path}"]
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def watch(self, process):
        """Ask until the attack is over. -> answers, the longest time that one took, most connections seen"""
        answers, slowest, most = 0, 0.0, 0
        while process.poll() is None:
            began = time.monotonic()
            status, _, body = self.daemon.ask(f"/v1/lookup?q={self.served.address}")
            slowest = max(slowest, time.monotonic() - began)
            self.assertEqual(status, 200)
            self.assertIn(b"ActionGroup", body)
            answers += 1
            if answers % 10 == 0:
                text = self.daemon.ask("/metrics")[2].decode()
                most = max(most, int(re.search(r"^svctagd_connections (\d+)", text, re.M).group(1)))
            time.sleep(0.02)
        return answers, slowest, most

    def test_attacks(self):
        for form in self.FORMS:
            with self.subTest(form):
                before = rejected(self.daemon, "address")
                process = self.attack(form)
                try:
                    answers, slowest, most = self.watch(process)
                finally:
                    process.kill()
                    process.wait()
                print(f"{form}: {answers} answers, the slowest after {slowest:.3f} s, at most {most} connections",
                      file=sys.stderr)
                self.assertGreater(answers, 20)
                self.assertLess(slowest, ANSWER_SECONDS)
                self.assertGreater(most, PER_ADDRESS // 2, "was there an attack?")
                self.assertGreater(rejected(self.daemon, "address"), before)


class RealSlow(Slow):
    what = staticmethod(served.newest)


if __name__ == "__main__":
    if not shutil.which("slowhttptest"):
        print("slowhttptest is not there: skipped")
        sys.exit(77)
    unittest.main(verbosity=2, defaultTest="Slow")
