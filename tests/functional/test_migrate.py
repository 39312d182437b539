"""migrate on the sample: the answer's form, the rules in every output, a group that obeys them."""

import ipaddress
import json
import os
import pty
import random
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nsg  # noqa: E402
from command_line import (PROGRAM, RELEASE_FIELDS, CommandLineTest, environment, lines, main, rows,  # noqa: E402
                          svctag)

LEFT = "198.18.16.82"  # leaves EventHub.EastUS with the second release
FIELDS = ["release", "target", "method", "asked", "opened", "ratio", "tags", "kept", "entries", "limits", "notes",
          "unreadable"]
HOSTILE = ["'; touch pwned; '", "$(touch pwned)", "${jndi:x}", "%{if true}", "`id`", "a\nb", "'''", '"""', "\\", "-rf",
           "@file", "x" * 200, "", "résumé", "*/ //", "#"]


class MigrateTest(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.newest = cls.releases[-1]

    def write(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def ask(self, *arguments, codes=(0, 1), stdin=b""):
        result = svctag("migrate", "--format", "json", *arguments, db=self.db, stdin=stdin)
        self.assertIn(result.code, codes, result.err)
        self.assertEqual(result.err, "")
        self.assertEqual(result.code, 1 if result.json["kept"] else 0)
        return result.json

    def rules(self, *arguments, output="json"):
        result = svctag("migrate", "--output", output, *arguments, db=self.db)
        self.assertIn(result.code, (0, 1), result.err)
        return result.out

    def usable(self, feature):
        return {name for name, p in self.newest.properties.items() if feature in (p["networkFeatures"] or ())}

    def addresses(self, tags, version):
        return sum(n.num_addresses for n in ipaddress.collapse_addresses(
            p for tag in tags for p in self.newest.tags[tag] if p.version == version))


class AnswerTest(MigrateTest):
    def test_fields(self):
        answer = self.ask("-", stdin=f"{self.newest.tags['AzureSiteRecovery'][0]}\n192.0.2.1\n1.2.3.400\n")
        for field in FIELDS:
            self.assertIn(field, answer)
        self.assertEqual(list(answer["release"]), RELEASE_FIELDS)
        self.assertEqual((answer["target"], answer["method"]), ("nsg", "exact"))
        self.assertEqual([e["tag"] for e in answer["entries"]], ["AzureSiteRecovery", None])
        self.assertEqual([set(e) >= {"entry", "place", "tag", "alternatives", "reason"} for e in answer["entries"]],
                         [True, True])
        self.assertEqual([(k["entry"], k["place"]) for k in answer["kept"]], [("192.0.2.1", "standard input:2")])
        self.assertTrue(all(k["reason"] for k in answer["kept"]))
        self.assertEqual([set(u) for u in answer["unreadable"]], [{"place", "text", "error"}])
        self.assertTrue(all(set(limit) >= {"limit", "value", "maximum", "ok"} for limit in answer["limits"]))
        self.assertEqual(answer["rulesAfter"], 2)

    def test_ratio(self):
        """IPv4 where the list asks for any, else IPv6, else null; opened counts tags and what is kept once."""
        tag = self.newest.tags["AzureSiteRecovery"]
        ipv4 = next(str(p) for p in tag if p.version == 4)
        ipv6 = next(str(p) for p in tag if p.version == 6)
        for text, version in ((f"{ipv4}\n{ipv6}\n192.0.2.1\n", 4), (f"{ipv6}\n", 6)):
            answer = self.ask("-", stdin=text)
            family = f"ipv{version}"
            opened = self.addresses(["AzureSiteRecovery"], version) + text.count("192.0.2.1")
            self.assertEqual(int(answer["opened"][family]), opened)
            self.assertAlmostEqual(answer["ratio"], opened / int(answer["asked"][family]))

    def test_three_tags(self):
        """Shuffled, split and thinned prefixes of three tags: those three, or a set that opens less."""
        for seed in range(6):
            r = random.Random(seed)
            usable = [t for t in sorted(self.usable("NSG")) if "." in t and not t.startswith("AzureCloud") and
                      any(p.version == 4 for p in self.newest.tags[t])]
            tags = r.sample(usable, 3)
            prefixes = [p for tag in tags for p in self.newest.tags[tag] if p.version == 4]
            entries = []
            for prefix in prefixes:
                entries += prefix.subnets(1) if prefix.prefixlen < 32 and r.random() < 0.4 else [prefix]
            r.shuffle(entries)
            entries = entries[: max(1, len(entries) * 3 // 4)]
            answer = self.ask("-", stdin="\n".join(map(str, entries)), codes=(0,))
            chosen = [t["tag"] for t in answer["tags"]]
            self.assertLessEqual(set(chosen), self.usable("NSG"))
            self.assertLessEqual(int(answer["opened"]["ipv4"]), self.addresses(tags, 4), (seed, tags, chosen))
            self.assertEqual(int(answer["opened"]["ipv4"]), self.addresses(chosen, 4))

    def test_targets_obey_features(self):
        text = "\n".join(str(p) for prefixes in self.newest.tags.values() for p in prefixes)
        for target, feature in (("nsg", "NSG"), ("udr", "UDR"), ("firewall", "FW")):
            answer = self.ask("-", "--target", target, "--allow-broad", stdin=text)
            self.assertEqual(answer["target"], target)
            self.assertLessEqual({t["tag"] for t in answer["tags"]}, self.usable(feature))
            self.assertLessEqual({tag for e in answer["entries"] for tag in e["alternatives"]}, self.usable(feature))
            self.assertEqual({len(e["noCandidates"]) for e in answer["entries"] if e["tag"] is not None}, {0})

    def test_broad(self):
        address = "198.18.208.82"  # in AzureCloud.francecentral alone
        answer = self.ask("-", stdin=address)
        self.assertEqual(answer["tags"], [])
        self.assertEqual(answer["entries"][0]["alternatives"], [])
        self.assertEqual(answer["entries"][0]["noCandidates"][0], "AzureCloud.centralfrance")
        self.assertEqual([t["tag"] for t in self.ask("-", "--allow-broad", stdin=address)["tags"]],
                         ["AzureCloud.centralfrance"])

    def test_since(self):
        answer = self.ask("-", "--intent", "EventHub.EastUS", stdin=LEFT, codes=(1,))
        since = answer["kept"][0]["since"]
        self.assertEqual(since["tag"], "EventHub.EastUS")
        self.assertEqual(since["release"]["published"], self.releases[1].day)
        self.assertIn(f"since {self.releases[1].change_number} ({self.releases[1].day})", answer["kept"][0]["reason"])
        answer = self.ask("-", "--intent", "EventHub.EastUS", "--at", self.releases[0].day, stdin=LEFT, codes=(0,))
        self.assertEqual([t["tag"] for t in answer["tags"]], ["EventHub.EastUS"])

    def test_max_rules(self):
        prefixes = [str(next(p for p in self.newest.tags[t] if p.version == 4))
                    for t in ("Storage.EastUS", "Sql.WestEurope", "AzureSiteRecovery", "EventHub.EastUS")]
        text = "\n".join(prefixes)
        free = self.ask("-", stdin=text)["rulesAfter"]
        for most in range(free, 0, -1):
            answer = self.ask("-", "--max-rules", most, stdin=text)
            self.assertLessEqual(answer["rulesAfter"], most)
        both = "192.0.2.1\n2001:db8:ffff::1\n"
        result = svctag("migrate", "-", "--max-rules", "1", db=self.db, stdin=both)
        self.assertEqual(result.code, 2)
        self.assertIn("the least possible is 2", result.err)

    def test_prefer_rules(self):
        """The number of tags comes before the addresses: never more tags, never fewer addresses."""
        r = random.Random(7)
        pool = [str(p) for tag in sorted(self.usable("NSG")) for p in self.newest.tags[tag] if p.version == 4]
        for _ in range(5):
            text = "\n".join(r.sample(pool, 30))
            addresses, rules = self.ask("-", stdin=text), self.ask("-", "--prefer", "rules", stdin=text)
            self.assertEqual(len(addresses["kept"]), len(rules["kept"]))
            self.assertLessEqual(len(rules["tags"]), len(addresses["tags"]))
            self.assertGreaterEqual(int(rules["opened"]["ipv4"]), int(addresses["opened"]["ipv4"]))

    def test_progress(self):
        """A bar on a terminal, and nothing on a pipe."""
        path = self.write("many.txt", "".join(f"198.18.{i >> 8}.{i & 255}\n" for i in range(5000)))
        master, slave = pty.openpty()
        with subprocess.Popen([PROGRAM, "--db", self.db, "migrate", path], stdout=subprocess.DEVNULL, stderr=slave,
                              env=environment(TERM="xterm")) as process:
            os.close(slave)
            told = b""
            try:
                while piece := os.read(master, 4096):
                    told += piece
            except OSError:  # how Linux says that nobody writes any more
                pass
            os.close(master)
        self.assertIn(process.returncode, (0, 1))
        self.assertIn(b"entries", told)
        self.assertEqual(svctag("migrate", path, db=self.db).err, "")

    def test_forms(self):
        path = self.write("forms.txt", f"{LEFT}\n{self.newest.tags['AzureSiteRecovery'][0]}\n")
        answer = self.ask(path)
        ndjson = svctag("migrate", path, "--format", "ndjson", db=self.db)
        self.assertEqual([(e["entry"], e["tag"]) for e in lines(ndjson.out)],
                         [(e["entry"], e["tag"]) for e in answer["entries"]])
        csv = rows(svctag("migrate", path, "--format", "csv", db=self.db).out)
        self.assertEqual([(e["entry"], e["tag"] or None) for e in csv],
                         [(e["entry"], e["tag"]) for e in answer["entries"]])
        text = svctag("migrate", path, db=self.db).out
        markdown = svctag("migrate", path, "--format", "markdown", db=self.db).out
        for form in (text, markdown):
            self.assertIn("AzureSiteRecovery", form)
            self.assertIn(LEFT, form)
        self.assertTrue(markdown.startswith("# "))

    def test_notes(self):
        inbound = [{"name": "in", "direction": "Inbound", "access": "Allow", "priority": 100, "protocol": "Tcp",
                    "sourceAddressPrefix": str(self.newest.tags["AzureSiteRecovery"][0]),
                    "destinationAddressPrefix": "*", "destinationPortRange": "443"}]
        answer = self.ask(self.write("in.json", inbound))
        self.assertTrue(any("AzureActiveDirectory" in note for note in answer["notes"]), answer["notes"])
        answer = self.ask("-", stdin="192.0.2.1")
        self.assertTrue(any("ports" in note for note in answer["notes"]), answer["notes"])

    def test_errors(self):
        path = self.write("e.txt", "192.0.2.1\n")
        for arguments, word in ((("--target", "vnet"), "nsg, udr or firewall"), (("--prefer", "x"), "addresses or rules"),
                                (("--max-rules", "0"), "--max-rules"), (("--output", "pulumi"), "bicep"),
                                (("--rollback",), "--output"), (("--name", "x"), "--output"),
                                (("--output", "az", "--name", "x; rm"), "--name"),
                                (("--output", "az", "--format", "json"), "one of them")):
            result = svctag("migrate", path, *arguments, db=self.db)
            self.assertEqual((result.code, result.out), (2, ""), arguments)
            self.assertIn(word, result.err)
            self.assertEqual(result.err.count("\n"), 1)
        result = svctag("migrate", self.write("none.txt", "# nothing\n"), db=self.db)
        self.assertEqual(result.code, 2)
        result = svctag("migrate", self.write("wrong.txt", "192.0.2.1/33\nx\n"), db=self.db)
        self.assertEqual((result.code, result.out), (2, ""))
        self.assertRegex(result.err, r"first of 2 problems: \S*wrong.txt:1: '192.0.2.1/33': .*\n\Z")
        self.assertEqual(svctag("migrate", os.path.join(self.folder.name, "missing"), db=self.db).code, 2)


class RulesTest(MigrateTest):
    def group(self, rules):
        nsg.check(rules, set(self.newest.tags))
        return nsg.Group(rules, self.newest.tags)

    def list_of_rules(self, seed):
        """A group as people keep it: several rules, some with both families, some that deny, names among them."""
        r = random.Random(seed)
        tags = [t for t in sorted(self.usable("NSG")) if not t.startswith("AzureCloud") and self.newest.tags[t]]
        found = []
        for i in range(8):
            prefixes = [str(p) for tag in r.sample(tags, 3) for p in r.sample(self.newest.tags[tag], 1)]
            prefixes += [f"192.0.2.{i}/32"] if r.random() < 0.5 else []
            inbound = r.random() < 0.3
            remote, own = ("source", "destination") if inbound else ("destination", "source")
            found.append({
                "name": r.choice(HOSTILE) + str(i) if r.random() < 0.5 else f"rule{i}",
                "direction": "Inbound" if inbound else "Outbound", "access": "Allow" if i % 4 != 2 else "Deny",
                "priority": 200 + 10 * i, "protocol": r.choice(["Tcp", "TCP", "*", "Udp"]),
                f"{own}AddressPrefix": r.choice(["*", "10.0.0.0/8", "VirtualNetwork"]),
                f"{remote}AddressPrefix": None, f"{remote}AddressPrefixes": prefixes,
                "destinationPortRanges": r.sample(["443", "80", "8000-8080", "22"], 2)})
        return found

    def probes(self, seed):
        r = random.Random(seed)
        everything = [p for prefixes in self.newest.tags.values() for p in prefixes]
        for _ in range(120):
            prefix = r.choice(everything)
            yield prefix[r.randrange(min(prefix.num_addresses, 1 << 30))]
        for _ in range(60):
            yield ipaddress.ip_address(r.choice(["198.18.0.0", "192.0.2.0", "8.8.0.0"])) + r.randrange(1 << 15)
        for _ in range(20):
            yield ipaddress.ip_address("2001:db8::") + r.randrange(1 << 96)

    def test_plain_list(self):
        """Every entry is let through; nothing is that is not in the chosen tags or kept."""
        r = random.Random(1)
        pool = [str(p) for tag in sorted(self.usable("NSG")) for p in self.newest.tags[tag]]
        path = self.write("plain.txt", "\n".join(r.sample(pool, 40) + ["192.0.2.9", "203.0.113.0/25"]))
        answer = self.ask(path)
        group = self.group(json.loads(self.rules(path)))
        for entry in answer["entries"]:
            network = ipaddress.ip_network(entry["entry"])
            for address in (network[0], network[-1], network[network.num_addresses // 2]):
                self.assertTrue(group.allows("Outbound", address, local="10.0.0.1" if network.version == 4 else "fd00::1"))
        stated = nsg.Ranges([p for t in answer["tags"] for p in self.newest.tags[t["tag"]]] +
                            [ipaddress.ip_network(k["entry"]) for k in answer["kept"]])
        for address in self.probes(2):
            if address not in stated:
                self.assertFalse(group.allows("Outbound", address, "10.0.0.1" if address.version == 4 else "fd00::1"),
                                 address)
            self.assertFalse(group.allows("Inbound", address, "10.0.0.1" if address.version == 4 else "fd00::1"))
        proposed = json.loads(self.rules(path))
        back = json.loads(self.rules(path, "--rollback"))["securityRules"]
        self.group(back)
        self.assertFalse({r["priority"] for r in proposed} & {r["priority"] for r in back}, "both stand for a moment")

    def test_groups(self):
        """What the old rules let through the new ones do; what these let through besides is in a stated tag."""
        for seed in range(6):
            old = self.list_of_rules(seed)
            path = self.write(f"group{seed}.json", old)
            answer = self.ask(path)
            rules = json.loads(self.rules(path))
            new = self.group(rules)
            self.assertEqual(len(rules), answer["rulesAfter"])
            own = {(rule["direction"], rule["priority"]) for rule in old}
            self.assertFalse(own & {(rule["direction"], rule["priority"]) for rule in rules})
            kept_old = json.loads(self.rules(path, "--rollback"))
            before = self.group(kept_old["securityRules"])
            self.assertEqual([r["name"] for r in kept_old["remove"]], [r["name"] for r in rules])
            self.assertFalse({r["name"].lower() for r in rules} & {r["name"].lower() for r in kept_old["securityRules"]})
            self.assertEqual(len(kept_old["securityRules"]), answer["rulesBefore"])
            chosen = nsg.Ranges([p for t in answer["tags"] for p in self.newest.tags[t["tag"]]])
            asked = [p for rule in old for side in ("source", "destination")
                     for p in rule.get(f"{side}AddressPrefixes") or ()]
            probes = [ipaddress.ip_network(p)[0] for p in asked] + list(self.probes(seed))
            for address in probes:
                local = "10.0.0.1" if address.version == 4 else "fd00::1"
                for direction in ("Inbound", "Outbound"):
                    for port in (443, 8080, 25):
                        was = before.allows(direction, address, local, "Tcp", port)
                        now = new.allows(direction, address, local, "Tcp", port)
                        if was:
                            self.assertTrue(now, (seed, direction, address, port))
                        elif now:
                            self.assertIn(address, chosen, (seed, direction, address, port))

    def test_read_back(self):
        """The JSON output is a list that migrate itself reads: tags are names then, and nothing is unreadable."""
        path = self.write("own.json", self.list_of_rules(3))
        for target in ("nsg", "udr"):
            out = self.write(f"{target}.json", self.rules(path, "--target", target))
            answer = self.ask(out, "--target", target)
            self.assertEqual(answer["unreadable"], [])

    def test_az(self):
        for seed in range(4):
            path = self.write(f"az{seed}.json", self.list_of_rules(seed))
            made = [nsg.az(line) for line in self.rules(path, output="az").splitlines()]
            self.assertEqual({command for command, _ in made}, {"network nsg rule create"})
            rules = [nsg.rule_of(options) for _, options in made]
            self.assertEqual(rules, json.loads(self.rules(path)))
            back = [nsg.az(line) for line in self.rules(path, "--rollback", output="az").splitlines()]
            deleted = [o["name"][0] for command, o in back if command.endswith("delete")]
            self.assertEqual(deleted, [rule["name"] for rule in rules])
            restored = [nsg.rule_of(o) for command, o in back if command.endswith("create")]
            self.assertEqual(restored, json.loads(self.rules(path, "--rollback"))["securityRules"])

    def test_az_other_targets(self):
        path = self.write("other.json", self.list_of_rules(5))
        routes = [nsg.az(line) for line in self.rules(path, "--target", "udr", output="az").splitlines()]
        self.assertEqual({command for command, _ in routes}, {"network route-table route create"})
        self.assertEqual(len(routes), self.ask(path, "--target", "udr")["rulesAfter"])
        rules = [nsg.az(line)[1] for line in self.rules(path, "--target", "firewall", output="az").splitlines()]
        collections = {}
        for options in rules:
            if options["collection-name"][0] not in collections:
                self.assertIn("priority", options)
                collections[options["collection-name"][0]] = options["action"]
            else:
                self.assertNotIn("priority", options)
            for source in options["source-addresses"]:
                self.assertTrue(source == "*" or nsg.is_address(source))
        for line in self.rules(path, "--target", "firewall", "--rollback", output="az").splitlines():
            nsg.az(line)

    def test_routes(self):
        table = [{"name": "to", "addressPrefix": str(self.newest.tags["Storage.EastUS"][0]), "nextHopType": "VirtualAppliance",
                  "nextHopIpAddress": "10.0.0.4"}]
        routes = json.loads(self.rules(self.write("routes.json", table), "--target", "udr"))
        self.assertEqual([(r["addressPrefix"], r["nextHopType"], r["nextHopIpAddress"]) for r in routes],
                         [("Storage.EastUS", "VirtualAppliance", "10.0.0.4")])

    def test_one_destination_two_next_hops(self):
        table = [{"name": f"to-{i}", "addressPrefix": str(prefix), "nextHopType": "VirtualAppliance",
                  "nextHopIpAddress": f"10.0.0.{4 + i}"}
                 for i, prefix in enumerate(self.newest.tags["Storage.EastUS"][:2])]
        answer = self.ask(self.write("routes.json", table), "--target", "udr")
        notes = [note for note in answer["notes"] if "same destination" in note]
        self.assertEqual(len(notes), 1, answer["notes"])
        self.assertIn("VirtualAppliance 10.0.0.4", notes[0])
        self.assertIn("VirtualAppliance 10.0.0.5", notes[0])
        alone = self.ask(self.write("route.json", table[:1]), "--target", "udr")
        self.assertEqual([note for note in alone["notes"] if "same destination" in note], [])

    def test_place(self):
        path = self.write("place.txt", "192.0.2.1\n")
        line = self.rules(path, "--resource-group", "prod-(1)", "--name", "edge", output="az")
        options = nsg.az(line.strip())[1]
        self.assertEqual((options["resource-group"], options["nsg-name"]), (["prod-(1)"], ["edge"]))
        self.assertIn('"edge"', self.rules(path, "--name", "edge", output="terraform"))
        self.assertIn("'edge'", self.rules(path, "--name", "edge", output="bicep"))

    def test_hostile_names(self):
        """No name of a list leaves the quotes of any output: what is outside of them is ours."""
        rules = [{"name": name, "direction": "Outbound", "access": "Allow", "priority": 100 + i, "protocol": "Tcp",
                  "sourceAddressPrefix": "*", "destinationAddressPrefix": f"192.0.2.{i}", "destinationPortRange": "443"}
                 for i, name in enumerate(HOSTILE)]
        path = self.write("hostile.json", rules)
        for extra in ((), ("--rollback",)):
            for line in self.rules(path, *extra, output="az").splitlines():
                nsg.az(line)
            for output, quote in (("bicep", "'"), ("terraform", '"')):
                text = self.rules(path, *extra, output=output)
                bare = re.sub(r"^\s*(//|#).*$", "", text, flags=re.M)
                bare = re.sub(rf"{quote}([^{quote}\\\n]|\\.)*{quote}", "", bare)
                self.assertNotIn(quote, bare)
                for word in ("pwned", "jndi", "${", "%{", "`"):
                    self.assertNotIn(word, bare)


if __name__ == "__main__":
    main()
