"""Plans on real releases: today's guidance for Site Recovery, and what is missing where. Makes a small database
of its own.
"""

import ipaddress
import itertools
import json
import pathlib
import sys
import tempfile
import unittest

import real

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "functional"))
from test_daemon import Daemon  # noqa: E402

CLOUDS = {"AzureGovernment": ("usgovvirginia", "usgovtexas", "*.blob.core.usgovcloudapi.net"),
          "China": ("chinaeast2", "chinanorth3", "*.blob.core.chinacloudapi.cn")}


def content(path):
    return {value["name"]: value["properties"] for value in json.loads(path.read_bytes())["values"]}


def size(prefixes, version):
    merged = ipaddress.collapse_addresses(n for n in map(ipaddress.ip_network, prefixes) if n.version == version)
    return str(sum(network.num_addresses for network in merged))


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        data = real.data_folder()
        cls.folder = tempfile.TemporaryDirectory()
        cls.db = pathlib.Path(cls.folder.name) / "plan.db"
        cls.newest = {cloud: sorted((data / folder).glob("*.json"))[-1] for cloud, folder in real.CLOUDS.items()}
        oldest = sorted((data / "public").glob("*.json"))[0]
        real.svctag("import", "--force", oldest, *cls.newest.values(), database=cls.db)
        cls.tags = content(cls.newest["Public"])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def plan(self, source, target, *more, expect=(0,)):
        return real.ask("plan", "site-recovery", "--source", source, "--target", target, *more, database=self.db,
                        expect=expect)

    def test_guidance(self):
        """East US to Central US: exactly these, counted"""
        common = ["AzureActiveDirectory", "AzureSiteRecovery"]
        for flags, more in (([], []), (["--disk-encryption"], ["AzureKeyVault"]),
                            (["--agent-upgrade"], ["GuestAndHybridManagement"])):
            plan = self.plan("eastus", "centralus", *flags)
            for place, here, there in (("source", "EastUS", "CentralUS"), ("target", "CentralUS", "EastUS")):
                rules = [r for r in plan["rules"] if r["place"] == place]
                self.assertEqual(sorted(r["destinationTag"] for r in rules),
                                 sorted([f"Storage.{here}", f"EventHub.{there}", *common, *more]))
                for rule in rules:
                    prefixes = self.tags[rule["destinationTag"]]["addressPrefixes"]
                    self.assertEqual((rule["direction"], rule["access"], rule["protocol"], rule["ports"],
                                      rule["exists"], rule["usable"]),
                                     ("outbound", "allow", "Tcp", ["443"], True, "yes"))
                    self.assertEqual(rule["prefixCount"], {"ipv4": sum(":" not in p for p in prefixes),
                                                           "ipv6": sum(":" in p for p in prefixes)})
                    self.assertEqual(rule["addressCount"], {"ipv4": size(prefixes, 4), "ipv6": size(prefixes, 6)})

    def test_clouds(self):
        for cloud, (source, target, host) in CLOUDS.items():
            with self.subTest(cloud):
                plan = self.plan(source, target, "--cloud", cloud, "--disk-encryption", "--agent-upgrade")
                self.assertTrue(plan["complete"])
                self.assertEqual(len(plan["rules"]), 12)
                self.assertEqual(plan["urls"][0]["pattern"], host)
                self.assertIn("not of " + cloud, real.svctag(
                    "plan", "site-recovery", "--source", "eastus", "--target", target, "--cloud", cloud,
                    database=self.db, expect=(2,)).stderr)

    def test_regions(self):
        """Every pair of regions that have both tags, asked of svctagd: eight rules, these and in this order"""
        both = sorted(n.split(".", 1)[1] for n in self.tags
                      if n.startswith("Storage.") and "EventHub." + n.split(".", 1)[1] in self.tags)
        self.assertGreater(len(both), 50)
        pairs = list(itertools.permutations(both, 2)) if real.complete() else list(zip(both, both[1:]))
        daemon = Daemon(str(self.db))
        try:
            connection = daemon.connect()
            for source, target in pairs:
                connection.request("GET", f"/v1/plan/site-recovery?source={source}&target={target}&cloud=Public")
                plan = json.loads(connection.getresponse().read())
                self.assertTrue(plan["complete"], (source, target))
                self.assertEqual([r["destinationTag"] for r in plan["rules"]],
                                 [f"Storage.{source}", "AzureActiveDirectory", f"EventHub.{target}",
                                  "AzureSiteRecovery", f"Storage.{target}", "AzureActiveDirectory",
                                  f"EventHub.{source}", "AzureSiteRecovery"])
            connection.close()
        finally:
            daemon.stop()
        self.assertEqual(len(self.plan(both[0], both[1])["rules"]), 8)

    def test_missing(self):
        """A region that only AzureCloud has, and one that the oldest release lacks: said, exit 1"""
        plan = self.plan("brazilne", "eastus", expect=(1,))
        self.assertEqual(sorted(r["destinationTag"] for r in plan["rules"] if not r["exists"]),
                         ["EventHub.brazilne", "Storage.brazilne"])
        plan = self.plan("italynorth", "eastus", "--at", "128", expect=(1,))
        self.assertEqual(sorted(r["destinationTag"] for r in plan["rules"] if not r["exists"]),
                         ["EventHub.ItalyNorth", "Storage.ItalyNorth"])

    def test_other_scenarios(self):
        for cloud, region in (("Public", "westeurope"), ("AzureGovernment", "usgovvirginia"), ("China", "chinanorth3")):
            for arguments in (("backup", "--vault", region), ("backup", "--vault", region, "--storage", "any"),
                              ("monitor-agent", "--location", region, "--metrics", "--workspace", "1234-ab")):
                with self.subTest(f"{cloud} {arguments}"):
                    plan = real.ask("plan", *arguments, "--cloud", cloud, database=self.db)
                    self.assertTrue(plan["complete"], plan["notes"])
                    self.assertFalse([n for n in plan["notes"] if "host name" in n])


if __name__ == "__main__":
    unittest.main()
