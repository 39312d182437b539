"""svctag nightly: what is new is told once, to everyone, whatever fails in between."""

import copy
import datetime
import glob
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from command_line import PROGRAM, SAMPLE, content, environment, main, svctag  # noqa: E402
from hook_server import HookServer  # noqa: E402
from https_server import PATIENCE, Authority, reply  # noqa: E402

ATOM = "{http://www.w3.org/2005/Atom}"
DAYS = ("20250303", "20250310", "20250317", "20250331")
PROXIES = {name: None for base in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
           for name in (base, base.upper())}
SECRET = b"correct horse battery staple"
SANITIZED = bool(os.environ.get("SVCTAG_SANITIZE"))


def sample(day):
    return os.path.join(SAMPLE, "ServiceTags_Sample_%s.json" % day)


class NightlyTest(unittest.TestCase):
    """A state folder, a database and a server for each test."""

    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.TemporaryDirectory()
        cls.authority = Authority(cls.keys.name)
        cls.server = HookServer(cls.authority.certificate("good", "IP:127.0.0.1,DNS:localhost"))
        cls.secret = os.path.join(cls.keys.name, "secret")
        with open(cls.secret, "wb") as file:
            file.write(SECRET + b"\n")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.keys.cleanup()

    def setUp(self):
        self.server.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.db = self.path("svctag.db")
        self.state = self.path("state")

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def command(self, *arguments):
        return [PROGRAM, "--db", self.db, "nightly", "--state", self.state, "--cacert", self.authority.ca,
                "--tries", "2", "--retry-delay", "1", *arguments]

    def run_nightly(self, *arguments, env=None):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=PATIENCE, check=False,
                              stdin=subprocess.DEVNULL, env=environment(**{**PROXIES, **(env or {})}))

    def nightly(self, *arguments, code=0, quiet=None, **options):
        """Run it; exit code, and whether it printed anything."""
        done = self.run_nightly(*arguments, **options)
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        if code == 0:
            self.assertEqual(done.stderr, "")
        if quiet is not None:
            self.assertEqual(done.stdout == "", quiet, done.stdout)
        self.assertLessEqual(done.stdout.count("\n"), 1)
        return done

    def play(self, *days, **options):
        """Load samples from files."""
        return self.nightly(*[a for day in days for a in ("--from", sample(day))], **options)

    def diff(self, *arguments):
        return svctag("diff", "--format", "json", *arguments, db=self.db).out

    def files(self):
        """The diffs as they lie in the folder: name without ending: document."""
        found = {}
        for path in sorted(glob.glob(os.path.join(self.state, "diffs", "*", "*.json"))):
            with open(path, encoding="utf-8") as file:
                found[os.path.relpath(path, self.state)[:-len(".json")]] = json.load(file)
            self.assertTrue(os.path.exists(path[:-len(".json")] + ".md"))
        self.assertEqual(glob.glob(os.path.join(self.state, "**", "*.new"), recursive=True), [])
        return found

    def steps(self, documents):
        """The change numbers of pairs, in the order given."""
        return [(d["from"]["changeNumber"], d["to"]["changeNumber"]) for d in documents]

    def feed(self):
        """The entries of the feed, which has to be as RFC 4287 wants it."""
        root = ElementTree.parse(os.path.join(self.state, "feed.atom")).getroot()
        self.assertEqual(root.tag, ATOM + "feed")
        for parent in [root, *root.findall(ATOM + "entry")]:
            for name in ("id", "title", "updated"):
                self.assertEqual(len(parent.findall(ATOM + name)), 1, name)
            self.assertRegex(parent.find(ATOM + "id").text, r"\Aurn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-"
                             r"[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
            datetime.datetime.strptime(parent.find(ATOM + "updated").text, "%Y-%m-%dT%H:%M:%SZ")
        self.assertEqual(len(root.findall(ATOM + "author")), 1)
        entries = root.findall(ATOM + "entry")
        ids = [entry.find(ATOM + "id").text for entry in entries]
        self.assertEqual(len(set(ids)), len(ids))
        for entry in entries:
            for link in entry.findall(ATOM + "link"):
                self.assertTrue(os.path.exists(os.path.join(self.state, link.get("href"))), link.get("href"))
        return entries

    def titles(self):
        """Oldest first."""
        return [entry.find(ATOM + "title").text for entry in reversed(self.feed())]


class Telling(NightlyTest):
    """What is told, and what is not."""

    def test_first_is_silent(self):
        done = self.play(DAYS[0])
        self.assertRegex(done.stdout, r"\ASample 101 \(2025-03-03\) is the first: [^\n]*\n\Z")
        self.assertEqual((self.files(), self.titles()), ({}, []))
        self.play(DAYS[0], quiet=True)

    def test_week_after_week(self):
        self.play(DAYS[0])
        for i, day in enumerate(DAYS[1:], 1):
            done = self.play(day, quiet=False)
            self.assertIn("1 diff told", done.stdout)
            self.play(day, quiet=True)
            self.assertEqual(len(self.files()), i)
        self.assertEqual(self.steps(self.files().values()), [(101, 102), (102, 102), (102, 104)])
        self.assertEqual(self.titles(), ["Sample 102 (2025-03-10)", "Sample 102 (2025-03-17)",
                                         "Sample 104 (2025-03-31)"])

    def test_files(self):
        self.play(DAYS[0])
        self.play(DAYS[1])
        (name, document), = self.files().items()
        self.assertEqual(name, "diffs/Sample/2025-03-10-102-" + document["to"]["id"][:12])
        self.assertEqual(content(os.path.join(self.state, name + ".json")).decode(), self.diff())
        markdown = content(os.path.join(self.state, name + ".md")).decode()
        self.assertEqual(markdown, svctag("diff", "--format", "markdown", db=self.db).out)
        for part in ("# Sample 102 (2025-03-10)", "**2025-03-17**", "| Tags added | 1 |", "| AzureManagedGrafana | added",
                     "### EventHub.EastUS\n", "\n- 198.18.16.82/32\n", "networkFeatures: null → "):
            self.assertIn(part, markdown)
        entry, = self.feed()
        self.assertIn("come into use from 2025-03-17", entry.find(ATOM + "content").text)

    def test_existing_database(self):
        """Where releases were there before, the next one has something to be compared with."""
        self.assertEqual(svctag("import", sample(DAYS[0]), sample(DAYS[1]), db=self.db).code, 0)
        self.play(DAYS[2])
        self.assertEqual(self.steps(self.files().values()), [(102, 102)])

    def test_several_at_once(self):
        self.play(DAYS[0])
        done = self.play(DAYS[3], DAYS[1], DAYS[2])
        self.assertIn("3 diffs told", done.stdout)
        self.assertEqual(self.steps(self.files().values()), [(101, 102), (102, 102), (102, 104)])
        self.assertEqual(self.titles()[-1], "Sample 104 (2025-03-31)")

    def test_all_at_once(self):
        """Also where the first is among them: it alone has nothing to be compared with."""
        self.nightly("--from", SAMPLE)
        self.assertEqual(self.steps(self.files().values()), [(101, 102), (102, 102), (102, 104)])

    def test_imported_by_other_hands(self):
        self.play(DAYS[0])
        self.assertEqual(svctag("import", sample(DAYS[1]), db=self.db).code, 0)
        self.play(DAYS[2])
        self.assertEqual(self.steps(self.files().values()), [(101, 102), (102, 102)])

    def test_back_fill_is_silent(self):
        self.play(DAYS[1])
        self.play(DAYS[0], quiet=True)
        self.play(DAYS[3])
        self.play(DAYS[2], quiet=True)
        self.assertEqual(self.steps(self.files().values()), [(102, 104)])
        self.assertEqual(len(svctag("releases", "--format", "json", db=self.db).json["releases"]), 4)

    def test_forgotten(self):
        """What was told last is gone: what stands before it is compared with."""
        self.play(DAYS[0], DAYS[1])
        self.assertEqual(svctag("forget", "102", db=self.db).code, 0)
        self.play(DAYS[2])
        self.assertEqual(self.steps(self.files().values()), [(101, 102), (101, 102)])

    def test_another_database(self):
        self.play(DAYS[0])
        self.db = self.path("other.db")
        self.assertEqual(svctag("import", sample(DAYS[1]), sample(DAYS[2]), db=self.db).code, 0)
        self.play(DAYS[3])
        self.assertEqual(self.steps(self.files().values()), [(102, 104)])

    def test_one_cloud_alone(self):
        self.play(DAYS[0])
        self.assertEqual(svctag("import", sample(DAYS[1]), db=self.db).code, 0)
        done = self.nightly("--cloud", "China", "--from", sample(DAYS[2]), code=2)
        self.assertIn("is of cloud Sample, not China", done.stderr)
        self.assertEqual(self.files(), {})

    def test_refused_file(self):
        self.play(DAYS[0])
        bad = self.path("ServiceTags_Sample_20250324.json")
        with open(bad, "w", encoding="utf-8") as file:
            file.write("<html>")
        done = self.nightly("--from", bad, sample(DAYS[1]), code=2)
        self.assertRegex(done.stderr, r"\Asvctag: [^\n]*ServiceTags_Sample_20250324.json: [^\n]*\n\Z")
        self.assertIn("1 diff told, 1 failure", done.stdout)

    def test_json(self):
        self.play(DAYS[0])
        done = self.play(DAYS[1])
        self.setUp()
        self.play(DAYS[0])
        result = json.loads(self.nightly("--format", "json", "--from", sample(DAYS[1])).stdout)
        told, = result["diffs"]
        self.assertEqual((told["from"]["changeNumber"], told["to"]["changeNumber"]), (101, 102))
        self.assertEqual(told["inUseFrom"], "2025-03-17")
        self.assertTrue(os.path.exists(os.path.join(self.state, told["json"])))
        self.assertTrue(os.path.exists(os.path.join(self.state, told["markdown"])))
        self.assertEqual((result["pending"], result["failures"], result["begun"]), (0, 0, []))
        self.assertIn("Sample 102", done.stdout)

    def test_default_folder(self):
        for env, below in (({"XDG_STATE_HOME": self.path("xdg"), "HOME": self.path("home")}, "xdg/svctag/nightly"),
                           ({"XDG_STATE_HOME": "relative", "HOME": self.path("home")},
                            "home/.local/state/svctag/nightly")):
            subprocess.run([PROGRAM, "--db", self.db, "nightly", "--from", SAMPLE], check=True, capture_output=True,
                           env=environment(**env), timeout=PATIENCE)
            self.assertTrue(os.path.exists(self.path(*below.split("/"), "state.json")))

    def test_locked(self):
        """The first run is at its command until it may go on; one waits for it, one does not."""
        began, leave = self.path("began"), self.path("leave")
        command = "touch '%s'; until test -e '%s'; do sleep 0.1; done" % (began, leave)
        self.play(DAYS[0])
        with subprocess.Popen(self.command("--from", sample(DAYS[1]), "--exec", command), stderr=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL) as first:
            self.addCleanup(first.kill)
            while not os.path.exists(began):
                self.assertIsNone(first.poll())
                time.sleep(0.05)
            done = self.play(DAYS[2], code=2)
            self.assertIn("another nightly run", done.stderr)
            with subprocess.Popen(self.command("--wait", "--from", sample(DAYS[2])), stderr=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL) as second:
                self.addCleanup(second.kill)
                with self.assertRaises(subprocess.TimeoutExpired):
                    second.wait(1)
                self.assertEqual(len(self.files()), 1)
                with open(leave, "w", encoding="utf-8"):
                    pass
                self.assertEqual((first.wait(PATIENCE), second.wait(PATIENCE)), (0, 0))
        self.assertEqual(len(self.files()), 2)

    def test_damaged_state(self):
        self.play(DAYS[0])
        path = os.path.join(self.state, "state.json")
        good = content(path)
        for bad, says in ((good[:-5], "damaged"), (good + b"x", "damaged"), (b"", "damaged"), (b"[]", "damaged"),
                          (good.replace(b"2025-03-03", b"2025-13-03"), "damaged"),
                          (good.replace(b'"format":\t2', b'"format":\t3'), "newer version")):
            with open(path, "wb") as file:
                file.write(bad)
            done = self.play(DAYS[1], code=2)
            self.assertIn(says, done.stderr, bad)
            self.assertEqual(content(path), bad)

    def test_feed_mends_itself(self):
        self.play(DAYS[0], DAYS[1])
        path = os.path.join(self.state, "feed.atom")
        good = content(path)
        with open(path, "wb") as file:
            file.write(b"<feed>")
        self.play(DAYS[1], quiet=True)
        self.assertEqual(content(path), good)
        os.remove(path)
        self.play(DAYS[1], quiet=True)
        self.assertEqual(content(path), good)

    def test_wrong(self):
        self.assertIn("text or json", self.nightly("--format", "csv", code=2).stderr)
        for arguments, says in (
                (["--watch", "13.82.88.1/24"], "13.82.88.0/24"),
                (["--watch", "1.2.3"], "1.2.3"),
                (["--watch", ""], "watch"),
                (["--watch-file", self.path("absent")], "absent"),
                (["--hook", "http://hooks.example.com/x"], "https"),
                (["--hook", "file:///etc/passwd"], "file"),
                (["--hook-secret-file", self.secret], "--hook"),
                (["--hook", "https://127.0.0.1/", "--hook-secret-file", self.path("absent")], "absent"),
                (["--exec", ""], "--exec"),
                (["--state", ""], "--state")):
            done = self.nightly(*arguments, "--from", SAMPLE, code=2)
            self.assertIn(says, done.stderr, arguments)
            self.assertRegex(done.stderr, r"\Asvctag: [^\n]+\n\Z")
            self.assertFalse(os.path.exists(self.db))
        self.assertIn("--from", self.nightly("file.json", code=2).stderr)


class Hooks(NightlyTest):
    """Posts, their signatures, and what happens when nobody is there."""

    def hook(self, name="/hook", days=(), code=0, **options):
        return self.nightly("--hook", self.server.url(name), "--hook-secret-file", self.secret,
                            *[a for day in days for a in ("--from", sample(day))], code=code, **options)

    def test_post(self):
        self.play(DAYS[0])
        self.hook(days=[DAYS[1]])
        post, = self.server.posts
        self.assertEqual(post.headers["content-type"], "application/json")
        self.assertEqual(post.headers["x-svctag-signature"], post.signature(SECRET))
        document = post.document
        self.assertEqual(list(document), ["delivery", "event", "cloud", "release", "inUseFrom", "diff"])
        self.assertEqual(document["delivery"], post.delivery)
        self.assertRegex(post.delivery, r"\A[0-9a-f]{32}\Z")
        self.assertEqual((document["event"], document["cloud"], document["inUseFrom"]),
                         ("release", "Sample", "2025-03-17"))
        self.assertEqual(document["release"], document["diff"]["to"])
        self.assertEqual(document["diff"], json.loads(self.diff()))
        self.hook(days=[DAYS[1]], quiet=True)
        self.assertEqual(len(self.server.posts), 1)

    def test_delivery_id(self):
        """The digest of both contents and the address."""
        self.play(DAYS[0])
        self.hook(days=[DAYS[1]])
        post, = self.server.posts
        text = "".join(post.pair) + self.server.url("/hook")
        self.assertEqual(post.delivery, hashlib.sha256(text.encode()).hexdigest()[:32])

    def test_unsigned(self):
        self.play(DAYS[0])
        self.nightly("--hook", self.server.url("/hook"), "--from", sample(DAYS[1]))
        post, = self.server.posts
        self.assertNotIn("x-svctag-signature", post.headers)

    def test_passing_failure(self):
        self.play(DAYS[0])
        self.server.statuses["/hook"] = [503]
        self.hook(days=[DAYS[1]])
        self.assertEqual(len(self.server.posts), 1)

    def test_down_for_weeks(self):
        """All that was missed is told, once and in order, under the same ids; others do not wait."""
        both = ("--hook", self.server.url("/good"), "--hook", self.server.url("/bad"))
        self.play(DAYS[0])
        for i, day in enumerate(DAYS[1:], 1):
            self.server.statuses["/bad"] = [500] * 2
            done = self.nightly(*both, "--from", sample(day), code=2)
            self.assertRegex(done.stderr, r"\Asvctag: [^\n]*/bad: answered HTTP 500[^\n]*\n\Z")
            self.assertIn("%d left for the next run" % i, done.stdout)
            self.assertEqual(len(self.server.told("/good")), i)
        self.server.statuses.clear()
        done = self.nightly(*both, "--from", sample(DAYS[3]))
        self.assertIn("3 deliveries made", done.stdout)
        self.nightly(*both, "--from", sample(DAYS[3]), quiet=True)
        for path in ("/good", "/bad"):
            told = self.server.told(path)
            self.assertEqual(self.steps(p.document["diff"] for p in told), [(101, 102), (102, 102), (102, 104)])
            self.assertEqual(len({p.delivery for p in told}), 3)
        self.assertEqual(len({p.delivery for p in self.server.posts}), 6)

    def test_permanent_refusal(self):
        """404 is not tried again in this run, but in the next."""
        self.play(DAYS[0])
        self.server.statuses["/hook"] = [404, 410]
        self.hook(days=[DAYS[1]], code=2)
        self.hook(days=[DAYS[1]], code=2)
        self.hook(days=[DAYS[1]])
        self.assertEqual(len(self.server.posts), 1)

    def test_nobody_there(self):
        self.play(DAYS[0])
        done = self.nightly("--hook", "https://127.0.0.1:1/x", "--from", sample(DAYS[1]), code=2)
        self.assertIn("127.0.0.1", done.stderr)
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(len(self.titles()), 1)

    def test_untrusted(self):
        self.play(DAYS[0])
        done = self.nightly("--cacert", "/etc/ssl/certs/ca-certificates.crt" if
                            os.path.exists("/etc/ssl/certs/ca-certificates.crt") else self.authority.path("good.pem"),
                            "--hook", self.server.url("/hook"), "--from", sample(DAYS[1]), code=2)
        self.assertIn("certificate", done.stderr)
        self.assertEqual(self.server.posts, [])

    def test_new_hook(self):
        """A hook hears of what comes after it was named."""
        self.play(DAYS[0])
        self.play(DAYS[1])
        self.hook(days=[DAYS[2]])
        self.assertEqual(self.steps(p.document["diff"] for p in self.server.posts), [(102, 102)])

    def test_hook_left_out(self):
        """A run without the hook loses nothing of what is owed to it."""
        self.play(DAYS[0])
        self.server.statuses["/hook"] = [500] * 2
        self.hook(days=[DAYS[1]], code=2)
        self.play(DAYS[2])
        self.hook(days=[DAYS[3]])
        self.assertEqual(self.steps(p.document["diff"] for p in self.server.posts), [(101, 102), (102, 104)])

    def test_diff_is_gone(self):
        """Someone tidied up: it is said, and not for ever."""
        self.play(DAYS[0])
        self.server.statuses["/hook"] = [500] * 2
        self.hook(days=[DAYS[1]], code=2)
        for path in glob.glob(os.path.join(self.state, "diffs", "*", "*.json")):
            os.remove(path)
        done = self.hook(days=[DAYS[1]], code=2)
        self.assertIn("diffs/Sample/2025-03-10-102", done.stderr)
        self.hook(days=[DAYS[1]], quiet=True)

    def test_redirect_is_not_followed(self):
        self.play(DAYS[0])
        self.server.statuses["/hook"] = [302] * 2
        self.hook(days=[DAYS[1]], code=2)
        self.assertEqual(self.server.paths(), ["/hook"])


class Command(NightlyTest):
    """--exec"""

    def test_input(self):
        out = self.path("out")
        self.play(DAYS[0])
        self.nightly("--from", sample(DAYS[1]), "--exec", "cat >'%s'; env >'%s.env'" % (out, out),
                     env={"SVCTAG_CLOUD": "mine", "KEPT": "yes"})
        self.assertEqual(content(out).decode(), self.diff())
        variables = dict(line.split("=", 1) for line in content(out + ".env").decode().splitlines() if "=" in line)
        for name, value in (("SVCTAG_CLOUD", "Sample"), ("SVCTAG_CHANGE_NUMBER", "102"),
                            ("SVCTAG_PUBLISHED", "2025-03-10"), ("SVCTAG_IN_USE_FROM", "2025-03-17"), ("KEPT", "yes")):
            self.assertEqual(variables[name], value)
        self.assertTrue(os.path.exists(variables["SVCTAG_MARKDOWN"]))
        self.play(DAYS[1], quiet=True)

    def test_once_for_each(self):
        out = self.path("out")
        self.play(DAYS[0])
        self.nightly("--from", SAMPLE, "--exec", "cat >>'%s'" % out)
        self.assertEqual(self.steps(map(json.loads, content(out).decode().splitlines())),
                         [(101, 102), (102, 102), (102, 104)])

    def test_output_is_not_ours(self):
        self.play(DAYS[0])
        done = self.run_nightly("--format", "json", "--from", sample(DAYS[1]), "--exec", "echo hello")
        json.loads(done.stdout)
        self.assertEqual((done.returncode, done.stderr), (0, "hello\n"))

    def test_failure(self):
        out = self.path("out")
        command = "test -e '%s' && cat >>'%s'" % (out, out)
        self.play(DAYS[0])
        for day, left in ((DAYS[1], 1), (DAYS[2], 2)):
            done = self.nightly("--from", sample(day), "--exec", command, code=2)
            self.assertIn("--exec: ended with exit code 1", done.stderr)
            self.assertIn("%d left for the next run" % left, done.stdout)
        with open(out, "w", encoding="utf-8"):
            pass
        self.nightly("--from", sample(DAYS[2]), "--exec", command)
        self.nightly("--from", sample(DAYS[2]), "--exec", command, quiet=True)
        self.assertEqual(self.steps(map(json.loads, content(out).decode().splitlines())), [(101, 102), (102, 102)])
        self.nightly("--from", sample(DAYS[3]), "--exec", "kill -9 $$", code=2)


class Watching(NightlyTest):
    """Only what matters."""

    def watch(self, *words, day=DAYS[1]):
        """The tags that were told, or None for silence."""
        self.setUp()
        self.play(DAYS[DAYS.index(day) - 1])
        done = self.play(day) if not words else self.nightly(*[a for w in words for a in ("--watch", w)], "--from",
                                                             sample(day))
        found = list(self.files().values())
        self.assertEqual(done.stdout == "", not found)
        self.assertEqual(len(self.feed()), len(found))
        return [tag["tag"] for tag in found[0]["tags"]] if found else None

    def test_tags(self):
        self.assertEqual(self.watch("EventHub.EastUS"), ["EventHub.EastUS"])
        self.assertEqual(self.watch("eventhub.*", "AzureManagedGrafana"), ["AzureManagedGrafana", "EventHub.EastUS"])
        self.assertIsNone(self.watch("PowerQueryOnline"))
        self.assertEqual(self.watch("PowerQueryOnline", day=DAYS[2]), ["PowerQueryOnline"])

    def test_regions(self):
        everything = self.watch()
        for word in ("eastus", "East US", "EASTUS", "useast"):
            tags = self.watch(word)
            self.assertTrue(tags and all(t.endswith((".EastUS", ".eastus")) for t in tags), (word, tags))
            self.assertLess(len(tags), len(everything))
        self.assertIn("AzureCloud.northeurope", self.watch("northeurope", day=DAYS[2]))
        self.assertIsNone(self.watch("brazilsouth"))

    def test_region_lost(self):
        """Storage.UKSouth has no region for a week: its leaving is told."""
        self.assertIn("Storage.UKSouth", self.watch("uksouth"))

    def test_addresses(self):
        for word in ("198.18.16.82", "198.18.16.80/30", "198.18.16.70-198.18.16.90"):
            tags = self.watch(word)
            self.assertIn("EventHub.EastUS", tags)
            self.assertIn("EventHub", tags)
            self.assertNotIn("AzureManagedGrafana", tags)
        self.assertIsNone(self.watch("192.0.2.1"))
        self.assertIsNone(self.watch("2001:db8:ffff::/48"))

    def test_regrouped_is_no_news(self):
        """Storage.EastUS: a /24 became its halves."""
        self.assertIsNone(self.watch("198.18.4.0/24"))

    def test_summary(self):
        self.watch("EventHub*")
        document, = self.files().values()
        summary = document["summary"]
        self.assertEqual(summary["tagsChanged"], len(document["tags"]))
        for key, field in (("prefixesAdded", "added"), ("prefixesRemoved", "removed")):
            self.assertEqual(summary[key], sum(len(tag[field]) for tag in document["tags"]))
        self.assertEqual(document, json.loads(self.diff("--tag", "EventHub*")))

    def test_silence_is_remembered(self):
        """What was not told is not told later, and is not compared with again."""
        self.play(DAYS[0])
        self.nightly("--watch", "PowerQueryOnline", "--from", sample(DAYS[1]), quiet=True)
        self.nightly("--watch", "PowerQueryOnline", "--from", sample(DAYS[2]), quiet=False)
        self.nightly("--from", sample(DAYS[2]), quiet=True)
        self.assertEqual(self.steps(self.files().values()), [(102, 102)])

    def test_file(self):
        path = self.path("watch")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# ours\n\n  EventHub.EastUS   # the monitor\n198.19.255.0/24\n")
        self.play(DAYS[0])
        self.nightly("--watch-file", path, "--from", sample(DAYS[1]))
        document, = self.files().values()
        self.assertEqual([tag["tag"] for tag in document["tags"]], ["EventHub.EastUS"])
        with open(path, "a", encoding="utf-8") as file:
            file.write("1.2.3.4/8\n")
        done = self.nightly("--watch-file", path, "--from", sample(DAYS[2]), code=2)
        self.assertIn("watch, line 5", done.stderr)
        with open(path, "w", encoding="utf-8") as file:
            file.write("# nothing\n")
        self.assertIn("nothing to watch", self.nightly("--watch-file", path, "--from", SAMPLE, code=2).stderr)


class Hostile(NightlyTest):
    """Names that a feed or a page must not take for markup."""

    def test_names(self):
        with open(sample(DAYS[0]), encoding="utf-8") as file:
            document = json.load(file)
        self.play(DAYS[0])
        evil = copy.deepcopy(document["values"][0])
        evil["name"] = evil["id"] = "A<b>&\"'|`*_]]>\ufffe"
        document["changeNumber"] = 900
        document["values"].append(evil)
        path = self.path("ServiceTags_Sample_20260101.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.nightly("--from", path)
        entry, = self.feed()
        self.assertIn("A<b>&\"'|`*_]]>\ufffd", entry.find(ATOM + "content").text)
        name, = self.files()
        self.assertIn("A\\<b\\>\\&\"'\\|\\`\\*\\_\\]\\]\\>", content(os.path.join(self.state, name + ".md")).decode())

    def test_cloud_is_no_path(self):
        with open(sample(DAYS[0]), encoding="utf-8") as file:
            document = json.load(file)
        document["cloud"] = ".."
        for day, number in (("20260101", 1), ("20260108", 2)):
            document["changeNumber"] = number
            with open(self.path("ServiceTags_%s.json" % day), "w", encoding="utf-8") as file:
                json.dump(document, file)
        self.nightly("--from", self.path("ServiceTags_20260101.json"), self.path("ServiceTags_20260108.json"))
        self.assertEqual(os.listdir(os.path.join(self.state, "diffs")), ["_.."])

    def test_many(self):
        """The feed has the newest fifty, the folder all."""
        with open(sample(DAYS[0]), encoding="utf-8") as file:
            document = json.load(file)
        folder = self.path("many")
        os.mkdir(folder)
        day = datetime.date(2024, 1, 1)
        for i in range(56):
            document["changeNumber"] = i + 1
            name = "ServiceTags_Sample_%s.json" % (day + datetime.timedelta(7 * i)).strftime("%Y%m%d")
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                json.dump(document, file)
        self.assertIn("55 diffs told", self.nightly("--from", folder).stdout)
        self.assertEqual(len(self.files()), 55)
        titles = self.titles()
        self.assertEqual((len(titles), titles[0][:9], titles[-1][:9]), (50, "Sample 7 ", "Sample 56"))
        self.nightly("--from", folder, quiet=True)
        with open(os.path.join(self.state, "state.json"), encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["diffs"]), 50)


class Fetching(NightlyTest):
    """From a server, with failures in between."""

    def serve(self, day):
        """The page links to this day's file, as Microsoft's does."""
        name = "/ServiceTags_Sample_%s.json" % day
        body = content(sample(day))
        self.server.handlers["/page"] = lambda c, r: reply(c, 200, b'<a href="%s">' % self.server.url(name).encode())
        self.server.handlers[name] = lambda c, r: reply(c, 200, body, ['ETag: "%s"' % day])
        return name

    def fetch(self, **options):
        return self.nightly("--cloud", "Sample", "--page", self.server.url("/page"), "--hook", self.server.url("/hook"),
                            **options)

    def test_fetch(self):
        self.serve(DAYS[0])
        self.fetch()
        self.fetch(quiet=True)
        for day in DAYS[1:]:
            self.serve(day)
            self.fetch(quiet=False)
            self.fetch(quiet=True)
        self.assertEqual(self.steps(p.document["diff"] for p in self.server.posts),
                         [(101, 102), (102, 102), (102, 104)])

    def test_failures(self):
        self.serve(DAYS[0])
        self.fetch()
        name = self.serve(DAYS[1])
        good = self.server.handlers[name]
        for handler, says in ((lambda c, r: reply(c, 500), "HTTP 500"), (lambda c, r: reply(c, 404), "HTTP 404"),
                              (lambda c, r: reply(c, 200, b"<html>sorry"), name)):
            self.server.handlers[name] = handler
            done = self.fetch(code=2)
            self.assertIn(says, done.stderr)
            self.assertEqual(self.server.posts, [])
        self.server.handlers[name] = good
        self.fetch()
        self.assertEqual(len(self.server.posts), 1)

    def test_hook_told_though_fetch_fails(self):
        """What is owed is told whether there is news or not."""
        self.serve(DAYS[0])
        self.fetch()
        self.serve(DAYS[1])
        self.server.statuses["/hook"] = [500] * 2
        self.fetch(code=2)
        self.server.handlers["/page"] = lambda c, r: reply(c, 500)
        self.fetch(code=2)
        self.assertEqual(len(self.server.posts), 1)


class Killed(NightlyTest):
    """kill -9 at any moment: nothing lost, the files and the feed as if nothing had happened."""

    RUNS = 3 if SANITIZED else 12

    def test_killed(self):
        generator = random.Random(20250303)
        for run in range(self.RUNS):
            with self.subTest(run=run):
                self.setUp()
                self.play_killed(generator)

    def play_killed(self, generator):
        out = self.path("heard")
        rest = ("--hook", self.server.url("/hook"), "--exec", "cat >>'%s'" % out)
        kills = 0
        for day in DAYS:
            while True:
                with open(self.path("errors"), "w+", encoding="utf-8") as errors:
                    process = subprocess.Popen(self.command("--from", sample(day), *rest), stdout=subprocess.DEVNULL,
                                               stderr=errors, env=environment(**PROXIES))
                    try:
                        code = process.wait(generator.uniform(0, 0.12) if kills < 12 else PATIENCE)
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        process.wait()
                        kills += 1
                        continue
                    errors.seek(0)
                    self.assertEqual(code, 0, errors.read())
                break
        expected = [(101, 102), (102, 102), (102, 104)]
        self.assertEqual(self.steps(self.files().values()), expected)
        self.assertEqual(self.titles(), ["Sample 102 (2025-03-10)", "Sample 102 (2025-03-17)",
                                         "Sample 104 (2025-03-31)"])
        posts = {}
        for post in self.server.posts:
            self.assertEqual(posts.setdefault(post.delivery, post).body, post.body)
        self.assertEqual(self.steps(p.document["diff"] for p in posts.values()), expected)
        heard = list(dict.fromkeys(content(out).decode().splitlines()))
        whole = [line for line in heard if line.endswith("]}")]
        self.assertEqual(self.steps(map(json.loads, whole)), expected)


if __name__ == "__main__":
    main()
