#!/usr/bin/env python3
"""svctagd's /v1/lint, against the command line's answer; what it refuses.

Environment: as test_daemon.py.
"""

import json
import os
import unittest
from urllib.parse import quote, urlencode

from lint_forms import FORMS, nsg_forms
from test_daemon import ROOT, SANITIZED
from test_daemon_history import LISTS, TEXT, Past, media_type

CASES = os.path.join(ROOT, "tests/data/lint/cases.json")
JSON = {"Content-Type": "application/json"}
KINDS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8",
         "text": "text/plain; charset=utf-8", "sarif": "application/sarif+json"}
RULES = json.dumps([{"name": "r", "direction": "Outbound", "access": "Allow", "priority": 99, "protocol": "Tcp",
                     "sourceAddressPrefix": "*", "destinationAddressPrefix": a, "destinationPortRange": "443"}
                    for a in ("198.18.16.10", "storage.eastus", "198.18.16.82")], indent=1).encode()


class Lint(Past):
    def lint(self, body, query=None, headers=None):
        return self.post(body, "/v1/lint" + ("?" + urlencode(query) if query else ""), headers or JSON)

    def test_each_list(self):
        for path in LISTS:
            with self.subTest(os.path.basename(path)):
                with open(path, "rb") as file:
                    data = file.read()
                headers = {"Content-Type": media_type(path)}
                self.same(self.post(data, "/v1/lint?name=" + quote(path), headers), self.cli("lint", path))

    def test_each_case(self):
        """In one form each, in turn; the forms themselves are the command line's test."""
        with open(CASES, encoding="utf-8") as file:
            cases = json.load(file)
        for i, case in enumerate(cases):
            forms = list(FORMS[case["kind"]](case["rules"]).values())
            data = json.dumps(forms[i % len(forms)]).encode()
            with self.subTest(case["about"]):
                self.same(self.lint(data), self.cli("lint", "-", data=data))

    def test_forms(self):
        for form, kind in KINDS.items():
            with self.subTest(form):
                want = self.cli("lint", "-", form=form, data=RULES)
                self.same(self.lint(RULES, {"format": form}), want, kind)
        _, headers, _ = self.lint(RULES)
        self.assertEqual(headers["Cache-Control"], "no-store")

    def test_parameters(self):
        cases = [
            ([("at", "101")], ["--at", "101"]), ([("target", "udr")], ["--target", "udr"]),
            ([("ignore", "tag-case"), ("ignore", "priority-range")],
             ["--ignore", "tag-case", "--ignore", "priority-range"]),
            ([("only", "stale-address")], ["--only", "stale-address"]), ([("intent", "Storage")], ["--intent", "Storage"]),
            ([("input", "az-nsg-rules"), ("cloud", "sample")], ["--input", "az-nsg-rules", "--cloud", "sample"]),
            ([("scenario", "site-recovery"), ("source", "eastus"), ("target", "westeurope"), ("target", "nsg")],
             ["--scenario", "site-recovery", "--source", "eastus", "--target", "westeurope", "--target", "nsg"]),
        ]
        for query, arguments in cases:
            with self.subTest(query):
                self.same(self.lint(RULES, query), self.cli("lint", "-", *arguments, data=RULES))

    def test_tags_alone(self):
        data = json.dumps(nsg_forms([{"name": "r", "direction": "Outbound", "access": "Allow", "priority": 100,
                                      "protocol": "Tcp", "sourceAddressPrefix": "*", "destinationPortRange": "443",
                                      "destinationAddressPrefix": "Sql"}])["nsg"]).encode()
        got = self.lint(data)
        self.same(got, self.cli("lint", "-", data=data))
        self.assertEqual(json.loads(got[2])["findings"], [])

    def test_refused(self):
        cases = [
            ({"target": "vnet"}, 400, "nsg, udr or firewall"), ({"ignore": "tag-cas"}, 400, "tag-case"),
            ({"only": ""}, 400, "only"), ({"nonsense": "1"}, 400, "nonsense"), ({"scenario": "none"}, 400, "none"),
            ({"scenario": "../../etc/passwd"}, 400, "passwd"), ({"scenario": "site-recovery"}, 400, "source"),
            ({"scenario": "site-recovery", "source": "eastus", "target": "mars"}, 400, "target"),
            ([("input", "nsg"), ("input", "arm")], 400, "input"), ({"format": "xml"}, 400, "format"),
            ({"cloud": "all"}, 400, "cloud"), ({"cloud": "Moon"}, 404, "Moon"), ({"at": "999"}, 404, "999"),
            ({"input": "nsg"}, 400, "nsg"), ({"name": ""}, 400, "name"),
        ]
        for query, status, told in cases:
            with self.subTest(query):
                got, headers, body = self.lint(RULES, query)
                self.assertEqual(got, status, body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                self.assertIn(told, json.loads(body)["detail"])
        self.assertEqual(self.post(b"", "/v1/lint", TEXT)[0], 400)
        self.assertEqual(self.post(RULES, "/v1/lint", {"Content-Type": "image/png"})[0], 415)
        self.assertEqual(self.post(b"{", "/v1/lint", JSON)[0], 400)
        status, headers, _ = self.daemon.ask("/v1/lint")
        self.assertEqual((status, headers["Allow"]), (405, "POST"))

    def test_bounded(self):
        """More than is taken is refused, and so is what would be more than an answer may have."""
        many = b"198.18.16.10\n" * 200001
        self.assertEqual(self.post(many, "/v1/lint", TEXT)[0], 413)
        rules = [{"name": "r", "direction": "Outbound", "access": "Allow", "priority": 100,
                  "destinationAddressPrefix": "Sql"}] * (2000 if SANITIZED else 20000)
        self.assertEqual(self.lint(json.dumps(rules).encode())[0], 200)


if __name__ == "__main__":
    unittest.main()
