"""Thirteen weeks of real releases played through svctag nightly by a local server.

With failures between, out of order, and killed at any moment: the files, the feed and the posts are exactly the
expected diffs; none is told twice where nothing was killed, and none is lost where something was.

And the Site Recovery table of 2017, watched over the releases in which it broke.
"""

import functools
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "functional")]
from hook_server import HookServer  # noqa: E402
from https_server import Authority, reply  # noqa: E402
from real import PROGRAM, complete, data_folder, loaded, svctag  # noqa: E402

LIST = HERE.parents[1] / "schema" / "lists" / "site-recovery-2017.md"
ATOM = "{http://www.w3.org/2005/Atom}"
WEEKS = 13 if complete() else 3
KILLS = 3 if complete() else 1
SECRET = b"thirteen weeks"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
ENVIRONMENT = {k: v for k, v in os.environ.items() if k.lower() not in PROXIES}


def answer(status, body=b""):
    return lambda connection, request: reply(connection, status, body)


class Weeks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        data = data_folder()
        cls.files = sorted((data / "public").glob("*.json"))[-WEEKS - 1:]
        cls.errors = [path.read_bytes() for path in sorted((data / "bad").glob("*"))[:8]] if (
            data / "bad").is_dir() else [b"<html>504 Gateway Time-out</html>"]
        cls.common = tempfile.TemporaryDirectory()
        cls.authority = Authority(cls.common.name)
        cls.server = HookServer(cls.authority.certificate("good", "IP:127.0.0.1"))
        cls.secret = os.path.join(cls.common.name, "secret")
        with open(cls.secret, "wb") as file:
            file.write(SECRET)
        cls.reference = os.path.join(cls.common.name, "reference.db")
        svctag("import", *cls.files, database=cls.reference)
        cls.releases = [release["id"] for release in loaded("Public", database=cls.reference)]
        assert len(cls.releases) == len(cls.files)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.common.cleanup()

    def setUp(self):
        self.server.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.db = os.path.join(self.folder.name, "svctag.db")
        self.state = os.path.join(self.folder.name, "state")

    # ---- one night ----

    def serve(self, week):
        """The page and the file of this week, as Microsoft has them."""
        name = "/" + self.files[week].name
        self.server.handlers.clear()
        self.server.handlers["/page"] = answer(200, b'<a href="%s">' % self.server.url(name).encode())
        self.server.handlers[name] = answer(200, self.files[week].read_bytes())
        return name

    def command(self):
        return [PROGRAM, "--db", self.db, "nightly", "--state", self.state, "--cacert", self.authority.ca,
                "--page", self.server.url("/page"), "--hook", self.server.url("/one"), "--hook",
                self.server.url("/two"), "--hook-secret-file", self.secret, "--tries", "2", "--retry-delay", "1"]

    def night(self, code):
        done = subprocess.run(self.command(), capture_output=True, text=True, env=ENVIRONMENT, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        return done.stdout

    def bad_night(self, week, generator):
        """Something goes wrong, another way each time."""
        name = self.serve(week)
        kind = generator.randrange(6)
        if kind == 0:
            self.server.handlers["/page"] = answer(500)
        elif kind == 1:
            self.server.handlers[name] = answer(503)
        elif kind == 2:
            self.server.handlers[name] = answer(200, generator.choice(self.errors))
        elif kind == 3:
            body = self.files[week].read_bytes()
            self.server.handlers[name] = answer(200, body[:generator.randrange(len(body))])
        elif kind == 4:
            self.server.statuses["/one"] = [500] * 2
        else:
            self.server.statuses.update({"/one": [429] * 2, "/two": [500] * 2})
        return kind, self.night_of(kind, week)

    def night_of(self, kind, week):
        """A hook that is down is no failure of a night without news."""
        done = subprocess.run(self.command(), capture_output=True, text=True, env=ENVIRONMENT, timeout=120,
                              check=False)
        if kind < 4:
            self.assertEqual(done.returncode, 2, (kind, done.stdout, done.stderr))
        self.server.statuses.clear()
        return done.returncode

    # ---- what came of it ----

    def diff(self, pair):
        return svctag("--format", "json", "diff", "id:" + self.releases[pair[0]], "id:" + self.releases[pair[1]],
                      database=self.reference, expect=(0, 1)).stdout

    def assert_told(self, pairs, exactly_once, gaps=True):
        expected = [self.diff(pair) for pair in pairs]

        def same(text):
            return text if gaps else text.replace('"gap":true', '"gap":false')

        expected = [same(text) for text in expected]
        folder = os.path.join(self.state, "diffs", "Public")
        names = sorted(os.listdir(folder))
        found = [same(pathlib.Path(folder, n).read_text(encoding="utf-8")) for n in names if n.endswith(".json")]
        self.assertEqual([len(t) for t in found], [len(t) for t in expected])
        self.assertTrue(found == expected)
        self.assertEqual(len([n for n in names if n.endswith(".md")]), len(pairs))
        self.assertEqual(len(names), 2 * len(pairs))

        entries = ElementTree.parse(os.path.join(self.state, "feed.atom")).getroot().findall(ATOM + "entry")
        links = [entry.findall(ATOM + "link")[1].get("href") for entry in reversed(entries)]
        self.assertEqual(links, ["diffs/Public/" + n for n in names if n.endswith(".json")])
        self.assertEqual(len({entry.find(ATOM + "id").text for entry in entries}), len(pairs))

        wanted = [(self.releases[a], self.releases[b]) for a, b in pairs]
        for path in ("/one", "/two"):
            told = self.server.told(path)
            for post in told:
                self.assertEqual(post.headers["x-svctag-signature"], post.signature(SECRET))
            if exactly_once:
                self.assertEqual([post.pair for post in told], wanted)
            first = {post.delivery: post for post in reversed(told)}
            for post in told:
                self.assertEqual(post.body, first[post.delivery].body)
            self.assertEqual(list(dict.fromkeys(post.pair for post in told)), wanted)
            self.assertEqual(len(first), len(wanted))
            bodies = {post.pair: post.body.decode() for post in told}
            for pair, text in zip(wanted, expected):
                self.assertIn(same(text.rstrip("\n")), same(bodies[pair]))

    # ---- the tests ----

    def test_in_order(self):
        """A night for each week, bad ones before many of them, and quiet ones after."""
        generator = random.Random(13)
        for week in range(len(self.files)):
            if week > 0:
                for _ in range(generator.choice((0, 1, 1, 2))):
                    self.bad_night(week, generator)
            self.serve(week)
            self.night(0)
            self.assertEqual(self.night(0), "")
        self.assert_told([(w, w + 1) for w in range(WEEKS)], exactly_once=True)

    def test_out_of_order(self):
        """Late ones are back-filled and say nothing; what comes next is compared with the newest."""
        generator = random.Random(31)
        order = list(range(len(self.files)))
        for i in range(1, len(order) - 1, 3):
            order[i], order[i + 1] = order[i + 1], order[i]
        pairs = []
        newest = None
        for week in order:
            if newest is not None and generator.random() < 0.4:
                self.bad_night(week, generator)
            self.serve(week)
            output = self.night(0)
            if newest is not None and week < newest:
                self.assertEqual(output, "")
            elif newest is not None:
                pairs.append((newest, week))
            newest = week if newest is None else max(newest, week)
        self.assertLess(len(pairs), WEEKS)
        self.assert_told(pairs, exactly_once=True, gaps=False)

    def test_killed(self):
        """kill -9 some times each week, anywhere between the start and the end."""
        generator = random.Random(97)
        kills = 0
        for week in range(len(self.files)):
            self.serve(week)
            for _ in range(KILLS if week > 0 else 0):
                with subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env=ENVIRONMENT) as process:
                    try:
                        process.wait(generator.uniform(0.01, 2.0))
                    except subprocess.TimeoutExpired:
                        process.kill()
                        kills += 1
            self.night(0)
        self.assertGreater(kills, 0)
        print("killed %d times; %d posts for %d diffs and 2 hooks" % (kills, len(self.server.posts), WEEKS))
        self.assert_told([(w, w + 1) for w in range(WEEKS)], exactly_once=False)
        svctag("verify", database=self.db)


