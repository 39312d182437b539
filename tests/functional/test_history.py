"""history, drift and lookup --explain on the sample, against its files."""

import ipaddress
import os
import pty
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from command_line import (EVERYWHERE, NOWHERE, PROGRAM, RELEASE_FIELDS, CommandLineTest, environment, lines,  # noqa: E402
                          main, rows, svctag)

SVG = "{http://www.w3.org/2000/svg}"
LEFT = "198.18.16.82"  # leaves EventHub.EastUS with the second release
GONE = "198.18.208.82"  # leaves EventHub.FranceCentral with the fourth


class HistoryTest(CommandLineTest):
    def ask(self, *arguments, codes=(0,)):
        result = svctag("--format", "json", *arguments, db=self.db)
        self.assertIn(result.code, codes, result.err)
        self.assertEqual(result.err, "")
        return result.json

    def spans(self, query):
        """[(from, tag, prefix, last or None)] of a query, by the files; numbers of releases"""
        query = ipaddress.ip_network(query)
        found = []
        for tag in sorted({tag for release in self.releases for tag in release.tags}):
            for prefix in sorted({p for release in self.releases for p in release.tags.get(tag, ())
                                  if p.version == query.version and p.overlaps(query)}):
                has = [prefix in release.tags.get(tag, ()) for release in self.releases]
                for i, now in enumerate(has):
                    if now and (i == 0 or not has[i - 1]):
                        end = next((j for j in range(i, len(has)) if not has[j]), None)
                        found.append((i, tag, str(prefix), None if end is None else end - 1))
        return sorted(found)

    def number(self, release):
        """The number of a release object among the sample's."""
        if release is None:
            return None
        self.assertEqual(list(release), RELEASE_FIELDS)
        return [r.day for r in self.releases].index(release["published"])

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def check_svg(self, *arguments, code=0):
        result = svctag("--format", "svg", *arguments, db=self.db)
        self.assertEqual((result.code, result.err), (code, ""))
        root = ElementTree.fromstring(result.out)
        self.assertEqual(root.tag, SVG + "svg")
        self.assertTrue(root.find(SVG + "title").text)
        self.assertTrue(root.find(SVG + "desc").text)
        self.assertIn("prefers-color-scheme", result.out)
        self.assertNotIn("script", result.out)
        self.assertNotIn("nan", "".join(path.get("d") for path in root.iter(SVG + "path")))
        return root


