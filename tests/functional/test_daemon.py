#!/usr/bin/env python3
"""svctagd as a client meets it: answers, HTTP manners, hostile requests, reloads, stopping.

Environment: SVCTAG_BIN and SVCTAGD_BIN (or SVCTAG and SVCTAGD), the programs; SVCTAG_SAMPLE, the folder of
sample releases (default: schema/sample of this tree).
"""

import glob
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from urllib.parse import quote

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SVCTAG = os.environ.get("SVCTAG") or os.environ.get("SVCTAG_BIN") or os.path.join(ROOT, "build/cli/svctag")
SVCTAGD = os.environ.get("SVCTAGD") or os.environ.get("SVCTAGD_BIN") or os.path.join(ROOT, "build/daemon/svctagd")
SAMPLE = os.environ.get("SVCTAG_SAMPLE") or os.path.join(ROOT, "schema/sample")
RELEASES = sorted(glob.glob(os.path.join(SAMPLE, "*.json")))
SANITIZED = bool(os.environ.get("SVCTAG_SANITIZE"))
ADDRESS = "198.18.26.224"  # of the tag ActionGroup in every sample release
PATIENCE = 120  # seconds, for what takes no time unless the machine is very busy
POLL_SECONDS = 0.02
RELOAD_SECONDS = 2.0 if not SANITIZED else 6.0


def svctag(*arguments, db, status=0):
    done = subprocess.run([SVCTAG, "--db", db, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE)
    if status is not None and done.returncode != status:
        raise AssertionError(f"svctag {arguments}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


class Daemon:
    """svctagd on a free port of the loopback, with two event threads, whatever the machine, so that they meet.

    SVCTAG_EVENT_THREADS: so many instead
    """

    def __init__(self, db, *arguments, listen=("127.0.0.1:0",), environment=None, command=None, pass_fds=()):
        line = command or [SVCTAGD]
        line = [*line, "--db", db, "--event-threads", os.environ.get("SVCTAG_EVENT_THREADS", "2"), *arguments]
        for where in listen:
            line += ["--listen", where]
        self.process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=pass_fds,
                                        env={**os.environ, **(environment or {})})
        self.log = []
        self.listeners = []
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        deadline = time.monotonic() + PATIENCE
        want = max(1, len(listen))
        while len(self.listeners) < want:
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.process.kill()
                raise AssertionError("svctagd did not start: " + "".join(self.log))
            self.ready.wait(0.02)
        name = self.listeners[0]
        self.port = int(name.rsplit(":", 1)[1]) if not name.startswith("unix:") else None

    def _read(self):
        for line in self.process.stderr:
            line = line.decode("utf-8", "replace")
            self.log.append(line)
            found = re.match(r"listening on (\S+)$", line)
            if found:
                self.listeners.append(found.group(1))
                self.ready.set()

    def connect(self, timeout=PATIENCE):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, target, method="GET", body=None, headers=None):
        """-> status, headers, body"""
        connection = self.connect()
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, target, status=200, **keywords):
        got, headers, body = self.ask(target, **keywords)
        if got != status:
            raise AssertionError(f"{target}: {got}, not {status}: {body[:300]}")
        return json.loads(body)

    def raw(self, data, timeout=PATIENCE, shut=False):
        """Send bytes, read until the daemon closes, or nothing comes for so long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            try:
                s.sendall(data)
                if shut:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before all was sent
            got = b""
            try:
                while True:
                    part = s.recv(65536)
                    if not part:
                        return got, True
                    got += part
            except socket.timeout:
                return got, False
            except ConnectionResetError:
                return got, True

    def memory(self):
        """The most it ever held, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) * 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stderr.close()
        self.process.stdout.close()
        log = "".join(self.log)
        if status != 0 or "Sanitizer" in log or "runtime error" in log:
            raise AssertionError(f"svctagd: exit {status}\n{log}")
        return log


def wait_for(condition, seconds, what):
    """Where the machine is so busy that we come to fewer turns ourselves, as many turns."""
    deadline = time.monotonic() + seconds
    turns = seconds / POLL_SECONDS
    while not condition():
        turns -= 1
        if time.monotonic() > deadline and turns < 0:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(POLL_SECONDS)


def bearable(slowest, seconds):
    """Were others answered while work of so many seconds was done, and not after it?"""
    return slowest < max(1.0 if not SANITIZED else 5.0, seconds / 2)


class WithDaemon(unittest.TestCase):
    """All sample releases, or what a test has in their place; one daemon for the class."""

    files = RELEASES

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="svctagd-")
        cls.db = os.path.join(cls.folder, "svctag.db")
        svctag("import", *cls.files, db=cls.db)
        cls.daemon = Daemon(cls.db)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.daemon.stop()
        finally:
            shutil.rmtree(cls.folder)

    def cli(self, *arguments, status=None):
        return svctag("--format", "json", *arguments, db=self.db, status=status)


