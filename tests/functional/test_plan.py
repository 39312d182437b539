#!/usr/bin/env python3
"""Plans of scenarios: on the sample, on small releases written here, from files, and over HTTP.

Environment: as test_daemon.py.
"""

import json
import os
import re
import tempfile
import unittest

import command_line
from command_line import ROOT, CommandLineTest, environment, lines, rows, svctag

SCENARIOS = os.path.join(ROOT, "schema", "scenarios")
FEATURES = ["API", "NSG", "UDR", "FW"]
BOTH = ["AzureActiveDirectory", "AzureSiteRecovery"]

PUBLIC_URLS = ["*.blob.core.windows.net", "login.microsoftonline.com", "*.hypervrecoverymanager.windowsazure.com",
               "*.servicebus.windows.net"]
CHINA_URLS = ["*.blob.core.chinacloudapi.cn", "login.chinacloudapi.cn", "*.hypervrecoverymanager.windowsazure.cn",
              "*.servicebus.chinacloudapi.cn"]
GOVERNMENT_URLS = ["*.blob.core.usgovcloudapi.net", "login.microsoftonline.us",
                   "*.hypervrecoverymanager.windowsazure.us", "*.servicebus.usgovcloudapi.net"]


def value(name, prefixes, region="", features=FEATURES):
    return {"name": name, "id": name, "properties": {
        "changeNumber": 1, "region": region, "regionId": 0, "platform": "Azure", "systemService": "",
        "addressPrefixes": prefixes, "networkFeatures": features}}


def published(cloud, first, second, leave_out=(), **features):
    """A release in the published form with what Site Recovery needs between two regions (suffix, property)."""
    names = [(f"Storage.{first[0]}", first[1]), (f"Storage.{second[0]}", second[1]), (f"EventHub.{first[0]}", first[1]),
             (f"EventHub.{second[0]}", second[1]), ("AzureActiveDirectory", ""), ("AzureSiteRecovery", ""),
             ("AzureKeyVault", ""), ("GuestAndHybridManagement", "")]
    values = [value(name, [f"198.18.{i}.0/24", f"2001:db8:{i}::/64"], region, features.get(name, FEATURES))
              for i, (name, region) in enumerate(names) if name not in leave_out]
    return {"changeNumber": 5, "cloud": cloud, "values": values}


def needed(here, there, *more):
    """The tags of one group, by today's guidance"""
    return sorted([f"Storage.{here}", f"EventHub.{there}", *BOTH, *more])


class Plans(CommandLineTest):
    def plan(self, *arguments, code=0, db=None):
        result = svctag("--format", "json", "plan", *arguments, db=db or self.db)
        self.assertEqual(result.code, code, (arguments, result.err))
        return result.json

    def tags(self, plan):
        """{place: its tags}"""
        found = {}
        for rule in plan["rules"]:
            self.assertEqual((rule["direction"], rule["access"], rule["protocol"], rule["ports"], rule["sourceTag"]),
                             ("outbound", "allow", "Tcp", ["443"], None))
            found.setdefault(rule["place"], []).append(rule["destinationTag"])
        return {place: sorted(tags) for place, tags in found.items()}

    def database(self, *documents):
        """A database with these releases"""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "t.db")
        for i, document in enumerate(documents):
            name = os.path.join(folder.name, f"{i}.json")
            with open(name, "w", encoding="utf-8") as file:
                json.dump(document, file)
            result = svctag("import", "--force", "--published", f"2025-01-{i + 1:02}", name, db=path)
            self.assertEqual(result.code, 0, result.err)
        return path