class History(HistoryTest):
    def test_timelines(self):
        every = {str(p) for release in self.releases for ps in release.tags.values() for p in ps}
        for query in [EVERYWHERE, LEFT, GONE, "198.18.4.0/24", "198.18.0.0/15", "2001:db8::/32"] + sorted(every)[::9]:
            answer = self.ask("history", query)
            self.assertEqual(answer["query"], query)
            self.assertEqual(self.number(answer["loaded"]["first"]), 0)
            self.assertEqual(self.number(answer["loaded"]["last"]), len(self.releases) - 1)
            got = [(self.number(e["from"]), e["tag"], e["prefix"], self.number(e["to"])) for e in answer["timeline"]]
            self.assertEqual([(e[0], e[1]) for e in got], sorted((e[0], e[1]) for e in got), query)
            self.assertEqual(sorted(got, key=str), sorted(self.spans(query), key=str), query)

    def test_gaps(self):
        answer = self.ask("history", EVERYWHERE)
        self.assertEqual(answer["loaded"]["gaps"], [{"source": "file", "from": 103, "to": 103}])
        self.assertEqual(answer["loaded"]["count"], len(self.releases))

    def test_range(self):
        first, last = "198.18.16.0", "198.18.16.127"
        answer = self.ask("history", f"{first}-{last}")
        self.assertEqual(answer["kind"], "range")
        self.assertEqual(answer["timeline"], self.ask("history", "198.18.16.0/25")["timeline"])

    def test_never(self):
        answer = self.ask("history", NOWHERE, codes=(1,))
        self.assertEqual(answer["timeline"], [])
        result = svctag("history", NOWHERE, db=self.db)
        self.assertEqual(result.code, 1)
        self.assertIn("never in any tag", result.out)
        self.check_svg("history", NOWHERE, code=1)

    def test_forms(self):
        timeline = self.ask("history", LEFT)["timeline"]
        table = rows(svctag("--format", "csv", "history", LEFT, db=self.db).out)
        self.assertEqual([(row["tag"], row["fromPublished"], row["toPublished"]) for row in table],
                         [(e["tag"], e["from"]["published"], e["to"]["published"] if e["to"] else "")
                          for e in timeline])
        self.assertEqual([{k: e[k] for k in ("tag", "prefix", "from", "to")} for e in
                          lines(svctag("--format", "ndjson", "history", LEFT, db=self.db).out)], timeline)
        text = svctag("history", LEFT, db=self.db).out
        self.assertIn("EventHub.EastUS", text)
        self.assertIn("█···", text)  # the first of four releases
        self.assertIn("████", text)
        self.assertIn("never loaded: 103", text)
        bars = self.check_svg("history", LEFT).findall(SVG + "rect")
        self.assertEqual(len(bars), len(timeline) + 1)  # and the background

    def test_growth(self):
        for tag in ("AzureCloud", "eventhub.eastus", "AzureArcInfrastructure", "AzureDevSpaces", "PowerQueryOnline"):
            answer = self.ask("history", "--tag", tag)
            spelt = next(t for r in self.releases for t in r.tags if t.lower() == tag.lower())
            self.assertEqual(answer["tag"], spelt)
            self.assertEqual(len(answer["releases"]), len(self.releases))
            for got, release in zip(answer["releases"], self.releases):
                self.assertEqual(got["release"]["published"], release.day)
                self.assertEqual(got["present"], spelt in release.tags)
                prefixes = release.tags.get(spelt, [])
                self.assertEqual(got["prefixCount"], {"ipv4": sum(p.version == 4 for p in prefixes),
                                                      "ipv6": sum(p.version == 6 for p in prefixes)})
                self.assertEqual(got["addressCount"],
                                 {"ipv%d" % v: str(sum(p.num_addresses for p in release.addresses(spelt)[v]))
                                  for v in (4, 6)})
            table = rows(svctag("--format", "csv", "history", "--tag", tag, db=self.db).out)
            self.assertEqual([row["addressCountIpv4"] for row in table],
                             [r["addressCount"]["ipv4"] for r in answer["releases"]])
            self.assertEqual(len(lines(svctag("--format", "ndjson", "history", "--tag", tag, db=self.db).out)),
                             len(self.releases))
            self.assertIn(spelt, svctag("history", "--tag", tag, db=self.db).out)
            self.check_svg("history", "--tag", tag)

    def test_wrong(self):
        for arguments, says in (
                (["history"], "wants an address"),
                (["history", EVERYWHERE, "--tag", "Storage"], "wants an address"),
                (["history", "198.18.0.1/15"], "198.18.0.0/15"),
                (["history", "--tag", "Storag"], "did you mean Storage"),
                (["history", "--cloud", "all", EVERYWHERE], "one cloud"),
                (["history", "--cloud", "China", EVERYWHERE], "China"),
                (["history", "--format", "markdown", EVERYWHERE], "svg"),
                (["lookup", "--format", "svg", EVERYWHERE], "--format"),
                (["drift"], "LIST"),
                (["drift", "--tag", "Storage"], "--frozen"),
                (["drift", "/nonexistent/list"], "/nonexistent/list"),
                (["drift", "-", "--tag", "Storage", "--frozen", "101"], "LIST"),
                (["drift", "-", "--input", "xslx"], "--input"),
                (["drift", "--tag", "Storage", "--frozen", "55"], "55"),
                (["drift", "--tag", "Storag", "--frozen", "101"], "Storag")):
            result = svctag(*arguments, db=self.db)
            self.assertEqual(result.code, 2, arguments)
            self.assertEqual(result.out, "", arguments)
            self.assertIn(says, result.err, arguments)
            self.assertEqual(result.err.count("\n"), 1, arguments)


