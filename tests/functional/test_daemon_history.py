#!/usr/bin/env python3
"""svctagd's answers about the past: /v1/history and /v1/drift, against those of the command line.

Environment: as test_daemon.py.
"""

import glob
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from urllib.parse import quote

import test_daemon
from test_daemon import ADDRESS, RELEASES, ROOT, SANITIZED, SVCTAG, Daemon, svctag

LISTS = sorted(glob.glob(os.path.join(ROOT, "tests/data/lists/*")))
TEXT = {"Content-Type": "text/plain"}
FORMS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8",
         "text": "text/plain; charset=utf-8", "svg": "image/svg+xml"}
MANY = 200000  # entries, the most of one list


def media_type(path):
    kinds = {".json": "application/json", ".csv": "text/csv", ".md": "text/markdown", ".xml": "application/xml",
             ".txt": "text/plain"}
    return kinds.get(os.path.splitext(path)[1], "application/octet-stream")


class Past(test_daemon.WithDaemon):
    def cli(self, *arguments, form="json", data=None):
        done = subprocess.run([SVCTAG, "--db", self.db, "--format", form, *arguments], input=data,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=test_daemon.PATIENCE)
        if done.returncode not in (0, 1):
            raise AssertionError(f"svctag {arguments}: exit {done.returncode}: {done.stderr.decode()}")
        return done.stdout

    def post(self, body, target="/v1/drift", headers=None):
        return self.daemon.ask(target, "POST", body, TEXT if headers is None else headers)

    def same(self, answer, want, kind="application/json"):
        status, headers, body = answer
        self.assertEqual(status, 200, body[:300])
        self.assertEqual(headers["Content-Type"], kind)
        self.assertEqual(body.decode(), want.decode())