class OnTheSample(Plans):
    WAY = ("site-recovery", "--source", "eastus", "--target", "westeurope")

    def test_both_directions(self):
        plan = self.plan(*self.WAY)
        self.assertEqual(self.tags(plan), {"source": needed("EastUS", "WestEurope"),
                                           "target": needed("WestEurope", "EastUS")})
        self.assertEqual(plan["parameters"], {"source": "eastus", "target": "westeurope", "disk-encryption": False,
                                              "agent-upgrade": False})
        self.assertTrue(plan["complete"])
        self.assertEqual(plan["release"]["changeNumber"], 104)

    def test_counts(self):
        """Prefixes and addresses are those of the release"""
        release = self.releases[-1]
        for rule in self.plan(*self.WAY, "--disk-encryption", "--agent-upgrade")["rules"]:
            name = rule["destinationTag"]
            self.assertEqual((rule["exists"], rule["usable"]), (True, "yes"))
            for version, family in ((4, "ipv4"), (6, "ipv6")):
                self.assertEqual(rule["prefixCount"][family], sum(p.version == version for p in release.tags[name]))
                self.assertEqual(rule["addressCount"][family],
                                 str(sum(n.num_addresses for n in release.addresses(name)[version])))

    def test_flags(self):
        for flags, more in ((["--disk-encryption"], ["AzureKeyVault"]),
                            (["--agent-upgrade"], ["GuestAndHybridManagement"]),
                            (["--agent-upgrade", "--disk-encryption"], ["AzureKeyVault", "GuestAndHybridManagement"]),
                            (["--agent-upgrade=true", "--disk-encryption=false"], ["GuestAndHybridManagement"])):
            with self.subTest(flags):
                plan = self.plan(*self.WAY, *flags)
                self.assertEqual(self.tags(plan), {"source": needed("EastUS", "WestEurope", *more),
                                                   "target": needed("WestEurope", "EastUS", *more)})

    def test_spellings(self):
        """Regions in any spelling, options with blank or '=', in any order, before and after"""
        want = self.plan(*self.WAY)
        for arguments in (("site-recovery", "--source=East US", "--target=WestEurope"),
                          ("--cloud", "Sample", "site-recovery", "--target", "west_europe", "--source", "useast"),
                          ("site-recovery", "--target", "europewest", "--disk-encryption=0", "--source", "EastUS"),
                          ("site-recovery", "--source", "eastus", "--target", "westeurope", "--at", "latest")):
            with self.subTest(arguments):
                self.assertEqual(self.plan(*arguments), want)

    def test_priorities_and_names(self):
        plan = self.plan(*self.WAY, "--disk-encryption", "--agent-upgrade")
        for place in ("source", "target"):
            rules = [r for r in plan["rules"] if r["place"] == place]
            self.assertEqual([r["priority"] for r in rules], list(range(100, 106)))
            self.assertEqual(len({r["name"] for r in rules}), 6)

    def test_forms(self):
        plan = self.plan(*self.WAY)
        records = lines(self.run_it("--format", "ndjson", "plan", *self.WAY).out)
        for record, rule in zip(records, plan["rules"], strict=True):
            self.assertEqual({k: record[k] for k in rule}, rule)
            self.assertEqual(record["release"], plan["release"])
        for record, rule in zip(rows(self.run_it("--format", "csv", "plan", *self.WAY).out), plan["rules"], strict=True):
            self.assertEqual((record["place"], record["name"], record["destinationTag"], record["prefixCountIpv4"]),
                             (rule["place"], rule["name"], rule["destinationTag"], str(rule["prefixCount"]["ipv4"])))
        text = self.run_it("plan", *self.WAY).out
        markdown = self.run_it("--format", "markdown", "plan", *self.WAY).out
        for rule in plan["rules"]:
            self.assertIn(rule["destinationTag"], text)
            self.assertIn(rule["destinationTag"], markdown)
        for advice in plan["advice"]:
            self.assertIn(advice["text"], text)
        for line in markdown.splitlines():
            if line.startswith("|"):
                self.assertIn(line.replace("\\|", "").count("|"), (3, 4, 9), line)

    def test_advice(self):
        """What the guidance warns of, each by its own id"""
        ids = {a["id"] for a in self.plan(*self.WAY)["advice"]}
        self.assertLessEqual({"storage-endpoint", "storage-firewall", "appliance-throttling", "forced-tunnelling",
                              "test-first", "no-address-filtering", "no-routes", "cache-hosts",
                              "authenticating-proxy"}, ids)

    def test_rules_as_az(self):
        text = self.run_it("plan", *self.WAY, "--output", "az").out
        commands = [line for line in text.splitlines() if line.startswith("az ")]
        self.assertEqual(len(commands), 8)
        for command in commands:
            self.assertRegex(command, r"\Aaz network nsg rule create .*--direction Outbound --access Allow "
                                      r"--protocol Tcp .*--destination-port-ranges 443( |$)")
        found = re.findall(r"--nsg-name my-nsg-(\w+) .*--destination-address-prefixes (\S+)", text)
        self.assertEqual(sorted(t for p, t in found if p == "target"), needed("WestEurope", "EastUS"))

    def test_rules_as_json(self):
        groups = json.loads(self.run_it("plan", *self.WAY, "--output", "json").out)
        self.assertEqual([g["name"] for g in groups], ["my-nsg-source", "my-nsg-target"])
        for group, want in zip(groups, (needed("EastUS", "WestEurope"), needed("WestEurope", "EastUS")), strict=True):
            self.assertEqual(sorted(r["destinationAddressPrefix"] for r in group["securityRules"]), want)
        one = json.loads(self.run_it("plan", "backup", "--vault", "eastus", "--output", "json", code=1).out)
        self.assertEqual([r["destinationAddressPrefix"] for r in one], ["Storage.EastUS", "AzureActiveDirectory"])

    def test_rules_in_one_document(self):
        """Two groups, and no identifier twice"""
        bicep = self.run_it("plan", *self.WAY, "--output", "bicep").out
        declared = re.findall(r"^(?:param|var|resource) (\w+)", bicep, re.M)
        self.assertEqual(len(declared), 8)
        self.assertEqual(len(set(declared)), 8)
        terraform = self.run_it("plan", *self.WAY, "--output", "terraform").out
        declared = re.findall(r'^(variable "\w+"|resource "\w+" "[\w-]+")', terraform, re.M)
        self.assertEqual(len(declared), 12)
        self.assertEqual(len(set(declared)), 12)
        for name in set(re.findall(r"var\.(\w+)", terraform)):
            self.assertIn(f'variable "{name}"', declared)

    def test_missing(self):
        """A region without Storage and EventHub tags: said, left out, exit 1"""
        plan = self.plan("site-recovery", "--source", "eastus", "--target", "uksouth", code=1)
        self.assertFalse(plan["complete"])
        missing = [r for r in plan["rules"] if not r["exists"]]
        self.assertEqual([r["destinationTag"] for r in missing], ["EventHub.UKSouth"])
        for rule in missing:
            self.assertEqual((rule["name"], rule["priority"], rule["prefixCount"], rule["addressCount"],
                              rule["usable"]), (None, None, None, None, "no"))
            self.assertTrue([n for n in plan["notes"] if rule["destinationTag"] in n], plan["notes"])
        result = self.run_it("plan", "site-recovery", "--source", "eastus", "--target", "uksouth", "--output", "az",
                             code=1)
        self.assertNotIn("EventHub.UKSouth", result.out)
        self.assertIn("EventHub.UKSouth", result.err)

    def test_unusable(self):
        """LogicApps.WestEurope could not be used in rules at first"""
        path = self.path("logic.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"format": 1, "scenario": "logic", "title": "t", "basis": "b", "target": "nsg",
                       "places": [{"name": "p", "title": "t"}],
                       "rules": [{"tag": "LogicApps.WestEurope", "ports": ["443"], "why": "w"}]}, file)
        plan = self.plan(path, "--at", "101", code=1)
        self.assertEqual((plan["rules"][0]["exists"], plan["rules"][0]["usable"]), (True, "no"))
        self.assertTrue(any("cannot be used" in n for n in plan["notes"]), plan["notes"])
        self.assertNotEqual(self.plan(path)["rules"][0]["usable"], "no")

    def test_errors(self):
        for arguments, words in (
                (("site-recovery",), "--source: is needed"),
                (("site-recovery", "--source", "eastus"), "--target: is needed"),
                (("site-recovery", "--source"), "--source wants a value"),
                (("site-recovery", "--source", "--target", "eastus"), "--source wants a value"),
                (("site-recovery", "--source", "eastus", "--target", "East US"), "they have to be two regions"),
                (("site-recovery", "--source", "eastsu", "--target", "eastus"), "did you mean 'eastus'?"),
                (("site-recovery", "--sorce", "eastus"), "did you mean '--source'?"),
                (("site-recovery", "--disk-encription", "--source", "eastus"), "did you mean '--disk-encryption'?"),
                (("site-recovery", "--ouput", "az"), "did you mean '--output'?"),
                (("site-recovery", "--region", "eastus"), "no parameter '--region'"),
                (("site-recovery", "--source", "eastus", "--target", "westeurope", "--disk-encryption", "yes"),
                 "unexpected argument 'yes'"),
                (("site-recovery", "--source", "eastus", "--source", "uksouth"), "--source: is given twice"),
                (("site-recovery", "backup"), "unexpected argument 'backup'"),
                (("--source", "eastus", "--target", "westeurope"), "wants the scenario's name before its options"),
                (("--disk-encryption", "site-recovery"), "wants the scenario's name before its options"),
                (("site-recovry",), "did you mean 'site-recovery'?"),
                (("zzzzzzzzz",), "there are backup, monitor-agent, site-recovery"),
                (("/nonexistent/site-recovery",), "No such file"),
                (("nothing.json",), "nothing.json: No such file"),
                ((*self.WAY, "--output", "pdf"), "--output wants az, bicep, terraform or json"),
                ((*self.WAY, "--output", "az", "--format", "json"), "give one of them"),
                ((*self.WAY, "--cloud", "all"), "name it instead of --cloud all"),
                ((*self.WAY, "--at", "999"), "999")):
            with self.subTest(arguments):
                result = self.run_it("plan", *arguments, code=2)
                self.assertIn(words, result.err)
                self.assertEqual(result.out, "")
        # Before the command only what every command has.
        self.assertIn("unknown option '--agent-upgrade'", self.run_it("--agent-upgrade", "plan", *self.WAY, code=2).err)
        # Other commands are as strict as ever.
        self.assertIn("did you mean '--source'?", self.run_it("lookup", "--sourc", "x", code=2).err)
        self.assertIn("lookup does not take --source", self.run_it("lookup", "--source", "x", "1.2.3.4", code=2).err)

    def test_list(self):
        listed = json.loads(self.run_it("--format", "json", "plan").out)["scenarios"]
        self.assertEqual([s["name"] for s in listed], ["backup", "monitor-agent", "site-recovery"])
        self.assertEqual([p["name"] for p in listed[2]["parameters"]],
                         ["source", "target", "disk-encryption", "agent-upgrade"])
        self.assertEqual(len(self.run_it("plan").out.splitlines()), 4)
        self.assertEqual([r["name"] for r in rows(self.run_it("--format", "csv", "plan").out)],
                         [s["name"] for s in listed])
        self.assertEqual(lines(self.run_it("--format", "ndjson", "plan").out), listed)
        # There need not be a database for it.
        self.assertEqual(svctag("plan", db=self.path("none.db")).code, 0)