class Drift(HistoryTest):
    def states(self, entries):
        """How many of (network, intent) are where in each release, by the files."""
        found = []
        for release in self.releases:
            counts = dict.fromkeys(("asIntended", "otherTag", "onlyAzureCloud", "none"), 0)
            for network, intent in entries:
                network = ipaddress.ip_network(network)
                holding = [tag for tag in release.tags
                           if any(p.version == network.version and network.subnet_of(p)
                                  for p in release.addresses(tag)[network.version])]
                if intent in holding:
                    counts["asIntended"] += 1
                elif any(tag.split(".")[0] != "AzureCloud" for tag in holding):
                    counts["otherTag"] += 1
                else:
                    counts["onlyAzureCloud" if holding else "none"] += 1
            found.append(counts)
        return found

    def test_intents(self):
        entries = [(LEFT, "EventHub.EastUS"), (GONE, "EventHub.FranceCentral"), (EVERYWHERE, "EventHub.EastUS"),
                   ("198.18.4.0/24", "Storage.EastUS"), ("198.18.4.0/24", "Storage"), (EVERYWHERE, "Storage.EastUS"),
                   (NOWHERE, "Storage")]
        path = self.write("intents.csv", "address,intent\n" + "".join(f"{a},{t}\n" for a, t in entries))
        answer = self.ask("drift", path, codes=(1,))
        self.assertEqual(answer["list"]["entries"], len(entries))
        self.assertEqual(answer["list"]["unreadable"], [])
        self.assertEqual(answer["list"]["addresses"], {"ipv4": str(256 + 4), "ipv6": "0"})
        self.assertEqual([r["entries"] for r in answer["releases"]], self.states(entries))
        broken = answer["firstBroken"]
        self.assertEqual((self.number(broken["release"]), broken["entry"], broken["from"]),
                         (1, LEFT, "EventHub.EastUS"))
        self.assertEqual((broken["to"], broken["state"]), ("AzureCloud.eastus", "onlyAzureCloud"))
        self.assertTrue(answer["drifted"])
        self.assertEqual([e["entry"] for e in answer["entries"]], [a for a, _ in entries])
        self.assertEqual([e["intent"] for e in answer["entries"]], [t for _, t in entries])
        self.assertEqual([(self.number(s["from"]), self.number(s["to"]), s["state"], s["tag"])
                          for s in answer["entries"][1]["timeline"]],
                         [(0, 2, "asIntended", "EventHub.FranceCentral"),
                          (3, None, "onlyAzureCloud", "AzureCloud.centralfrance")])
        self.assertTrue(answer["entries"][0]["place"].startswith(path + ":2"))

    def test_coverage(self):
        prefixes = self.releases[0].tags["AzureMonitor"]
        path = self.write("copy.txt", "# a copy\n" + "\n".join(map(str, prefixes)) + "\n")
        answer = self.ask("drift", path, "--intent", "azuremonitor", codes=(0, 1))
        copy = self.ask("drift", "--tag", "AzureMonitor", "--frozen", self.releases[0].day, codes=(0, 1))
        self.assertEqual(self.number(copy["frozen"]), 0)
        for release, got, frozen in zip(self.releases, answer["releases"], copy["releases"]):
            (tag,) = got["tags"]
            self.assertEqual(tag["tag"], "AzureMonitor")
            for key in ("coveredFraction", "missing", "stale"):
                self.assertEqual(tag[key], frozen[key])
            for version in (4, 6):
                now = {int(a) for p in release.addresses("AzureMonitor")[version] if p.num_addresses < 1 << 20
                       for a in p}
                then = {int(a) for p in self.releases[0].addresses("AzureMonitor")[version]
                        if p.num_addresses < 1 << 20 for a in p}
                if any(p.num_addresses >= 1 << 20 for r in (release, self.releases[0])
                       for p in r.addresses("AzureMonitor")[version]):
                    continue  # the real data are compared with exact integers
                family = "ipv%d" % version
                self.assertEqual(tag["missing"][family], str(len(now - then)))
                self.assertEqual(tag["stale"][family], str(len(then - now)))
                self.assertEqual(tag["coveredFraction"][family], len(now & then) / len(now) if now else None)
        self.assertTrue(copy["drifted"])
        self.check_svg("drift", "--tag", "AzureMonitor", "--frozen", "101", code=1)
        self.check_svg("drift", path, "--intent", "AzureMonitor", code=1)

    def test_without_intent(self):
        path = self.write("plain.txt", f"{EVERYWHERE}\n{NOWHERE}\n")
        answer = self.ask("drift", path)
        self.assertEqual([e["intent"] for e in answer["entries"]], ["EventHub.EastUS", None])
        self.assertIsNone(answer["firstBroken"])
        self.assertFalse(answer["drifted"])

    def test_unreadable(self):
        path = self.write("broken.txt", f"{EVERYWHERE}\n198.18.300.1\n{LEFT}\n")
        answer = self.ask("drift", path, codes=(1,))
        self.assertEqual(answer["list"]["entries"], 2)
        (unreadable,) = answer["list"]["unreadable"]
        self.assertEqual(set(unreadable), {"place", "text", "error"})
        self.assertIn("broken.txt:2", unreadable["place"])
        self.assertEqual(unreadable["text"], "198.18.300.1")

    def test_empty(self):
        result = svctag("drift", self.write("empty.txt", "# nothing\n"), db=self.db)
        self.assertEqual((result.code, result.out), (2, ""))
        self.assertIn("no address", result.err)

    def test_unknown_intent(self):
        result = svctag("drift", "-", "--intent", "Storrage", "--format", "json", stdin=EVERYWHERE, db=self.db)
        self.assertEqual(result.code, 1)
        self.assertIn("Storrage", result.err)
        tag = result.json["releases"][0]["tags"][0]
        self.assertEqual((tag["tag"], tag["known"], tag["stale"]), ("Storrage", False, {"ipv4": "1", "ipv6": "0"}))
        self.assertEqual(tag["coveredFraction"], {"ipv4": None, "ipv6": None})

    def test_forms(self):
        arguments = ("drift", "-", "--intent", "EventHub")
        stdin = f"{LEFT}\n{EVERYWHERE}\n"
        answer = svctag(*arguments, "--format", "json", stdin=stdin, db=self.db)
        self.assertEqual((answer.code, answer.err), (1, ""))
        self.assertEqual(lines(svctag(*arguments, "--format", "ndjson", stdin=stdin, db=self.db).out),
                         answer.json["entries"])
        table = rows(svctag(*arguments, "--format", "csv", stdin=stdin, db=self.db).out)
        self.assertEqual([int(row["asIntended"]) for row in table],
                         [r["entries"]["asIntended"] for r in answer.json["releases"]])
        text = svctag(*arguments, stdin=stdin, db=self.db)
        self.assertIn("first broken", text.out)
        self.assertIn("EventHub", text.out)

    def test_progress_on_a_terminal(self):
        master, slave = pty.openpty()
        try:
            done = subprocess.run([PROGRAM, "--db", self.db, "drift", "-", "--format", "json"], stderr=slave,
                                  stdout=subprocess.DEVNULL, input=(EVERYWHERE + "\n").encode() * 5000, check=False,
                                  env=environment(TERM="xterm"))
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"tags and entries", os.read(master, 1 << 16))
        finally:
            os.close(slave)
            os.close(master)


