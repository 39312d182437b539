"""The command line: loading releases, and what it answers from several."""

import contextlib
import ipaddress
import json
import os
import shutil
import sqlite3
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "robust"))
import tag_lists  # noqa: E402
from command_line import EVERYWHERE, RELEASE_FIELDS, SAMPLE, CommandLineTest, lines, rows, svctag


class Diff(CommandLineTest):
    def test_every_pair(self):
        """from + diff = to, as text and as addresses, for every pair in both directions."""
        for old in self.releases:
            for new in self.releases:
                same = old is new
                answer = self.run_it("diff", old.day, new.day, "--format", "json", code=0 if same else 1).json
                self.check_pair(old, new, answer)

    def check_pair(self, old, new, answer):
        self.assertEqual(list(answer)[:4], ["from", "to", "gap", "summary"])
        changed = {t["tag"]: t for t in answer["tags"]}
        for name in set(old.tags) | set(new.tags):
            before = {str(p) for p in old.tags.get(name, ())}
            after = {str(p) for p in new.tags.get(name, ())}
            if name not in changed:
                self.assertEqual(before, after)
                self.assertEqual(name in old.tags, name in new.tags)
                continue
            tag = changed[name]
            gone = set(tag["removed"]) | set(tag["regrouped"]["from"])
            come = set(tag["added"]) | set(tag["regrouped"]["to"])
            self.assertEqual((before - gone) | come, after, name)
            self.assertEqual((gone - before, come & before), (set(), set()))
            a, b = old.addresses(name), new.addresses(name)
            for version in (4, 6):
                self.assertEqual(self.networks(tag["gained"], version), self.minus(b[version], a[version]))
                self.assertEqual(self.networks(tag["lost"], version), self.minus(a[version], b[version]))
        self.assertEqual(answer["summary"]["prefixesRegrouped"],
                         sum(len(t["regrouped"]["from"]) + len(t["regrouped"]["to"]) for t in answer["tags"]))
        self.assertEqual(answer["summary"]["prefixesAdded"], sum(len(t["added"]) for t in answer["tags"]))

    @staticmethod
    def networks(texts, version):
        return [n for n in map(ipaddress.ip_network, texts) if n.version == version]

    @staticmethod
    def minus(a, b):
        left = list(a)
        for other in b:
            rest = []
            for network in left:
                if network.subnet_of(other):
                    continue
                if other.subnet_of(network):
                    rest.extend(network.address_exclude(other))
                else:
                    rest.append(network)
            left = rest
        return list(ipaddress.collapse_addresses(left))

    def test_defaults(self):
        answer = self.run_it("diff", "--format", "json", code=1).json
        self.assertEqual((answer["from"]["published"], answer["to"]["published"]), ("2025-03-17", "2025-03-31"))
        self.assertTrue(answer["gap"])  # 103 was never loaded
        answer = self.run_it("diff", "--at", "2025-03-10", "--format", "json", code=1).json
        self.assertEqual((answer["from"]["published"], answer["to"]["published"]), ("2025-03-03", "2025-03-10"))
        self.assertFalse(answer["gap"])
        self.assertNotIn("sourcesDiffer", answer)

    def test_properties(self):
        answer = self.run_it("diff", "--format", "json", code=1).json
        tags = {t["tag"]: t for t in answer["tags"]}
        self.assertEqual(list(tags["ActionGroup"]), ["tag", "change", "region", "systemService", "added", "removed",
                                                     "regrouped", "gained", "lost", "properties"])
        self.assertEqual(tags["ActionGroup"]["properties"]["networkFeatures"],
                         {"from": [], "to": ["API", "NSG", "UDR", "FW"]})
        self.assertEqual(tags["AzureActiveDirectory.ServiceEndpoint"]["properties"]["networkFeatures"],
                         {"from": None, "to": ["VSE"]})
        self.assertIn("systemService", tags["GuestAndHybridManagement"]["properties"])
        self.assertEqual(tags["AzureArcInfrastructure"]["change"], "added")
        self.assertEqual(tags["AzureArcInfrastructure"]["properties"], {})

    def test_pattern(self):
        answer = self.run_it("diff", "--tag", "storage.*", "--format", "json", code=1).json
        self.assertEqual([t["tag"] for t in answer["tags"]], ["Storage.WestEurope"])
        self.run_it("diff", "--tag", "Nothing*", code=0)

    def test_formats(self):
        whole = self.run_it("diff", "101", "2025-03-10", "--format", "json", code=1).json
        separate = lines(self.run_it("diff", "101", "2025-03-10", "--format", "ndjson", code=1).out)
        self.assertEqual([t["tag"] for t in separate], [t["tag"] for t in whole["tags"]])
        table = rows(self.run_it("diff", "101", "2025-03-10", "--format", "csv", code=1).out)
        split = sorted(r["prefix"] for r in table if r["tag"] == "Storage.EastUS" and r["what"].startswith("regrouped"))
        self.assertEqual(split, ["198.18.4.0/24", "198.18.4.0/25", "198.18.4.128/25"])
        text = self.run_it("diff", "101", "2025-03-10", code=1).out
        self.assertIn("+ AzureManagedGrafana (new tag)", text)
        self.assertIn("- 198.18.4.0/24  regrouped", text)

    def test_wrong(self):
        self.run_it("diff", "103", code=2)
        self.run_it("diff", "101", "102", "--at", "latest", code=2)
        self.run_it("diff", "--at", "101", code=2)  # nothing before it
        self.run_it("diff", "--cloud", "all", code=2)


