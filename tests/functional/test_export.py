#!/usr/bin/env python3
"""svctag export and svctagd's GET /v1/export: every format holds what it should, in that system's own syntax.

What is exported is read back and compared with the release: by the importer, by nginx and nft where they are
installed, else by the grammar here. Environment: as test_daemon.py.
"""

import collections
import csv
import io
import ipaddress
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest
from urllib.parse import urlencode

import test_daemon
from test_daemon import RELEASES, SVCTAG, Daemon, svctag

FORMATS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8",
           "text": "text/plain; charset=utf-8", "nginx": "text/plain; charset=utf-8",
           "haproxy": "text/plain; charset=utf-8", "ipset": "text/plain; charset=utf-8",
           "nftables": "text/plain; charset=utf-8", "terraform": "text/plain; charset=utf-8", "postgres": "application/sql; charset=utf-8",
           "clickhouse": "application/sql; charset=utf-8"}
LABELLED = ("nginx", "haproxy", "clickhouse")
# names that a format must not take for its own syntax
HOSTILE = ["O'Brien", 'Say"so"', "Back\\slash", "$var", "semi;colon", "{brace}", "Ünïcode", "-- comment", "\\N", "\\.",
           "#hash", "a b", "*/"]
MANY = 1300  # prefixes of one tag: more than a piece has


def tag(name, prefixes, **properties):
    return {"name": name, "id": name,
            "properties": {"changeNumber": 3, "region": "", "regionId": 0, "platform": "Azure", "systemService": "",
                           "addressPrefixes": prefixes, "networkFeatures": None, **properties}}


