"""The command line: what it answers from one release."""

import ipaddress
import json
import random
import subprocess

from command_line import (EVERYWHERE, NOWHERE, PROGRAM, RELEASE_FIELDS, CommandLineTest, environment, lines, rows,
                          svctag)


class Lookup(CommandLineTest):
    def test_object(self):
        answer = self.run_it("lookup", EVERYWHERE, "--format", "json").json
        self.assertEqual(list(answer), ["query", "kind", "normalized", "release", "region", "matches"])
        self.assertEqual((answer["query"], answer["kind"], answer["normalized"]), (EVERYWHERE, "address", EVERYWHERE))
        self.assertEqual(list(answer["release"]), RELEASE_FIELDS)
        self.assertEqual(len(answer["release"]["id"]), 64)
        self.assertEqual(answer["region"], "eastus")
        self.assertEqual([m["tag"] for m in answer["matches"]],
                         ["EventHub.EastUS", "EventHub", "AzureCloud.eastus", "AzureCloud"])
        match = answer["matches"][0]
        self.assertEqual(list(match), ["tag", "prefix", "relation", "region", "systemService", "networkFeatures",
                                       "changeNumber"])
        self.assertEqual(match["prefix"], "198.18.16.0/26")
        self.assertEqual(match["relation"], "contains")
        self.assertEqual(match["networkFeatures"], ["API", "NSG", "UDR", "FW"])
        self.assertEqual(answer["matches"][1]["region"], "")

    def test_one_line(self):
        out = self.run_it("lookup", EVERYWHERE, "--format", "json").out
        self.assertEqual(out, json.dumps(json.loads(out), separators=(",", ":")) + "\n")

    def test_linear_scan(self):
        """Every release, both families, at the edges of prefixes: the set of (tag, prefix) is a scan's."""
        chosen = random.Random(7)
        for release in self.releases:
            edges = set()
            for prefixes in release.tags.values():
                for prefix in prefixes:
                    for number in (int(prefix[0]), int(prefix[-1]), int(prefix[0]) - 1, int(prefix[-1]) + 1):
                        edges.add(str(type(prefix[0])(number)))
            asked = chosen.sample(sorted(edges), 400)
            answers = svctag("lookup", "--at", release.day, "--format", "ndjson", "-", db=self.db,
                             stdin="\n".join(asked))
            self.assertEqual(answers.code, 0)
            for text, answer in zip(asked, lines(answers.out), strict=True):
                self.assertEqual(answer["query"], text)
                self.assertEqual({m["tag"]: m["prefix"] for m in answer["matches"]}, release.scan(text), text)

    def test_prefix_and_range(self):
        answer = self.run_it("lookup", "198.18.16.0/24", "--format", "json").json
        found = {m["tag"]: m for m in answer["matches"]}
        self.assertEqual((answer["kind"], answer["region"]), ("prefix", "eastus"))
        hub = found["EventHub.EastUS"]
        self.assertEqual(list(hub), ["tag", "prefix", "prefixes", "relation", "coveredAddresses", "coveredFraction",
                                     "region", "systemService", "networkFeatures", "changeNumber"])
        self.assertEqual(hub["relation"], "overlaps")
        self.assertEqual(hub["prefixes"], ["198.18.16.0/26", "198.18.16.84/32", "198.18.16.128/27", "198.18.16.240/29"])
        self.assertEqual(hub["coveredAddresses"], str(64 + 1 + 32 + 8))
        self.assertAlmostEqual(hub["coveredFraction"], 105 / 256)
        self.assertEqual((found["AzureCloud"]["relation"], found["AzureCloud"]["coveredFraction"]), ("contains", 1))
        # two prefixes hold it together
        answer = self.run_it("lookup", "198.18.4.0-198.18.4.255", "--format", "json").json
        storage = {m["tag"]: m for m in answer["matches"]}["Storage.EastUS"]
        self.assertEqual((answer["kind"], storage["relation"]), ("range", "contains"))
        self.assertEqual(storage["prefixes"], ["198.18.4.0/25", "198.18.4.128/25"])

    def test_mapped(self):
        answer = self.run_it("lookup", "::ffff:" + EVERYWHERE, "--format", "json").json
        self.assertEqual((answer["query"], answer["normalized"]), ("::ffff:" + EVERYWHERE, EVERYWHERE))

    def test_several(self):
        answer = self.run_it("lookup", EVERYWHERE, NOWHERE, "--format", "json").json
        self.assertEqual(list(answer), ["release", "results"])
        self.assertEqual([r["query"] for r in answer["results"]], [EVERYWHERE, NOWHERE])
        self.assertEqual(answer["results"][1]["matches"], [])
        self.assertIsNone(answer["results"][1]["region"])
        self.assertEqual(answer["results"][0]["release"], answer["release"])

    def test_exit_codes(self):
        self.run_it("lookup", NOWHERE, code=1)
        self.run_it("lookup", NOWHERE, EVERYWHERE, code=0)
        result = self.run_it("lookup", EVERYWHERE, "nonsense!", NOWHERE, "--format", "json", code=2)
        self.assertEqual(["error" in r for r in result.json["results"]], [False, True, False])
        self.assertEqual(list(result.json["results"][1]), ["query", "error"])
        self.assertEqual(self.run_it("lookup", "-", code=1, stdin="").out, "")

    def test_refused(self):
        for text in ("010.0.0.1", "1.2.3", "2130706433", "127.1", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "[::1]",
                     "fe80::1%eth0", "1.2.3.0/33", "1.2.3.4/24", "1.2.3.4-::1", "9.0.0.0-8.0.0.0", "1.2.3.0/",
                     "0x0d.64.1.1", "1.2.3.0x4", "0xd.0x40.0x1.0x1", "a b", "ex..ample", "", "-.", "http://x.y/",
                     "1.2.3.0/024", "1.2.3.0/+24"):
            result = self.run_it("lookup", "--format", "json", "--", text, code=2)
            self.assertEqual(list(result.json), ["query", "error"])
            self.assertEqual(result.json["query"], text)
            self.assertEqual(self.run_it("lookup", "--", text, code=2).out, "")

    def test_host_name(self):
        result = svctag("lookup", "localhost", "--format", "ndjson", db=self.db)
        if result.code == 2:
            self.skipTest("localhost does not resolve here")
        self.assertEqual(result.code, 1)
        for answer in lines(result.out):
            self.assertEqual(answer["host"], "localhost")
            self.assertTrue(ipaddress.ip_address(answer["query"]).is_loopback)
        single = svctag("lookup", "localhost", "--format", "json", db=self.db).json
        answers = single.get("results", [single])
        self.assertEqual([a["query"] for a in answers], [a["query"] for a in lines(result.out)])

    def test_stdin(self):
        text = "# comment\n\n%s\r\nnonsense!\n%s" % (EVERYWHERE, NOWHERE)
        result = self.run_it("lookup", "-", "--format", "json", stdin=text, code=2)
        self.assertEqual([r["query"] for r in result.json["results"]], [EVERYWHERE, "nonsense!", NOWHERE])
        self.assertEqual(result.json["results"][1]["line"], 4)
        self.assertIn("line 4", result.err)

    def test_stdin_bytes(self):
        result = svctag("lookup", "-", "--format", "json", db=self.db,
                        stdin=b"\xff\xfe\n1.2.3.4\x00\n\x1b[2J\n" + b"9" * 100000 + b"\n" + EVERYWHERE.encode())
        self.assertEqual(result.code, 2)
        answers = result.json["results"]
        self.assertEqual(["error" in a for a in answers], [True, True, True, True, False])
        self.assertEqual(answers[1]["query"], "1.2.3.4\ufffd")
        self.assertEqual(len(answers[3]["query"]), 4096)
        self.assertNotIn("\033", result.err)
        self.assertNotIn("\033", svctag("lookup", "-", db=self.db, stdin=b"\x1b[2J\n").out)

    def test_stdin_lines_of_every_length(self):
        """Around the limit of a line and the size of the buffer, nothing is lost or glued together."""
        for length in (4095, 4096, 4097, 65535, 65536, 65537, 131073):
            result = svctag("lookup", "-", "--format", "ndjson", db=self.db,
                            stdin="%s\n%s\n%s" % (EVERYWHERE, "x" * length, NOWHERE))
            self.assertEqual([a["query"][:12] for a in lines(result.out)],
                             [EVERYWHERE, "x" * 12, NOWHERE], length)

    def test_stdin_answers_at_once(self):
        """A coprocess gets each answer before it has to send the next line."""
        command = [PROGRAM, "--db", self.db, "lookup", "--format", "ndjson", "-"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as process:
            for _ in range(3):
                process.stdin.write(EVERYWHERE.encode() + b"\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["query"], EVERYWHERE)
            process.stdin.close()
            self.assertEqual(process.wait(10), 0)

    def test_all_clouds(self):
        answer = self.run_it("lookup", "--cloud", "all", EVERYWHERE, "--format", "json").json
        self.assertEqual(list(answer), ["release", "releases", "results"])
        self.assertIsNone(answer["release"])
        self.assertEqual([r["release"]["cloud"] for r in answer["results"]], ["Sample"])

    def test_csv_and_text(self):
        table = rows(self.run_it("lookup", EVERYWHERE, NOWHERE, "bad!", "--format", "csv", code=2).out)
        self.assertEqual([r["tag"] for r in table],
                         ["EventHub.EastUS", "EventHub", "AzureCloud.eastus", "AzureCloud", "", ""])
        self.assertEqual(table[0]["networkFeatures"], "API,NSG,UDR,FW")
        self.assertEqual((table[4]["query"], table[5]["query"]), (NOWHERE, "bad!"))
        self.assertTrue(table[5]["error"])
        text = self.run_it("lookup", EVERYWHERE).out
        for part in ("region eastus", "Sample 104 (2025-03-31)", "EventHub.EastUS", "198.18.16.0/26", "usable in API"):
            self.assertIn(part, text)
        self.assertIn("in no tag", self.run_it("lookup", NOWHERE, code=1).out)

    def test_null_features(self):
        answer = self.run_it("lookup", "198.18.22.1", "--format", "json").json
        self.assertIsNone({m["tag"]: m for m in answer["matches"]}["LogicApps.EastUS"]["networkFeatures"])


class References(CommandLineTest):
    def test_each_kind(self):
        listed = self.run_it("releases", "--format", "json").json["releases"]
        for reference, published in (("latest", "2025-03-31"), ("previous", "2025-03-17"), ("101", "2025-03-03"),
                                     ("102", "2025-03-17"), ("2025-03-10", "2025-03-10"), ("2025-03-16", "2025-03-10"),
                                     ("2030-01-01", "2025-03-31"), ("id:" + listed[1]["id"], "2025-03-10"),
                                     ("id:" + listed[2]["id"][:6], "2025-03-17")):
            for command in (["lookup", EVERYWHERE], ["tags"], ["show", "EventHub"]):
                answer = self.run_it(*command, "--at", reference, "--format", "json").json
                self.assertEqual(answer["release"]["published"], published, reference)

    def test_wrong(self):
        for reference in ("103", "2025-03-02", "2025-02-30", "yesterday", "id:12", "id:xyzxyz", "", "-1",
                          "id:000000000000"):
            result = self.run_it("lookup", EVERYWHERE, "--at=" + reference, code=2)
            self.assertEqual(result.out, "")


class Check(CommandLineTest):
    def test_answers(self):
        for query, tag, code, member, fraction in (
                (EVERYWHERE, "EventHub.EastUS", 0, "yes", 1),
                (EVERYWHERE, "eventhub.eastus", 0, "yes", 1),
                ("198.18.16.0/24", "EventHub", 1, "partial", 105 / 256),
                (NOWHERE, "Storage", 1, "no", 0),
                ("198.18.4.0/24", "Storage.EastUS", 0, "yes", 1)):
            answer = self.run_it("check", query, tag, "--format", "json", code=code).json
            self.assertEqual(list(answer), ["query", "tag", "member", "prefixes", "coveredFraction", "release"])
            self.assertEqual(answer["member"], member)
            self.assertAlmostEqual(answer["coveredFraction"], fraction)
        self.assertEqual(answer["prefixes"], ["198.18.4.0/25", "198.18.4.128/25"])
        self.assertEqual(answer["tag"], "Storage.EastUS")

    def test_history(self):
        for at, code in (("101", 0), ("2025-03-10", 1), ("latest", 1)):
            self.run_it("check", "198.18.16.82", "EventHub.EastUS", "--at", at, code=code)

    def test_unknown_tag(self):
        result = self.run_it("check", EVERYWHERE, "Storage.EastUs2", code=2)
        self.assertIn("Storage.EastUS", result.err)
        self.assertEqual(result.out, "")

    def test_text_and_csv(self):
        self.assertTrue(self.run_it("check", EVERYWHERE, "EventHub").out.startswith("yes: "))
        self.assertTrue(self.run_it("check", NOWHERE, "EventHub", code=1).out.startswith("no: "))
        table = rows(self.run_it("check", "198.18.4.0/24", "Storage", "--format", "csv").out)
        self.assertEqual([r["prefix"] for r in table], ["198.18.4.0/25", "198.18.4.128/25"])

    def test_wrong_query(self):
        self.run_it("check", "localhost", "Storage", code=2)
        self.run_it("check", "198.18.16.1/24", "Storage", code=2)


class Tags(CommandLineTest):
    def test_all(self):
        answer = self.run_it("tags", "--format", "json").json
        self.assertEqual(list(answer), ["release", "tags"])
        latest = self.releases[-1]
        self.assertEqual([t["name"] for t in answer["tags"]], sorted(latest.tags))
        for tag in answer["tags"]:
            self.assertEqual(list(tag), ["name", "region", "regionId", "systemService", "platform", "changeNumber",
                                         "networkFeatures", "prefixCount", "addressCount"])
            published = latest.properties[tag["name"]]
            for name in ("region", "regionId", "systemService", "platform", "changeNumber", "networkFeatures"):
                self.assertEqual(tag[name], published[name], (tag["name"], name))
            merged = latest.addresses(tag["name"])
            for version, key in ((4, "ipv4"), (6, "ipv6")):
                count = len([p for p in latest.tags[tag["name"]] if p.version == version])
                self.assertEqual(tag["prefixCount"][key], count)
                self.assertEqual(tag["addressCount"][key], str(sum(p.num_addresses for p in merged[version])))

    def test_selection(self):
        def names(*arguments, code=0):
            return [t["name"] for t in self.run_it("tags", *arguments, "--format", "json", code=code).json["tags"]]

        self.assertEqual(names("storage.e*"), ["Storage.EastUS"])
        self.assertEqual(names("Sql"), ["Sql"])
        self.assertEqual(names("S?l*"), ["Sql", "Sql.EastUS", "Sql.WestEurope"])
        self.assertIn("EventHub.FranceCentral", names("--region", "CentralFrance"))
        self.assertEqual(names("--service", "azuresql", "--region", ""), ["Sql"])
        self.assertEqual(names("Nothing*", code=1), [])

    def test_formats(self):
        whole = self.run_it("tags", "Sql*", "--format", "json").json
        for tag, line in zip(whole["tags"], lines(self.run_it("tags", "Sql*", "--format", "ndjson").out), strict=True):
            self.assertEqual(line, {"release": whole["release"], **tag})
        table = rows(self.run_it("tags", "Sql*", "--format", "csv").out)
        self.assertEqual([r["name"] for r in table], [t["name"] for t in whole["tags"]])
        self.assertIn("3 tags, Sample 104", self.run_it("tags", "Sql*").out)

    def test_show(self):
        answer = self.run_it("show", "SQL.eastus", "--format", "json").json
        self.assertEqual(answer["name"], "Sql.EastUS")
        self.assertEqual(answer["prefixes"],
                         ["198.18.18.0/25", "198.18.18.128/26", "198.18.18.192/26", "2001:db8:1000:2::/121"])
        answer = self.run_it("show", "Sql.EastUS", "--family", "4", "--aggregate", "--format", "json").json
        self.assertEqual(answer["prefixes"], ["198.18.18.0/24"])
        answer = self.run_it("show", "Sql.EastUS", "--family=6", "--format", "json").json
        self.assertEqual(answer["prefixes"], ["2001:db8:1000:2::/121"])
        self.assertEqual(self.run_it("show", "AzureDevSpaces", "--format", "json").json["prefixes"], [])
        self.assertIn("198.18.18.0/25", self.run_it("show", "Sql.EastUS").out)
        self.assertEqual(len(rows(self.run_it("show", "Sql.EastUS", "--format", "csv").out)), 4)
        self.assertIn("Sql", self.run_it("show", "Sqll", code=2).err)