class Compare(CommandLineTest):
    def test_two_tags(self):
        answer = self.run_it("compare", "Storage.EastUS", "Storage", "--format", "json").json
        self.assertEqual(list(answer), ["a", "b", "relation", "common", "onlyA", "onlyB"])
        self.assertEqual(answer["relation"], "within")
        self.assertEqual(answer["onlyA"]["prefixes"], [])
        self.assertEqual(answer["common"]["addressCount"], answer["a"]["addressCount"])
        self.assertEqual(self.run_it("compare", "Sql", "Storage", "--format", "json").json["relation"], "disjoint")

    def test_one_tag_at_two_releases(self):
        a = self.run_it("compare", "EventHub.EastUS", "--from", "101", "--to", "latest", "--format", "json")
        b = self.run_it("compare", "EventHub.EastUS@101", "EventHub.EastUS@latest", "--format", "json")
        self.assertEqual(a.out, b.out)
        self.assertEqual(a.json["relation"], "overlaps")
        self.assertEqual(a.json["onlyA"]["prefixes"], ["198.18.16.82/32"])
        same = self.run_it("compare", "Storage.EastUS", "--from", "101", "--to", "2025-03-10", "--format", "json").json
        self.assertEqual(same["relation"], "equal")  # only regrouped

    def test_others(self):
        self.assertIn("A lies within B", self.run_it("compare", "Storage.EastUS", "Storage").out)
        table = rows(self.run_it("compare", "Storage.EastUS", "Storage", "--format", "csv").out)
        self.assertEqual({r["part"] for r in table}, {"common", "onlyB"})
        self.run_it("compare", "Storage", code=2)
        self.run_it("compare", "Storage", "Storagee", code=2)
        self.run_it("compare", "Storage@103", "Storage", code=2)
        plain = self.run_it("compare", "EventHub@101", "EventHub@latest", "--format", "json")
        named = self.run_it("compare", "EventHub@sample:101", "EventHub@Sample:latest", "--format", "json")
        self.assertEqual(named.out, plain.out)
        self.assertIn("Public", self.run_it("compare", "Storage@Public:latest", "Storage", code=2).err)


