"""lint on real releases: the addresses that a guidance of 2017 told people to allow, 100,000 random ones against what
the newest file says, and a plan that has nothing wrong. Makes a small database of its own.
"""

import collections
import ipaddress
import json
import pathlib
import random
import tempfile
import time
import unittest

import real

LEGACY = pathlib.Path(__file__).parents[2] / "schema" / "lists" / "site-recovery-2017.md"
COUNT = 100000 if real.complete() else 5000


class Lint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        cls.db = cls.path / "lint.db"
        files = sorted((real.data_folder() / "public").glob("*.json"))
        real.svctag("import", "--force", files[0], files[-1], database=cls.db)
        values = json.loads(files[-1].read_bytes())["values"]
        cls.tags = {v["name"]: [ipaddress.ip_network(p) for p in v["properties"]["addressPrefixes"]] for v in values}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def lint(self, path, *more):
        return real.ask("lint", path, *more, database=self.db, expect=(0, 1))

    def holds(self, tag, text):
        address = ipaddress.ip_address(text)
        return any(address in p for p in self.tags.get(tag, ()) if p.version == address.version)

    def test_legacy_table(self):
        """Each address is still in the tag that replaced it, or it is stale; both are told by name."""
        found = self.lint(LEGACY)["findings"]
        self.assertEqual(len(found), 69)
        for finding in found:
            address = finding["message"].split(" ", 1)[0]
            self.assertEqual(finding["ruleId"],
                             "hard-coded-address" if self.holds(finding["tag"], address) else "stale-address")
        counts = collections.Counter(f["ruleId"] for f in found if f["tag"] == "AzureSiteRecovery")
        self.assertEqual(counts, {"hard-coded-address": 23, "stale-address": 23})

    def test_random(self):
        """Whatever tag is named does hold the address, and no other finding says that one does."""
        chance = random.Random(376)
        prefixes = [p for ps in self.tags.values() for p in ps]
        asked = [str(p[chance.randrange(p.num_addresses)]) for p in chance.choices(prefixes, k=COUNT)]
        path = self.path / "random.txt"
        path.write_text("\n".join(asked) + "\n", encoding="utf-8")
        begun = time.monotonic()
        answer = self.lint(path, "--ignore", "redundant", "--ignore", "stale-address")
        self.assertLess(time.monotonic() - begun, 60)
        told = {f["line"]: f for f in answer["findings"]}
        self.assertEqual(answer["findingsLeftOff"], 0)
        for i in chance.sample(range(COUNT), 300):
            finding = told[i + 1]  # each is in some tag
            self.assertTrue(self.holds(finding["tag"], asked[i]), finding)
            cloud = finding["tag"].split(".")[0] == "AzureCloud"
            self.assertEqual(finding["ruleId"], "azure-address" if cloud else "hard-coded-address")

    def test_plan(self):
        scenario = ["site-recovery", "--source", "eastus", "--target", "centralus"]
        path = self.path / "plan.json"
        path.write_text(real.svctag("plan", *scenario, "--output", "json", database=self.db).stdout, encoding="utf-8")
        self.assertEqual(self.lint(path, "--scenario", *scenario)["findings"], [])


if __name__ == "__main__":
    unittest.main()