class History(Past):
    QUERIES = [ADDRESS, "198.18.16.10", "198.18.16.0/24", "198.18.0.0/15", "198.18.4.0-198.18.5.17", "2001:db8::/32",
               "::ffff:198.18.26.224", "192.0.2.1", "0.0.0.0/0", "::/0"]
    TAGS = ["ActionGroup", "storage.eastus", "AzureCloud", "AzureManagedGrafana", "EVENTHUB"]

    def test_same_bytes(self):
        for query in self.QUERIES:
            with self.subTest(query):
                self.same(self.daemon.ask("/v1/history?q=" + quote(query)), self.cli("history", query))
        for tag in self.TAGS:
            with self.subTest(tag):
                self.same(self.daemon.ask("/v1/history?tag=" + tag), self.cli("history", "--tag", tag))
        self.same(self.daemon.ask(f"/v1/history?q={ADDRESS}&cloud=sample"),
                  self.cli("history", ADDRESS, "--cloud", "Sample"))

    def test_forms(self):
        for form, kind in FORMS.items():
            with self.subTest(form):
                self.same(self.daemon.ask(f"/v1/history?q={ADDRESS}&format={form}"),
                          self.cli("history", ADDRESS, form=form), kind)
                self.same(self.daemon.ask("/v1/history?tag=ActionGroup", headers={"Accept": kind}),
                          self.cli("history", "--tag", "ActionGroup", form=form), kind)
        _, headers, _ = self.daemon.ask(f"/v1/history?q={ADDRESS}", headers={"Accept": "image/*, text/html"})
        self.assertEqual((headers["Content-Type"], headers["Vary"]), ("image/svg+xml", "Accept, Accept-Encoding"))
        _, headers, _ = self.daemon.ask(f"/v1/history?q={ADDRESS}", headers={"Accept": "*/*"})
        self.assertEqual(headers["Content-Type"], "application/json")
        for target in ("/v1/releases?format=svg", f"/v1/lookup?q={ADDRESS}&format=svg"):
            self.assertEqual(self.daemon.ask(target)[0], 400)
        self.assertEqual(self.daemon.ask("/v1/tags", headers={"Accept": "image/svg+xml"})[0], 406)

    def test_errors(self):
        cases = [
            ("GET", "", 400), ("GET", "?q=", 400), ("GET", "?q=1.2.3", 400), ("GET", "?q=10.0.0.1/8", 400),
            ("GET", "?q=www.example.com", 400), ("GET", f"?q={ADDRESS}&q={ADDRESS}", 400),
            ("GET", f"?q={ADDRESS}&tag=ActionGroup", 400), ("GET", "?tag=ActionGroup&tag=Storage", 400),
            ("GET", f"?q={ADDRESS}&at=101", 400), ("GET", "?tag=", 404), ("GET", "?tag=ActionGrop", 404),
            ("GET", f"?q={ADDRESS}&cloud=Moon", 404), ("GET", f"?q={ADDRESS}&cloud=all", 400),
            ("GET", f"?q={ADDRESS}&format=xml", 400), ("POST", f"?q={ADDRESS}", 405), ("PUT", "", 405),
        ]
        for method, query, want in cases:
            with self.subTest(method=method, query=query):
                status, headers, body = self.daemon.ask("/v1/history" + query, method)
                self.assertEqual(status, want, body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                if want == 405:
                    self.assertEqual(headers["Allow"], "GET, HEAD")
        self.assertIn("ActionGroup", self.daemon.json("/v1/history?tag=ActionGrop", status=404)["detail"])


class DriftOfLists(Past):
    def test_each_list(self):
        """Every form of list, posted as its media type, as a file's name and as standard input."""
        self.assertGreater(len(LISTS), 15)
        formats = set()
        for path in LISTS:
            with self.subTest(os.path.basename(path)):
                with open(path, "rb") as file:
                    data = file.read()
                headers = {"Content-Type": media_type(path)}
                want = self.cli("drift", path)
                self.same(self.post(data, "/v1/drift?name=" + quote(path), headers), want)
                self.same(self.post(data, headers=headers), self.cli("drift", "-", data=data))
                formats.add(json.loads(want)["list"]["format"])
        self.assertGreater(len(formats), 12)

    def test_forms(self):
        data = b"198.18.26.224\n198.18.16.0/24\n192.0.2.1\nnonsense here 300.1.1.1\n"
        for form, kind in FORMS.items():
            with self.subTest(form):
                want = self.cli("drift", "-", form=form, data=data)
                self.same(self.post(data, "/v1/drift?format=" + form), want, kind)
                self.same(self.post(data, headers={**TEXT, "Accept": kind}), want, kind)

    def test_parameters(self):
        data = b"host;service;address\na;x;198.18.26.224\nb;y;198.18.16.10\nc;z;not.an.address.1\n"
        cases = [("intent=actiongroup", ["--intent", "actiongroup"]), ("intent=NoSuchTag", ["--intent", "NoSuchTag"]),
                 ("input=csv", ["--input", "csv"]),
                 ("input=csv&column=address", ["--input", "csv", "--column", "address"]),
                 ("input=csv&column=3", ["--input", "csv", "--column", "3"]),
                 ("cloud=SAMPLE", ["--cloud", "SAMPLE"])]
        for query, arguments in cases:
            with self.subTest(query):
                self.same(self.post(data, "/v1/drift?" + query), self.cli("drift", "-", *arguments, data=data))

    def test_unreadable_is_part_of_the_answer(self):
        got = json.loads(self.post(b"198.18.26.224\n300.1.1.1\n10.0.0.0/33\n")[2])
        self.assertEqual(got["list"]["entries"], 1)
        self.assertEqual([u["place"] for u in got["list"]["unreadable"]], ["standard input:2", "standard input:3"])

    def test_chunks(self):
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=test_daemon.PATIENCE) as s:
            s.sendall(b"POST /v1/drift HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n")
            for part in (b"198.18.26", b".224\n198.18.", b"16.10\n"):
                s.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            s.sendall(b"0\r\n\r\n")
            got = b""
            while part := s.recv(65536):
                got += part
        self.assertEqual(got.split(b"\r\n\r\n", 1)[1], self.cli("drift", "-", data=b"198.18.26.224\n198.18.16.10\n"))

    def test_is_not_kept(self):
        _, headers, _ = self.post(b"198.18.26.224\n")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertNotIn("ETag", headers)

    def test_no_type_is_text(self):
        plain = b"198.18.26.224\n"
        self.same(self.post(plain, headers={}), self.post(plain, headers=TEXT)[2])

    def test_errors(self):
        plain = b"198.18.26.224\n"
        cases = [
            ("", plain, {"Content-Type": "text/html"}, 415),
            ("", plain, {"Content-Type": "application/x-www-form-urlencoded"}, 415),
            ("", b"", TEXT, 400), ("", b"", {}, 400), ("", b"# nothing\n\n", TEXT, 400), ("", b"no address\n", TEXT, 400),
            ("", b"300.1.1.1\n", TEXT, 400), ("", b'{"a":', {"Content-Type": "application/json"}, 400),
            ("", b'{"a": 1}', TEXT, 400), ("", b"[" * 100000, TEXT, 400), ("?input=nothing", plain, TEXT, 400),
            ("?input=nsg", plain, TEXT, 400), ("?input=csv&column=none", b"a,b\n1.2.3.4,x\n", TEXT, 400),
            ("?input=text&input=csv", plain, TEXT, 400), ("?at=101", plain, TEXT, 400), ("?q=1.2.3.4", plain, TEXT, 400),
            ("?format=xml", plain, TEXT, 400), ("?cloud=all", plain, TEXT, 400), ("?cloud=Moon", plain, TEXT, 404),
            ("?name=", plain, TEXT, 400), ("?name=" + "x" * 256, plain, TEXT, 400), ("?name=a%0ab", plain, TEXT, 400),
            ("?tag=ActionGroup&frozen=101", plain, TEXT, 400), ("?tag=ActionGroup", b"", {}, 400),
            ("?frozen=101", b"", {}, 400), ("?tag=ActionGroup&frozen=101&intent=Sql", b"", {}, 400),
            ("", plain, {**TEXT, "Accept": "image/png"}, 406),
        ]
        for query, body, headers, want in cases:
            with self.subTest(query=query, body=body[:40], headers=headers):
                status, got, answer = self.post(body, "/v1/drift" + query, headers)
                self.assertIn(status, (want, 413) if body.startswith(b"[[") else (want,), answer)
                self.assertEqual(got["Content-Type"], "application/problem+json")
                self.assertTrue(json.loads(answer)["detail"])
        status, headers, _ = self.daemon.ask("/v1/drift", "DELETE")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD, POST"))
        self.assertIn("300.1.1.1", json.loads(self.post(b"300.1.1.1\n")[2])["detail"])
        self.assertIn("iptables", json.loads(self.post(plain, "/v1/drift?input=nothing")[2])["detail"])

    def test_any_bytes(self):
        bodies = [bytes(range(256)) * 64, b"\xff\xfe1\x002\x00", b"\x00" * 1000, b"198.18.26.224\x00\n", b"\xef\xbb\xbf1.1.1.1",
                  b"<a" * 5000, b"{\"x\":[" * 30, b"|" * 10000, b"a," * 100000, b"*nat\n-A \xff -d 1.2.3.4 -j DROP\n"]
        for body in bodies:
            for query in ("", "?input=csv", "?input=iptables", "?input=xml", "?input=nsg", "?input=markdown"):
                with self.subTest(body=body[:20], query=query):
                    status, headers, answer = self.post(body, "/v1/drift" + query)
                    self.assertIn(status, (200, 400, 413), answer)
                    json.loads(answer.decode())
        self.assertEqual(self.daemon.ask("/healthz")[0], 200)