def awkward():
    """A release that no cloud has: hostile names, all of the Internet, one tag in another, a long one, empty ones."""
    values = [tag(name, [f"10.{i}.0.0/16", f"2001:db8:{i + 1:x}::/48"], systemService=name, networkFeatures=["API", "NSG"])
              for i, name in enumerate(HOSTILE)]
    values.append(tag("Everything", ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"], networkFeatures=[]))
    values.append(tag("Long", [f"172.{16 + i // 256}.{i % 256}.{(i * 16) % 256}/32" for i in range(MANY)]))
    values.append(tag("Twice", ["10.1.0.0/16", "10.1.128.0/17", "10.1.128.0/24"]))
    values += [tag(f"Empty{i}", []) for i in range(600)]
    return {"changeNumber": 7, "cloud": "Awkward", "values": values}


class Release:
    """A release as Python data."""

    def __init__(self, document):
        self.tags = {v["name"]: v["properties"] for v in document["values"]}
        self.networks = {n: [ipaddress.ip_network(p) for p in t["addressPrefixes"]] for n, t in self.tags.items()}
        self.memberships = [(n, p) for n, t in self.tags.items() for p in t["addressPrefixes"]]

    def distinct(self):
        return {p for _, p in self.memberships}

    def labels(self, address):
        return sorted((n for n, networks in self.networks.items() if any(address in network for network in networks)),
                      key=lambda name: name.encode())

    def addresses(self):
        """First and last of every prefix, the ones beside, and some others."""
        chosen = random.Random(7)
        networks = [ipaddress.ip_network(p) for p in sorted(self.distinct())]
        for network in chosen.sample(networks, min(60, len(networks))):
            for number in (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1):
                if 0 <= number < 2 ** network.max_prefixlen:
                    yield ipaddress.ip_address(number) if network.version == 4 else ipaddress.IPv6Address(number)


def longest(rows):
    """A function that looks an address up in (prefix, label) as the longest match does."""
    tables = collections.defaultdict(dict)
    for prefix, label in rows:
        network = ipaddress.ip_network(prefix)
        assert network not in tables[(network.version, network.prefixlen)], prefix
        tables[(network.version, network.prefixlen)][network] = label

    def find(address):
        for length in range(address.max_prefixlen, -1, -1):
            table = tables.get((address.version, length))
            if table is not None:
                label = table.get(ipaddress.ip_network((address, length), strict=False))
                if label is not None:
                    return label
        return ""
    return find


def nginx_rows(text):
    lines = text.splitlines()
    assert lines[0].startswith("# svctag ") and lines[1] == "geo $svctag {" and lines[2] == '\tdefault "";', lines[:3]
    assert lines[-1] == "}"
    for line in lines[3:-1]:
        prefix, value = re.fullmatch(r'\t(\S+) "((?:[^"\\]|\\.)*)";', line).groups()
        yield prefix, re.sub(r"\\(.)", r"\1", value)


def haproxy_rows(text):
    for line in text.splitlines()[1:]:
        yield tuple(line.split(" ", 1))


def clickhouse_rows(text):
    body = text[text.index("VALUES\n") + 7:text.index(";\nSYSTEM RELOAD DICTIONARY svctag_trie;\n")]
    for line in body.split(",\n"):
        prefix, value = re.fullmatch(r"\('([^']+)','((?:[^'\\]|\\.)*)'\)", line).groups()
        yield prefix, re.sub(r"\\(.)", r"\1", value)


ROWS = {"nginx": nginx_rows, "haproxy": haproxy_rows, "clickhouse": clickhouse_rows}


def collapsed(prefixes, version):
    return [str(n) for n in ipaddress.collapse_addresses(
        n for n in map(ipaddress.ip_network, prefixes) if n.version == version)]


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="svctag-export-")
        cls.db = os.path.join(cls.folder, "svctag.db")
        path = os.path.join(cls.folder, "Awkward_20250105.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(awkward(), file)
        svctag("import", *RELEASES, path, db=cls.db)
        with open(RELEASES[-1], encoding="utf-8") as file:
            cls.releases = {"Sample": Release(json.load(file)), "Awkward": Release(awkward())}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def export(self, form, *arguments, cloud="Sample", status=0):
        return svctag("--cloud", cloud, "export", "--format", form, *arguments, db=self.db, status=status).decode()


class Content(Exports):
    def test_reads_back_to_the_same_id(self):
        listed = json.loads(svctag("--format", "json", "releases", db=self.db))["releases"]
        back = os.path.join(self.folder, "back.db")
        for release in listed:
            path = os.path.join(self.folder, f"{release['cloud']}_{release['published'].replace('-', '')}.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.export("json", "--at", "id:" + release["id"], cloud=release["cloud"]))
            svctag("import", "--force", path, db=back)
        again = json.loads(svctag("--format", "json", "releases", db=back))["releases"]
        strip = ("importedAt", "forced", "warnings")
        self.assertEqual([{k: v for k, v in r.items() if k not in strip} for r in again],
                         [{k: v for k, v in r.items() if k not in strip} for r in listed])

    def test_what_the_api_leaves_out(self):
        document = awkward()
        for value in document["values"]:
            del value["properties"]["regionId"], value["properties"]["platform"]
        path, db, back = (os.path.join(self.folder, n) for n in ("Api_20250105.json", "api.db", "api-back.db"))
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**document, "changeNumber": "7", "type": "Microsoft.Network/serviceTags"}, file)
        svctag("import", path, db=db)
        text = svctag("export", db=db)
        with open(path, "wb") as file:
            file.write(text)
        svctag("import", path, db=back)
        ids = [json.loads(svctag("--format", "json", "releases", db=d))["releases"][0]["id"] for d in (db, back)]
        self.assertEqual(ids[0], ids[1])

    def test_tables(self):
        for cloud, release in self.releases.items():
            want = sorted((n, p, release.tags[n]["systemService"]) for n, p in release.memberships)
            rows = list(csv.DictReader(io.StringIO(self.export("csv", cloud=cloud))))
            self.assertEqual(sorted((r["tag"], r["prefix"], r["systemService"]) for r in rows), want)
            lines = [json.loads(line) for line in self.export("ndjson", cloud=cloud).splitlines()]
            self.assertEqual(sorted((r["tag"], r["prefix"], r["systemService"]) for r in lines), want)
            for line in lines:
                self.assertEqual(line["networkFeatures"], release.tags[line["tag"]]["networkFeatures"])
            script = self.export("postgres", cloud=cloud)
            body = script[script.index("FROM stdin;\n") + 12:script.index("\n\\.\nCOMMIT;\n")]
            fields = [[re.sub(r"\\(\\)", r"\1", f) if f != "\\N" else None for f in line.split("\t")]
                      for line in body.split("\n")]
            self.assertEqual(sorted((f[1], f[0], f[3]) for f in fields), want)
            for row in fields:
                features = release.tags[row[1]]["networkFeatures"]
                self.assertEqual(row[4], None if features is None else ",".join(features))
                self.assertEqual((row[6], len(row)), (cloud, 10))

    def test_prefixes(self):
        for cloud, release in self.releases.items():
            text = self.export("text", cloud=cloud).splitlines()
            self.assertEqual(len(text), len(set(text)))
            self.assertEqual(set(text), release.distinct())
            self.assertEqual(text, sorted(text, key=lambda p: (ipaddress.ip_network(p).version, ipaddress.ip_network(p))))
            text = self.export("text", "--aggregate", cloud=cloud).splitlines()
            self.assertEqual(text, collapsed(release.distinct(), 4) + collapsed(release.distinct(), 6))

    def test_labels(self):
        """The longest match alone leads to every tag."""
        for cloud, release in self.releases.items():
            expected = [(address, release.labels(address)) for address in release.addresses()]
            for form, rows in ROWS.items():
                find = longest(rows(self.export(form, cloud=cloud)))
                for address, labels in expected:
                    self.assertEqual(find(address), ",".join(labels), (form, address))

    def test_ipset(self):
        for cloud, release in self.releases.items():
            fewest = self.export("ipset", "--name", "cloud", "--aggregate", cloud=cloud)  # has /0, which no set takes
            self.assertIsNone(re.search(r"/0$", fewest, re.M))
            lines = self.export("ipset", "--name", "cloud", cloud=cloud).splitlines()
            self.assertTrue(lines[0].startswith("# svctag "))
            for family, digit in (("inet", 4), ("inet6", 6)):
                self.assertIn(f"create cloud{digit}-new hash:net family {family} maxelem 1048576 -exist", lines)
                added = [line.split()[2] for line in lines if line.startswith(f"add cloud{digit}-new ")]
                self.assertEqual(sorted(added), sorted(p for p in release.distinct() if (":" in p) == (digit == 6)))
                added = re.findall(r"^add cloud%d-new (\S+)$" % digit, fewest, re.M)
                self.assertEqual(collapsed(added, digit), collapsed(release.distinct(), digit))
                self.assertEqual(lines.index(f"swap cloud{digit}-new cloud{digit}") + 1,
                                 lines.index(f"destroy cloud{digit}-new"))

    def test_nftables(self):
        for cloud, release in self.releases.items():
            text = self.export("nftables", cloud=cloud)
            for digit in (4, 6):
                self.assertIn(f"flush set inet svctag svctag{digit}\n", text)
                body = re.search(r"add element inet svctag svctag%d \{\n\t(.*?)\n\}\n" % digit, text, re.S).group(1)
                self.assertEqual(body.split(",\n\t"), collapsed(release.distinct(), digit))

    def test_terraform(self):
        for cloud, release in self.releases.items():
            for family, wanted in (((), (4, 6)), (("--family", "4"), (4,)), (("--family", "6"), (6,))):
                text = self.export("terraform", *family, cloud=cloud)
                lists = re.findall(r"^  svctag_ipv([46]) = \[\n((?:    \"\S+\",\n)*)  \]\n", text, re.M)
                self.assertEqual([int(digit) for digit, _ in lists], list(wanted))
                for digit, body in lists:
                    self.assertEqual(sorted(re.findall(r'"(\S+)"', body)),
                                     sorted(p for p in release.distinct() if (":" in p) == (digit == "6")))
                self.assertEqual(text.count("\n"), 3 + 2 * len(lists) + sum(body.count("\n") for _, body in lists))
        for tags in ("Twice", "Empty1"):  # a family without prefixes
            text = self.export("terraform", "--tag", tags, cloud="Awkward")
            self.assertTrue(text.endswith("  svctag_ipv6 = [\n  ]\n}\n"), text)
            self.assertEqual(text.count("svctag_ipv4 = ["), 1)

    def test_read_back_as_lists(self):
        """What svctag reads of other systems, it writes so."""
        for form in ("ipset", "nftables", "text", "csv"):
            path = os.path.join(self.folder, "list." + form)
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.export(form, "--tag", "Storage*"))
            answer = json.loads(svctag("--cloud", "Sample", "--format", "json", "drift", path, db=self.db, status=None))
            want = json.loads(svctag("--cloud", "Sample", "--format", "json", "tags", "Storage", db=self.db))["tags"][0]["addressCount"]
            self.assertEqual(answer["list"]["addresses"], want, form)
            self.assertEqual((answer["list"]["format"], answer["list"]["unreadable"]), (form, []))

    def test_filters(self):
        release = self.releases["Sample"]
        tags = [r["tag"] for r in csv.DictReader(io.StringIO(self.export("csv", "--tag", "storage.*,Sql")))]
        self.assertEqual(sorted(set(tags)), sorted(n for n in release.tags if n.startswith("Storage.") or n == "Sql"))
        rows = list(csv.DictReader(io.StringIO(self.export("csv", "--region", "EastUS", "--family", "6"))))
        self.assertEqual(sorted((r["tag"], r["prefix"]) for r in rows),
                         sorted((n, p) for n, p in release.memberships
                                if release.tags[n]["region"] == "eastus" and ":" in p))
        values = json.loads(self.export("json", "--tag", "Sql", "--aggregate", "--family", "4"))["values"]
        self.assertEqual([v["name"] for v in values], ["Sql"])
        self.assertEqual(values[0]["properties"]["addressPrefixes"],
                         collapsed(release.tags["Sql"]["addressPrefixes"], 4))
        find = longest(nginx_rows(self.export("nginx", "--tag", "AzureCloud*")))
        for address in release.addresses():
            self.assertEqual(find(address), ",".join(n for n in release.labels(address) if n.startswith("AzureCloud")))
        only = self.export("ipset", "--family", "4") + self.export("nftables", "--family", "4")
        self.assertNotIn("svctag6", only)

    def test_refused(self):
        for arguments, word in ((("--tag", "Sqll"), "did you mean Sql"), (("--tag", "None*"), "None*"),
                                (("--region", "mars"), "mars"), (("--name", "4x"), "letter"),
                                (("--name", "x" * 25), "24"), (("--family", "5"), "4 or 6"),
                                (("--format", "xml"), "clickhouse"), (("--format", "nginx", "--aggregate"), "nginx")):
            done = subprocess.run([SVCTAG, "--db", self.db, "--cloud", "Sample", "export", *arguments],
                                  capture_output=True, text=True, timeout=test_daemon.PATIENCE)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), arguments)
            self.assertIn(word, done.stderr)