class Answers(WithDaemon):
    def test_same_bytes_as_the_command_line(self):
        cases = [
            (f"/v1/lookup?q={ADDRESS}", ["lookup", ADDRESS]),
            ("/v1/lookup?q=198.18.26.224/30", ["lookup", "198.18.26.224/30"]),
            ("/v1/lookup?q=198.18.0.0-198.18.255.255", ["lookup", "198.18.0.0-198.18.255.255"]),
            ("/v1/lookup?q=%3A%3Affff%3A198.18.26.224", ["lookup", "::ffff:198.18.26.224"]),
            ("/v1/lookup?q=192.0.2.1", ["lookup", "192.0.2.1"]),
            (f"/v1/lookup?q={ADDRESS}&q=1.2.3&q=2001:db8::1", ["lookup", ADDRESS, "1.2.3", "2001:db8::1"]),
            (f"/v1/lookup?q={ADDRESS}&cloud=all", ["--cloud", "all", "lookup", ADDRESS]),
            (f"/v1/lookup?q={ADDRESS}&at=101", ["--at", "101", "lookup", ADDRESS]),
            (f"/v1/lookup?q={ADDRESS}&at=previous", ["--at", "previous", "lookup", ADDRESS]),
            (f"/v1/lookup?q={ADDRESS}&at=2025-03-12", ["--at", "2025-03-12", "lookup", ADDRESS]),
            (f"/v1/check?q={ADDRESS}&tag=actiongroup", ["check", ADDRESS, "actiongroup"]),
            ("/v1/check?q=192.0.2.1&tag=ActionGroup", ["check", "192.0.2.1", "ActionGroup"]),
            ("/v1/releases", ["releases"]),
            ("/v1/tags", ["tags"]),
            ("/v1/tags?match=Storage*", ["tags", "Storage*"]),
            ("/v1/tags/ActionGroup", ["show", "ActionGroup"]),
            ("/v1/tags/ActionGroup?family=4&at=101", ["--at", "101", "show", "ActionGroup", "--family", "4"]),
            ("/v1/tags/ActionGroup?aggregate=true", ["show", "ActionGroup", "--aggregate"]),
            ("/v1/diff", ["diff"]),
            ("/v1/diff?from=101&to=latest", ["diff", "101", "latest"]),
            ("/v1/diff?from=101&tag=Storage*", ["diff", "101", "--tag", "Storage*"]),
        ]
        for target, arguments in cases:
            with self.subTest(target):
                status, headers, body = self.daemon.ask(target)
                self.assertEqual(status, 200, body)
                self.assertEqual(headers["Content-Type"], "application/json")
                self.assertEqual(body.decode(), self.cli(*arguments).decode())

    def test_lookup_object(self):
        got = self.daemon.json(f"/v1/lookup?q={ADDRESS}")
        self.assertEqual(got["query"], ADDRESS)
        self.assertEqual(got["kind"], "address")
        self.assertIn("ActionGroup", [m["tag"] for m in got["matches"]])
        self.assertEqual(got["release"]["cloud"], "Sample")

    def test_forms(self):
        cases = [
            (f"/v1/lookup?q={ADDRESS}&q=192.0.2.1", "application/x-ndjson", "application/x-ndjson"),
            (f"/v1/lookup?q={ADDRESS}", "text/plain", "text/plain; charset=utf-8"),
            ("/v1/tags", "text/csv", "text/csv; charset=utf-8"),
            ("/v1/releases", "text/html, */*;q=0.5", "application/json"),
        ]
        for target, accept, want in cases:
            with self.subTest(target=target, accept=accept):
                status, headers, body = self.daemon.ask(target, headers={"Accept": accept})
                self.assertEqual(status, 200)
                self.assertEqual(headers["Content-Type"], want)
                self.assertIn("Accept", headers["Vary"])
                if want.endswith("ndjson"):
                    self.assertEqual([json.loads(line)["query"] for line in body.splitlines()], [ADDRESS, "192.0.2.1"])

    def test_prefix_list(self):
        shown = self.daemon.json("/v1/tags/ActionGroup")["prefixes"]
        status, headers, body = self.daemon.ask("/v1/tags/ActionGroup/prefixes", headers={"Accept": "text/plain"})
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
        self.assertEqual(body.decode().split("\n"), shown + [""])
        _, _, four = self.daemon.ask("/v1/tags/ActionGroup/prefixes?family=4&format=text")
        _, _, six = self.daemon.ask("/v1/tags/ActionGroup/prefixes?family=6&format=text")
        self.assertEqual(four + six, body)

    def test_post_equals_get(self):
        queries = [ADDRESS, "192.0.2.1", "nonsense", "198.18.0.0/15"]
        want = self.daemon.json("/v1/lookup?" + "&".join("q=" + quote(q) for q in queries))
        text = json.dumps({"queries": queries})
        got = self.daemon.json("/v1/lookup", method="POST", body=text, headers={"Content-Type": "application/json"})
        self.assertEqual(got, want)
        lines = self.daemon.json("/v1/lookup", method="POST", body="\r\n".join(queries),
                                 headers={"Content-Type": "text/plain"})
        self.assertEqual(lines["results"][3], want["results"][3])
        self.assertEqual(lines["results"][2]["line"], 3)
        status, _, body = self.daemon.ask("/v1/lookup", "POST", text, {"Content-Type": "application/json",
                                                                        "Accept": "application/x-ndjson"})
        self.assertEqual(status, 200)
        self.assertEqual([json.loads(line) for line in body.splitlines()], want["results"])

    def test_list_in_the_bytes_of_the_command_line(self):
        """Dotted quads are answered from parts made beforehand, everything else is not; nobody is to see that."""
        lines = [f"198.18.{i % 256}.{i * 7 % 256}" for i in range(2000)] + [f"192.0.2.{i}" for i in range(256)]
        for i, odd in enumerate(["1.2.3", "198.18.0.0/15", "", "# x", "2001:db8::1", f"{ADDRESS}\r", "::", "01.2.3.4"]):
            lines.insert(1000 + 3 * i, odd)
        text = "\n".join(lines).encode()
        for form in ("text", "json", "ndjson", "csv"):
            for newline in (b"", b"\n"):
                with self.subTest(form=form, newline=newline):
                    status, _, got = self.daemon.ask(f"/v1/lookup?format={form}", "POST", text + newline,
                                                     {"Content-Type": "text/plain"})
                    self.assertEqual(status, 200)
                    want = subprocess.run([SVCTAG, "--db", self.db, "--format", form, "lookup", "-"],
                                          input=text + newline, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          timeout=PATIENCE, check=False)
                    self.assertEqual(got, want.stdout)

    def test_short_answers_to_lists_have_a_length(self):
        """So that they leave in one piece with their headers; long ones are made while they are sent."""
        for body, accept, is_short in ((ADDRESS, "application/json", True), (ADDRESS, "text/plain", True),
                                       ("#", "application/x-ndjson", True), ("nonsense", "text/csv", True),
                                       (f"{ADDRESS}\n" * 5000, "text/plain", False)):
            with self.subTest(accept=accept, body=body[:40]):
                status, headers, answer = self.daemon.ask("/v1/lookup", "POST", body, {"Content-Type": "text/plain",
                                                                                       "Accept": accept})
                self.assertEqual(status, 200)
                self.assertEqual(headers["Content-Length"], str(len(answer)) if is_short else None)
                self.assertEqual(headers["Transfer-Encoding"], None if is_short else "chunked")

    def test_the_end_of_a_long_answer_is_not_held_back(self):
        """While it is sent the system waits for full packets; at its end that would take 200 ms each time."""
        client = self.daemon.connect()
        took = []
        for _ in range(40):
            began = time.monotonic()
            client.request("POST", "/v1/lookup", f"{ADDRESS}\n" * 1000, {"Content-Type": "text/plain",
                                                                         "Accept": "text/plain"})
            answer = client.getresponse()
            self.assertEqual(answer.headers["Transfer-Encoding"], "chunked")
            self.assertEqual(answer.read().count(b"\n\n"), 999)
            took.append(time.monotonic() - began)
        self.assertLess(min(took), 0.15)
        client.close()

    def test_any_bytes_in_a_list(self):
        body = b"\xff\xfe\n\x1b[31m\n" + b"a" * 100000 + b"\n" + ADDRESS.encode() + b"\n\x00\n"
        got = self.daemon.json("/v1/lookup", method="POST", body=body, headers={"Content-Type": "text/plain"})
        self.assertEqual(["error" in r for r in got["results"]], [True, True, True, False, True])
        self.assertLess(len(got["results"][2]["query"]), 10000)


