"""lint on the sample: each check in every form of export, the examples of docs/lint.md, and what it prints."""

import json
import os
import re
import shlex
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from command_line import ROOT, CommandLineTest, lines, main, rows, svctag  # noqa: E402
from lint_forms import FORMS, nsg_forms  # noqa: E402

DOCUMENT = os.path.join(ROOT, "docs", "lint.md")
CASES = os.path.join(ROOT, "tests", "data", "lint", "cases.json")
SANITIZED = bool(os.environ.get("SVCTAG_SANITIZE"))
FINDING = ["ruleId", "severity", "place", "line", "rule", "message", "fix"]
SCENARIO = ["--scenario", "site-recovery", "--source", "eastus", "--target", "francecentral"]


def rule(name="r", **changes):
    fields = {"name": name, "direction": "Outbound", "access": "Allow", "priority": 100, "protocol": "Tcp",
              "sourcePortRange": "*", "destinationPortRange": "443", "sourceAddressPrefix": "*",
              "destinationAddressPrefix": "*"}
    fields.update(changes)
    return {k: v for k, v in fields.items() if v is not None}


class LintTest(CommandLineTest):
    def write(self, document, name="list.json"):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            if isinstance(document, str):
                file.write(document)
            else:
                json.dump(document, file, indent=1)
        return path

    def lint(self, document, *arguments, name="list.json"):
        """The answer; the exit code has to be that of its findings."""
        path = document if isinstance(document, str) and os.path.exists(document) else self.write(document, name)
        result = svctag("lint", path, "--format", "json", *arguments, db=self.db)
        self.assertIn(result.code, (0, 1), result.err)
        self.assertEqual(result.err, "")
        answer = result.json
        severities = [f["severity"] for f in answer["findings"]]
        self.assertEqual(answer["summary"], {s: severities.count(s) for s in ("error", "warning", "note")})
        self.assertEqual(result.code, 1 if answer["findings"] else 0)
        self.assertEqual(answer["findings"], sorted(answer["findings"], key=lambda f: f["line"] or 0))
        return answer

    def ids(self, document, *arguments):
        return [f["ruleId"] for f in self.lint(document, *arguments)["findings"]]


class Examples(LintTest):
    """docs/lint.md has for each check what is bad and what is good."""

    def sections(self):
        with open(DOCUMENT, encoding="utf-8") as file:
            text = file.read()
        for section in re.split(r"\n### ", text)[1:]:
            examples = re.findall(r"\n```json (bad|good)([^\n]*)\n(.*?)\n```", section, re.DOTALL)
            yield section.split("\n", 1)[0], [(k, shlex.split(o), b) for k, o, b in examples]

    def test_each(self):
        checks = set()
        for check, examples in self.sections():
            with self.subTest(check):
                self.assertEqual({kind for kind, _, _ in examples}, {"bad", "good"})
                for kind, options, body in examples:
                    found = self.ids(json.loads(body), *options)
                    self.assertEqual(set(found), {check} if kind == "bad" else set(), body)
            checks.add(check)
        with open(self.write([rule(destinationAddressPrefix="Sql")]), "rb"):
            known = svctag("lint", self.path("list.json"), "--format", "sarif", db=self.db).json
        self.assertEqual(checks, {r["id"] for r in known["runs"][0]["tool"]["driver"]["rules"]})


