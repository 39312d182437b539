"""What the tests of the command line share: running svctag, and the sample as Python data.

The program is $SVCTAG (or $SVCTAG_BIN), the sample releases are in $SVCTAG_SAMPLE
(default: schema/sample of this tree).
"""

import csv
import glob
import io
import ipaddress
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SAMPLE = os.environ.get("SVCTAG_SAMPLE", os.path.join(ROOT, "schema", "sample"))
PROGRAM = os.environ.get("SVCTAG") or os.environ.get("SVCTAG_BIN")
SKIPPED = 77  # what ctest takes for skipped

RELEASE_FIELDS = ["cloud", "changeNumber", "published", "id", "source"]


EVERYWHERE = "198.18.16.10"  # in four tags of every sample release
NOWHERE = "192.0.2.1"


def rows(text):
    """CSV as dictionaries"""
    return list(csv.DictReader(io.StringIO(text)))


def lines(text):
    """NDJSON as objects"""
    return [json.loads(line) for line in text.splitlines()]


def content(path):
    """The bytes of a file; None if it is none."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def main():
    if not PROGRAM:
        print("skipped: SVCTAG does not name the program")
        sys.exit(SKIPPED)
    unittest.main()


def environment(**changes):
    """The environment without anything that names a database; None takes a variable out."""
    result = {k: v for k, v in os.environ.items() if k not in ("SVCTAG_DB", "XDG_DATA_HOME", "NO_COLOR")}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


class Result:
    """What one call of svctag did."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


def svctag(*arguments, stdin=b"", env=None, db=None, **options):
    command = [PROGRAM] + (["--db", db] if db else []) + [str(a) for a in arguments]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60,
                          env=env or environment(), check=False, **options)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


class Release:
    """A release file, read by other means than the program's own."""

    def __init__(self, path):
        self.path = path
        day = re.search(r"(\d{4})(\d{2})(\d{2})", os.path.basename(path))
        self.day = "-".join(day.groups())
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        self.change_number = document["changeNumber"]
        self.tags = {}
        self.properties = {}
        for value in document["values"]:
            self.properties[value["name"]] = value["properties"]
            self.tags[value["name"]] = [ipaddress.ip_network(p) for p in value["properties"]["addressPrefixes"]]

    def scan(self, address):
        """{tag: its longest prefix that holds the address}"""
        address = ipaddress.ip_address(address)
        found = {}
        for name, prefixes in self.tags.items():
            holding = [p for p in prefixes if p.version == address.version and address in p]
            if holding:
                found[name] = str(max(holding, key=lambda p: p.prefixlen))
        return found

    def addresses(self, name):
        """{4: …, 6: …} merged networks of a tag"""
        return {version: list(ipaddress.collapse_addresses(p for p in self.tags.get(name, ()) if p.version == version))
                for version in (4, 6)}


def sample():
    releases = [Release(path) for path in glob.glob(os.path.join(SAMPLE, "ServiceTags_Sample_*.json"))]
    return sorted(releases, key=lambda r: (r.day, r.change_number))


class CommandLineTest(unittest.TestCase):
    """A database with the sample in it, made once for the class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.db = os.path.join(cls.folder.name, "sample.db")
        cls.releases = sample()
        result = svctag("import", SAMPLE, db=cls.db)
        assert result.code == 0, result.err

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_it(self, *arguments, code=0, **options):
        """Run on the sample, expect this exit code; errors are one line, success is silent on stderr."""
        result = svctag(*arguments, db=self.db, **options)
        self.assertEqual(result.code, code, (arguments, result.out[:300], result.err))
        if code == 2:
            self.assert_one_line(result.err)
        return result

    def assert_one_line(self, text):
        self.assertRegex(text, r"\Asvctag: [^\n]+\n\Z")

    def path(self, name):
        return os.path.join(self.folder.name, name)