class Manners(WithDaemon):
    TARGETS = [f"/v1/lookup?q={ADDRESS}", f"/v1/lookup?q={ADDRESS}&at=101", f"/v1/check?q={ADDRESS}&tag=ActionGroup",
               "/v1/releases", "/v1/tags", "/v1/tags/ActionGroup", "/v1/tags/ActionGroup/prefixes", "/v1/diff",
               f"/v1/history?q={ADDRESS}", f"/v1/history?q={ADDRESS}&format=svg", "/v1/history?tag=ActionGroup",
               "/v1/drift?tag=ActionGroup&frozen=101"]

    def test_head(self):
        for target in self.TARGETS + ["/healthz", "/readyz", "/nothing", "/v1/lookup"]:
            with self.subTest(target):
                got_status, got, body = self.daemon.ask(target)
                status, headers, nothing = self.daemon.ask(target, "HEAD")
                self.assertEqual(status, got_status)
                self.assertEqual(nothing, b"")
                self.assertEqual(int(headers["Content-Length"]), len(body))
                del headers["Date"], got["Date"]
                self.assertEqual(sorted(headers.items()), sorted(got.items()))

    def test_asked_again_and_again(self):
        """Answers that are kept are those that are made, each for just its own request."""
        targets = [f"/v1/lookup?q={ADDRESS}", f"/v1/lookup?q={ADDRESS}&cloud=all", f"/v1/lookup?q={ADDRESS}&at=101",
                   f"/v1/check?q={ADDRESS}&tag=ActionGroup", "/v1/lookup?q=nonsense", "/v1/lookup?q=192.0.2.1"]
        accepted = [{}, {"Accept": "text/plain"}, {"Accept": "application/json", "Accept-Encoding": "gzip"},
                    {"Accept-Encoding": "gzip"}, {"Accept": "image/png"}, {"If-None-Match": "*"}]
        first = {}
        connection = self.daemon.connect()
        for round in range(4):
            for target in targets:
                for i, headers in enumerate(accepted):
                    for method in ("GET", "HEAD"):
                        connection.request(method, target, headers={"Accept-Encoding": "identity", **headers})
                        answer = connection.getresponse()
                        got = answer.status, answer.read(), sorted(h for h in answer.getheaders() if h[0] != "Date")
                        want = first.setdefault((target, i, method), got)
                        self.assertEqual(got, want, f"{method} {target} {headers}, round {round}")
        connection.close()
        for target in targets:
            if first[target, 0, "GET"][0] == 200:
                self.assertNotEqual(first[target, 0, "GET"][1], first[target, 1, "GET"][1], "another form")

    def test_head_sends_no_body(self):
        got, _ = self.daemon.raw(b"HEAD /v1/tags HTTP/1.1\r\nHost: a\r\n\r\nHEAD /healthz HTTP/1.1\r\nHost: a\r\n"
                                 b"Connection: close\r\n\r\n")
        self.assertEqual(got.count(b"HTTP/1.1 200"), 2)
        self.assertNotIn(b"{", got)

    def test_head_of_a_stream(self):
        """No body, and no end of one either."""
        long = "/v1/lookup?" + "&".join([f"q={ADDRESS}"] * 900)
        packed = self.daemon.ask(long, headers={"Accept-Encoding": "gzip"})[1]
        self.assertEqual(packed["Transfer-Encoding"], "chunked")
        for target in (long, "/v1/tags", "/v1/export?format=json"):
            for headers in (b"", b"Accept-Encoding: gzip\r\n"):
                got, closed = self.daemon.raw(b"HEAD " + target.encode() + b" HTTP/1.1\r\nHost: a\r\n" + headers +
                                              b"\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                head, _, rest = got.partition(b"\r\n\r\n")
                self.assertTrue(head.startswith(b"HTTP/1.1 200") and closed, got[:300])
                self.assertTrue(rest == b"" or rest.startswith(b"HTTP/1.1 200"), rest[:300])

    def test_etags(self):
        seen = set()
        for target in self.TARGETS:
            with self.subTest(target):
                status, headers, _ = self.daemon.ask(target)
                etag = headers["ETag"]
                self.assertRegex(etag, r'^"[0-9a-f]{32}"$')
                self.assertIn("Cache-Control", headers)
                self.assertNotIn(etag, seen)
                seen.add(etag)
                for sent in (etag, "W/" + etag, '"x", ' + etag, "*"):
                    status, again, body = self.daemon.ask(target, headers={"If-None-Match": sent})
                    self.assertEqual((status, body, again["ETag"]), (304, b"", etag))
                status, _, _ = self.daemon.ask(target, "HEAD", headers={"If-None-Match": etag})
                self.assertEqual(status, 304)
                status, _, _ = self.daemon.ask(target, headers={"If-None-Match": '"other"'})
                self.assertEqual(status, 200)

    def test_connection_lives_on(self):
        connection = self.daemon.connect()
        connection.connect()
        first = connection.sock
        for target in self.TARGETS + ["/nothing", "/v1/lookup", "/v1/lookup?q=x", "/healthz"]:
            connection.request("GET", target)
            connection.getresponse().read()
            self.assertIs(connection.sock, first, target)
        connection.close()

    def test_errors(self):
        cases = [
            ("GET", "//", 404), ("GET", "/v1", 404), ("GET", "/v1/lookup/", 404), ("GET", "/v1/tags/none", 404),
            ("GET", "/v1/%2e%2e/healthz", 404), ("GET", "/v1/lookup", 400), ("GET", "/v1/lookup?q=", 400),
            ("GET", "/v1/lookup?q=1.2.3", 400), ("GET", "/v1/lookup?q=010.0.0.1", 400),
            ("GET", "/v1/lookup?q=10.0.0.1/8", 400), ("GET", "/v1/lookup?q=10.0.0.0/33", 400),
            ("GET", "/v1/lookup?q=2.0.0.0-1.0.0.0", 400), ("GET", "/v1/lookup?q=www.example.com", 400),
            ("GET", "/v1/lookup?q=1.2.3.4%00", 400), ("GET", "/v1/lookup?q=1.2.3.4%0d%0aX-Evil:1", 400),
            ("GET", "/v1/lookup?q=%ff", 400), ("GET", "/v1/lookup?q=%zz", 400), ("GET", "/v1/lookup%00?q=1.2.3.4", 400),
            ("GET", "/v1/lookup?q=1.2.3.4&unknown=1", 400), ("GET", "/v1/lookup?q=1.2.3.4&at=1&at=2", 400),
            ("GET", "/v1/lookup?q=1.2.3.4&cloud=Moon", 404), ("GET", "/v1/lookup?q=1.2.3.4&at=999", 404),
            ("GET", "/v1/lookup?q=1.2.3.4&at=last", 400), ("GET", "/v1/lookup?q=1.2.3.4&at=id:12", 400),
            ("GET", "/v1/lookup?q=1.2.3.4&format=xml", 400), ("GET", "/v1/check?q=1.2.3.4", 400),
            ("GET", "/v1/check?q=1.2.3.4&tag=Storag", 404), ("GET", "/v1/diff?from=1", 404),
            ("GET", "/v1/tags/ActionGroup/prefixes?family=5", 400),
            ("PUT", "/v1/lookup", 405), ("DELETE", "/v1/releases", 405), ("POST", "/healthz", 405),
            ("PATCH", "/nothing", 404), ("OPTIONS", "/v1/lookup", 405), ("TRACE", "/v1/lookup", 405),
            ("BREW", "/v1/lookup", 405),
        ]
        for method, target, want in cases:
            with self.subTest(method=method, target=target):
                status, headers, body = self.daemon.ask(target, method)
                self.assertEqual(status, want, body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                problem = json.loads(body)
                self.assertEqual(problem["status"], want)
                self.assertTrue(problem["title"])
                self.assertNotIn("X-Evil", headers)
                if want == 405:
                    self.assertRegex(headers["Allow"], r"^GET, HEAD(, POST)?$")

    def test_body_errors(self):
        cases = [
            ("text/html", "1.2.3.4", {}, 415), (None, "1.2.3.4", {}, 415), ("application/json", "{", {}, 400),
            ("application/json", '{"queries":[1]}', {}, 400), ("application/json", "", {}, 400),
            ("application/json", "[" * 50000, {}, 400), ("application/json", '{"queries":["\\u0000"]}', {}, 400),
            ("text/plain", "1.2.3.4", {"Accept": "image/png"}, 406),
        ]
        for kind, body, extra, want in cases:
            with self.subTest(kind=kind, body=body[:40]):
                headers = {**extra, **({"Content-Type": kind} if kind else {})}
                status, headers, answer = self.daemon.ask("/v1/lookup", "POST", body.encode(), headers)
                self.assertEqual(status, want, answer)
                self.assertEqual(headers["Content-Type"], "application/problem+json")

    def test_too_large(self):
        head = b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 104857600\r\n"
        for expect in (b"", b"Expect: 100-continue\r\n"):
            got, closed = self.daemon.raw(head + expect + b"\r\n")
            self.assertTrue(got.startswith(b"HTTP/1.1 413"), got[:100])
            self.assertIn(b"Connection: close", got)
            self.assertTrue(closed)
        got, closed = self.daemon.raw(b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        self.assertTrue(got.startswith(b"HTTP/1.1 413"), got[:100])
        self.assertTrue(closed)

    def test_too_large_in_chunks(self):
        chunk = b"100000\r\n" + b"1.2.3.4\n" * (0x100000 // 8) + b"\r\n"
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=PATIENCE) as s:
            s.sendall(b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(64):
                s.sendall(chunk)
            s.sendall(b"8\r\n1.2.3.4\n\r\n0\r\n\r\n")
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 413"))
        self.assertEqual(self.daemon.ask("/healthz")[0], 200)

    def test_many_arguments(self):
        for count, query in ((400, "192.0.2.1"), (600, "192.0.2.1"), (900, "192.0.2.1"), (1000, "192.0.2.155")):
            got = self.daemon.json("/v1/lookup?" + "&".join([f"q={query}"] * count))
            self.assertEqual(len(got["results"]), count)
        for count in (1001, 1100, 1500, 2500, 3000, 5000):
            with self.subTest(count):
                status, _, body = self.daemon.ask("/v1/lookup?" + "&".join(["q=1.1.1.1"] * count))
                self.assertIn(status, (400, 414), body)
        for count in (600, 1000, 3000, 10000):
            status, _, body = self.daemon.ask("/healthz?" + "&" * count)
            self.assertIn(status, (200, 400, 414), body)
        status, _, _ = self.daemon.ask("/healthz?" + "a" * 200000)
        self.assertIn(status, (400, 414, 431))

    def test_health(self):
        self.assertEqual(self.daemon.json("/healthz"), {"status": "ok"})
        ready = self.daemon.json("/readyz")
        self.assertEqual(ready["status"], "ready")
        self.assertEqual(ready["reload"], {"ok": True, "error": None})
        self.assertEqual(ready["clouds"][0]["release"]["cloud"], "Sample")
        self.assertGreater(ready["clouds"][0]["ageDays"], 0)


class Hostile(WithDaemon):
    SECOND = b"GET /v1/releases HTTP/1.1\r\nHost: a\r\n\r\n"

    def refused(self, data, *statuses):
        """A refusal, then the end of the connection; nothing that follows is served."""
        got, closed = self.daemon.raw(data)
        self.assertTrue(closed, (data, got[:200]))
        if statuses:
            answers = {int(status) for status in re.findall(rb"HTTP/1\.[01] (\d\d\d) ", got)}
            self.assertEqual(len(answers), 1, got[:400])
            self.assertLessEqual(answers, set(statuses), got[:200])
        self.assertNotIn(b"importedAt", got, data)

    def test_smuggling(self):
        def post(*fields, body=b"0\r\n\r\n", version=b"HTTP/1.1"):
            lines = [b"POST /v1/lookup " + version, b"Host: a", b"Content-Type: text/plain", *fields]
            return b"\r\n".join(lines) + b"\r\n\r\n" + body + self.SECOND

        chunked = b"Transfer-Encoding: chunked"
        cases = [
            (post(b"Content-Length: 5", chunked), 400),
            (post(chunked, b"Content-Length: 5"), 400),
            (post(b"Content-Length: 5", b"Content-Length: 5"), 400),
            (post(b"Content-Length: 5", b"Content-Length: 6"), 400),
            (post(b"content-length: 5", b"CONTENT-LENGTH: 50"), 400),
            (post(b"Content-Length: 5, 5"), 400),
            (post(b"Content-Length: +5"), 400),
            (post(b"Content-Length: -5"), 400),
            (post(b"Content-Length: 0x5"), 400),
            (post(b"Content-Length: 5 5"), 400),
            (post(b"Content-Length: 99999999999999999999999"), 400, 413),
            (post(b"Content-Length : 5"), 400),
            (post(b"Transfer-Encoding : chunked"), 400),
            (post(chunked, chunked), 400),
            (post(b"Transfer-Encoding: gzip"), 501),
            (post(b"Transfer-Encoding: gzip, chunked"), 501),
            (post(b"Transfer-Encoding: identity"), 501),
            (post(b"Transfer-Encoding: xchunked"), 501),
            (post(b"Transfer-Encoding: chunked, identity"), 501),
            (post(b"Transfer-Encoding: \x0bchunked"), 400, 501),
            (post(chunked, version=b"HTTP/1.0"), 400),
            (post(b"Content-Length: 5", version=b"HTTP/0.9"), 400, 505),
            (post(b"Content-Length: 5", version=b"HTTP/2.0"), 400, 505),
            (post(b"Host: b", b"Content-Length: 5"), 400),
        ]
        for data, *statuses in cases:
            with self.subTest(data[:160]):
                self.refused(data, *statuses)

    def test_bad_chunks_end_the_connection(self):
        head = (b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n")
        for body in (b"zz\r\n", b"-1\r\n", b"5\r\nhelloXX", b"ffffffffffffffffff\r\n"):
            with self.subTest(body):
                got, closed = self.daemon.raw(head + body + self.SECOND)
                self.assertTrue(closed, got[:100])
                self.assertNotIn(b"importedAt", got)

    def test_targets(self):
        cases = [
            b"GET /healthz\x00/../v1/releases HTTP/1.1", b"GET /v1/releases\x00 HTTP/1.1",
            b"GET /v1/lookup?q=192.0.2.1\x00evil HTTP/1.1", b"GET /healthz?\x00 HTTP/1.1",
            b"GET /v1/\x01releases HTTP/1.1", b"GET /v1/releases\x7f HTTP/1.1", b"GET /v1/rel\xffeases HTTP/1.1",
            b"GET /v1/releases%00 HTTP/1.1", b"GET /v1/releases%0d%0aX:1 HTTP/1.1", b"GET /v1/releases#x HTTP/1.1",
            b"GET v1/releases HTTP/1.1", b"GET * HTTP/1.1", b"CONNECT a:80 HTTP/1.1", b"GET ?q=1 HTTP/1.1",
        ]
        for line in cases:
            with self.subTest(line):
                self.refused(line + b"\r\nHost: a\r\n\r\n" + self.SECOND, 400)

    def test_request_lines(self):
        for data in (b"GET /v1/releases\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b" / HTTP/1.1\r\n\r\n",
                     b"GET /v1/releases HTTP/1.1 extra\r\nHost: a\r\n\r\n", b"\x00" * 64 + b"\r\n\r\n"):
            with self.subTest(data):
                got, _ = self.daemon.raw(data, timeout=1.5, shut=True)
                self.assertNotIn(b"importedAt", got)
        self.refused(b"GET /v1/releases HTTP/1.1\r\n\r\n", 400)
        self.refused(b"GET /v1/releases HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)
        self.refused(b"GET /v1/releases HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", 400)
        self.refused(b"GET /v1/releases HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n", 400)

    def test_nothing_is_echoed(self):
        status, headers, body = self.daemon.ask("/v1/tags/%3Cscript%3E?q=1", headers={"Accept": "text/html"})
        self.assertIn(status, (400, 404, 406))
        self.assertNotIn("script", str(headers))
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")

    def test_pipelining_works(self):
        got, _ = self.daemon.raw(self.SECOND * 3 + b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual(got.count(b"HTTP/1.1 200"), 4)
        body = b"192.0.2.1\n"
        post = (b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
                % len(body)) + body
        got, _ = self.daemon.raw(post + post + b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual(got.count(b"HTTP/1.1 200"), 3)

    def test_old_http(self):
        got, closed = self.daemon.raw(b"GET /healthz HTTP/1.0\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.") and b" 200 " in got[:20], got)
        self.assertTrue(closed)
        got, closed = self.daemon.raw(b"POST /v1/lookup HTTP/1.0\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n"
                                      b"192.0.2.1")
        self.assertIn(b'"matches":[]', got)
        self.assertTrue(closed)

    def test_slow_headers_are_cut(self):
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=20) as s:
            s.sendall(b"GET /healthz HTTP/1.1\r\n")
            try:
                for _ in range(24):  # 12 s, or more on a machine that is busy
                    s.sendall(b"X: y\r\n")
                    time.sleep(0.5)
                self.fail("still connected after 12 s")
            except OSError:
                pass


class Bulk(WithDaemon):
    LINES = 1000000 if not SANITIZED else 50000

    def test_a_million_lines(self):
        body = b"192.0.2.1\n198.18.26.224\n" * (self.LINES // 2)
        before = self.daemon.memory()
        connection = self.daemon.connect(timeout=300)
        connection.request("POST", "/v1/lookup", body, {"Content-Type": "text/plain", "Accept": "application/x-ndjson"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        lines, rest = 0, b""
        slowest, start = 0.0, time.monotonic()
        while True:
            part = answer.read(1 << 20)
            if not part:
                break
            lines += part.count(b"\n")
            rest = part[-1:]
            if lines % 7 == 0:  # others are answered meanwhile
                began = time.monotonic()
                self.assertEqual(self.daemon.ask("/healthz")[0], 200)
                slowest = max(slowest, time.monotonic() - began)
        connection.close()
        self.assertEqual((lines, rest), (self.LINES, b"\n"))
        self.assertTrue(bearable(slowest, time.monotonic() - start), slowest)
        if not SANITIZED:
            self.assertLess(self.daemon.memory() - before, len(body) * 3 + (32 << 20))

    def test_client_that_leaves(self):
        body = b"198.18.0.0/15\n" * 20000
        head = b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
        for cut in (len(head) + 1000, len(head) + len(body)):
            with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=PATIENCE) as s:
                s.sendall((head + body)[:cut])
                if cut == len(head) + len(body):
                    s.recv(1000)
        self.assertEqual(self.daemon.ask("/healthz")[0], 200)

    def test_large_json(self):
        count = 100000
        text = json.dumps({"queries": ["192.0.2.1"] * count})
        status, _, body = self.daemon.ask("/v1/lookup", "POST", text, {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        self.assertEqual(len(json.loads(body)["results"]), count)
        status, _, body = self.daemon.ask("/v1/lookup", "POST", text[:-1], {"Content-Type": "application/json"})
        self.assertEqual(status, 400, body)

    def test_old_releases_by_many(self):
        """More at once than the workers take: every answer is right, or says 503 with Retry-After."""
        results = []

        def ask(target):
            status, headers, body = self.daemon.ask(target)
            results.append((status, headers["Retry-After"], body))

        threads = [threading.Thread(target=ask, args=(f"/v1/diff?from={f}&tag={i}*",))
                   for i in range(20) for f in (101, 102, 104)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 60)
        for status, retry, body in results:
            self.assertIn(status, (200, 503))
            self.assertTrue(retry if status == 503 else json.loads(body)["summary"])


class Reload(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="svctagd-")
        self.db = os.path.join(self.folder, "svctag.db")
        self.daemon = None

    def tearDown(self):
        try:
            if self.daemon:
                self.daemon.stop()
        finally:
            shutil.rmtree(self.folder)

    def published(self):
        return self.daemon.json("/v1/lookup?q=192.0.2.1")["release"]["published"]

    def replace(self, new):
        """Put another file under the name, as one that is published as a whole."""
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.db + suffix):
                os.unlink(self.db + suffix)
        os.replace(new, self.db)

    def other_database(self, *releases):
        path = os.path.join(self.folder, "other", "new.db")
        svctag("import", *releases, db=path)
        return path

    def test_missing_at_the_start(self):
        self.db = os.path.join(self.folder, "later", "svctag.db")
        self.daemon = Daemon(self.db)
        self.assertEqual(self.daemon.ask("/healthz")[0], 200)
        for target in ("/readyz", "/v1/lookup?q=192.0.2.1", "/v1/releases", "/v1/tags", "/v1/diff",
                       "/v1/history?q=192.0.2.1", "/v1/drift?tag=ActionGroup&frozen=latest"):
            status, headers, _ = self.daemon.ask(target)
            self.assertEqual(status, 503, target)
            self.assertIn("Retry-After", headers)
        svctag("import", RELEASES[0], db=self.db)
        wait_for(lambda: self.daemon.ask("/readyz")[0] == 200, RELOAD_SECONDS, "the first release")
        self.assertEqual(self.published(), "2025-03-03")

    def test_swap_under_load(self):
        svctag("import", RELEASES[0], db=self.db)
        self.daemon = Daemon(self.db)
        stop = threading.Event()
        failures, seen = [], []

        def hammer():
            connection = self.daemon.connect()
            while not stop.is_set():
                try:
                    connection.request("GET", f"/v1/lookup?q={ADDRESS}&q=198.18.0.0/15&q=2001:db8::1")
                    answer = connection.getresponse()
                    got = json.loads(answer.read())
                    releases = {got["release"]["id"], *(r["release"]["id"] for r in got["results"])}
                    if answer.status != 200 or len(releases) != 1:
                        failures.append((answer.status, releases))
                    seen.append(got["release"]["published"])
                except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                    failures.append(error)
                    return

        threads = [threading.Thread(target=hammer) for _ in range(3)]
        for thread in threads:
            thread.start()
        days = ["2025-03-03"]
        wait_for(lambda: seen or failures, PATIENCE, days[0])
        for release in RELEASES[1:]:
            svctag("import", release, db=self.db)
            day = re.search(r"(\d{4})(\d\d)(\d\d)\.json$", release)
            days.append("-".join(day.groups()))
            wait_for(lambda: self.published() == days[-1], RELOAD_SECONDS, days[-1])
            wait_for(lambda: days[-1] in seen or failures, PATIENCE, days[-1])
        wait_for(lambda: len(seen) > 50 or failures, PATIENCE, "answers")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(sorted(set(seen)), days)

    def test_replaced_file(self):
        svctag("import", RELEASES[0], db=self.db)
        self.daemon = Daemon(self.db)
        self.assertEqual(self.daemon.json(f"/v1/lookup?q={ADDRESS}&at=101")["release"]["published"], "2025-03-03")
        self.replace(self.other_database(*RELEASES[:2]))
        wait_for(lambda: self.published() == "2025-03-10", RELOAD_SECONDS, "the replaced file")
        # the workers' connections have to notice as well
        self.assertEqual(self.daemon.json("/v1/diff")["from"]["published"], "2025-03-03")
        self.assertEqual(self.daemon.json(f"/v1/lookup?q={ADDRESS}&at=previous")["release"]["published"], "2025-03-03")

    def test_bad_file_keeps_the_old_one(self):
        svctag("import", RELEASES[0], db=self.db)
        self.daemon = Daemon(self.db)
        bad = os.path.join(self.folder, "bad")
        with open(bad, "wb") as f:
            f.write(b"<html>not a database</html>" * 1000)
        self.replace(bad)
        wait_for(lambda: not self.daemon.json("/readyz")["reload"]["ok"], RELOAD_SECONDS, "the bad file")
        self.assertTrue(self.daemon.json("/readyz")["reload"]["error"])
        self.assertEqual(self.published(), "2025-03-03")
        os.unlink(self.db)
        time.sleep(1.2)
        self.assertEqual(self.published(), "2025-03-03")
        self.assertFalse(self.daemon.json("/readyz")["reload"]["ok"])
        os.replace(self.other_database(RELEASES[1]), self.db)
        wait_for(lambda: self.daemon.json("/readyz")["reload"]["ok"], RELOAD_SECONDS, "the good file")
        self.assertEqual(self.published(), "2025-03-10")

    def test_hangup_loads_anew(self):
        svctag("import", RELEASES[0], db=self.db)
        self.daemon = Daemon(self.db)
        first = self.daemon.json("/readyz")["generation"]
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.daemon.json("/readyz")["generation"] > first, RELOAD_SECONDS, "the reload")

    def test_forgotten_release(self):
        svctag("import", *RELEASES[:2], db=self.db)
        self.daemon = Daemon(self.db)
        self.assertEqual(self.published(), "2025-03-10")
        svctag("forget", "latest", db=self.db)
        wait_for(lambda: self.published() == "2025-03-03", RELOAD_SECONDS, "the release before")
        self.assertEqual(len(self.daemon.json("/v1/releases")["releases"]), 1)


class Process(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="svctagd-")
        cls.db = os.path.join(cls.folder, "svctag.db")
        svctag("import", RELEASES[0], db=cls.db)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def run_once(self, *arguments, **environment):
        return subprocess.run([SVCTAGD, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              env={**os.environ, **environment})

    def test_help_and_version(self):
        done = self.run_once("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"127.0.0.1:8473", done.stdout)
        done = self.run_once("--version")
        self.assertRegex(done.stdout.decode(), r"^svctagd \d+\.\d+\.\d+, schema \d+, index format \d+\n$")

    def test_wrong_arguments(self):
        for arguments in (["--unknown"], ["--listen"], ["--listen", "nowhere"], ["--listen", "127.0.0.1:99999"],
                          ["--db", ""], ["more"], ["--listen", "unix:" + "x" * 200]):
            with self.subTest(arguments):
                done = self.run_once(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertRegex(done.stderr.decode(), r"^error: [^\n]+\n$")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = self.run_once("--db", self.db, "--listen", "127.0.0.1:%d" % taken.getsockname()[1])
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot listen", done.stderr)

    def test_several_listeners(self):
        path = os.path.join(self.folder, "socket")
        listen = ["127.0.0.1:0", "unix:" + path]
        if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6"):
            listen.append("[::1]:0")
        daemon = Daemon(self.db, listen=listen)
        for name in daemon.listeners:
            with self.subTest(name):
                if name.startswith("unix:"):
                    s = socket.socket(socket.AF_UNIX)
                    s.connect(path)
                else:
                    host, port = name.rsplit(":", 1)
                    s = socket.create_connection((host.strip("[]"), int(port)))
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200"))
                s.close()
        daemon.stop()
        self.assertFalse(os.path.exists(path))

    def test_database_from_the_environment(self):
        home = os.path.join(self.folder, "home")
        os.makedirs(os.path.join(home, ".local/share/svctag"))
        shutil.copy(self.db, os.path.join(home, ".local/share/svctag/svctag.db"))
        for environment in ({"SVCTAG_DB": self.db}, {"SVCTAG_DB": "", "XDG_DATA_HOME": "", "HOME": home}):
            process = subprocess.Popen([SVCTAGD, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE,
                                       env={**os.environ, **environment})
            first = process.stderr.readline()
            process.terminate()
            process.communicate(timeout=PATIENCE)
            self.assertIn(b"serving Sample 101 of 2025-03-03", first)

    def is_refused(self, daemon):
        try:
            socket.create_connection(("127.0.0.1", daemon.port), timeout=2).close()
        except OSError:
            return True
        return False

    def ask_while_it_stops(self):
        """The answer on a connection that was there before, once nobody new is let in; and how late we asked."""
        daemon = Daemon(self.db)
        connection = daemon.connect()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        wait_for(lambda: self.is_refused(daemon), PATIENCE, "nobody is let in")
        late = time.monotonic() - began
        try:
            connection.request("GET", f"/v1/lookup?q={ADDRESS}")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            answer = None
        connection.close()
        self.assertNotIn("cut off", daemon.stop())
        return answer, late

    def test_drain(self):
        """Idle connections have a second to ask; a machine on which we are not quick enough has another go."""
        for _ in range(10):
            answer, late = self.ask_while_it_stops()
            if answer is not None or late < 0.5:
                break
        self.assertIsNotNone(answer)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Connection"], "close")

    def test_idle_connections_do_not_hold_it_up(self):
        daemon = Daemon(self.db)
        idle = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(10)]
        self.assertNotIn("cut off", daemon.stop())  # which is what happens at the limit
        for s in idle:
            s.close()

    def test_socket_activation(self):
        """The socket outlives the daemon: what connects in between is answered by the next one."""
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(64)
            port = listening.getsockname()[1]
            fd = listening.fileno()
            for _ in range(3):
                script = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&{fd}'
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as early:
                    early.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    daemon = Daemon(self.db, listen=(), command=["sh", "-c", script, SVCTAGD], pass_fds=(fd,))
                    self.assertEqual(daemon.port, port)
                    self.assertTrue(early.recv(4096).startswith(b"HTTP/1.1 200"))
                daemon.stop()


if __name__ == "__main__":
    if not RELEASES:
        raise SystemExit(f"no releases in {SAMPLE}")
    unittest.main(verbosity=2)
