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
from test_daemon import ADDRESS, PATIENCE, RELEASES, ROOT, SVCTAG, Daemon, svctag, wait_for  # noqa: E402

REPLICA = os.path.join(ROOT, "packaging", "replica", "svctag-replica")
CONFIGURATION = os.path.join(ROOT, "packaging", "nginx", "svctagd.conf")


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
    """Clients that ask through nginx, with and without bodies, and remember what was wrong.

    Each has one request under way at a time. An answer that is not whole (`cut`) is told from one that is
    whole and wrong (`wrong`): an error, or parts of two releases.
    """

    CLIENTS = 4

    def __init__(self, port, answers):
        self.port, self.answers = port, answers
        self.stop_now = threading.Event()
        self.asked, self.wrong, self.cut, self.seen = 0, [], [], set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(self.CLIENTS)]
        for thread in self.threads:
            thread.start()

    def ask(self, connection, number):
        """-> status, body"""
        if number % 2 == 0:
            connection.request("GET", f"/v1/lookup?q={ADDRESS}")
        else:
            connection.request("POST", "/v1/lookup", json.dumps({"queries": [ADDRESS]}),
                               {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def judge(self, number, status, body):
        try:
            found = json.loads(body)
            if number % 2 == 1:
                found = found["results"][0]
            release = found["release"]["id"]
        except (ValueError, LookupError):
            release = None
        if status == 200 and release is not None and found == self.answers.get(release):
            self.seen.add(release)
        else:
            self.wrong.append((status, body[:200]))

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not self.stop_now.is_set():
            began = time.monotonic()
            try:
                status, body = self.ask(connection, number)
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                with self.lock:
                    self.cut.append((began, time.monotonic(), repr(problem)))
            else:
                with self.lock:
                    self.asked += 1
                    self.judge(number, status, body)
        connection.close()

    def wait_for_answers(self, count):
        """So many more."""
        want = self.asked + count
        wait_for(lambda: self.asked >= want or self.wrong, PATIENCE, "answers under load")

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

    def start_edge(self, first, second):
        """nginx as documented, in front of both. -> it, its port"""
        port = free_port()
        with open(CONFIGURATION, encoding="utf-8") as file:
            text = file.read()
        for old, new in ((":8473", f":{first.port}"), (":8474", f":{second.port}"), (":8480", f":{port}"),
                         ("rate=200r/s", "rate=100000r/s"), ("burst=2000", "burst=100000")):
            self.assertIn(old, text)
            text = text.replace(old, new)
        return Nginx(self.path("nginx-edge"), text, port), port

    def all_answers(self):
        """Those of every release that the publisher may come to publish."""
        publisher, self.db = self.db, self.path("everything.db")
        svctag("import", *RELEASES, db=self.db)
        answers = self.answers()
        self.db = publisher
        return answers

    def with_edge(self, disturb):
        """disturb(load, first, second) while clients ask through nginx. -> the load"""
        self.publish(RELEASES[0])
        for number in (0, 1):
            self.fetch(number)
        answers = self.all_answers()
        first, second = self.start(0), self.start(1)
        edge, self.edge_port = self.start_edge(first, second)
        load = Load(self.edge_port, answers)
        try:
            load.wait_for_answers(10)
            disturb(load, first, second)
            load.wait_for_answers(10)
        finally:
            load.stop()
            edge.stop()
        with open(self.path("nginx-edge/error.log"), encoding="utf-8", errors="replace") as file:
            self.assertEqual(load.wrong, [], file.read())
        return load

    def wait_until_asked(self, daemon):
        """nginx leaves one that failed alone for as long as fail_timeout says, and then tries one request."""
        def asked():
            counts = re.findall(rb'^svctagd_requests_total\{route="/v1/lookup".* (\d+)$', daemon.ask("/metrics")[2], re.M)
            return sum(map(int, counts))

        wait_for(lambda: asked() >= 10, PATIENCE, "nginx asks it again")

    def swap(self, load, first, second):
        """Two releases, one after the other, fetched by both; then each replica is restarted."""
        for release in RELEASES[1:3]:
            self.publish(release)
            day = "-".join(re.search(r"(\d{4})(\d\d)(\d\d)", os.path.basename(release)).groups())
            for number, daemon in enumerate((first, second)):
                self.fetch(number)
                wait_for(lambda d=daemon: d.json(f"/v1/lookup?q={ADDRESS}")["release"]["published"] == day,
                         PATIENCE, day)
            load.wait_for_answers(10)
        for number, daemon in enumerate((first, second)):
            self.assertNotIn("cut off", daemon.stop())
            load.wait_for_answers(10)
            self.wait_until_asked(self.start(number, daemon.port))
        for hidden in ("/metrics", "/readyz"):
            connection = http.client.HTTPConnection("127.0.0.1", self.edge_port, timeout=PATIENCE)
            connection.request("GET", hidden)
            self.assertEqual(connection.getresponse().status, 404)
            connection.close()

    def test_swapped_and_restarted(self):
        """New copies, and replicas that are asked to stop and started again: every request has its answer."""
        load = self.with_edge(self.swap)
        self.assertEqual(load.cut, [])
        self.assertEqual(len(load.seen), 3, "all three releases have answered")

    def kill(self, load, first, second):
        """Twice; `deaths` says from when to when it took."""
        self.deaths = []
        for _ in range(2):
            began = time.monotonic()
            first.process.kill()
            first.process.wait()
            self.deaths.append((began, time.monotonic()))
            load.wait_for_answers(10)
            first = self.start(0, first.port)
            self.wait_until_asked(first)
        self.assertIsNone(second.process.poll())

    def test_killed(self):
        """A replica that dies takes along what it was just sending, and no more: that cannot be asked for again
        at another one, because the client has the beginning of it."""
        load = self.with_edge(self.kill)
        under_way = [[c for c in load.cut if c[0] < dead and c[1] > killed] for killed, dead in self.deaths]
        self.assertEqual([c for c in load.cut if all(c not in cuts for cuts in under_way)], [])
        for cuts in under_way:
            self.assertLessEqual(len(cuts), Load.CLIENTS)

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
