"""svctag nightly --list: what breaks in a list of one's own is told once, to everyone, and nothing else is."""

import copy
import glob
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from command_line import content, environment, main, svctag  # noqa: E402
from https_server import PATIENCE  # noqa: E402
from test_nightly import ATOM, DAYS, PROXIES, SANITIZED, SECRET, NightlyTest, sample  # noqa: E402

# In the sample the first of these leaves its tag on the second day, the others on the last; the fourth never does.
LEAVES_EARLY = ("198.18.16.82", "EventHub.EastUS")
LEAVES_LATE = ("198.18.208.82", "EventHub.FranceCentral")
GOES = ("198.19.248.0/26", "AzureFrontDoor.FirstParty")
STAYS = ("198.18.16.10", "EventHub.EastUS")
PRIVATE = "10.0.0.0/8"


class ListTest(NightlyTest):
    """Lists beside the state folder, the database and the server."""

    def write(self, name, *entries):
        """A CSV file with intents; an entry that is text alone has none."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("address,intent\n")
            for entry in entries:
                file.write("%s,%s\n" % ((entry, "") if isinstance(entry, str) else entry))
        return path

    def watch(self, *days, lists, more=(), **options):
        return self.nightly(*[a for path in lists for a in ("--list", path)], *more,
                            *[a for day in days for a in ("--from", sample(day))], **options)

    def events(self):
        """What was told, as it lies in the folder, in the order of releases."""
        found = []
        for path in glob.glob(os.path.join(self.state, "lists", "*", "*.json")):
            with open(path, encoding="utf-8") as file:
                found.append(json.load(file))
            self.assertTrue(os.path.exists(path[:-len(".json")] + ".md"))
        self.assertEqual(glob.glob(os.path.join(self.state, "**", "*.new"), recursive=True), [])
        return sorted(found, key=lambda e: (e["release"]["published"], e["list"]["path"]))

    def told(self):
        """The same in short: occasion, day, and entries."""
        return [(e["occasion"], e["release"]["published"].replace("-", ""), [b["entry"] for b in e["broken"]])
                for e in self.events()]

    def state_document(self):
        with open(os.path.join(self.state, "state.json"), encoding="utf-8") as file:
            return json.load(file)


class Breaking(ListTest):
    """An entry leaves the tag that it is meant for."""

    def test_week_after_week(self):
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE, GOES, STAYS)
        self.assertNotIn("list", self.watch(DAYS[0], lists=[path]).stdout)
        done = self.watch(DAYS[1], lists=[path])
        self.assertIn("firewall.csv: 1 of 4 entries broke in Sample 102 (2025-03-10)", done.stdout)
        self.assertIn("1 diff and 1 list told", done.stdout)
        self.watch(DAYS[1], lists=[path], quiet=True)
        self.assertIn("1 diff told", self.watch(DAYS[2], lists=[path]).stdout)
        self.watch(DAYS[3], lists=[path])
        self.watch(DAYS[3], lists=[path], quiet=True)
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]]),
                                       ("release", DAYS[3], [LEAVES_LATE[0], GOES[0]])])

    def test_event(self):
        """The same figures as `svctag drift` of this list."""
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE, STAYS, PRIVATE)
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path])
        event, = self.events()
        self.assertEqual(list(event), ["event", "occasion", "list", "previous", "release", "gap", "entries",
                                       "brokenCount", "broken", "returnedCount", "returned", "tags"])
        drift = svctag("drift", "--format", "json", path, db=self.db).json
        before, now = drift["releases"]
        self.assertEqual((event["event"], event["occasion"]), ("list", "release"))
        self.assertEqual(event["list"], {"path": path, "name": "firewall.csv", "format": "csv", "entries": 4,
                                         "unreadable": [], "problemsLeftOff": 0})
        self.assertEqual((event["previous"], event["release"]), (before["release"], now["release"]))
        self.assertEqual((event["gap"], event["entries"]), (False, now["entries"]))
        self.assertEqual(event["broken"], [{
            "entry": LEAVES_EARLY[0], "place": "%s:2" % path, "intent": LEAVES_EARLY[1], "from": LEAVES_EARLY[1],
            "to": "AzureCloud.eastus", "state": "onlyAzureCloud", "since": now["release"]}])
        self.assertEqual((event["brokenCount"], event["returnedCount"], event["returned"]), (1, 0, []))
        self.assertEqual(event["tags"], [t for t in now["tags"] if t["tag"] == LEAVES_EARLY[1]])
        self.assertEqual(event["tags"][0]["stale"], {"ipv4": "1", "ipv6": "0"})

    def test_several_releases_at_once(self):
        """Each is told by itself, and the first release of a list that is new too is where it begins."""
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE, GOES)
        self.watch(DAYS[0], lists=[path])
        self.assertIn("3 diffs and 2 lists told", self.watch(*DAYS[1:], lists=[path]).stdout)
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]]),
                                       ("release", DAYS[3], [LEAVES_LATE[0], GOES[0]])])

    def test_by_other_hands(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        self.assertEqual(svctag("import", sample(DAYS[1]), db=self.db).code, 0)
        self.watch(DAYS[1], lists=[path], quiet=False)
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]])])

    def test_nothing_broke(self):
        path = self.write("firewall.csv", STAYS, PRIVATE)
        for day in DAYS:
            self.assertNotIn("list", self.watch(day, lists=[path]).stdout)
        self.assertEqual(self.events(), [])

    def test_diffs_are_not_watched(self):
        """--watch is about diffs alone."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        done = self.watch(DAYS[1], lists=[path], more=["--watch", "PowerQueryOnline"])
        self.assertIn("0 diffs and 1 list told", done.stdout)
        self.assertEqual(self.files(), {})

    def test_several_lists(self):
        """Of one name in two folders too."""
        os.mkdir(self.path("a"))
        os.mkdir(self.path("b"))
        lists = [self.write("a/fw.csv", LEAVES_EARLY), self.write("b/fw.csv", LEAVES_LATE), self.write("c.csv", STAYS)]
        self.watch(DAYS[0], lists=lists)
        self.watch(*DAYS[1:], lists=lists)
        self.assertEqual([(e["list"]["path"], e["release"]["published"]) for e in self.events()],
                         [(lists[0], "2025-03-10"), (lists[1], "2025-03-31")])

    def test_formats(self):
        """Detected, or named; intents from the command line."""
        text = self.path("plain.txt")
        with open(text, "w", encoding="utf-8") as file:
            file.write("# monitoring\n%s\n%s\n" % (LEAVES_EARLY[0], STAYS[0]))
        odd = self.path("odd")
        with open(odd, "w", encoding="utf-8") as file:
            file.write("name;where\nx;%s\n" % LEAVES_EARLY[0])
        self.watch(DAYS[0], lists=[text, odd], more=["--intent", "eventhub.eastus", "--column", "where"])
        self.watch(DAYS[1], lists=[text, odd], more=["--intent", "eventhub.eastus", "--column", "where"])
        self.assertEqual([(e["list"]["format"], e["list"]["entries"], e["brokenCount"]) for e in self.events()],
                         [("csv", 1, 1), ("text", 2, 1)])

    def test_json(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        result = json.loads(self.watch(DAYS[1], lists=[path], more=["--format", "json"]).stdout)
        told, = result["lists"]
        self.assertEqual((told["list"], told["release"]["changeNumber"]), (path, 102))
        self.assertIn("198.18.16.82 is not in EventHub.EastUS, now in only AzureCloud.eastus", told["summary"])
        for name in ("json", "markdown"):
            self.assertTrue(os.path.exists(os.path.join(self.state, told[name])))
        self.assertEqual((len(result["diffs"]), result["failures"]), (1, 0))

    def test_coming_back(self):
        """That alone is no news; leaving once more is."""
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE)
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path])
        for day, change, like in (("20250407", 105, DAYS[0]), ("20250414", 106, DAYS[1])):
            with open(sample(like), encoding="utf-8") as file:
                document = json.load(file)
            document["changeNumber"] = change
            again = self.path("ServiceTags_Sample_%s.json" % day)
            with open(again, "w", encoding="utf-8") as file:
                json.dump(document, file)
            self.watch(lists=[path], more=["--from", again])
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]]),
                                       ("release", "20250414", [LEAVES_EARLY[0]])])

    def test_coming_back_beside_news(self):
        path = self.write("firewall.csv", LEAVES_EARLY, STAYS)
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path])
        with open(sample(DAYS[0]), encoding="utf-8") as file:
            document = json.load(file)
        document["changeNumber"] = 105
        for value in document["values"]:
            if value["name"] == "EventHub.EastUS":
                value["properties"]["addressPrefixes"] = [LEAVES_EARLY[0] + "/32"]
        again = self.path("ServiceTags_Sample_20250407.json")
        with open(again, "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.watch(lists=[path], more=["--from", again])
        event = self.events()[1]
        self.assertEqual([b["entry"] for b in event["broken"]], [STAYS[0]])
        self.assertEqual([r["entry"] for r in event["returned"]], [LEAVES_EARLY[0]])
        self.assertEqual((event["broken"][0]["to"], event["broken"][0]["state"]), ("EventHub", "otherTag"))


class Beginning(ListTest):
    """A list that is new, one that is changed, one that is broken already."""

    def test_broken_when_first_seen(self):
        """Once, as it stands, not entry by entry as it came about."""
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE, STAYS, ("198.18.16.82", "AzureSiteRecovery"))
        self.play(*DAYS)
        self.assertIn("firewall.csv: 3 of 4 entries are not as intended in Sample 104 (2025-03-31)",
                      self.watch(DAYS[3], lists=[path]).stdout)
        self.watch(DAYS[3], lists=[path], quiet=True)
        self.assertEqual(self.told(), [("first", DAYS[3], [LEAVES_EARLY[0], LEAVES_LATE[0], LEAVES_EARLY[0]])])
        event, = self.events()
        self.assertIsNone(event["previous"])
        self.assertEqual([(b["from"], b["since"] and b["since"]["published"]) for b in event["broken"]],
                         [(LEAVES_EARLY[1], "2025-03-10"), (LEAVES_LATE[1], "2025-03-31"), (None, None)])

    def test_first_of_everything(self):
        """All releases at once, and the list: it begins at the newest."""
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE, STAYS)
        self.watch(*DAYS, lists=[path])
        self.assertEqual(self.told(), [("first", DAYS[3], [LEAVES_EARLY[0], LEAVES_LATE[0]])])

    def test_nothing_loaded(self):
        """Nothing to judge it by yet: that is no failure of the list's."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.nightly("--list", path, "--from", self.path(), code=2)
        self.assertEqual(self.state_document()["lists"], [])
        self.watch(DAYS[1], lists=[path])
        self.assertEqual(self.told(), [("first", DAYS[1], [LEAVES_EARLY[0]])])

    def test_cloud_that_is_not_loaded(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.play(DAYS[0])
        self.watch(lists=[path], more=["--cloud", "China", "--from", sample(DAYS[1])], code=2)
        self.assertEqual((self.events(), self.state_document()["lists"]), ([], []))

    def test_back_fill_is_silent(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[2], lists=[path])
        self.assertEqual(self.told(), [("first", DAYS[2], [LEAVES_EARLY[0]])])
        self.watch(DAYS[0], DAYS[1], lists=[path], quiet=True)
        self.watch(DAYS[3], lists=[path])
        self.assertEqual(len(self.events()), 1)

    def test_changed(self):
        """Judged anew; what changes no entry is no change."""
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE, STAYS)
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path])
        text = content(path).decode()
        with open(path, "w", encoding="utf-8") as file:
            lines = text.splitlines()
            file.write("\r\n".join([lines[0], *reversed(lines[1:])]) + "\r\n")
        self.watch(DAYS[1], lists=[path], quiet=True)
        self.write("firewall.csv", LEAVES_LATE, STAYS)  # mended
        self.watch(DAYS[1], lists=[path], quiet=True)
        self.write("firewall.csv", LEAVES_LATE, LEAVES_EARLY)  # broken by hand
        self.watch(DAYS[1], lists=[path], quiet=False)
        self.write("firewall.csv", LEAVES_LATE, STAYS)
        self.watch(DAYS[1], lists=[path], quiet=True)
        self.write("firewall.csv", LEAVES_LATE, LEAVES_EARLY)  # and back: that was told
        self.watch(DAYS[1], lists=[path], quiet=True)
        self.assertEqual(sorted(self.told()), [("changed", DAYS[1], [LEAVES_EARLY[0]]),
                                               ("release", DAYS[1], [LEAVES_EARLY[0]])])

    def test_unreadable_entry(self):
        """What is not read is not watched, which somebody has to know."""
        path = self.write("firewall.csv", STAYS, ("52.231.298.185", "Storage"))
        done = self.watch(DAYS[0], lists=[path])
        self.assertIn("firewall.csv: 0 of 1 entry is not as intended in Sample 101 (2025-03-03), 1 unreadable",
                      done.stdout)
        self.watch(DAYS[0], lists=[path], quiet=True)
        event, = self.events()
        self.assertEqual([p["text"] for p in event["list"]["unreadable"]], ["52.231.298.185"])
        self.watch(DAYS[1], lists=[path])
        self.assertEqual(len(self.events()), 1)

    def test_unknown_tag(self):
        path = self.write("firewall.csv", (STAYS[0], "EvntHub.EastUS"))
        done = self.watch(DAYS[0], lists=[path], more=["--format", "json"])
        self.assertIn("No loaded release has a tag EvntHub.EastUS.", json.loads(done.stdout)["lists"][0]["summary"])
        event, = self.events()
        self.assertFalse(event["tags"][0]["known"])

    def test_another_database(self):
        """Nothing of what was judged last is there: it begins anew."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        self.db = self.path("other.db")
        self.watch(DAYS[2], DAYS[1], lists=[path])
        self.assertEqual(self.told(), [("first", DAYS[2], [LEAVES_EARLY[0]])])

    def test_left_out_for_a_while(self):
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE)
        self.watch(DAYS[0], lists=[path])
        self.play(DAYS[1], DAYS[2])
        self.watch(DAYS[3], lists=[path])
        self.assertEqual([t[1] for t in self.told()], [DAYS[1], DAYS[3]])

    def test_relative_path(self):
        """The same list however it is named."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        os.chdir(self.path())
        self.watch(DAYS[0], lists=["firewall.csv"])
        self.watch(DAYS[1], lists=["./firewall.csv"])
        self.watch(DAYS[1], lists=[path], quiet=True)
        os.chdir(here)
        self.watch(DAYS[2], lists=[path.replace("/", "//")])
        self.assertEqual([list_["path"] for list_ in self.state_document()["lists"]], [path])
        self.assertEqual([e["list"]["path"] for e in self.events()], [path])


class Intents(ListTest):
    """What entries are meant for whose list does not say."""

    def bound(self):
        path, = glob.glob(os.path.join(self.state, "lists", "*", "intents.txt"))
        lines = content(path).decode().splitlines()
        return path, dict(line.split("\t") for line in lines[1:])

    def test_bound(self):
        path = self.write("firewall.csv", LEAVES_EARLY[0], PRIVATE, LEAVES_LATE)
        self.watch(DAYS[0], lists=[path])
        self.assertEqual(self.bound()[1], {LEAVES_EARLY[0]: LEAVES_EARLY[1], PRIVATE: ""})
        self.watch(DAYS[1], lists=[path])
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]])])

    def test_in_no_tag_at_first(self):
        """What the first loaded release does not have is meant for what holds it when it is first seen."""
        with open(sample(DAYS[0]), encoding="utf-8") as file:
            document = json.load(file)
        bare = copy.deepcopy(document)
        bare["changeNumber"] = 90
        bare["values"] = [v for v in bare["values"] if not v["name"].startswith(("AzureCloud", "EventHub"))]
        old = self.path("ServiceTags_Sample_20240101.json")
        with open(old, "w", encoding="utf-8") as file:
            json.dump(bare, file)
        path = self.write("firewall.csv", LEAVES_EARLY[0])
        self.assertEqual(svctag("import", old, db=self.db).code, 0)
        self.watch(DAYS[0], lists=[path])
        self.assertEqual(self.bound()[1], {LEAVES_EARLY[0]: LEAVES_EARLY[1]})
        self.watch(DAYS[1], lists=[path])
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]])])

    def test_back_fill_does_not_rebind(self):
        """A first release in which the address was another's changes nothing."""
        with open(sample(DAYS[0]), encoding="utf-8") as file:
            document = json.load(file)
        document["changeNumber"] = 90
        for value in document["values"]:
            if value["name"] == "EventHub.EastUS":
                value["name"] = value["id"] = "Relay.EastUS"
        old = self.path("ServiceTags_Sample_20240101.json")
        with open(old, "w", encoding="utf-8") as file:
            json.dump(document, file)
        path = self.write("firewall.csv", LEAVES_EARLY[0])
        self.watch(DAYS[0], lists=[path])
        self.watch(lists=[path], more=["--from", old], quiet=True)
        self.watch(DAYS[1], lists=[path])
        self.assertEqual([b["intent"] for e in self.events() for b in e["broken"]], [LEAVES_EARLY[1]])

    def test_kept_when_the_list_changes(self):
        """An entry that broke does not become a good one because another line is added."""
        path = self.write("firewall.csv", LEAVES_EARLY[0], LEAVES_LATE[0])
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path])
        self.assertEqual(svctag("forget", "101", db=self.db).code, 0)
        self.write("firewall.csv", LEAVES_EARLY[0], STAYS[0])
        self.watch(DAYS[2], lists=[path])
        self.assertEqual(self.bound()[1], {LEAVES_EARLY[0]: LEAVES_EARLY[1], STAYS[0]: STAYS[1]})
        self.assertEqual(self.told()[1], ("changed", DAYS[2], [LEAVES_EARLY[0]]))

    def test_damaged(self):
        path = self.write("firewall.csv", LEAVES_EARLY[0])
        other = self.write("other.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        file, _ = self.bound()
        good = content(file)
        for bad in (b"", good[:-1], good.replace(b"\t", b" "), good[5:], good + b"x\n"):
            with open(file, "wb") as damaged:
                damaged.write(bad)
            done = self.watch(DAYS[1], lists=[path, other], code=2)
            self.assertRegex(done.stderr, r"\Asvctag: [^\n]*intents.txt: is damaged; take it away[^\n]*\n\Z")
            self.assertEqual([e["list"]["name"] for e in self.events()], ["other.csv"])
        os.remove(file)
        self.watch(DAYS[1], lists=[path, other])
        self.assertEqual([e["list"]["name"] for e in self.events()], ["firewall.csv", "other.csv"])


class Trouble(ListTest):
    """A list that cannot be read stops nothing else, and is said by name."""

    def test_unreadable(self):
        good = self.write("good.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[good])
        wrong = {"absent.csv": None, "empty.txt": b"", "comments.txt": b"# nothing\n", "cut.json": b'{"a": [1, '}
        for name, data in wrong.items():
            if data is not None:
                with open(self.path(name), "wb") as file:
                    file.write(data)
        os.mkdir(self.path("folder"))
        lists = [self.path(name) for name in (*wrong, "folder")]
        done = self.watch(DAYS[1], lists=[*lists, good], code=2)
        self.assertEqual(len(done.stderr.splitlines()), len(lists), done.stderr)
        for line, path in zip(done.stderr.splitlines(), lists):
            self.assertIn(path, line)
        self.assertIn("1 diff and 1 list told, %d failures" % len(lists), done.stdout)
        self.assertEqual([e["list"]["name"] for e in self.events()], ["good.csv"])

    def test_gone_and_back(self):
        """What broke meanwhile is told when the list is there again."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        os.rename(path, path + ".away")
        for day in DAYS[1:3]:
            self.assertIn("firewall.csv", self.watch(day, lists=[path], code=2).stderr)
        os.rename(path + ".away", path)
        self.watch(DAYS[2], lists=[path])
        self.assertEqual(self.told(), [("release", DAYS[1], [LEAVES_EARLY[0]])])

    def test_fetch_fails(self):
        """Lists are judged by what there is."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.play(DAYS[1])
        self.nightly("--list", path, "--from", self.path("absent.json"), code=2)
        self.assertEqual(self.told(), [("first", DAYS[1], [LEAVES_EARLY[0]])])

    def test_wrong(self):
        for arguments, says in ((["--list", "-"], "--list wants a file"), (["--intent", "Storage"], "--list FILE"),
                                (["--input", "csv"], "--list FILE"), (["--column", "1"], "--list FILE")):
            done = self.nightly(*arguments, "--from", sample(DAYS[0]), code=2)
            self.assertIn(says, done.stderr)
            self.assertRegex(done.stderr, r"\Asvctag: [^\n]+\n\Z")
            self.assertFalse(os.path.exists(self.db))

    def test_old_state(self):
        """One that was written before there were lists is read, and goes on."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.play(DAYS[0])
        file = os.path.join(self.state, "state.json")
        document = self.state_document()
        self.assertEqual((document.pop("lists"), document.pop("format")), ([], 2))
        with open(file, "w", encoding="utf-8") as out:
            json.dump({"format": 1, **document}, out)
        self.watch(DAYS[1], lists=[path])
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(self.told(), [("first", DAYS[1], [LEAVES_EARLY[0]])])
        self.assertEqual(self.state_document()["format"], 2)

    def test_damaged_state(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], DAYS[1], lists=[path])
        file = os.path.join(self.state, "state.json")
        good = content(file)
        for old, new in ((b'"lists"', b'"lost"'), (b'"path"', b'"bath"'), (b'"key"', b'"kex"'), (b'"title"', b'"tit"'),
                         (b'"entries"', b'"entrees"')):
            self.assertIn(old, good)
            with open(file, "wb") as out:
                out.write(good.replace(old, new))
            self.assertIn("damaged", self.watch(DAYS[2], lists=[path], code=2).stderr, old)

    def test_hostile_names(self):
        """Of files, of entries that cannot be read: text in the feed and the page, no path, no markup."""
        name = "<b>&\"'|`*_].txt\x1b"
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("%s\n1.2.3.4/99|<script>\n" % LEAVES_EARLY[0])
        self.watch(DAYS[1], lists=[path], more=["--intent", LEAVES_EARLY[1]])
        event, = self.events()
        self.assertEqual(event["list"]["path"], path)
        entry, = [e for e in self.feed() if "broke" not in e.find(ATOM + "title").text]
        self.assertIn("<b>&\"'|`*_].txt?: 1 of 1 entry is not as intended", entry.find(ATOM + "title").text)
        folder, = os.listdir(os.path.join(self.state, "lists"))
        self.assertRegex(folder, r"\A_b_______[\w.-]+-[0-9a-f]{12}\Z")
        page, = glob.glob(os.path.join(self.state, "lists", "*", "*.md"))
        self.assertNotIn("<", content(page).decode().replace("\\<", ""))


class Channels(ListTest):
    """The same ways of telling as for diffs."""

    def test_post(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        hook = ["--hook", self.server.url("/hook"), "--hook-secret-file", self.secret]
        self.watch(DAYS[0], lists=[path], more=hook)
        self.watch(DAYS[1], lists=[path], more=hook)
        self.watch(DAYS[1], lists=[path], more=hook, quiet=True)
        diff, post = self.server.posts
        self.assertEqual((diff.document["event"], list(diff.document)),
                         ("release", ["delivery", "event", "cloud", "release", "inUseFrom", "diff"]))
        self.assertEqual(list(post.document), ["delivery", "event", "cloud", "release", "drift"])
        self.assertEqual((post.document["event"], post.document["cloud"]), ("list", "Sample"))
        event, = self.events()
        self.assertEqual((post.document["drift"], post.document["release"]), (event, event["release"]))
        self.assertEqual(post.headers["x-svctag-signature"], post.signature(SECRET))
        self.assertEqual((post.document["delivery"], len(post.delivery)), (post.delivery, 32))
        self.assertNotEqual(post.delivery, diff.delivery)

    def test_delivery_id(self):
        """Of list, releases, broken entries with what they are meant for, and the hook's address."""
        path = self.write("firewall.csv", LEAVES_EARLY)
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path], more=["--hook", self.server.url("/hook")])
        event, = self.events()
        text = "".join(part + "\n" for part in (path, "Sample", "release", event["previous"]["id"],
                                                 event["release"]["id"], "\t".join(LEAVES_EARLY)))
        key = hashlib.sha256(text.encode()).hexdigest()
        post, = [p for p in self.server.posts if p.document["event"] == "list"]
        self.assertEqual(post.delivery, hashlib.sha256((key + self.server.url("/hook")).encode()).hexdigest()[:32])
        self.assertTrue(glob.glob(os.path.join(self.state, "lists", "*", "2025-03-10-102-%s.json" % key[:12])))

    def test_down_for_weeks(self):
        path = self.write("firewall.csv", LEAVES_EARLY, LEAVES_LATE)
        hook = ["--hook", self.server.url("/hook")]
        self.watch(DAYS[0], lists=[path])
        for day in DAYS[1:]:
            self.server.statuses["/hook"] = [500] * 2
            self.watch(day, lists=[path], more=hook, code=2)
        self.server.statuses.clear()
        self.assertIn("5 deliveries made", self.watch(DAYS[3], lists=[path], more=hook).stdout)
        self.watch(DAYS[3], lists=[path], more=hook, quiet=True)
        self.assertEqual([(p.document["event"], p.document["release"]["published"]) for p in self.server.posts],
                         [("release", "2025-03-10"), ("list", "2025-03-10"), ("release", "2025-03-17"),
                          ("release", "2025-03-31"), ("list", "2025-03-31")])
        self.assertEqual(len({p.delivery for p in self.server.posts}), 5)

    def test_command(self):
        path = self.write("firewall.csv", LEAVES_EARLY)
        out = self.path("out")
        command = ["--exec", "cat >>'%s'; env | grep ^SVCTAG_ >>'%s.env'; echo >>'%s.env'" % (out, out, out)]
        self.watch(DAYS[0], lists=[path], more=command)
        self.watch(DAYS[1], lists=[path], more=command, env={"SVCTAG_LIST": "mine"})
        diff, event = content(out).decode().splitlines()
        self.assertEqual(diff + "\n", self.diff())
        self.assertEqual(json.loads(event), self.events()[0])
        about_diff, about_list = [dict(line.split("=", 1) for line in block.splitlines())
                                  for block in content(out + ".env").decode().strip().split("\n\n")]
        self.assertEqual((about_diff["SVCTAG_EVENT"], about_diff["SVCTAG_LIST"]), ("release", ""))
        self.assertEqual((about_list["SVCTAG_EVENT"], about_list["SVCTAG_LIST"]), ("list", path))
        self.assertEqual((about_list["SVCTAG_CHANGE_NUMBER"], about_list["SVCTAG_PUBLISHED"]), ("102", "2025-03-10"))
        self.assertIn("firewall.csv: 1 of 1 entry broke", content(about_list["SVCTAG_MARKDOWN"]).decode())
        self.assertIn("198.18.16.82", about_list["SVCTAG_SUMMARY"])

    def test_feed_and_page(self):
        path = self.write("firewall.csv", LEAVES_EARLY, STAYS)
        self.watch(DAYS[0], lists=[path])
        self.watch(DAYS[1], lists=[path])
        entry, diff = self.feed()
        self.assertEqual(entry.find(ATOM + "title").text, "firewall.csv: 1 of 2 entries broke in Sample 102 (2025-03-10)")
        self.assertEqual([c.get("term") for c in entry.findall(ATOM + "category")], ["Sample", "list"])
        self.assertIn("198.18.16.82 is not in EventHub.EastUS", entry.find(ATOM + "content").text)
        self.assertNotIn(self.path(), entry.find(ATOM + "content").text)
        self.assertEqual([c.get("term") for c in diff.findall(ATOM + "category")], ["Sample"])
        page, = glob.glob(os.path.join(self.state, "lists", "*", "*.md"))
        text = content(page).decode()
        for part in ("# firewall.csv: 1 of 2 entries broke in Sample 102 (2025-03-10)\n", "- only in AzureCloud: 1\n",
                     "| 198.18.16.82 | ", " | EventHub.EastUS | only AzureCloud.eastus | Sample 102 (2025-03-10) |\n"):
            self.assertIn(part, text)


