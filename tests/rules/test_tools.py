#!/usr/bin/env python3
"""The generated Terraform and Bicep, read by parsers that are not ours.

Terraform: HashiCorp's HCL parser (npm @cdktf/hcl2json), and `terraform fmt -check` where there is a terraform. Bicep:
the tree-sitter grammar (npm tree-sitter-bicep). The packages are those of package-lock.json, installed into the build
folder; without npm or a network the test says so and is skipped.
"""

import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))
import node_packages  # noqa: E402
from command_line import PROGRAM, SAMPLE, svctag  # noqa: E402
from test_migrate import HOSTILE  # noqa: E402

FOLDER = None  # where the packages are
PATIENCE = node_packages.PATIENCE
INSTEAD = "Terraform and Bicep are checked by the grammar of test_migrate.py alone"


class ToolsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.db = os.path.join(cls.folder.name, "sample.db")
        result = svctag("import", SAMPLE, db=cls.db)
        assert result.code == 0, result.err
        newest = max(glob.glob(os.path.join(SAMPLE, "ServiceTags_Sample_*.json")))
        with open(newest, encoding="utf-8") as file:
            tags = {v["name"]: v["properties"]["addressPrefixes"] for v in json.load(file)["values"]}
        prefixes = [tags[t][0] for t in ("Storage.EastUS", "AzureSiteRecovery", "EventHub.EastUS", "Sql.WestEurope")]
        rules = [{"name": name, "direction": "Inbound" if i % 3 == 0 else "Outbound",
                  "access": "Deny" if i % 5 == 4 else "Allow", "priority": 100 + i, "protocol": "Tcp",
                  "destinationPortRanges": ["443", "8000-8080"][: 1 + i % 2],
                  ("destination" if i % 3 == 0 else "source") + "AddressPrefix": "*",
                  ("source" if i % 3 == 0 else "destination") + "AddressPrefixes":
                  [prefixes[i % len(prefixes)], f"192.0.2.{i}", "2001:db8:ffff::1"]}
                 for i, name in enumerate(HOSTILE)]
        cls.list = os.path.join(cls.folder.name, "rules.json")
        with open(cls.list, "w", encoding="utf-8") as file:
            json.dump(rules, file)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def write(self, output, suffix, *arguments):
        result = svctag("migrate", self.list, "--output", output, *arguments, db=self.db)
        self.assertIn(result.code, (0, 1), result.err)
        path = os.path.join(self.folder.name, "-".join(arguments).replace("--", "") + suffix)
        with open(path, "w", encoding="utf-8") as file:
            file.write(result.out)
        return path

    def parse(self, *paths):
        done = subprocess.run(["node", str(HERE / "parse.js"), *paths], cwd=FOLDER, capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    FORMS = [(target, back) for target in ("nsg", "udr", "firewall") for back in ((), ("--rollback",))]

    def json_rules(self, *arguments):
        return json.loads(svctag("migrate", self.list, "--output", "json", *arguments, db=self.db).out)

    def test_parsed(self):
        paths = [self.write(output, suffix, "--target", target, *back)
                 for output, suffix in (("terraform", ".tf"), ("bicep", ".bicep")) for target, back in self.FORMS]
        for answer in self.parse(*paths):
            self.assertIsNone(answer["error"], answer["file"])

    def test_terraform_says_the_same(self):
        """What HCL understands is what the JSON output says, hostile texts to the letter."""
        for back in ((), ("--rollback",)):
            answer, = self.parse(self.write("terraform", ".tf", *back))
            made = [r[0] for r in answer["document"]["resource"]["azurerm_network_security_rule"].values()]
            rules = self.json_rules(*back)
            rules = rules["securityRules"] if back else rules
            self.assertEqual(len(made), len(rules))
            for rule in rules:
                block = next(b for b in made if b["name"] == rule["name"])
                # hcl2json gives literal ${ and %{ as they stand in the file: doubled
                told = block["description"].replace("$${", "${").replace("%%{", "%{")
                self.assertEqual(told, rule["description"])
                self.assertEqual(block["priority"], rule["priority"])
                self.assertEqual(block.get("destination_address_prefix"), rule["destinationAddressPrefix"])
                self.assertEqual(block.get("destination_address_prefixes", []), rule["destinationAddressPrefixes"])
                self.assertEqual(block["resource_group_name"], "${var.resource_group_name}")
            if back:
                self.assertEqual(len(answer["document"]["removed"]), len(self.json_rules()))

    def test_bicep_strings(self):
        """Every rule's name is a string of the file by itself; none has an interpolation."""
        answer, = self.parse(self.write("bicep", ".bicep", "--rollback"))
        for rule in self.json_rules("--rollback")["securityRules"]:
            self.assertIn(f"'{rule['name']}'", answer["strings"])

    def test_parsers_refuse(self):
        """The parsers are no yes-men."""
        bad = {".tf": 'resource "a" "b" {\n  name = "x" oops"\n}\n', ".bicep": "param name string = 'it's'\n"}
        for suffix, text in bad.items():
            path = os.path.join(self.folder.name, "bad" + suffix)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            self.assertIsNotNone(self.parse(path)[0]["error"], suffix)

    def test_terraform_fmt(self):
        if shutil.which("terraform") is None:
            self.skipTest("there is no terraform")
        for target, back in self.FORMS:
            path = self.write("terraform", ".tf", "--target", target, *back)
            with open(path, encoding="utf-8") as file:
                done = subprocess.run(["terraform", "fmt", "-check", "-diff", "-"], stdin=file, capture_output=True,
                                      text=True, timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)


if __name__ == "__main__":
    if not PROGRAM:
        node_packages.skip("SVCTAG_BIN does not name the program", INSTEAD)
    FOLDER = node_packages.install(HERE, INSTEAD)
    unittest.main()