class Explain(HistoryTest):
    def test_special_purpose(self):
        answer = self.ask("lookup", "--explain", "10.1.2.3", codes=(1,))
        self.assertEqual(answer["matches"], [])
        special = answer["explanation"]["specialPurpose"]
        self.assertEqual((special["prefix"], special["rfc"], special["global"]), ("10.0.0.0/8", "RFC 1918", False))
        self.assertIsNone(answer["explanation"]["lastHeld"])
        self.assertIsNone(self.ask("lookup", "8.8.8.8", "--explain", codes=(1,))["explanation"]["specialPurpose"])

    def test_last_held(self):
        explanation = self.ask("lookup", "--explain", LEFT)["explanation"]
        self.assertTrue(explanation["onlyAzureCloud"])
        self.assertEqual(self.number(explanation["lastHeld"]["release"]), 0)
        self.assertEqual(explanation["lastHeld"]["tags"], ["EventHub", "EventHub.EastUS"])
        before = self.ask("lookup", "--explain", "--at", self.releases[0].day, LEFT)["explanation"]
        self.assertFalse(before["onlyAzureCloud"])
        self.assertIsNone(before["lastHeld"])

    def test_nearest(self):
        nearest = self.ask("lookup", "--explain", NOWHERE, codes=(1,))["explanation"]["nearest"]
        prefixes = [p for ps in self.releases[-1].tags.values() for p in ps if p.version == 4]
        query = ipaddress.ip_address(NOWHERE)
        above = min(p[0] for p in prefixes if p[0] > query)
        self.assertIsNone(nearest["below"])
        self.assertEqual(nearest["above"]["distance"], str(int(above) - int(query)))
        self.assertIn(above, ipaddress.ip_network(nearest["above"]["prefix"]))
        self.assertEqual(sorted(nearest["above"]["tags"]), sorted(self.releases[-1].scan(above)))

    def test_many_and_text(self):
        answer = self.ask("lookup", "--explain", LEFT, NOWHERE)
        self.assertTrue(all("explanation" in result for result in answer["results"]))
        self.assertNotIn("explanation", self.ask("lookup", LEFT))
        text = svctag("lookup", "--explain", LEFT, "--cloud", "all", db=self.db).out
        self.assertIn("last held otherwise: Sample 101 (2025-03-03), in EventHub, EventHub.EastUS", text)
        self.assertIn("no service that has a tag", text)


if __name__ == "__main__":
    main()
