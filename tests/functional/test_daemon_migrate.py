#!/usr/bin/env python3
"""svctagd's POST /v1/migrate, against the command line.

Environment: as test_daemon.py.
"""

import json
import os
import subprocess
import unittest
from urllib.parse import quote

import test_daemon
from test_daemon import SVCTAG
from test_daemon_history import FORMS, LISTS, TEXT, Past, media_type

OUTPUTS = {"az": "text/plain; charset=utf-8", "bicep": "text/plain; charset=utf-8",
           "terraform": "text/plain; charset=utf-8", "json": "application/json"}
LIST = b"198.18.16.10\n198.18.4.0/24\n198.18.208.82\n192.0.2.1\n2001:db8::1\n"
PARAMETERS = [
    ([], ""),
    (["--target", "udr"], "target=udr"),
    (["--target", "firewall", "--prefer", "rules"], "target=firewall&prefer=rules"),
    (["--allow-broad"], "allowBroad=true"),
    (["--max-rules", "2"], "maxRules=2"),
    (["--intent", "EventHub.EastUS"], "intent=EventHub.EastUS"),
    (["--at", "101"], "at=101"),
]


class Migrate(Past):
    def rules(self, *arguments, data):
        done = subprocess.run([SVCTAG, "--db", self.db, "migrate", "-", *arguments], input=data, capture_output=True,
                              timeout=test_daemon.PATIENCE)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout

    def test_same_bytes(self):
        for arguments, parameters in PARAMETERS:
            with self.subTest(parameters):
                self.same(self.post(LIST, f"/v1/migrate?{parameters}"),
                          self.cli("migrate", "-", *arguments, data=LIST))

    def test_lists(self):
        for path in LISTS:
            name = os.path.basename(path)
            with open(path, "rb") as file:
                data = file.read()
            with self.subTest(name):
                target = f"/v1/migrate?name={quote(name)}"
                answer = self.post(data, target, {"Content-Type": media_type(path)})
                if answer[0] != 200:
                    self.assertEqual(answer[0], 400, answer[2][:300])
                    continue
                want = subprocess.run([SVCTAG, "--db", self.db, "--format", "json", "migrate", name], cwd=os.path.dirname(path),
                                      capture_output=True, timeout=test_daemon.PATIENCE)
                self.same(answer, want.stdout)

    def test_forms(self):
        for form in ("json", "ndjson", "csv", "text"):
            self.same(self.post(LIST, f"/v1/migrate?format={form}"), self.cli("migrate", "-", form=form, data=LIST),
                      FORMS[form])

    def test_outputs(self):
        for output, kind in OUTPUTS.items():
            for arguments, parameters in (([], ""), (["--rollback"], "&rollback=true")):
                self.same(self.post(LIST, f"/v1/migrate?output={output}{parameters}"),
                          self.rules("--output", output, *arguments, data=LIST), kind)

    def test_refused(self):
        cases = {
            "target=vnet": "nsg, udr or firewall", "prefer=x": "addresses or rules", "maxRules=0": "maxRules",
            "maxRules=x": "maxRules", "maxRules=99999999999999999999": "maxRules", "allowBroad=maybe": "allowBroad",
            "output=pulumi": "bicep", "output=az&format=json": "one of them", "rollback=true": "output",
            "cloud=all": "cloud", "at=1999-01-01": "", "name=": "name", "input=klingon": "klingon", "q=1": "unknown",
        }
        for parameters, word in cases.items():
            with self.subTest(parameters):
                status, headers, body = self.post(LIST, f"/v1/migrate?{parameters}")
                self.assertIn(status, (400, 404), body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                self.assertIn(word, json.loads(body)["detail"])
        self.assertEqual(self.post(b"", "/v1/migrate")[0], 400)
        self.assertEqual(self.post(b"nothing here\n", "/v1/migrate")[0], 400)
        self.assertEqual(self.post(b"192.0.2.1\n2001:db8:f::1", "/v1/migrate?maxRules=1")[0], 400)
        self.assertEqual(self.daemon.ask("/v1/migrate", "GET", None, TEXT)[0], 405)

    def test_too_many(self):
        many = b"".join(b"10.%d.%d.%d\n" % (i >> 16, i >> 8 & 255, i & 255) for i in range(200001))
        self.assertEqual(self.post(many, "/v1/migrate")[0], 413)


if __name__ == "__main__":
    unittest.main()