class OnSmallReleases(Plans):
    CLOUDS = (("Public", ("EastUS", "eastus"), ("CentralUS", "centralus"), PUBLIC_URLS),
              ("AzureGovernment", ("USGovVirginia", "usgovvirginia"), ("USGovTexas", "usgovtexas"), GOVERNMENT_URLS),
              ("China", ("ChinaEast2", "chinaeast2"), ("ChinaNorth3", "chinanorth3"), CHINA_URLS))

    def test_clouds(self):
        db = self.database(*(published(cloud, first, second) for cloud, first, second, _ in self.CLOUDS))
        for cloud, first, second, urls in self.CLOUDS:
            with self.subTest(cloud):
                plan = self.plan("site-recovery", "--source", first[1], "--target", second[0], "--cloud", cloud, db=db)
                self.assertEqual(self.tags(plan), {"source": needed(first[0], second[0]),
                                                   "target": needed(second[0], first[0])})
                self.assertEqual([u["pattern"] for u in plan["urls"]], urls)
        result = svctag("plan", "site-recovery", "--source", "chinaeast2", "--target", "eastus", db=db)
        self.assertEqual(result.code, 2)
        self.assertIn("'chinaeast2' is a region of China, not of Public", result.err)

    def test_urls_of_flags(self):
        db = self.database(published("Public", ("EastUS", "eastus"), ("CentralUS", "centralus")))
        way = ("site-recovery", "--source", "eastus", "--target", "centralus")
        for flags, more in (((), []), (("--disk-encryption",), ["*.vault.azure.net"]),
                            (("--agent-upgrade",), ["*.automation.ext.azure.com"])):
            urls = self.plan(*way, *flags, db=db)["urls"]
            self.assertEqual([u["pattern"] for u in urls], PUBLIC_URLS + more)
            self.assertEqual([u["when"] for u in urls], [None] * 4 + [f[2:] for f in flags])
        notes = self.plan(*way, db=db)["notes"]
        self.assertTrue(any("disk-encryption" in n for n in notes) and any("agent-upgrade" in n for n in notes))

    def test_old_release(self):
        """A release from before a tag: said, exit 1; the newer one has it"""
        first, second = ("EastUS", "eastus"), ("CentralUS", "centralus")
        db = self.database(published("Public", first, second, leave_out=("GuestAndHybridManagement",)),
                           published("Public", first, second))
        way = ("site-recovery", "--source", "eastus", "--target", "centralus")
        plan = self.plan(*way, "--agent-upgrade", "--at", "2025-01-01", code=1, db=db)
        self.assertEqual([(r["place"], r["destinationTag"]) for r in plan["rules"] if not r["exists"]],
                         [("source", "GuestAndHybridManagement"), ("target", "GuestAndHybridManagement")])
        self.plan(*way, "--at", "2025-01-01", db=db)
        self.plan(*way, "--agent-upgrade", db=db)

    def test_null_features(self):
        """A tag whose networkFeatures are null is never put into a rule"""
        first, second = ("EastUS", "eastus"), ("CentralUS", "centralus")
        db = self.database(published("Public", first, second, **{"Storage.EastUS": None}))
        plan = self.plan("site-recovery", "--source", "eastus", "--target", "centralus", code=1, db=db)
        rule = plan["rules"][0]
        self.assertEqual((rule["destinationTag"], rule["exists"], rule["usable"], rule["name"]),
                         ("Storage.EastUS", True, "no", None))


