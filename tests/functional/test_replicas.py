#!/usr/bin/env python3
"""A publisher, two replicas and nginx on loopback: new copies and the death of a replica, under load.

The configuration of nginx and the script are those in packaging/.
"""

import http.client
import json
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
from test_daemon import ADDRESS, RELEASES, ROOT, SANITIZED, SVCTAG, Daemon, svctag  # noqa: E402

REPLICA = os.path.join(ROOT, "packaging", "replica", "svctag-replica")
CONFIGURATION = os.path.join(ROOT, "packaging", "nginx", "svctagd.conf")
PATIENCE = 60 if SANITIZED else 20


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """nginx with a configuration of its own, in a folder of its own."""

    def __init__(self, folder, text, port):
        os.makedirs(os.path.join(folder, "tmp"))
        path = os.path.join(folder, "nginx.conf")
        temporary = "".join(f"{kind}_temp_path {folder}/tmp/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
                       f"events {{ worker_connections 1024; }}\nhttp {{\naccess_log off;\n{temporary}{text}\n}}\n")
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", path], stderr=subprocess.PIPE)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.process.kill()
                    raise AssertionError(self.process.stderr.read().decode()) from None
                time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


class Load:
    """Clients that ask through nginx, with and without bodies, and remember what was wrong."""

    def __init__(self, port, answers):
        self.port, self.answers = port, answers
        self.stop_now = threading.Event()
        self.asked, self.failures, self.seen = 0, [], set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(4)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not self.stop_now.is_set():
            try:
                if number % 2 == 0:
                    connection.request("GET", f"/v1/lookup?q={ADDRESS}")
                else:
                    connection.request("POST", "/v1/lookup", json.dumps({"queries": [ADDRESS]}),
                                       {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                found = json.loads(body) if answer.status == 200 else None
                if found is not None and number % 2 == 1:
                    found = found["results"][0]
            except (OSError, http.client.HTTPException, ValueError) as problem:
                connection.close()
                found, body = None, repr(problem).encode()
            with self.lock:
                self.asked += 1
                if found is None or found != self.answers.get(found["release"]["id"]):
                    self.failures.append(body[:200])
                else:
                    self.seen.add(found["release"]["id"])
        connection.close()

    def stop(self):
        self.stop_now.set()
        for thread in self.threads:
            thread.join()


@unittest.skipUnless(shutil.which("nginx") and shutil.which("curl"), "nginx or curl is not there")
class ReplicaTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = self.path("publisher.db")
        self.public = self.path("public")
        os.makedirs(self.public)
        self.publisher_port = free_port()
        self.publisher = Nginx(self.path("nginx-publisher"), f"""
            server {{ listen 127.0.0.1:{self.publisher_port}; location / {{ root {self.public}; }} }}""",
            self.publisher_port)
        self.daemons = []

    def tearDown(self):
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.stop()
        self.publisher.stop()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def publish(self, *releases):
        svctag("import", *releases, db=self.db)
        svctag("snapshot", os.path.join(self.public, "svctag.db"), db=self.db)

    def fetch(self, number, status=0):
        done = subprocess.run([REPLICA, f"http://127.0.0.1:{self.publisher_port}/svctag.db",
                               self.path(f"replica{number}.db")], env={**os.environ, "SVCTAG": SVCTAG},
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr.decode()

    def start(self, number, port=None):
        listen = (f"127.0.0.1:{port}",) if port else ("127.0.0.1:0",)
        daemon = Daemon(self.path(f"replica{number}.db"), listen=listen)
        self.daemons.append(daemon)
        return daemon

    def answers(self):
        """{release id: the answer that it gives}"""
        found = {}
        for release in json.loads(svctag("--format", "json", "releases", db=self.db))["releases"]:
            answer = json.loads(svctag("--format", "json", "--at", "id:" + release["id"][:16], "lookup", ADDRESS,
                                       db=self.db))
            found[answer["release"]["id"]] = answer
        return found

    def wait_for(self, daemon, published):
        deadline = time.monotonic() + PATIENCE
        while daemon.json(f"/v1/lookup?q={ADDRESS}")["release"]["published"] != published:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_edge(self):
        """Swapped and killed under load: no failed and no mixed answer."""
        self.publish(RELEASES[0])
        for number in (0, 1):
            self.fetch(number)
        first, second = self.start(0), self.start(1)
        edge_port = free_port()
        with open(CONFIGURATION, encoding="utf-8") as file:
            text = file.read()
        for old, new in ((":8473", f":{first.port}"), (":8474", f":{second.port}"), (":8480", f":{edge_port}"),
                         ("rate=200r/s", "rate=100000r/s"), ("burst=2000", "burst=100000")):
            self.assertIn(old, text)
            text = text.replace(old, new)
        edge = Nginx(self.path("nginx-edge"), text, edge_port)
        everything = self.path("everything.db")
        svctag("import", *RELEASES, db=everything)
        publisher, self.db = self.db, everything
        answers = self.answers()
        self.db = publisher
        load = Load(edge_port, answers)
        try:
            for release in RELEASES[1:3]:
                self.publish(release)
                for number in (0, 1):
                    self.fetch(number)
                day = "-".join(re.search(r"(\d{4})(\d\d)(\d\d)", os.path.basename(release)).groups())
                for daemon in (first, second):
                    self.wait_for(daemon, day)
            first.process.kill()
            first.process.wait()
            time.sleep(0.5)
            again = self.start(0, first.port)
            time.sleep(0.5)
            self.assertIsNone(again.process.poll())
            for hidden in ("/metrics", "/readyz"):
                connection = http.client.HTTPConnection("127.0.0.1", edge_port, timeout=PATIENCE)
                connection.request("GET", hidden)
                self.assertEqual(connection.getresponse().status, 404)
                connection.close()
        finally:
            load.stop()
            edge.stop()
        self.assertEqual(load.failures, [])
        self.assertGreater(load.asked, 20)
        self.assertEqual(len(load.seen), 3, "all three releases have answered")

    def test_fetching(self):
        self.publish(RELEASES[0])
        self.fetch(0)
        copy = self.path("replica0.db")
        before = os.stat(copy)
        self.fetch(0)
        self.assertEqual(os.stat(copy).st_ino, before.st_ino, "the same: left alone")
        good = os.path.join(self.public, "svctag.db")

        self.publish(RELEASES[1])

        # Something else than the checksum says; cut short; an error page; nothing at all.
        with open(good, "rb") as file:
            data = file.read()
        for what in (data[:-1] + b"x", data[:len(data) // 2], b"<html>502</html>"):
            with open(good + ".bad", "wb") as file:
                file.write(what)
            os.replace(good + ".bad", good)
            self.assertIn("not the file that", self.fetch(0, status=1))
            self.assertEqual(os.stat(copy).st_ino, before.st_ino)
        os.remove(good)
        self.assertIn("not fetched", self.fetch(0, status=1))
        self.assertEqual(os.stat(copy).st_ino, before.st_ino)

        # Right by its checksum, but no database.
        with open(good, "wb") as file:
            file.write(b"no database")
        digest = subprocess.run(["sha256sum", good], capture_output=True, check=True).stdout
        with open(good + ".sha256", "wb") as file:
            file.write(digest)
        self.assertIn("not a database to answer from", self.fetch(0, status=1))
        self.assertEqual(os.stat(copy).st_ino, before.st_ino)
        self.assertEqual([n for n in os.listdir(self.folder.name) if "fetched" in n], [])


if __name__ == "__main__":
    unittest.main()