class Forms(LintTest):
    def test_each(self):
        """Whatever the form, the findings are the same; and their lines are those of what they name."""
        with open(CASES, encoding="utf-8") as file:
            cases = json.load(file)
        self.assertGreater(len(cases), 50)
        for i, case in enumerate(cases):
            forms = list(FORMS[case["kind"]](case["rules"]).items())
            for form, document in forms[i % len(forms):][:1] if SANITIZED else forms:
                with self.subTest(case["about"], form=form):
                    self.check(case, document)

    def check(self, case, document):
        findings = self.lint(document)["findings"]
        found = [[f["ruleId"], f["severity"], (f["rule"] or "").rsplit("/", 1)[-1], f.get("tag")] for f in findings]
        self.assertEqual(sorted(found, key=str), sorted(case["expect"], key=str))
        with open(self.path("list.json"), encoding="utf-8") as file:
            text = file.read().split("\n")
        for finding in findings:
            self.assertRegex(finding["place"], r"list\.json:%d( \(.*\))?$" % finding["line"])
            told = re.match(r"('?)([0-9a-f][0-9a-f.:/-]+[.:][0-9a-f.:/-]+)\1 ", finding["message"])
            if told and finding["ruleId"] != "limit":
                self.assertIn(told.group(2).split("-")[0], text[finding["line"] - 1])

    def test_groups_are_apart(self):
        """Priorities and duplicates count within one group."""
        group = {"securityRules": [rule(destinationAddressPrefix="Sql")]}
        self.assertEqual(self.ids([{"name": "a", **group}, {"name": "b", **group}]), [])
        self.assertEqual(self.ids({"name": "a", "securityRules": group["securityRules"] * 2}),
                         ["duplicate-priority", "redundant"])

    def test_endpoint_in_the_file(self):
        route = {"name": "d", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualNetworkGateway"}
        for form, document in FORMS["route"]([route]).items():
            with self.subTest(form):
                self.assertEqual(self.ids(document), ["forced-tunnelling"])
        document = FORMS["route"]([route])["terraform"]
        document["planned_values"]["root_module"]["resources"].append(
            {"address": "azurerm_subnet.a", "type": "azurerm_subnet", "name": "a",
             "values": {"name": "a", "service_endpoints": ["Microsoft.Storage"]}})
        self.assertEqual(self.ids(document), [])
        document = FORMS["route"]([route])["arm"]
        document["resources"].append({"type": "Microsoft.Network/virtualNetworks", "name": "v", "properties": {
            "subnets": [{"name": "a", "properties": {"serviceEndpoints": [{"service": "Microsoft.Storage.Global"}]}}]}})
        self.assertEqual(self.ids(document), [])

    def test_storage(self):
        account = {"name": "cache", "type": "Microsoft.Storage/storageAccounts", "networkRuleSet": {"ipRules": [
            {"ipAddressOrRange": a} for a in ("192.0.2.0/30", "192.0.2.4/31", "192.0.2.6/32", "192.0.2.9", "fd00::1")]}}
        self.assertEqual(self.ids([account]), ["storage-address"] * 3)
        plan = {"format_version": "1.0", "terraform_version": "1", "planned_values": {"root_module": {"resources": [
            {"address": "s.a", "type": "azurerm_storage_account", "values": {"network_rules": [
                {"ip_rules": ["192.0.2.6/32"]}]}}]}}}
        self.assertEqual(self.ids(plan), ["storage-address"])
        account["networkRuleSet"]["ipRules"] = [{"value": "192.0.%d.%d" % (i // 256, i % 256)} for i in range(401)]
        self.assertEqual(self.ids([account]), ["limit"])

    def test_limits(self):
        for count, expect in ((1599, []), (1600, ["near-limit"]), (2000, ["near-limit"]), (2001, ["limit"])):
            rules = [rule("r%d" % i, priority=100 + i, destinationAddressPrefix="10.%d.%d.4" % (i // 256, i % 256))
                     for i in range(count)]
            with self.subTest(count):
                self.assertEqual(self.ids(nsg_forms(rules)["nsg"]), expect)
        addresses = ["10.%d.%d.4" % (i // 256, i % 256) for i in range(6001)]
        wide = [rule("r%d" % i, priority=100 + i, destinationAddressPrefix=None,
                     destinationAddressPrefixes=addresses[i::2]) for i in range(2)]
        self.assertEqual(self.ids(nsg_forms(wide)["terraform"]), ["limit"])
        routes = [{"name": "r%d" % i, "addressPrefix": a + "/32", "nextHopType": "Internet"}
                  for i, a in enumerate(addresses[:1001])]
        self.assertEqual(self.ids(routes), ["limit"])

    def test_plain_lists(self):
        """No rules there: what is an address is looked at, what is a name may be anybody's."""
        text = "198.18.16.10\n198.18.16.82 # was\n10.0.0.0/8\n10.1.2.3\n300.1.1.1\nfd00::1\n"
        self.assertEqual(self.ids(self.write(text, "list.txt")),
                         ["hard-coded-address", "stale-address", "redundant", "unreadable"])
        table = "address,intent\n198.18.16.10,EventHub.EastUS\n198.18.4.7,EventHub.EastUS\n198.18.4.8,EventHubb\n"
        found = self.lint(self.write(table, "list.csv"))["findings"]
        self.assertEqual([(f["ruleId"], f.get("tag"), f["line"]) for f in found],
                         [("hard-coded-address", "EventHub.EastUS", 2), ("stale-address", "EventHub.EastUS", 3),
                          ("hard-coded-address", "Storage.EastUS", 4), ("unknown-tag", "EventHub", 4)])
        self.assertEqual(self.ids(self.write("198.18.16.10\n", "list.txt"), "--intent", "Storage"), ["stale-address"])


class Output(LintTest):
    BAD = [rule("a", destinationAddressPrefix="198.18.16.10"), rule("b", destinationAddressPrefix="storage.eastus")]

    def test_json(self):
        answer = self.lint(self.BAD)
        self.assertEqual(list(answer), ["release", "file", "format", "target", "summary", "findingsLeftOff",
                                        "findings"])
        self.assertEqual((answer["format"], answer["target"], answer["release"]["changeNumber"]),
                         ("az-nsg-rules", None, 104))
        self.assertEqual(answer["file"], self.path("list.json"))
        for finding in answer["findings"]:
            self.assertEqual(list(finding)[:7], FINDING)
        self.assertEqual(self.lint(self.BAD, "--target", "UDR")["target"], "udr")

    def test_others(self):
        path = self.write(self.BAD)
        answer = self.lint(path)
        self.assertEqual(lines(self.run_it("lint", path, "--format", "ndjson", code=1).out), answer["findings"])
        table = rows(self.run_it("lint", path, "--format", "csv", code=1).out)
        self.assertEqual([{k: v for k, v in r.items() if v} for r in table],
                         [{k: str(v) for k, v in f.items()} for f in answer["findings"]])
        text = self.run_it("lint", path, code=1).out
        for finding in answer["findings"]:
            self.assertIn("%s: %s: %s [%s]\n    %s\n" % (finding["place"], finding["severity"], finding["message"],
                                                         finding["ruleId"], finding["fix"]), text)
        with open(path, "rb") as file:
            self.assertEqual(self.run_it("lint", "-", stdin=file.read(), code=1).out,
                             text.replace(path, "standard input"))

    def test_sarif(self):
        path = self.write(self.BAD + [rule("c", destinationAddressPrefix="[parameters('x')]")], "a b:c%.json")
        answer = self.lint(path)
        document = self.run_it("lint", path, "--format", "sarif", code=1).json
        self.assertEqual((document["version"], len(document["runs"])), ("2.1.0", 1))
        self.assertIn("sarif-schema-2.1.0.json", document["$schema"])
        run = document["runs"][0]
        driver = run["tool"]["driver"]
        self.assertEqual(driver["name"], "svctag")
        ids = [r["id"] for r in driver["rules"]]
        self.assertEqual(len(ids), len(set(ids)))
        for about in driver["rules"]:
            for key in ("shortDescription", "fullDescription", "help"):
                self.assertTrue(about[key]["text"])
            self.assertIn(about["defaultConfiguration"]["level"], ("note", "warning", "error"))
        self.assertEqual(len(run["results"]), len(answer["findings"]))
        for result, finding in zip(run["results"], answer["findings"], strict=True):
            self.assertEqual(ids[result["ruleIndex"]], result["ruleId"])
            self.assertEqual((result["ruleId"], result["level"]), (finding["ruleId"], finding["severity"]))
            self.assertEqual(result["message"]["text"], "%s. %s" % (finding["message"], finding["fix"]))
            place = result["locations"][0]
            self.assertRegex(place["physicalLocation"]["artifactLocation"]["uri"], r"/a%20b%3Ac%25\.json$")
            self.assertEqual(place["physicalLocation"]["region"]["startLine"], finding["line"])
            self.assertEqual(place["logicalLocations"][0]["name"], finding["rule"])

    def test_release(self):
        """What was true then."""
        self.assertEqual(self.ids([rule(destinationAddressPrefix="198.18.16.82")], "--at", "101"),
                         ["hard-coded-address"])
        self.assertEqual(self.ids([rule(destinationAddressPrefix="LogicApps.WestEurope")], "--at", "101"),
                         ["unusable-tag"])
        self.assertEqual(self.ids([rule(destinationAddressPrefix="AzureManagedGrafana")], "--at", "101"),
                         ["unknown-tag"])

    def test_choice(self):
        self.assertEqual(self.ids(self.BAD, "--ignore", "duplicate-priority", "--ignore", "tag-case"),
                         ["hard-coded-address"])
        self.assertEqual(self.ids(self.BAD, "--only", "tag-case"), ["tag-case"])
        self.assertEqual(self.ids(self.BAD, "--only", "tag-case", "--ignore", "tag-case"), [])
        redundant = [rule("a", destinationAddressPrefix="198.18.24.9"),
                     rule("b", destinationAddressPrefix="AzureSiteRecovery", priority=110)]
        self.assertEqual(self.ids(redundant), ["redundant"])
        self.assertEqual(self.ids(redundant, "--ignore", "redundant"), ["hard-coded-address"])

    def test_wrong(self):
        path = self.write(self.BAD)
        for arguments, told in (
                (["--ignore", "hard-coded-adress"], "hard-coded-address"), (["--only", "zebra"], "zebra"),
                (["--target", "vnet"], "nsg, udr or firewall"), (["--source", "eastus"], "--scenario"),
                (["--scenario", "site-recovery"], "--source"), (["--scenario", "no-such"], "no-such"),
                ([*SCENARIO, "--target", "westeurope"], "--target"), (["--cloud", "all"], "--cloud all"),
                (["--at", "99"], "99"), (["--input", "csvv"], "csv"), (["--format", "svg"], "sarif"),
                (["--ignroe", "tag-case"], "--ignore"), (["more"], "more")):
            with self.subTest(arguments):
                self.assertIn(told, self.run_it("lint", path, *arguments, code=2).err)
        self.run_it("lint", code=2)
        self.run_it("lint", self.path("none.json"), code=2)
        self.run_it("lint", self.write("{}", "empty.json"), code=2)
        self.run_it("lint", self.write('{"securityRules": [', "cut.json"), code=2)


class Scenario(LintTest):
    def plan(self):
        return self.run_it("plan", *SCENARIO[1:], "--output", "json").json

    def test_nothing_in_a_plan(self):
        plan = self.plan()
        self.assertEqual(len(plan), 2)
        for document in (plan, plan[0], plan[1]):
            self.assertEqual(self.ids(document), [])
            self.assertEqual(self.ids(document, *SCENARIO), [])

    def test_each_rule_taken_out(self):
        plan = self.plan()
        for group in plan:
            for i, gone in enumerate(group["securityRules"]):
                left = {**group, "securityRules": group["securityRules"][:i] + group["securityRules"][i + 1:]}
                for form, document in [("plan", [left if g is group else g for g in plan]),
                                       *nsg_forms(left["securityRules"]).items()]:
                    with self.subTest(gone["name"], form=form):
                        found = self.lint(document, *SCENARIO)["findings"]
                        self.assertEqual([(f["ruleId"], f["tag"]) for f in found],
                                         [("missing-tag", gone["destinationAddressPrefix"])])

    def test_what_counts(self):
        rules = self.plan()[0]["securityRules"]
        storage = next(r for r in rules if r["destinationAddressPrefix"] == "Storage.EastUS")
        others = [r for r in rules if r is not storage]

        def only(found):
            return [f for f in found["findings"] if f["ruleId"] == "missing-tag"]
        for change, missing in (
                ({}, False), ({"destinationAddressPrefix": "Storage"}, False), ({"protocol": "*"}, False),
                ({"destinationAddressPrefix": "Internet"}, False), ({"destinationPortRange": "1-1000"}, False),
                ({"destinationPortRange": "80"}, True), ({"protocol": "Udp"}, True), ({"access": "Deny"}, True),
                ({"direction": "Inbound"}, True), ({"destinationAddressPrefix": "Storage.WestEurope"}, True)):
            with self.subTest(change):
                found = only(self.lint({"name": "g", "securityRules": [*others, {**storage, **change}]}, *SCENARIO))
                self.assertEqual([f["tag"] for f in found], ["Storage.EastUS"] if missing else [])
        deny = rule("no", access="Deny", destinationAddressPrefix="Internet", destinationPortRange="*", protocol="*")
        first = {"name": "g", "securityRules": [deny, *({**r, "priority": r["priority"] + 10} for r in rules)]}
        found = only(self.lint(first, *SCENARIO))
        self.assertEqual(len(found), 4)
        self.assertTrue(all("'no' denies first" in f["message"] for f in found))
        last = {"name": "g", "securityRules": [*rules, {**deny, "priority": 4000}]}
        self.assertEqual(self.ids(last, *SCENARIO), [])

    def test_no_group(self):
        route = [{"name": "d", "addressPrefix": "10.0.0.0/8", "nextHopType": "Internet"}]
        nothing = ["[]", "--input", "az-nsg-rules"]  # as az prints a group without rules
        self.assertEqual(self.ids(*nothing, *SCENARIO), ["missing-tag"] * 4)
        self.assertEqual(self.ids(*nothing), [])
        self.assertEqual(self.ids(route, *SCENARIO), ["missing-tag"] * 4)
        self.assertEqual(self.ids(route, *SCENARIO, "--target", "udr"), ["missing-tag"] * 4)


class Hostile(LintTest):
    NAMES = ["\x1b[31mred", "a\u202eb", "x" * 70000, "</script>", "'; DROP", "%s%n", "\u00e9\u4e2d", "a/b/c", "/", "[x", ""]

    def test_names(self):
        for name in self.NAMES:
            with self.subTest(name[:20]):
                bad = [rule(name, destinationAddressPrefix="198.18.16.10", protocol=name, destinationPortRange=name),
                       rule("b", destinationAddressPrefix=None, destinationAddressPrefixes=[name, "Sql"], priority=101)]
                path = self.write({"name": name, "securityRules": bad})
                answer = self.lint(path)
                self.assertIn("hard-coded-address", [f["ruleId"] for f in answer["findings"]])
                text = self.run_it("lint", path, code=1).out
                self.assertNotIn("\x1b", text)
                self.assertLess(len(text), 20000)
                json.loads(self.run_it("lint", path, "--format", "sarif", code=1).out)

    def test_unknown_names(self):
        """Each costs a look at every tag; past some thousands they get no proposal."""
        rules = [rule("r%d" % i, priority=100 + i % 4000, destinationAddressPrefix="Storag%d" % i)
                 for i in range(20000)]
        begun = time.monotonic()
        answer = self.lint(nsg_forms(rules)["nsg"], "--only", "unknown-tag")
        self.assertEqual(answer["summary"]["error"], 20000)
        self.assertLess(time.monotonic() - begun, 60 if SANITIZED else 20)


class Large(LintTest):
    COUNT = 20000 if SANITIZED else 100000

    def test_in_seconds(self):
        path = self.path("large.txt")
        with open(path, "w", encoding="utf-8") as file:
            for i in range(self.COUNT):
                file.write("198.%d.%d.%d\n" % (18 + (i >> 16), i >> 8 & 255, i & 255))
        begun = time.monotonic()
        answer = svctag("lint", path, "--format", "json", db=self.db)
        self.assertLess(time.monotonic() - begun, 60 if SANITIZED else 10)
        self.assertEqual(answer.code, 1, answer.err)
        self.assertGreater(answer.json["summary"]["warning"], 1000)

    def test_wide_and_nested(self):
        """Ranges that meet every prefix, one inside the other."""
        path = self.path("wide.txt")
        with open(path, "w", encoding="utf-8") as file:
            for i in range(self.COUNT // 5):
                file.write("0.%d.%d.0-255.%d.%d.255\n" % (i >> 8, i & 255, 255 - (i >> 8), 255 - (i & 255)))
        begun = time.monotonic()
        answer = self.lint(path, "--only", "redundant")
        self.assertLess(time.monotonic() - begun, 60 if SANITIZED else 20)
        self.assertEqual(answer["summary"]["warning"], self.COUNT // 5 - 1)


if __name__ == "__main__":
    main()