class Files(Plans):
    """Scenarios of one's own"""

    SHOP = {"format": 1, "scenario": "shop", "title": "Our shop", "basis": "Our own head", "target": "nsg",
            "parameters": [{"name": "region", "kind": "region", "required": True, "description": "where"},
                           {"name": "wait", "kind": "text", "description": "an option of another command"}],
            "places": [{"name": "all", "title": "in {region}"}],
            "rules": [{"tag": "Sql.{region}", "ports": ["1433"], "why": "data"}]}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder_of_mine = folder.name

    def write(self, document, name="shop.json", folder=None):
        folder = folder or self.folder_of_mine
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(document if isinstance(document, str) else json.dumps(document))
        return path

    def test_by_path(self):
        plan = self.plan(self.write(self.SHOP), "--region", "East US", "--wait", "10")
        self.assertEqual([r["destinationTag"] for r in plan["rules"]], ["Sql.EastUS"])
        self.assertEqual(plan["parameters"], {"region": "eastus", "wait": "10"})

    def test_by_name(self):
        config = os.path.join(self.folder_of_mine, "config")
        self.write(self.SHOP, folder=os.path.join(config, "svctag", "scenarios"))
        for env, more in ((environment(XDG_CONFIG_HOME=config), ()),
                          (environment(XDG_CONFIG_HOME=None, HOME=self.home_of(config)), ()),
                          (environment(XDG_CONFIG_HOME=None, HOME="/nonexistent"),
                           ("--scenario-dir", os.path.join(config, "svctag", "scenarios")))):
            result = svctag("plan", "shop", "--region", "westeurope", *more, db=self.db, env=env)
            self.assertEqual((result.code, result.err), (0, ""))
            listed = svctag("--format", "json", "plan", *more, db=self.db, env=env)
            self.assertEqual(listed.code, 0, listed.err)
            self.assertEqual([s["name"] for s in listed.json["scenarios"]],
                             ["shop", "backup", "monitor-agent", "site-recovery"])
            self.assertTrue(listed.json["scenarios"][0]["file"].endswith("/shop.json"))

    def home_of(self, config):
        home = os.path.join(self.folder_of_mine, "home")
        os.makedirs(home)
        os.symlink(config, os.path.join(home, ".config"))
        return home

    def test_takes_the_place_of_a_built_in(self):
        folder = os.path.join(self.folder_of_mine, "own")
        self.write({**self.SHOP, "scenario": "backup"}, "backup.json", folder)
        plan = self.plan("backup", "--region", "eastus", "--scenario-dir", folder)
        self.assertEqual(plan["title"], "Our shop")
        listed = self.run_it("--format", "json", "plan", "--scenario-dir", folder).json["scenarios"]
        self.assertEqual([s["name"] for s in listed], ["backup", "monitor-agent", "site-recovery"])
        self.assertEqual(listed[0]["title"], "Our shop")

    def test_wrong_files(self):
        folder = os.path.join(self.folder_of_mine, "bad")
        self.write(self.SHOP, "store.json", folder)
        self.assertIn("call the file shop.json", self.run_it("plan", "store", "--scenario-dir", folder, code=2).err)
        result = self.run_it("plan", "--scenario-dir", folder)
        self.assertIn("warning", result.err)
        self.assertIn("No such file", self.run_it("plan", "--scenario-dir", "/nonexistent", code=2).err)
        for text, words in (("", "line 1"), ("[]", "has to be an object"), ("{", "line 1: not JSON"),
                            ("\0", "NUL"), (json.dumps({**self.SHOP, "format": 9}), "format: has to be 1"),
                            (json.dumps({**self.SHOP, "rules": []}), "rules: 0 elements"),
                            ("x" * (1 << 20) + "y", "larger than 1 MiB")):
            path = self.write(text, "wrong.json")
            result = self.run_it("plan", path, "--region", "eastus", code=2)
            self.assertIn(words, result.err)
            self.assertIn("wrong.json", result.err)


