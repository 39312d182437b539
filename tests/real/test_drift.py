"""Drift over the real history: the Site Recovery table of 2017, and copies of tags
against an independent computation with exact integers. Asks the database that
test_history.py InOrder makes.
"""

import functools
import ipaddress
import json
import os
import pathlib
import random
import resource
import sys
import tempfile
import time
import unittest

import real
from spans import common, ranges, size

LIST = pathlib.Path(__file__).parents[2] / "schema" / "lists" / "site-recovery-2017.md"
TAGS = ("AzureKeyVault", "Storage.EastUS", "AzureMonitor", "AzureSiteRecovery", "EventHub", "AzureCloud",
        "AzureFrontDoor.Frontend", "Sql.WestEurope")
ENTRIES = 100_000
MEMORY = 256 << 10  # KiB


@functools.lru_cache(maxsize=2)
def content(path):
    return {value["name"]: value["properties"]["addressPrefixes"] for value in json.loads(path.read_bytes())["values"]}


class LegacyTable(unittest.TestCase):
    """69 addresses that Microsoft's guidance told people to allow."""

    @classmethod
    def setUpClass(cls):
        real.data_folder()
        if not real.complete():
            raise unittest.SkipTest("only some releases")
        cls.answer = real.ask("--cloud", "Public", "drift", LIST, expect=(1,))

    def at(self, change_number):
        return next(r for r in self.answer["releases"] if r["release"]["changeNumber"] == change_number)

    def test_read(self):
        self.assertEqual(self.answer["list"]["entries"], 69)
        self.assertEqual(self.answer["list"]["addresses"], {"ipv4": "69", "ipv6": "0"})
        self.assertEqual(self.answer["list"]["unreadable"], [])
        intents = [entry["intent"] for entry in self.answer["entries"]]
        self.assertEqual(intents.count("AzureSiteRecovery"), 46)
        self.assertEqual(sum(intent.startswith("EventHub.") for intent in intents), 23)

    def test_as_intended(self):
        self.assertEqual([self.at(n)["entries"]["asIntended"] for n in (128, 320, 370)], [46, 45, 23])
        for release in self.answer["releases"]:
            self.assertEqual(sum(release["entries"].values()), 69)

    def test_losses(self):
        counts = [(r["release"]["changeNumber"], r["entries"]["asIntended"]) for r in self.answer["releases"]]
        losses = [(before, now) for before, now in zip(counts, counts[1:]) if now[1] != before[1]]
        self.assertEqual([now[1] - before[1] for before, now in losses], [-1, -22])
        for (before, now), number in zip(losses, (310, 363)):
            self.assertLess(before[0], number)
            self.assertGreaterEqual(now[0], number)
        broken = self.answer["firstBroken"]
        self.assertEqual(broken["release"]["changeNumber"], losses[0][1][0])
        self.assertEqual(broken["previous"]["changeNumber"], losses[0][0][0])
        self.assertEqual((broken["from"], broken["entry"], broken["count"]), ("EventHub.WestEurope", "40.68.93.145", 1))

    def test_covered(self):
        """At the newest release the table covers 23 addresses of AzureSiteRecovery."""
        newest = content(real.releases("Public")[-1])["AzureSiteRecovery"]
        (tag,) = [t for t in self.answer["releases"][-1]["tags"] if t["tag"] == "AzureSiteRecovery"]
        whole = size(ranges(newest, 4))
        self.assertEqual(int(tag["missing"]["ipv4"]), whole - 23)
        self.assertEqual(int(tag["stale"]["ipv4"]), 23)
        self.assertAlmostEqual(tag["coveredFraction"]["ipv4"], 23 / whole, places=15)


class Copies(unittest.TestCase):
    def check(self, got, tag, then, now):
        for version in (4, 6):
            family = f"ipv{version}"
            a = ranges(then.get(tag, ()), version)
            b = ranges(now.get(tag, ()), version)
            both = common(a, b)
            self.assertEqual(int(got["missing"][family]), size(b) - both, (tag, family))
            self.assertEqual(int(got["stale"][family]), size(a) - both, (tag, family))
            if size(b) == 0:
                self.assertIsNone(got["coveredFraction"][family])
            else:
                self.assertAlmostEqual(got["coveredFraction"][family], both / size(b), places=14)

    def test_equal_an_independent_computation(self):
        files = real.releases("Public")
        answers = {tag: real.ask("--cloud", "Public", "drift", "--tag", tag, "--frozen", real.day_of(files[0]),
                                 expect=(0, 1)) for tag in TAGS}
        first = content(files[0])
        chosen = sorted({0, len(files) // 3, 2 * len(files) // 3, len(files) - 1})
        for i in chosen:
            now = content(files[i])
            for tag, answer in answers.items():
                self.assertEqual(answer["releases"][i]["release"]["published"], real.day_of(files[i]))
                self.check(answer["releases"][i], tag, first, now)
        for tag, answer in answers.items():
            last = answer["releases"][-1]
            print(f"{tag} copied at {answer['frozen']['changeNumber']}, at {last['release']['changeNumber']}: "
                  f"{last['coveredFraction']}, missing {last['missing']}, stale {last['stale']}", file=sys.stderr)

    def test_history_of_a_tag(self):
        files = real.releases("Public")
        for tag in TAGS[:3]:
            answer = real.ask("--cloud", "Public", "history", "--tag", tag)
            for i in (0, len(files) - 1):
                prefixes = content(files[i]).get(tag, ())
                got = answer["releases"][i]
                self.assertEqual(got["prefixCount"]["ipv4"] + got["prefixCount"]["ipv6"], len(prefixes))
                for version in (4, 6):
                    self.assertEqual(int(got["addressCount"][f"ipv{version}"]), size(ranges(prefixes, version)))


class Large(unittest.TestCase):
    def test_many_entries(self):
        files = real.releases("Public")
        chooser = random.Random(7)
        prefixes = sorted({p for ps in content(files[0]).values() for p in ps})
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            for i in range(ENTRIES):
                network = ipaddress.ip_network(chooser.choice(prefixes))
                address = network[chooser.randrange(network.num_addresses)]
                print(network if i % 3 == 0 else address, file=file)
            file.flush()
            began = time.monotonic()
            done = real.svctag("--cloud", "Public", "--format", "csv", "drift", file.name, expect=(1,))
            seconds = time.monotonic() - began
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"{ENTRIES} entries over {len(files)} releases: {seconds:.1f} s, at most {memory / 1024:.0f} MiB",
              file=sys.stderr)
        first = done.stdout.splitlines()[1].split(",")
        self.assertEqual(sum(map(int, first[4:8])), ENTRIES)
        if not os.environ.get("SVCTAG_SANITIZE"):
            self.assertLess(memory, MEMORY)


if __name__ == "__main__":
    real.data_folder()
    unittest.main()