class Tools(Exports):
    """The systems themselves, where they are installed."""

    def run_tool(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=test_daemon.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr[-1000:])

    def test_nginx(self):
        if shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") is None:
            self.skipTest("there is no nginx")
        for cloud in self.releases:
            path = os.path.join(self.folder, f"nginx-{cloud}.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"pid {self.folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n"
                           + self.export("nginx", cloud=cloud) + "}\n")
            self.run_tool(shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-t", "-q", "-p", self.folder,
                          "-c", path)

    def test_nft(self):
        nft = shutil.which("nft", path=os.environ["PATH"] + ":/usr/sbin")
        if nft is None or subprocess.run([nft, "list", "tables"], capture_output=True, check=False).returncode != 0:
            self.skipTest("there is no nft, or it may not ask the kernel")
        for cloud in self.releases:
            path = os.path.join(self.folder, f"sets-{cloud}.nft")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.export("nftables", "--name", "svctag_test", cloud=cloud))
            self.run_tool(nft, "-c", "-f", path)

    def test_haproxy(self):
        haproxy = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
        if haproxy is None:
            self.skipTest("there is no haproxy")
        for cloud in self.releases:
            table, path = (os.path.join(self.folder, f"haproxy-{cloud}.{e}") for e in ("map", "cfg"))
            with open(table, "w", encoding="utf-8") as file:
                file.write(self.export("haproxy", cloud=cloud))
            with open(path, "w", encoding="utf-8") as file:
                file.write("defaults\n mode http\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n"
                           "frontend f\n bind 127.0.0.1:65001\n"
                           f" http-request set-header X-Tags %[src,map_ip({table})]\n")
            self.run_tool(haproxy, "-c", "-q", "-f", path)