def check(schema, value, root, path="$"):
    """As much of JSON Schema as schema/scenario.schema.json uses; what is wrong, in a list."""
    if "$ref" in schema:
        return check(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, root, path)
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool}
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        return [f"{path}: not {schema['type']}"]
    wrong = []
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{path}: {value!r}")
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
            wrong.append(f"{path}: length")
        if not re.search(schema.get("pattern", ""), value):
            wrong.append(f"{path}: {value!r} is not {schema['pattern']}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1 << 30):
            wrong.append(f"{path}: {len(value)} items")
        for i, item in enumerate(value):
            wrong += check(schema["items"], item, root, f"{path}[{i}]")
    if isinstance(value, dict):
        wrong += [f"{path}: no {key}" for key in schema.get("required", ()) if key not in value]
        for key, item in value.items():
            wrong += check(schema.get("propertyNames", {}), key, root, f"{path}: name {key}")
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            wrong += [f"{path}: unknown {key}"] if inner is False else check(inner, item, root, f"{path}.{key}")
    return wrong


class Schema(unittest.TestCase):
    """The JSON Schema and the documents agree"""

    def setUp(self):
        with open(os.path.join(ROOT, "schema", "scenario.schema.json"), encoding="utf-8") as file:
            self.schema = json.load(file)

    def test_built_in(self):
        for name in sorted(os.listdir(SCENARIOS)):
            with self.subTest(name), open(os.path.join(SCENARIOS, name), encoding="utf-8") as file:
                self.assertEqual(check(self.schema, json.load(file), self.schema), [])

    def test_broken(self):
        """What the schema refuses, the program refuses too"""
        with open(os.path.join(SCENARIOS, "site-recovery.json"), encoding="utf-8") as file:
            text = file.read()
        for old, new in (('"format": 1', '"format": 2'), ('"nsg"', '"udr"'), ('"kind": "flag"', '"kind": "bool"'),
                         ('"443"', '"https"'), ('"443"', '443'), ('"title"', '"titel"'), ('"why"', '"because"'),
                         ('"severity": "error"', '"severity": "fatal"'), ('"Storage.{here}"', '"Storage {here}"'),
                         ('"when": "disk-encryption"', '"when": "Disk"'), ('"basis": "', '"basis": "\\u0007'),
                         ('"*.blob.core.windows.net"', '"https://blob"'), ('"id": "no-routes"', '"id": "No routes"')):
            with self.subTest(new), tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                broken = text.replace(old, new, 1)
                self.assertNotEqual(broken, text)
                self.assertNotEqual(check(self.schema, json.loads(broken), self.schema), [])
                file.write(broken)
                file.flush()
                result = svctag("plan", file.name, "--source", "eastus", "--target", "westus", db="none.db")
                self.assertEqual(result.code, 2)
                self.assertRegex(result.err, r"line \d+")

    def test_document_of_the_documentation(self):
        with open(os.path.join(ROOT, "docs", "scenarios.md"), encoding="utf-8") as file:
            example = re.search(r"```json\n(.*?)```", file.read(), re.S).group(1)
        self.assertEqual(check(self.schema, json.loads(example), self.schema), [])
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file, tempfile.TemporaryDirectory() as folder:
            file.write(example)
            file.flush()
            db = os.path.join(folder, "t.db")
            self.assertEqual(svctag("import", command_line.SAMPLE, db=db).code, 0)
            result = svctag("--format", "json", "plan", file.name, "--location", "West Europe", "--secrets", db=db)
            self.assertEqual((result.code, result.err), (0, ""))
            self.assertEqual([r["destinationTag"] or r["sourceTag"] for r in result.json["rules"]],
                             ["Sql.WestEurope", "AzureKeyVault.WestEurope", "AzureFrontDoor.Backend"])


if __name__ == "__main__":
    command_line.main()