@functools.lru_cache(maxsize=None)
def change_number(path):
    with open(path, encoding="utf-8") as file:
        return int(re.search(r'"changeNumber":\s*(\d+)', file.read(4096)).group(1))


class Table(unittest.TestCase):
    """69 addresses that Microsoft's guidance told people to allow, watched from release 300 on."""

    FIRST, LAST = 300, 376
    BREAKS = {310: 1, 363: 22}
    NEAR = 2  # change numbers on either side of a break that are played one by one, the others in one run

    def setUp(self):
        files = [path for path in sorted((data_folder() / "public").glob("*.json"))
                 if self.FIRST <= change_number(path) <= self.LAST]
        near = [path for path in files if any(abs(change_number(path) - n) <= self.NEAR for n in self.BREAKS)]
        self.files = files if complete() else files[:1] + near
        if not self.files or change_number(self.files[0]) > min(self.BREAKS):
            self.skipTest("no releases from before the table broke")
        self.batches = []
        for path in self.files:
            alone = path in near or path == self.files[0]
            if alone or not self.batches or self.batches[-1][-1] in near or len(self.batches) == 1:
                self.batches.append([path])
            else:
                self.batches[-1].append(path)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def below(self, *names):
        return os.path.join(self.folder.name, *names)

    def night(self, paths):
        """What was told of lists: the lines that --exec wrote."""
        heard = self.below("heard")
        done = svctag("nightly", "--state", self.below("state"), "--list", LIST, "--watch", "no-such-tag", "--exec",
                      f"cat >>'{heard}'", "--from", *paths, database=self.below("db"))
        with open(heard, "a+", encoding="utf-8") as file:
            file.seek(0)
            events = [json.loads(line) for line in file]
            file.truncate(0)
        if not events:
            self.assertNotIn("told", done.stdout)
        return events

    def test_told_when_it_breaks(self):
        """As it stands when it is first seen, then at the loaded releases that bracket 310 and 363, and no more."""
        told = [(paths, event) for paths in self.batches for event in self.night(paths)]
        self.assertEqual([event["occasion"] for _, event in told], ["first"] + ["release"] * len(self.BREAKS))
        (_, first), *breaks = told
        self.assertEqual((first["release"]["changeNumber"], first["brokenCount"]),
                         (change_number(self.files[0]), 23))
        for (paths, event), (number, count) in zip(breaks, self.BREAKS.items()):
            previous, now = event["previous"]["changeNumber"], event["release"]["changeNumber"]
            self.assertTrue(previous < number <= now, (previous, now))
            self.assertEqual([change_number(path) for path in paths], [now])
            self.assertEqual((event["brokenCount"], len(event["broken"])), (count, count))
            for entry in event["broken"]:
                self.assertRegex(entry["intent"], r"\AEventHub\.")
                self.assertEqual((entry["from"], entry["since"]), (entry["intent"], event["release"]))
                self.assertEqual(entry["state"], "onlyAzureCloud")
        self.assertEqual(breaks[0][1]["broken"][0]["entry"], "40.68.93.145")
        self.assertEqual(breaks[1][1]["entries"], {"asIntended": 23, "otherTag": 0, "onlyAzureCloud": 46, "none": 0})
        folder, = os.listdir(self.below("state", "lists"))
        self.assertEqual(len(os.listdir(self.below("state", "lists", folder))), 2 * len(told))


if __name__ == "__main__":
    data_folder()
    unittest.main()