class DriftOfCopies(Past):
    def test_same_bytes(self):
        for tag, frozen in (("ActionGroup", "101"), ("storage.eastus", "2025-03-12"), ("EventHub", "previous"),
                            ("AzureCloud", "latest")):
            want = self.cli("drift", "--tag", tag, "--frozen", frozen)
            with self.subTest(tag):
                target = f"/v1/drift?tag={tag}&frozen={frozen}"
                self.same(self.daemon.ask(target), want)
                self.same(self.post(None, target, {}), want)
                self.same(self.post(b"", target, {}), want)
        for form, kind in FORMS.items():
            with self.subTest(form):
                self.same(self.daemon.ask(f"/v1/drift?tag=ActionGroup&frozen=101&format={form}"),
                          self.cli("drift", "--tag", "ActionGroup", "--frozen", "101", form=form), kind)

    def test_errors(self):
        for query, want in (("", 400), ("?tag=ActionGroup", 400), ("?frozen=101", 400), ("?tag=Nothing&frozen=101", 404),
                            ("?tag=AzureManagedGrafana&frozen=101", 404), ("?tag=ActionGroup&frozen=103", 404),
                            ("?tag=ActionGroup&frozen=never", 400), ("?tag=ActionGroup&frozen=101&input=csv", 400),
                            ("?tag=ActionGroup&frozen=101&cloud=all", 400)):
            with self.subTest(query):
                status, headers, body = self.daemon.ask("/v1/drift" + query)
                self.assertEqual(status, want, body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")


class Limits(Past):
    LIST = b"198.18.26.224\n"

    def test_body(self):
        for length in (8 * 1024 * 1024 + 1, 1 << 40):
            got, closed = self.daemon.raw(b"POST /v1/drift HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                                          b"Content-Length: %d\r\n\r\n" % length)
            self.assertTrue(got.startswith(b"HTTP/1.1 413"), got[:100])
            self.assertTrue(closed)
        body = b"#" * (8 * 1024 * 1024 - len(self.LIST) - 1) + b"\n" + self.LIST
        self.assertEqual(self.post(body)[0], 200)

    def test_entries(self):
        status, _, body = self.post(self.LIST * (MANY if not SANITIZED else 5000), "/v1/drift?format=csv")
        self.assertEqual(status, 200, body[:300])
        status, _, body = self.post(self.LIST * (MANY + 1))
        self.assertEqual(status, 413)
        self.assertIn("200001 entries", json.loads(body)["detail"])

    @unittest.skipIf(SANITIZED, "takes long with sanitizers")
    def test_answer(self):
        name = "n" * 255
        status, _, body = self.post(b"198.18.16.82\n198.18.4.128\n" * (MANY // 2), "/v1/drift?name=" + name)
        self.assertEqual(status, 413, body[:200])
        self.assertIn("128 MiB", json.loads(body)["detail"])

    def test_spans(self):
        folder = tempfile.mkdtemp(prefix="svctagd-")
        try:
            path = os.path.join(folder, "ServiceTags_Wide_20250101.json")
            prefixes = [f"10.{i >> 8}.{i & 255}.0/24" for i in range(20001)]
            tag = {"name": "Wide", "id": "Wide", "properties": {
                "changeNumber": 1, "region": "", "regionId": 0, "platform": "Azure", "systemService": "",
                "addressPrefixes": prefixes, "networkFeatures": None}}
            with open(path, "w", encoding="ascii") as file:
                json.dump({"changeNumber": 1, "cloud": "Wide", "values": [tag]}, file)
            db = os.path.join(folder, "svctag.db")
            svctag("import", "--force", path, db=db)
            daemon = Daemon(db)
            try:
                self.assertIn("20001 spans", daemon.json("/v1/history?q=10.0.0.0/8", status=400)["detail"])
                self.assertEqual(len(daemon.json("/v1/history?q=10.0.0.0/10")["timeline"]), 64 * 256)
            finally:
                daemon.stop()
        finally:
            shutil.rmtree(folder)

    def test_many_at_once(self):
        """More than the workers take: the right answer or 503, and others are answered meanwhile."""
        body = self.LIST * 20000
        want = self.cli("drift", "-", data=body)
        results = []

        def ask():
            status, headers, got = self.post(body)
            results.append((status, headers["Retry-After"], got == want))

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        slowest, start = 0.0, time.monotonic()
        while any(thread.is_alive() for thread in threads):
            began = time.monotonic()
            self.assertEqual(self.daemon.ask(f"/v1/lookup?q={ADDRESS}")[0], 200)
            slowest = max(slowest, time.monotonic() - began)
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 12)
        for status, retry, same in results:
            self.assertTrue((status == 200 and same) or (status == 503 and retry), (status, retry, same))
        self.assertTrue(test_daemon.bearable(slowest, time.monotonic() - start), slowest)

    def test_client_that_leaves(self):
        """Work for those who have gone is given up: who comes then does not wait for all of it."""
        body = self.LIST * MANY
        head = b"POST /v1/drift HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
        gone = []
        for _ in range(10):
            s = socket.create_connection(("127.0.0.1", self.daemon.port), timeout=test_daemon.PATIENCE)
            s.sendall(head + body)
            gone.append(s)
        for s in gone:
            s.close()
        self.assertEqual(self.daemon.ask(f"/v1/history?q={ADDRESS}")[0], 200)

    def test_stopping_under_work(self):
        daemon = Daemon(self.db)
        body = self.LIST * MANY
        head = (b"POST /v1/drift?format=csv HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body))
        waiting = []
        for _ in range(6):
            s = socket.create_connection(("127.0.0.1", daemon.port), timeout=test_daemon.PATIENCE)
            s.sendall(head + body)
            waiting.append(s)
        began = time.monotonic()
        daemon.stop()
        self.assertLess(time.monotonic() - began, test_daemon.PATIENCE / 2)
        for s in waiting:
            s.close()


class Swap(unittest.TestCase):
    def test_swap(self):
        """While releases come in: each answer is of one state of the database, and so is its ETag."""
        folder = tempfile.mkdtemp(prefix="svctagd-")
        daemon = None
        try:
            db = os.path.join(folder, "svctag.db")
            svctag("import", RELEASES[0], db=db)
            daemon = Daemon(db)
            stop = threading.Event()
            failures, counts, bodies = [], set(), {}

            def take(target, status, headers, body):
                got = json.loads(body)
                counts.add(got["loaded"]["count"])
                if status != 200:
                    failures.append((target, status, body[:200]))
                if "releases" in got and len(got["releases"]) != got["loaded"]["count"]:
                    failures.append((target, len(got["releases"]), got["loaded"]))
                if headers["ETag"] and bodies.setdefault((target, headers["ETag"]), body) != body:
                    failures.append((target, "two answers under one ETag"))

            def hammer(target, method, body):
                connection = daemon.connect()
                while not stop.is_set():
                    try:
                        connection.request(method, target, body, TEXT if body else {})
                        answer = connection.getresponse()
                        take(target, answer.status, answer.headers, answer.read())
                    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                        failures.append((target, error))
                        break
                connection.close()

            work = [(f"/v1/history?q={ADDRESS}", "GET", None), ("/v1/history?tag=ActionGroup", "GET", None),
                    ("/v1/drift?tag=ActionGroup&frozen=101", "GET", None),
                    ("/v1/drift", "POST", b"198.18.26.224\n198.18.16.82\n")]
            threads = [threading.Thread(target=hammer, args=arguments) for arguments in work]
            for thread in threads:
                thread.start()
            test_daemon.wait_for(lambda: 1 in counts or failures, test_daemon.PATIENCE, "a release")
            for i, release in enumerate(RELEASES[1:], 2):
                svctag("import", release, db=db)
                test_daemon.wait_for(lambda n=i: n in counts or failures, test_daemon.PATIENCE, f"{i} releases")
            stop.set()
            for thread in threads:
                thread.join()
            self.assertEqual(failures, [])
            self.assertEqual(counts, set(range(1, len(RELEASES) + 1)))
            for target, method, body in work:
                if method == "GET":
                    etag = daemon.ask(target)[1]["ETag"]
                    self.assertEqual(daemon.ask(target, headers={"If-None-Match": etag})[0], 304)
        finally:
            if daemon:
                daemon.stop()
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