class Killed(ListTest):
    """kill -9 at any moment: the same is told as if nothing had happened, and under the same ids."""

    RUNS = 2 if SANITIZED else 8
    KILLS = 12

    def test_killed(self):
        generator = random.Random(20250331)
        for run in range(self.RUNS):
            with self.subTest(run=run):
                self.setUp()
                self.play_killed(generator)

    def night(self, command, generator, kills):
        """Until it comes to its end. Returns how often it was killed in all."""
        while True:
            with open(self.path("errors"), "w+", encoding="utf-8") as errors:
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors,
                                           env=environment(**PROXIES))
                try:
                    code = process.wait(generator.uniform(0, 0.12) if kills < self.KILLS else PATIENCE)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
                    continue
                errors.seek(0)
                self.assertEqual(code, 0, errors.read())
            return kills

    def play_killed(self, generator):
        path = self.write("firewall.csv", LEAVES_EARLY[0], LEAVES_LATE[0], STAYS[0], ("198.18.16.10", "Sql"))
        out = self.path("heard")
        kills = 0
        for day in DAYS:
            kills = self.night(self.command("--from", sample(day), "--list", path, "--hook", self.server.url("/hook"),
                                            "--exec", "cat >>'%s'" % out), generator, kills)
        self.assertEqual(self.told(), [("first", DAYS[0], [STAYS[0]]), ("release", DAYS[1], [LEAVES_EARLY[0]]),
                                       ("release", DAYS[3], [LEAVES_LATE[0]])])
        posts = {}
        for post in self.server.posts:
            self.assertEqual(posts.setdefault(post.delivery, post).body, post.body)
        told = [p.document["drift"] for p in posts.values() if p.document["event"] == "list"]
        self.assertEqual(told, self.events())
        self.assertEqual(len(posts), 6)
        heard = dict.fromkeys(line for line in content(out).decode().splitlines() if line.startswith('{"event":"list"'))
        whole = [json.loads(line) for line in heard if line.endswith("]}")]
        self.assertEqual(whole, told)
        self.assertEqual(len(self.feed()), 6)


if __name__ == "__main__":
    main()