class Import(CommandLineTest):
    def setUp(self):
        self.own = self.path("own-%s.db" % self._testMethodName)

    def files(self):
        return [r.path for r in self.releases]

    def test_outcomes(self):
        result = svctag("import", *self.files(), "--format", "json", db=self.own)
        self.assertEqual(result.code, 0)
        told = [w for f in result.json["files"] for w in f["warnings"]]
        self.assertEqual([line.rpartition(".json: ")[2] for line in result.err.splitlines()], told)
        self.assertEqual([w.partition(" is gone")[0] for w in told],
                         ['tag "AzureArcInfrastructure"', 'tag "PowerQueryOnline"'])
        self.assertEqual([f["result"] for f in result.json["files"]], ["added"] * 4)
        self.assertEqual(list(result.json["files"][0])[:3], ["file", "result", "release"])
        again = svctag("import", *self.files(), "--format", "ndjson", db=self.own)
        self.assertEqual([f["result"] for f in lines(again.out)], ["unchanged"] * 4)
        moved = svctag("import", self.files()[0], "--published", "2025-02-24", "--format", "csv", db=self.own)
        self.assertEqual([(r["result"], r["published"]) for r in rows(moved.out)], [("moved", "2025-02-24")])
        text = svctag("import", self.files()[1], db=self.own)
        self.assertRegex(text.out, r"\Aunchanged  Sample 102 \(2025-03-10\)  36 tags, 237 prefixes  .*\n\Z")

    def test_shuffled(self):
        for order in ([3, 1, 0, 2], [2, 3, 1, 0]):
            db = self.path("shuffled.db")
            for i in order:
                self.assertEqual(svctag("import", self.files()[i], db=db).code, 0)
            for release in self.releases:
                for command in (["tags"], ["lookup", EVERYWHERE], ["show", "Storage"]):
                    arguments = command + ["--at", release.day, "--format", "json"]
                    self.assertEqual(svctag(*arguments, db=db).out, svctag(*arguments, db=self.db).out)
            os.remove(db)

    def test_some_refused(self):
        bad = self.path("ServiceTags_Sample_20250407.json")
        with open(bad, "w", encoding="utf-8") as file:
            file.write("<!DOCTYPE html><html>504 Gateway Time-out</html>\n")
        result = svctag("import", bad, self.path("none.json"), "-", *self.files(), "--format", "json", db=self.own)
        self.assertEqual(result.code, 2)
        refusals = [line for line in result.err.splitlines() if not line.startswith("svctag: warning: ")]
        self.assertEqual(len(refusals), 3)
        outcomes = [f["result"] for f in result.json["files"]]
        self.assertEqual(sorted(outcomes), ["added"] * 4 + ["failed"] * 3)
        for entry in result.json["files"]:
            self.assertEqual(entry["error"] is not None, entry["result"] == "failed")
        self.assertEqual(len(svctag("releases", "--format", "json", db=self.own).json["releases"]), 4)

    def test_nothing_made_for_missing_files(self):
        self.assertEqual(svctag("import", self.path("none.json"), db=self.own).code, 2)
        self.assertFalse(os.path.exists(self.own))

    def test_options(self):
        for arguments in (["--published", "2025-02-30"], ["--published", "20250303"], ["--cloud", "all"]):
            result = svctag("import", self.files()[0], *arguments, db=self.own)
            self.assertEqual(result.code, 2)
            self.assert_one_line(result.err)
        result = svctag("import", self.files()[0], "--cloud", "Public", db=self.own)
        self.assertEqual(result.code, 2)
        self.assertIn("Sample", result.err)

    def test_other_source(self):
        """The Discovery API's shape: strings for numbers, fields left out; a diff says that sources differ."""
        latest = self.releases[-1]
        values = [{"name": name, "id": name, "properties": {
            "changeNumber": str(properties["changeNumber"]), "region": properties["region"],
            "systemService": properties["systemService"], "addressPrefixes": properties["addressPrefixes"]}}
            for name, properties in latest.properties.items()]
        path = self.path("api_20250401.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"name": "Sample", "id": "/subscriptions/0/serviceTags/Sample", "cloud": "Sample",
                       "type": "Microsoft.Network/serviceTags", "changeNumber": "105", "values": values}, file)
        for file in (latest.path, path):
            result = svctag("import", file, db=self.own)
            self.assertEqual(result.code, 0, result.err)
        answer = svctag("diff", "104", "105", "--format", "json", db=self.own).json
        self.assertTrue(answer["sourcesDiffer"])
        self.assertEqual((answer["from"]["source"], answer["to"]["source"]), ("file", "api"))
        self.assertEqual(answer["summary"]["prefixesAdded"], 0)
        self.assertIn("the sources differ", svctag("diff", "104", "105", db=self.own).out)
        tag = svctag("show", "Sql", "--at", "105", "--format", "json", db=self.own).json
        self.assertEqual((tag["regionId"], tag["platform"], tag["networkFeatures"]), (None, None, None))

    def test_guessed_day(self):
        copy = self.path("tags.json")
        shutil.copy(self.files()[0], copy)
        result = svctag("import", copy, db=self.own)
        self.assertEqual(result.code, 0)
        self.assertRegex(result.err, r"\Asvctag: warning: [^\n]*tags\.json: ")
        listed = svctag("releases", "--format", "json", db=self.own).json["releases"][0]
        self.assertTrue(listed["warnings"])

    def test_forget(self):
        self.assertEqual(svctag("import", SAMPLE, db=self.own).code, 0)
        listed = svctag("releases", "--format", "json", db=self.own).json["releases"]
        result = svctag("forget", "id:" + listed[1]["id"][:8], "--format", "json", db=self.own)
        self.assertEqual(result.code, 0)
        self.assertEqual(result.json["forgotten"]["published"], "2025-03-10")
        left = svctag("releases", "--format", "json", db=self.own).json["releases"]
        self.assertEqual([r["id"] for r in left], [listed[0]["id"], listed[2]["id"], listed[3]["id"]])
        self.assertEqual(svctag("forget", "103", db=self.own).code, 2)
        for release in left:
            self.assertEqual(svctag("tags", "--at", release["published"], "--format", "json", db=self.own).out,
                             svctag("tags", "--at", release["published"], "--format", "json", db=self.db).out)
        self.assertEqual(svctag("verify", db=self.own).code, 0)
        self.assertEqual(svctag("forget", "latest", db=self.path("none.db")).code, 2)
        self.assertFalse(os.path.exists(self.path("none.db")))