class OverHttp(Exports):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = Daemon(cls.db)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.daemon.stop()
        finally:
            super().tearDownClass()

    CASES = [((), {}), (("--tag", "Storage*", "--family", "4"), {"tag": "Storage*", "family": "4"}),
             (("--region", "eastus", "--at", "101"), {"region": "eastus", "at": "101"}),
             (("--tag", "Sql,AzureCloud.*", "--name", "azure"), {"tag": "Sql,AzureCloud.*", "name": "azure"})]

    def test_same_bytes(self):
        for form, media_type in FORMATS.items():
            cases = [(a, p, "Sample") for a, p in self.CASES] + [((), {}, "Awkward")]
            if form not in LABELLED:
                cases.append((("--aggregate",), {"aggregate": "true"}, "Awkward"))
            for arguments, parameters, cloud in cases:
                target = "/v1/export?" + urlencode({"format": form, "cloud": cloud, **parameters})
                status, headers, body = self.daemon.ask(target)
                self.assertEqual((status, headers["Content-Type"]), (200, media_type), target)
                self.assertEqual(body.decode(), self.export(form, *arguments, cloud=cloud), target)

    def test_manners(self):
        for form in FORMATS:
            target = f"/v1/export?cloud=Awkward&format={form}"
            status, headers, body = self.daemon.ask(target, "HEAD")
            self.assertEqual((status, body), (200, b""))
            etag = headers["ETag"]
            self.assertEqual(self.daemon.ask(target)[1]["ETag"], etag)
            self.assertEqual(self.daemon.ask(target, headers={"If-None-Match": etag})[0], 304)
        for accept, want in (("text/csv", "text/csv; charset=utf-8"), ("text/plain", "text/plain; charset=utf-8"),
                             ("*/*", "application/json"), ("application/x-ndjson", "application/x-ndjson")):
            self.assertEqual(self.daemon.ask("/v1/export?cloud=Sample", headers={"Accept": accept})[1]["Content-Type"],
                             want)

    def test_refused(self):
        for query, status in (("format=xml", 400), ("format=nginx&aggregate=1", 400), ("family=5", 400),
                              ("name=4x", 400), ("tag=None", 404), ("region=mars", 404), ("at=77", 404), ("at=x", 400),
                              ("cloud=all", 400), ("cloud=Mars", 404), ("service=x", 400), ("format=text&format=csv", 400)):
            if "cloud" not in query:
                query += "&cloud=Sample"
            self.assertEqual(self.daemon.json("/v1/export?" + query, status)["status"], status)


if __name__ == "__main__":
    unittest.main()
