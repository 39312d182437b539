#!/usr/bin/env python3
"""svctagd's plans: /v1/plan and /v1/plan/{scenario}, against those of the command line.

Environment: as test_daemon.py.
"""

import json
import subprocess
import unittest
from urllib.parse import quote

import test_daemon
from test_daemon import SVCTAG

WAY = {"source": "eastus", "target": "westeurope"}
FORMS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8",
         "text": "text/plain; charset=utf-8"}
OUTPUTS = {"az": FORMS["text"], "bicep": FORMS["text"], "terraform": FORMS["text"], "json": FORMS["json"]}


def query(**parameters):
    return "&".join(f"{name}={quote(value)}" for name, value in parameters.items())


class Plans(test_daemon.WithDaemon):
    def cli(self, *arguments, codes=(0, 1)):
        done = subprocess.run([SVCTAG, "--db", self.db, "plan", *arguments], capture_output=True, timeout=60)
        self.assertIn(done.returncode, codes, done.stderr)
        return done.stdout

    def same(self, target, want, kind):
        status, headers, body = self.daemon.ask(target)
        self.assertEqual(status, 200, body[:300])
        self.assertEqual(headers["Content-Type"], kind)
        self.assertEqual(body.decode(), want.decode())

    def test_same_bytes(self):
        cases = ((WAY, ()), ({**WAY, "disk-encryption": "true", "agent-upgrade": ""},
                             ("--disk-encryption", "--agent-upgrade")),
                 ({"source": "East US", "target": "Europe-West", "at": "101"}, ("--at", "101")),
                 ({"source": "eastus", "target": "uksouth", "cloud": "sample"}, ()))
        for parameters, more in cases:
            target = parameters["target"].replace("Europe-West", "europewest")
            parameters = {**parameters, "target": target}
            arguments = ("site-recovery", "--source", parameters["source"], "--target", target, *more)
            for form, kind in FORMS.items():
                with self.subTest(f"{parameters} {form}"):
                    self.same(f"/v1/plan/site-recovery?{query(**parameters)}&format={form}",
                              self.cli(*arguments, "--format", form), kind)
            for output, kind in OUTPUTS.items():
                with self.subTest(f"{parameters} {output}"):
                    self.same(f"/v1/plan/site-recovery?{query(**parameters)}&output={output}",
                              self.cli(*arguments, "--output", output), kind)

    def test_list(self):
        for form, kind in FORMS.items():
            self.same(f"/v1/plan?format={form}", self.cli("--format", form), kind)

    def test_tags_of_the_answer(self):
        target = f"/v1/plan/site-recovery?{query(**WAY)}"
        for asked in (target, "/v1/plan"):
            status, headers, _ = self.daemon.ask(asked)
            self.assertEqual((status, headers["Vary"]), (200, "Accept, Accept-Encoding"))
            again, _, body = self.daemon.ask(asked, headers={"If-None-Match": headers["ETag"]})
            self.assertEqual((again, body), (304, b""))
        _, headers, _ = self.daemon.ask(target)
        _, other, _ = self.daemon.ask(target + "&disk-encryption=")
        self.assertNotEqual(headers["ETag"], other["ETag"])
        status, _, body = self.daemon.ask(target, "HEAD")
        self.assertEqual((status, body), (200, b""))
        status, headers, _ = self.daemon.ask(target, "POST", b"x")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))

    def test_errors(self):
        for target, want, words in (
                ("/v1/plan/site-recovry", 404, "did you mean 'site-recovery'?"),
                ("/v1/plan/zzzzzzzzz", 404, "there are backup"),
                ("/v1/plan/.%2Fmine.json", 404, "there is no scenario"),
                ("/v1/plan/", 404, ""),
                ("/v1/plan/site-recovery", 400, "the parameter source: is needed"),
                ("/v1/plan/site-recovery?source=eastus&target=eastus", 400, "they have to be two regions"),
                ("/v1/plan/site-recovery?source=eastsu&target=eastus", 400, "did you mean 'eastus'?"),
                ("/v1/plan/site-recovery?source=eastus&source=uksouth&target=westus", 400, "given twice"),
                ("/v1/plan/site-recovery?sorce=eastus", 400, "did you mean 'source'?"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&disk-encryption=x", 400, "true, false"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&output=x", 400, "az, bicep, terraform or json"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&output=az&format=json", 400, "give one of them"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&at=101&at=102", 400, "more than once"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&at=999", 404, "999"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&cloud=all", 400, "name one cloud"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&cloud=Moon", 404, "Moon"),
                ("/v1/plan/site-recovery?source=eastus&target=westus&format=svg", 400, ""),
                ("/v1/plan?source=eastus", 400, "unknown parameter"),
                ("/v1/plan/site-recovery?" + "&".join(f"x{i}=1" for i in range(500)), 400, "x0")):
            with self.subTest(target[:80]):
                status, headers, body = self.daemon.ask(target)
                self.assertEqual(status, want, body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                self.assertIn(words, json.loads(body)["detail"])
        self.assertEqual(self.daemon.ask("/v1/plan", headers={"Accept": "image/png"})[0], 406)


if __name__ == "__main__":
    unittest.main()
