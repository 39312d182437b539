#!/usr/bin/env python3
"""What svctagd writes to stderr: forms, requests, whose addresses, and that nobody waits for it.

Environment: as test_daemon.py.
"""

import datetime
import http.client
import json
import os
import re
import subprocess
import unittest

import test_daemon
import test_daemon_config
from test_daemon import ADDRESS, PATIENCE, SVCTAGD, wait_for

LOOKUP = f"/v1/lookup?q={ADDRESS}"


class Lines(test_daemon_config.WithFolder):
    def start(self, *arguments):
        daemon = test_daemon.Daemon(self.db, *arguments)
        self.addCleanup(lambda: daemon.process.poll() is None and daemon.stop())
        return daemon

    def ask(self, daemon):
        """-> what is to be seen of it, in no order: method, route, status, bytes"""
        seen = []
        asked = [("GET", LOOKUP, "/v1/lookup", None, {}), ("HEAD", LOOKUP, "/v1/lookup", None, {}),
                 ("POST", "/v1/lookup", "/v1/lookup", f"{ADDRESS}\n" * 1000, {"Content-Type": "text/plain"}),
                 ("GET", "/v1/tags/ActionGroup", "/v1/tags/{name}", None, {"Accept-Encoding": "gzip"}),
                 ("GET", f"/v1/history?q={ADDRESS}", "/v1/history", None, {}),
                 ("GET", "/198.18.26.224", "none", None, {}), ("OPTIONS", "/healthz", "none", None, {}),
                 ("BREW", '/healthz"%5c', "none", None, {})]
        for method, target, route, body, headers in asked:
            status, _, answer = daemon.ask(target, method, body, headers)
            method = method if method != "BREW" else "other"
            seen.append((method, route, status, len(answer)))
        return sorted(seen)

    def requests(self, log):
        return [line for line in log.splitlines() if re.match(r"[A-Za-z]+ (/|none)", line)]

    def test_no_requests_unless_asked_for(self):
        daemon = self.start()
        self.ask(daemon)
        log = daemon.stop()
        self.assertEqual(self.requests(log), [])
        self.assertNotIn(ADDRESS, log)
        self.assertRegex(log, r"^serving Sample 101 of 2025-03-03\nlistening on 127\.0\.0\.1:\d+\nstopping\n$")

    def test_requests(self):
        daemon = self.start("--log-requests")
        seen = self.ask(daemon)
        log = daemon.stop()
        found = [re.match(r"(\w+) (\S+) (\d+) (\d+) bytes (\d+) us$", line) for line in self.requests(log)]
        self.assertEqual(sorted((f[1], f[2], int(f[3]), int(f[4])) for f in found), seen)
        for secret in (ADDRESS, "127.0.0.1", "BREW"):
            self.assertNotIn(secret, log.split("listening", 1)[1].split("\n", 1)[1])

    def test_json(self):
        daemon = test_daemon.Daemon.__new__(test_daemon.Daemon)
        process = subprocess.Popen([SVCTAGD, "--db", self.db, "--listen", "127.0.0.1:0", "--log-format", "json",
                                    "--log-requests"], stderr=subprocess.PIPE)
        lines = [process.stderr.readline(), process.stderr.readline()]
        daemon.port = int(json.loads(lines[-1])["message"].rsplit(":", 1)[1])
        seen = self.ask(daemon)
        process.terminate()
        lines += process.communicate(timeout=PATIENCE)[1].splitlines()
        self.assertEqual(process.returncode, 0)
        entries = [json.loads(line) for line in lines]
        for entry in entries:
            when = datetime.datetime.strptime(entry["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
            self.assertLess(abs(datetime.datetime.utcnow() - when), datetime.timedelta(hours=1))
            self.assertEqual(entry["level"], "info")
        requests = [entry for entry in entries if entry["message"] == "request"]
        self.assertEqual(sorted((e["method"], e["route"], e["status"], e["bytes"]) for e in requests), seen)
        self.assertTrue(all(0 < e["microseconds"] < PATIENCE * 1000000 for e in requests))
        self.assertEqual(set(requests[0]), {"time", "level", "message", "method", "route", "status", "bytes",
                                            "microseconds"})

    def test_addresses_when_asked_for(self):
        path = os.path.join(self.folder, "socket")
        for form in ("text", "json"):
            daemon = test_daemon.Daemon.__new__(test_daemon.Daemon)
            process = subprocess.Popen([SVCTAGD, "--db", self.db, "--listen", "127.0.0.1:0", "--listen", "unix:" + path,
                                        "--log-format", form, "--log-requests", "--log-addresses"],
                                       stderr=subprocess.PIPE)
            lines = [process.stderr.readline().decode() for _ in range(3)]
            daemon.port = int(re.search(r"127\.0\.0\.1:(\d+)", lines[1]).group(1))
            daemon.ask(LOOKUP)
            daemon.ask('/healthz?"%5c\\')
            daemon.raw(b"GET /healthz?" + b"x" * 5000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            process.terminate()
            lines = process.communicate(timeout=PATIENCE)[1].decode().splitlines()
            if form == "text":
                lines = sorted((line for line in lines if " us " in line), key=len)
                self.assertRegex(lines[1], r'^GET /v1/lookup 200 \d+ bytes \d+ us 127\.0\.0\.1 "' + re.escape(LOOKUP) + '"$')
                self.assertRegex(lines[0], r' "/healthz\?\\"%5c\\\\"$')
            else:
                entries = [json.loads(line) for line in lines]
                entries = sorted((e for e in entries if e["message"] == "request"), key=lambda e: len(e["target"]))
                self.assertEqual((entries[1]["client"], entries[1]["target"]), ("127.0.0.1", LOOKUP))
                self.assertEqual(entries[0]["target"], '/healthz?"%5c\\')
                self.assertEqual(len(entries), 3)
                self.assertLess(len(entries[2]["target"]), 1100)

    def test_mistakes_are_lines_too(self):
        self.assertEqual(self.run_once("--db", self.db, "--log-addresses")[0], 2)
        status, lines = self.run_once("--db", self.db, "--listen", "unix:/nonexistent/\x1b[31m\n", "--log-format", "json")
        self.assertEqual((status, len(lines)), (2, 1))
        entry = json.loads(lines[0])
        self.assertEqual(entry["level"], "error")
        self.assertIn("cannot listen on unix:/nonexistent/?[31m?", entry["message"])

    def test_journal(self):
        reader, writer = os.pipe()
        st = os.fstat(writer)
        with os.fdopen(reader, "rb") as log:
            process = subprocess.Popen([SVCTAGD, "--db", os.path.join(self.folder, "none.db"), "--listen", "127.0.0.1:0"],
                                       stderr=writer, env={**os.environ, "JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"})
            os.close(writer)
            self.assertRegex(log.readline().decode(), "^<4>warning: not loaded: ")
            self.assertRegex(log.readline().decode(), "^<6>listening on ")
            process.terminate()
            self.assertEqual(log.readline(), b"<6>stopping\n")
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_nobody_waits_for_the_log(self):
        """A reader that takes nothing: lines are dropped, counted and told of, and requests answered."""
        process = subprocess.Popen([SVCTAGD, "--db", self.db, "--listen", "127.0.0.1:0", "--log-requests",
                                    "--log-addresses"], stderr=subprocess.PIPE)
        process.stderr.readline()
        port = int(process.stderr.readline().decode().rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

        def ask(target):
            connection.request("GET", target)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            return answer.read().decode()

        def dropped():
            return int(re.search(r"^svctagd_log_dropped_total (\d+)$", ask("/metrics"), re.M).group(1))

        def fill():
            for _ in range(50):
                ask("/healthz?" + "x" * 1000)
            return dropped() > 0

        self.assertEqual(dropped(), 0)
        wait_for(fill, PATIENCE, "dropped lines")
        lines = []
        while not any("were dropped" in line for line in lines):
            lines.append(process.stderr.readline().decode())
        self.assertTrue(all(line.endswith("\n") for line in lines))
        self.assertRegex(lines[-1], r"^warning: \d+ lines of the log were dropped\n$")
        connection.close()
        process.terminate()
        self.assertIn("stopping", process.communicate(timeout=PATIENCE)[1].decode())
        self.assertEqual(process.returncode, 0)

    def test_ends_though_nobody_reads(self):
        reader, writer = os.pipe()
        process = subprocess.Popen([SVCTAGD, "--db", self.db, "--listen", "unix:" + os.path.join(self.folder, "s"),
                                    "--log-requests"], stderr=writer)
        with os.fdopen(reader, "rb") as log:
            log.readline()
            log.readline()
            os.set_blocking(writer, False)
            try:
                while True:
                    os.write(writer, b"x" * 65536)
            except BlockingIOError:
                pass
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)
            os.close(writer)


if __name__ == "__main__":
    unittest.main(verbosity=2)