class Releases(CommandLineTest):
    def test_json(self):
        listed = self.run_it("releases", "--format", "json").json["releases"]
        self.assertEqual([(r["changeNumber"], r["published"]) for r in listed],
                         [(r.change_number, r.day) for r in self.releases])
        for release, loaded in zip(self.releases, listed, strict=True):
            self.assertEqual(list(loaded)[:9], RELEASE_FIELDS + ["importedAt", "tagCount", "prefixCount",
                                                                 "uniquePrefixCount"])
            every = [p for prefixes in release.tags.values() for p in prefixes]
            self.assertEqual((loaded["tagCount"], loaded["prefixCount"], loaded["uniquePrefixCount"]),
                             (len(release.tags), len(every), len(set(every))))
            self.assertEqual((loaded["cloud"], loaded["source"], loaded["forced"]), ("Sample", "file", False))
        self.assertEqual([len(r["warnings"]) for r in listed], [0, 1, 1, 0])

    def test_formats(self):
        listed = self.run_it("releases", "--format", "json").json["releases"]
        self.assertEqual(lines(self.run_it("releases", "--format", "ndjson").out), listed)
        self.assertEqual([r["id"] for r in rows(self.run_it("releases", "--format", "csv").out)],
                         [r["id"] for r in listed])
        self.assertEqual(len(self.run_it("releases").out.splitlines()), 5)
        self.run_it("releases", "--cloud", "sample")
        self.run_it("releases", "--cloud", "Public", code=2)

    def test_status(self):
        status = self.run_it("status", "--format", "json").json
        self.assertEqual(list(status), ["database", "clouds"])
        self.assertEqual(status["database"]["path"], self.db)
        self.assertGreater(status["database"]["size"], 0)
        cloud = status["clouds"][0]
        age = int(time.time() // 86400) - 20178  # days since 1970 of 2025-03-31
        self.assertIn(cloud["ageDays"], (age, age - 1))
        self.assertEqual((cloud["cloud"], cloud["releases"]), ("Sample", 4))
        self.assertIn("2025-03-31", self.run_it("status").out)
        self.run_it("status", "--max-age", age + 1, code=0)
        result = self.run_it("status", "--max-age", age - 2, code=1)
        self.assertIn("Sample", result.err)
        self.assertIn("2025-03-31", result.out)

    def test_verify(self):
        self.assertEqual(self.run_it("verify", "--format", "json").json,
                         {"ok": True, "releasesChecked": 4, "indexesChecked": 1, "damaged": []})
        self.assertTrue(self.run_it("verify").out.startswith("sound"))

    def test_damage(self):
        """A prefix taken out behind the program's back, and one flipped bit of the compiled index."""
        for part, change in (("content", self.lose_prefix), ("index", self.flip_bit)):
            db = self.path("damaged-%s.db" % part)
            with contextlib.closing(sqlite3.connect(self.db)) as source, \
                    contextlib.closing(sqlite3.connect(db)) as copy:
                source.backup(copy)
                change(copy)
                copy.commit()
            result = svctag("verify", "--format", "json", db=db)
            self.assertEqual(result.code, 2, part)
            self.assertFalse(result.json["ok"])
            self.assertIn(part, [d["part"] for d in result.json["damaged"]])
            self.assertEqual(len(result.err.splitlines()), len(result.json["damaged"]))
            for line in result.err.splitlines():
                self.assertTrue(line.startswith("svctag: Sample "), line)

    @staticmethod
    def lose_prefix(connection):
        """One span of the first prefix of all goes; the list's checksum is right."""
        lists = connection.execute("SELECT id, prefixes FROM tag WHERE prefixes IS NOT NULL").fetchall()
        spans, tag = min((tag_lists.unpack_prefixes(data), tag) for tag, data in lists)
        connection.execute("UPDATE tag SET prefixes = ? WHERE id = ?", (tag_lists.pack_prefixes(spans[1:]), tag))

    @staticmethod
    def flip_bit(connection):
        (data,) = connection.execute("SELECT data FROM release_index").fetchone()
        damaged = bytearray(data)
        damaged[len(damaged) // 2] ^= 1
        connection.execute("UPDATE release_index SET data = ?", (bytes(damaged),))
