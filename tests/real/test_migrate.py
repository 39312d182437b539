"""migrate on real releases: the table of 2017, the guidance of 2017 as a whole, lists made of tags against a group
that is evaluated, and how long 100,000 entries take. Asks the database that test_history.py InOrder makes.
"""

import ipaddress
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import real

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "functional"))
import nsg  # noqa: E402

LIST = ROOT / "schema" / "lists" / "site-recovery-2017.md"
ENTRIES = 100_000
MEMORY = 256 << 10  # KiB
SANITIZED = bool(os.environ.get("SVCTAG_SANITIZE"))


def content(path):
    return {v["name"]: v for v in json.loads(path.read_bytes())["values"]}


def networks(value):
    return [ipaddress.ip_network(p) for p in value["properties"]["addressPrefixes"]]


def size(nets, version=4):
    return sum(n.num_addresses for n in ipaddress.collapse_addresses(n for n in nets if n.version == version))


class LegacyTable(unittest.TestCase):
    """Each monitoring address is EventHub.<region> for as long as the releases bear it out."""

    def test_every_release(self):
        public = real.releases("Public")
        chosen = public[:: max(1, len(public) // 5)] + [public[-1]]
        rows = [[c.strip() for c in line.split("|")] for line in LIST.read_text(encoding="utf-8").splitlines()
                if re.search(r"\d+\.\d+\.\d+\.\d+", line)]
        monitoring = {cells[-1] for cells in rows}
        for path in chosen:
            tags = content(path)
            answer = real.ask("migrate", LIST, "--at", real.day_of(path), expect=(1,))
            given = {e["entry"]: e for e in answer["entries"]}
            self.assertEqual(len(given), 69)
            for address, entry in given.items():
                intent = entry["intent"]
                holds = intent in tags and any(ipaddress.ip_address(address) in n for n in networks(tags[intent])
                                               if n.version == 4)
                usable = intent in tags and "NSG" in (tags[intent]["properties"]["networkFeatures"] or ())
                self.assertEqual(entry["tag"], intent if holds and usable else None, (path.name, address))
                if address in monitoring:
                    self.assertTrue(intent.startswith("EventHub."))
            for kept in answer["kept"]:
                if kept["entry"] in monitoring:
                    self.assertRegex(kept["reason"], r"since \d+ \(\d{4}-\d\d-\d\d\)")
                    self.assertEqual(kept["since"]["tag"], kept["intent"])

    def test_since(self):
        """As counted: West Europe's left with 310, the others together."""
        answer = real.ask("migrate", LIST, expect=(1,))
        left = {}
        for kept in answer["kept"]:
            if kept["since"]:
                left.setdefault(kept["since"]["release"]["changeNumber"], []).append(kept["intent"])
        self.assertEqual([t["tag"] for t in answer["tags"]], ["AzureSiteRecovery"])
        if real.complete():
            self.assertEqual(left.pop(310), ["EventHub.WestEurope"])
        self.assertEqual(sum(map(len, left.values())), 22 if real.complete() else 23)
        # Of every 24th release West Europe's may leave in a step of its own.
        self.assertIn(len(left), (1,) if real.complete() else (1, 2))


class Guidance(unittest.TestCase):
    """scripts/migrate-2017 against figures counted here, and those of docs/migrate-2017.md."""

    def test_figures(self):
        lists = sorted((real.data_folder() / "xml").glob("*.xml"))
        if not lists:
            self.skipTest("no folder `xml` in SVCTAG_REAL_DATA")
        done = subprocess.run(
            [sys.executable, ROOT / "scripts" / "migrate-2017", lists[0], "eastus", "centralus", "--json"],
            env=dict(os.environ, SVCTAG_BIN=real.PROGRAM, SVCTAG_DB=str(real.DATABASE)), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        public = real.releases("Public")
        newest, oldest = content(public[-1]), content(public[0])
        root = xml.etree.ElementTree.parse(lists[0]).getroot()
        ranges = [ipaddress.ip_network(r.get("Subnet")) for region in root if region.get("Name") == "useast"
                  for r in region]
        identity = [n for n in networks(oldest["AzureActiveDirectory"]) if n.version == 4]
        steps = answer["steps"]
        self.assertEqual([s["rulesBefore"] for s in steps], [len(ranges), len(identity), 3])
        self.assertEqual([s["addressesBefore"] for s in steps], [size(ranges), size(identity), 3])
        self.assertEqual([s["addressesAfter"] for s in steps], [
            size(networks(newest["Storage.EastUS"])), size(networks(newest["AzureActiveDirectory"])),
            size(networks(newest["AzureSiteRecovery"]) + networks(newest["EventHub.CentralUS"]))])
        self.assertEqual(answer["total"]["rulesAfter"], 4)
        both = size(ranges) + size(networks(newest["Storage.EastUS"])) - size(
            ranges + networks(newest["Storage.EastUS"]))
        self.assertEqual(answer["storageInRanges"], both)
        self.assertIn("AzureSiteRecovery", steps[2]["chosen"])
        print(f"2017: {answer['total']['rulesBefore']} rules, {answer['total']['addressesBefore']:,} IPv4 addresses; "
              f"now {answer['total']['rulesAfter']} rules, {answer['total']['addressesAfter']:,}; of the datacenter's "
              f"{both:,} are Storage.EastUS")
        if real.complete() and answer["release"]["changeNumber"] == 370:
            told = (ROOT / "docs" / "migrate-2017.md").read_text(encoding="utf-8")
            for number in (answer["total"]["addressesBefore"], answer["total"]["addressesAfter"], both,
                           steps[0]["addressesBefore"], steps[1]["addressesAfter"]):
                self.assertIn(f"{number:,}", told)


class Lists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.newest = content(real.releases("Public")[-1])
        cls.tags = {name: networks(value) for name, value in cls.newest.items()}
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def write(self, name, entries):
        path = pathlib.Path(self.folder.name) / name
        path.write_text("\n".join(map(str, entries)) + "\n")
        return path

    def test_three_tags(self):
        """Their prefixes shuffled, split and thinned: those three, or a set that opens less."""
        r = random.Random(5)
        usable = sorted(name for name, v in self.newest.items() if "NSG" in (v["properties"]["networkFeatures"] or ())
                        and "." in name and not name.startswith("AzureCloud") and size(self.tags[name]) > 64)
        for i in range(2 if SANITIZED else 4):
            tags = r.sample(usable, 3)
            entries = []
            for n in (n for t in tags for n in self.tags[t] if n.version == 4):
                entries += n.subnets(1) if n.prefixlen < 32 and r.random() < 0.3 else [n]
            r.shuffle(entries)
            path = self.write(f"three{i}.txt", entries[: max(3, len(entries) * 3 // 4)])
            answer = real.ask("migrate", path)
            chosen = [t["tag"] for t in answer["tags"]]
            opened = int(answer["opened"]["ipv4"])
            self.assertLessEqual(opened, size([n for t in tags for n in self.tags[t]]), (tags, chosen))
            self.assertEqual(opened, size([n for t in chosen for n in self.tags[t]]), (tags, chosen))
            self.obey(path, answer, r)

    def obey(self, path, answer, r):
        rules = json.loads(real.svctag("migrate", path, "--output", "json", expect=(0, 1)).stdout)
        nsg.check(rules, set(self.tags))
        group = nsg.Group(rules, self.tags)
        for entry in answer["entries"]:
            n = ipaddress.ip_network(entry["entry"])
            for address in (n[0], n[-1]):
                self.assertTrue(group.allows("Outbound", address), (entry, address))
        stated = nsg.Ranges([n for t in answer["tags"] for n in self.tags[t["tag"]]] +
                            [ipaddress.ip_network(k["entry"]) for k in answer["kept"]])
        azure = [n for n in self.tags["AzureCloud"] if n.version == 4]
        for _ in range(1000):
            n = r.choice(azure)
            address = n[r.randrange(n.num_addresses)]
            self.assertEqual(group.allows("Outbound", address), address in stated, address)

    def test_many_entries(self):
        r = random.Random(1)
        pool = sorted({n for nets in self.tags.values() for n in nets}, key=str)
        entries = []
        while len(entries) < ENTRIES:
            n = r.choice(pool)
            k = r.random()
            entries.append(n if k < 0.3 else n[r.randrange(min(n.num_addresses, 1 << 40))] if k < 0.9 else
                           ipaddress.IPv4Address(r.getrandbits(32)))
        path = self.write("many.txt", entries)
        for arguments in ((), ("--allow-broad",)):
            answer, usage = self.measure("migrate", path, *arguments)
            seconds = usage.ru_utime + usage.ru_stime
            self.assertEqual(len(answer["entries"]), ENTRIES)
            print(f"migrate {' '.join(arguments)}: {ENTRIES:,} entries in {seconds:.1f} s of processor and at most "
                  f"{usage.ru_maxrss >> 10} MiB, {answer['method']}, {len(answer['tags'])} tags, "
                  f"{len(answer['kept'])} kept")
            if not SANITIZED:
                self.assertLess(seconds, 20)
                self.assertLess(usage.ru_maxrss, MEMORY)

    def measure(self, *arguments):
        """The answer, and what the process took for it."""
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen([real.PROGRAM, "--db", real.DATABASE, "--format", "json", *arguments], stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertIn(process.returncode, (0, 1))
            out.seek(0)
            return json.load(out), usage


if __name__ == "__main__":
    unittest.main()
