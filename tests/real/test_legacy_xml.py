"""The XML lists of 2018 to 2020 against an independent reading by xml.etree."""

import csv
import gzip
import io
import ipaddress
import itertools
import pathlib
import random
import re
import shutil
import sys
import unittest
import xml.etree.ElementTree

import real

CLOUD = "Public-legacy"
ROOT = pathlib.Path(__file__).resolve().parents[2]
# In the lists of 2019, and never since: no region of the table.
UNKNOWN = {"koreas2"}


def region_table():
    """{legacy name: (region property, region id)}"""
    lines = (ROOT / "schema" / "regions.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return {row["legacyName"]: (row["region"], int(row["regionId"])) for row in rows if row["legacyName"]}


def scan(path):
    """{region name as the list has it: [network]}"""
    root = xml.etree.ElementTree.parse(path).getroot()
    return {region.get("Name"): [ipaddress.ip_network(r.get("Subnet")) for r in region] for region in root}


def day_of(path):
    return re.sub(r".*_(\d{4})(\d{2})(\d{2})\.xml", r"\1-\2-\3", path.name)


class LegacyXml(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = sorted((real.data_folder() / "xml").glob("*.xml"))
        if not cls.files:
            print("skipped: no folder `xml` with lists in SVCTAG_REAL_DATA")
            sys.exit(real.SKIPPED)
        real.WORK.mkdir(parents=True, exist_ok=True)
        cls.database = real.WORK / "legacy.db"
        real.remove_database(cls.database)
        cls.imported = real.ask("import", *cls.files, database=cls.database)["files"]
        cls.table = region_table()
        cls.lists = {day_of(path): scan(path) for path in cls.files}

    def tag_of(self, name):
        return "AzureCloud." + self.table.get(name, (name, None))[0]

    def test_import(self):
        """In order, without --force, and only what is not in the table is told."""
        self.assertEqual([item["result"] for item in self.imported], ["added"] * len(self.files))
        known = real.loaded(CLOUD, self.database)
        self.assertEqual([release["published"] for release in known], list(self.lists))
        for release in known:
            self.assertEqual((release["changeNumber"], release["source"], release["forced"]), (0, "xml", False))
            text = "\n".join(release.get("warnings") or [])
            named = set(re.findall(r'region "([^"]+)" is not in the table', text))
            self.assertEqual(named, set(self.lists[release["published"]]) - set(self.table))
            self.assertLessEqual(named, UNKNOWN)

    def test_tags(self):
        """Each region's tag, and AzureCloud, hold exactly what the list holds."""
        for day, regions in self.lists.items():
            answer = real.ask("--cloud", CLOUD, "--at", day, "tags", database=self.database)
            tags = {tag["name"]: tag for tag in answer["tags"]}
            self.assertEqual(set(tags), {self.tag_of(name) for name in regions} | {"AzureCloud"})
            for name, networks in regions.items():
                tag = tags[self.tag_of(name)]
                self.assertEqual(tag["prefixCount"], {"ipv4": len(networks), "ipv6": 0})
                self.assertEqual(tag["region"], self.table.get(name, (name, None))[0])
                if name in self.table:
                    self.assertEqual(tag["regionId"], self.table[name][1])
                self.check_prefixes(day, tag["name"], networks)
            self.check_prefixes(day, "AzureCloud", itertools.chain.from_iterable(regions.values()))

    def check_prefixes(self, day, tag, networks):
        networks = list(networks)
        answer = real.ask("--cloud", CLOUD, "--at", day, "show", tag, database=self.database)
        self.assertEqual(answer["prefixes"], [str(n) for n in sorted(set(networks))], (day, tag))
        total = sum(n.num_addresses for n in ipaddress.collapse_addresses(networks))
        self.assertEqual(answer["addressCount"]["ipv4"], str(total), (day, tag))

    def test_lookup(self):
        """Addresses at the edges of prefixes and one off them, by going through the list."""
        chosen = random.Random(20181025)
        for day, regions in self.lists.items():
            ends = [end for networks in regions.values() for n in networks for end in (n[0], n[0] - 1, n[-1], n[-1] + 1)]
            addresses = chosen.sample(ends, 400)
            want = {}
            for address in addresses:
                holders = [(self.tag_of(name), n) for name, networks in regions.items() for n in networks
                           if address in n]
                longest = max((n.prefixlen for _, n in holders), default=None)
                want[str(address)] = {(tag, str(n)) for tag, n in holders}
                want[str(address)] |= {("AzureCloud", str(n)) for _, n in holders if n.prefixlen == longest}
            done = real.svctag("--cloud", CLOUD, "--at", day, "--format", "csv", "lookup", "-", database=self.database,
                               stdin="".join(f"{address}\n" for address in addresses), expect=(0, 1))
            got = {str(address): set() for address in addresses}
            for row in csv.DictReader(io.StringIO(done.stdout)):
                if row["tag"]:
                    got[row["query"]].add((row["tag"], row["prefix"]))
            self.assertEqual(got, want, day)

    def test_packed_is_the_same(self):
        path = self.files[0]
        packed = real.WORK / (path.name + ".gz")
        with path.open("rb") as plain, gzip.open(packed, "wb") as out:
            shutil.copyfileobj(plain, out)
        answer = real.ask("import", packed, database=self.database)
        self.assertEqual([item["result"] for item in answer["files"]], ["unchanged"])

    def test_public_stays_the_default(self):
        """Both in one database: without --cloud it is Public that answers."""
        newest = real.releases("Public")[-1]
        database = real.WORK / "legacy-and-public.db"
        real.remove_database(database)
        real.svctag("import", self.files[-1], newest, database=database)
        self.assertEqual(real.ask("lookup", "13.82.88.226", database=database)["release"]["cloud"], "Public")
        old = real.ask("--cloud", "public-legacy", "lookup", "13.82.88.226", database=database)
        self.assertEqual((old["release"]["cloud"], old["region"]), (CLOUD, "eastus"))
        self.assertEqual([match["tag"] for match in old["matches"]], ["AzureCloud.eastus", "AzureCloud"])

    def test_verify(self):
        real.svctag("verify", database=self.database)


if __name__ == "__main__":
    unittest.main()
