#!/usr/bin/env python3
"""GET /metrics of svctagd: the text format, and that what it says is what happened."""

import datetime
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import ADDRESS, RELEASES, RELOAD_SECONDS, Daemon, svctag  # noqa: E402

LINE = re.compile(r'^([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+]+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"')


def parse(text):
    """{name: {frozenset of labels: value}}; every sample under its TYPE, in one block, none twice"""
    samples, kinds, helped = {}, {}, set()
    current = None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped and line.endswith("."), line
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name in helped and name not in kinds, line
            kinds[name] = kind
            current = name
        else:
            name, labels, value = LINE.match(line).groups()
            family = re.sub(r"_(bucket|sum|count)$", "", name) if kinds[current] == "histogram" else name
            assert family == current, line
            key = frozenset(LABEL.findall(labels or ""))
            assert key not in samples.setdefault(name, {}), line
            samples[name][key] = float(value)
    return samples, kinds


class MetricsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = os.path.join(self.folder.name, "svctag.db")
        svctag("import", *RELEASES[:2], db=self.db)
        self.daemon = Daemon(self.db)

    def tearDown(self):
        self.daemon.stop()
        self.folder.cleanup()

    def metrics(self):
        status, headers, body = self.daemon.ask("/metrics")
        self.assertEqual((status, headers["Content-Type"], headers["Cache-Control"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8", "no-store"))
        return parse(body.decode())

    def value(self, name, **labels):
        return self.metrics()[0].get(name, {}).get(frozenset(labels.items()), 0)

    def test_requests_are_counted(self):
        for target, times in ((f"/v1/lookup?q={ADDRESS}", 5), ("/v1/lookup?q=nonsense", 3), ("/nothing", 2),
                              ("/v1/tags/Storage", 1), ("/v1/tags/NoSuchTag", 2)):
            for _ in range(times):
                self.daemon.ask(target)
        self.daemon.ask("/v1/lookup", method="POST", body="192.0.2.1\n", headers={"Content-Type": "text/plain"})
        self.daemon.ask("/v1/lookup", method="POST", body="x", headers={"Content-Type": "image/png"})
        self.daemon.ask("/v1/lookup", method="DELETE")
        self.daemon.ask("/healthz", method="HEAD")
        samples, kinds = self.metrics()
        want = {("/v1/lookup", "GET", "200"): 5, ("/v1/lookup", "GET", "400"): 3, ("none", "none", "404"): 2,
                ("/v1/tags/{name}", "GET", "200"): 1, ("/v1/tags/{name}", "GET", "404"): 2,
                ("/v1/lookup", "POST", "200"): 1, ("/v1/lookup", "POST", "415"): 1, ("none", "none", "405"): 1,
                ("/healthz", "GET", "200"): 1}
        got = {tuple(dict(labels)[n] for n in ("route", "method", "code")): value
               for labels, value in samples["svctagd_requests_total"].items()}
        self.assertEqual(got, want)
        for reason, count in (("content", 3), ("path", 4), ("media_type", 1), ("method", 1), ("framing", 0)):
            self.assertEqual(samples["svctagd_rejected_total"][frozenset({("reason", reason)})], count, reason)
        self.assertEqual(kinds["svctagd_requests_total"], "counter")
        self.check_histograms(samples, got)

    def check_histograms(self, samples, requests):
        """Buckets grow, the last is the count, and the counts are the requests."""
        for labels, count in samples["svctagd_request_duration_seconds_count"].items():
            route, method = dict(labels)["route"], dict(labels)["method"]
            self.assertEqual(count, sum(v for k, v in requests.items() if k[:2] == (route, method)))
            buckets = sorted((float(dict(l)["le"]), v)
                             for l, v in samples["svctagd_request_duration_seconds_bucket"].items() if labels < l)
            self.assertEqual([v for _, v in buckets], sorted(v for _, v in buckets))
            self.assertEqual(buckets[-1], (float("inf"), count))
            self.assertGreater(samples["svctagd_request_duration_seconds_sum"][labels], 0)

    def test_release(self):
        released = datetime.datetime(2025, 3, 10, tzinfo=datetime.timezone.utc).timestamp()
        self.assertEqual(self.value("svctagd_release_change_number", cloud="Sample"), 102)
        self.assertEqual(self.value("svctagd_release_published_timestamp_seconds", cloud="Sample"), released)
        self.assertAlmostEqual(self.value("svctagd_release_age_seconds", cloud="Sample"), time.time() - released,
                               delta=5)
        self.assertEqual(self.value("svctagd_ready"), 1)

    def test_reloads(self):
        self.assertEqual(self.value("svctagd_reloads_total", result="ok"), 1)
        svctag("import", RELEASES[2], db=self.db)
        self.wait("svctagd_reloads_total", 2, result="ok")
        self.assertEqual(self.value("svctagd_generation"), 2)
        bad = os.path.join(self.folder.name, "bad")
        with open(bad, "wb") as file:
            file.write(b"no database" * 1000)
        os.replace(bad, self.db)
        self.wait("svctagd_last_reload_successful", 0)
        self.assertEqual(self.value("svctagd_reloads_total", result="failed"), 1)
        self.assertEqual(self.value("svctagd_ready"), 1, "what was loaded before is served still")

    def wait(self, name, want, **labels):
        deadline = time.monotonic() + 5 * RELOAD_SECONDS
        while self.value(name, **labels) != want:
            self.assertLess(time.monotonic(), deadline, name)
            time.sleep(0.05)

    def test_load(self):
        """Connections and descriptors come back down; what never gets a request out is counted."""
        descriptors = self.value("process_open_fds")
        sockets = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(20)]
        for s in sockets:
            s.sendall(b"GET /healthz HTTP/1.1\r\n")
        self.wait("svctagd_connections", 21)
        deadline = time.monotonic() + 30
        while self.value("svctagd_rejected_total", reason="deadline") < 20:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        for s in sockets:
            s.close()
        self.wait("svctagd_connections", 1)
        self.assertLessEqual(self.value("process_open_fds"), descriptors + 1)
        self.assertGreater(self.value("process_resident_memory_bytes"), 1 << 20)

    def test_consistent_while_counting(self):
        stop = threading.Event()

        def ask():
            connection = self.daemon.connect()
            while not stop.is_set():
                connection.request("GET", f"/v1/lookup?q={ADDRESS}")
                connection.getresponse().read()
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        before = 0
        for _ in range(30):
            samples, _ = self.metrics()
            now = samples.get("svctagd_request_duration_seconds_count", {}).get(
                frozenset({("route", "/v1/lookup"), ("method", "GET")}), 0)
            self.assertGreaterEqual(now, before)
            before = now
        stop.set()
        for thread in threads:
            thread.join()

    @unittest.skipUnless(shutil.which("promtool"), "promtool (Debian's prometheus) is not there")
    def test_promtool(self):
        self.daemon.ask(f"/v1/lookup?q={ADDRESS}")
        _, _, body = self.daemon.ask("/metrics")
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


if __name__ == "__main__":
    unittest.main()
