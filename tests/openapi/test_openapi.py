#!/usr/bin/env python3
"""schema/openapi.json against the linter, and svctagd's real answers against it.

Linter: Redocly's (npm @redocly/openapi-core), its strictest rules, none switched off. Answers: every route, status,
media type and header that the document names, on the sample, and with SVCTAG_REAL_DATA on real releases too, by ajv
in closed form: a field or a header that is not documented is an error. The packages are those of package-lock.json,
installed into the build folder; without npm or a network the test says so and is skipped.

Environment: as test_daemon.py.
"""

import copy
import glob
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from urllib.parse import quote

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))
import node_packages  # noqa: E402
import test_daemon  # noqa: E402
from test_daemon import ADDRESS, ROOT, Daemon, WithDaemon, svctag  # noqa: E402
from test_daemon_history import media_type  # noqa: E402

DOCUMENT = pathlib.Path(ROOT) / "schema" / "openapi.json"
INSTEAD = "the routes are checked against the document by unit.openapi, the answers are not"
FOLDER = None  # where the packages are
LISTS = sorted(glob.glob(os.path.join(ROOT, "tests/data/lists/*")))
LIST = "198.18.16.10\n198.18.4.0/24\n198.18.208.82\n192.0.2.1\nnonsense 1.2.3\n2001:db8::1\n"
TEXT = {"Content-Type": "text/plain"}
DEEP = "?" + "&".join(["q=1"] * 1101)  # too many parameters

# path: what follows it
GETS = {
    "/v1/lookup": [f"?q={ADDRESS}", "?q=198.18.26.224/30", "?q=192.0.2.1", "?q=198.18.0.0-198.18.255.255",
                   "?q=%3A%3Affff%3A198.18.26.224", f"?q={ADDRESS}&q=1.2.3&q=2001:db8::1&at=101",
                   f"?q={ADDRESS}&cloud=all"],
    "/v1/check": [f"?q={ADDRESS}&tag=actiongroup", "?q=192.0.2.1&tag=ActionGroup",
                  "?q=198.18.0.0/15&tag=AzureCloud&at=previous"],
    "/v1/releases": ["", "?cloud=sample", "?cloud=all"],
    "/v1/tags": ["", "?match=Storage*", "?region=eastus&service=AzureStorage", "?match=none&at=101"],
    "/v1/tags/{name}": ["ActionGroup", "storage.westeurope?aggregate=true&family=6", "AzureCloud?at=102"],
    "/v1/tags/{name}/prefixes": ["ActionGroup", "Storage?family=4&aggregate=1", "sql?family=6"],
    "/v1/diff": ["", "?from=101", "?from=101&to=102&tag=*Cloud*", "?from=latest&to=101"],
    "/v1/export": ["?tag=ActionGroup", "?region=eastus&family=6", "?tag=Sql*,Storage&at=101&name=azure&aggregate=false"],
    "/v1/feed.atom": ["", "?count=1", "?tag=Storage*&cloud=sample", "?tag=none"],
    "/v1/history": [f"?q={ADDRESS}", "?q=198.18.0.0/20", "?tag=ActionGroup", "?q=192.0.2.1", "?tag=AzureDevSpaces"],
    "/v1/drift": ["?tag=EventHub.EastUS&frozen=101", "?tag=AzureManagedGrafana&frozen=2025-03-31"],
    "/v1/plan": [""],
    "/v1/plan/{scenario}": ["site-recovery?source=eastus&target=westeurope&disk-encryption=true",
                            "backup?vault=uksouth&at=101", "monitor-agent?location=northeurope"],
    "/healthz": [""], "/readyz": [""], "/metrics": [""], "/openapi.json": [""],
    "/": ["", f"?q={ADDRESS}", "?q=Sql&at=101", "?q=eastus", "?view=tags&match=Storage", "?view=releases", "?view=diff",
          "?view=list"],
}
ASSETS = "/assets/{digest}/{name}"
# what nothing is loaded for
STATIC = ("/v1/plan", "/healthz", "/metrics", "/openapi.json")
NOT_FOUND = {"/v1/check": "?q=1.2.3.4&tag=NoSuchTag", "/v1/releases": "?cloud=Mars", "/v1/tags/{name}": "NoSuchTag",
             "/v1/tags/{name}/prefixes": "NoSuchTag", "/v1/plan/{scenario}": "no-such-scenario",
             "/v1/history": "?tag=NoSuchTag", "/v1/diff": "?from=77", "/v1/feed.atom": "?cloud=Mars",
             "/v1/export": "?tag=NoSuchTag",
             "/v1/drift": "?tag=Sql&frozen=77", "/v1/lookup": "?q=1.2.3.4&at=77", "/v1/tags": "?at=77",
             "/": "?q=NoSuchTag", ASSETS: "0123456789abcdef/style.css"}
OUTPUTS = [f"?target={target}&output={output}{back}" for target in ("nsg", "udr", "firewall")
           for output in ("az", "bicep", "terraform", "json") for back in ("", "&rollback=true")]
PLANS = [f"{plan}&output={output}" for output in ("az", "bicep", "terraform", "json")
         for plan in ("site-recovery?source=eastus&target=westeurope", "backup?vault=eastus")]
POSTS = {
    "/v1/lookup": ["", "?cloud=all", "?at=101"],
    "/v1/drift": ["", "?intent=EventHub.EastUS&name=my.txt", "?input=text"],
    "/v1/migrate": ["", "?prefer=rules&maxRules=4&allowBroad=true", "?target=udr"],
    "/v1/lint": ["", "?ignore=unreadable&ignore=redundant", "?only=hard-coded-address&target=firewall",
                 "?scenario=site-recovery&source=eastus&target=westeurope&target=nsg"],
}


def fill(path, rest):
    """The template with its names, which the rest begins with, in their place."""
    if "{" not in path:
        return path + rest
    name, question, query = rest.partition("?")
    return path.split("{")[0] + name + path.rsplit("}", 1)[1] + question + query


def with_format(rest, form):
    return f"{rest}{'&' if '?' in rest else '?'}format={form}"


def forms_of(path, method):
    """The values of the parameter format."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    for parameter in document["paths"][path][method].get("parameters", []):
        if parameter.get("name") == "format":
            return parameter["schema"]["enum"]
    return []


class Answers:
    """What was answered, for validate.js."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.all = []

    def add(self, path, method, answer, status):
        got, headers, body = answer
        if got != status:
            raise AssertionError(f"{method} {path}: {got}, not {status}: {body[:300]}")
        self.all.append({"path": path, "method": method.lower(), "status": got, "headers": list(headers.items()),
                         "body": body.decode("utf-8")})

    def get(self, path, rest, status=200, headers=None, method="GET"):
        answer = self.daemon.ask(fill(path, rest), method, headers=headers)
        self.add(path, "GET", answer, status)
        return answer

    def post(self, path, rest, body, status=200, headers=None):
        answer = self.daemon.ask(path + rest, "POST", body, headers or TEXT)
        self.add(path, "POST", answer, status)

    def heads(self, path, method, target, headers, status):
        """Headers without the body that they promise."""
        connection = self.daemon.connect()
        try:
            connection.putrequest(method, target)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            self.add(path, method, (answer.status, answer.headers, answer.read()), status)
        finally:
            connection.close()

    def good_gets(self, path, rests):
        for rest in rests:
            etag = self.get(path, rest)[1]["ETag"]
            if etag is not None:
                self.get(path, rest, 304, {"If-None-Match": etag})
            for form in forms_of(path, "get"):
                self.get(path, with_format(rest, form))

    def bad_gets(self, path, rest):
        target = fill(path, rest)
        self.get(path, (rest.split("?")[0] if "{" in path else "") + "?bad=%00", 400)
        if path in NOT_FOUND:
            self.get(path, NOT_FOUND[path], 404)
        self.get(path, rest, 405, method="PUT")
        self.get(path, rest, 406, {"Accept-Encoding": "identity;q=0"})
        if forms_of(path, "get") and path not in ("/healthz", "/readyz", "/"):
            self.get(path, rest, 406, {"Accept": "image/png"})
        self.heads(path, "GET", target, [("Content-Length", "1")], 413)
        self.get(path, (rest.split("?")[0] if "{" in path else "") + DEEP, 414)
        self.heads(path, "GET", target, [("Transfer-Encoding", "br")], 501)

    def bad_posts(self, path, body):
        self.post(path, "?at=77" if path != "/v1/drift" else "?cloud=Mars", body, 404)
        self.post(path, "", "", 400)
        self.post(path, "?q=1", body, 400)
        self.add(path, "POST", self.daemon.ask(path, "DELETE"), 405)
        self.post(path, "", body, 406, {**TEXT, "Accept": "image/png"})
        self.heads(path, "POST", path, [("Content-Type", "text/plain"), ("Content-Length", "99999999")], 413)
        self.post(path, DEEP, body, 414)
        self.post(path, "", body, 415, {"Content-Type": "image/png"})
        self.heads(path, "POST", path, [("Transfer-Encoding", "br")], 501)

    def validate(self, test, document=DOCUMENT):
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as file:
            for answer in self.all:
                file.write(json.dumps(answer) + "\n")
            file.flush()
            done = subprocess.run(["node", str(HERE / "validate.js"), str(document), file.name], cwd=FOLDER,
                                  capture_output=True, text=True, timeout=node_packages.PATIENCE)
        test.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def agree(self, test):
        result = self.validate(test)
        for error in result["errors"][:10]:
            answer = self.all[error["answer"]]
            print(f"{answer['method']} {answer['path']} {answer['status']}: {error['error']}\n  {answer['body'][:500]}",
                  file=sys.stderr)
        test.assertEqual(len(result["errors"]), 0)
        return result["unseen"]


class Lint(unittest.TestCase):
    def test_nothing_is_reported(self):
        done = subprocess.run(["node", str(HERE / "lint.js"), str(DOCUMENT)], cwd=FOLDER, capture_output=True, text=True,
                              timeout=node_packages.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), [])

    def test_linter_is_no_yes_man(self):
        document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        del document["paths"]["/v1/check"]["get"]["operationId"]
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            done = subprocess.run(["node", str(HERE / "lint.js"), file.name], cwd=FOLDER, capture_output=True,
                                  text=True, timeout=node_packages.PATIENCE)
        self.assertIn("operation-operationId", [problem["rule"] for problem in json.loads(done.stdout)])


class Sample(WithDaemon):
    def test_served_as_it_is(self):
        self.assertEqual(self.daemon.ask("/openapi.json")[2], DOCUMENT.read_bytes())

    def test_every_answer(self):
        answers = Answers(self.daemon)
        digest = re.search(rb'"/assets/([0-9a-f]+)/style.css"', self.daemon.ask("/")[2]).group(1).decode("ascii")
        assets = [f"{digest}/{name}" for name in ("style.css", "app.js", "icon.svg")]
        answers.good_gets(ASSETS, assets)
        answers.bad_gets(ASSETS, assets[0])
        for path, rests in GETS.items():
            answers.good_gets(path, rests)
            answers.bad_gets(path, rests[0])
        for path, rests in POSTS.items():
            for rest in rests:
                for form in forms_of(path, "post"):
                    answers.post(path, with_format(rest, form), LIST)
            answers.bad_posts(path, LIST)
        self.more(answers)
        tokens = os.path.join(self.folder, "tokens")
        with open(tokens, "w", encoding="ascii") as file:
            file.write("secret\n")
        empty = Daemon(os.path.join(self.folder, "none.db"), "--token-file", tokens)
        try:
            nothing = Answers(empty)
            for path, rests in GETS.items():
                if path not in STATIC:
                    nothing.get(path, rests[0], 503)
            for path in POSTS:
                nothing.post(path, "", LIST, 401)
                nothing.post(path, "", LIST, 503, {**TEXT, "Authorization": "Bearer secret"})
        finally:
            empty.stop()
        answers.all += nothing.all
        # The page is answered with that only while all workers are busy.
        self.assertEqual(answers.agree(self), ["get / 503 application/problem+json"])

    def more(self, answers):
        """Rules, lists of all formats, the forms of a body, the page that says what is wrong."""
        answers.get("/", "?q=1.2.3", 400)
        answers.get("/", "", headers={"Accept": "text/plain"})
        answers.post("/v1/lookup", "", json.dumps({"queries": LIST.split()}), headers={"Content-Type": "application/json"})
        answers.post("/v1/drift", "?tag=EventHub.EastUS&frozen=101", None)
        for rest in OUTPUTS:
            answers.post("/v1/migrate", rest, "198.18.16.10\n198.18.4.0/24\n192.0.2.1\n")
        for rest in PLANS:
            answers.get("/v1/plan/{scenario}", rest)
        for path in LISTS:
            with open(path, "rb") as file:
                body = file.read()
            name = quote(os.path.basename(path))
            for route in ("/v1/drift", "/v1/migrate", "/v1/lint"):
                answer = self.daemon.ask(f"{route}?name={name}", "POST", body, {"Content-Type": media_type(path)})
                answers.add(route, "POST", answer, answer[0] if answer[0] == 400 else 200)
        for path in ("/v1/tags", "/openapi.json"):  # packed: the headers are what is looked at
            status, headers, _ = self.daemon.ask(path, headers={"Accept-Encoding": "gzip"})
            self.assertEqual(headers["Content-Encoding"], "gzip")
            answers.add(path, "GET", (status, headers, self.daemon.ask(path)[2]), 200)

    def test_scripts_of_other_sites(self):
        daemon = Daemon(self.db, "--cors", "https://portal.example")
        try:
            answers = Answers(daemon)
            asking = {"Origin": "https://portal.example"}
            for path, rest in (("/v1/check", f"?q={ADDRESS}&tag=ActionGroup"), ("/v1/diff", ""), ("/metrics", ""),
                               ("/openapi.json", ""), ("/", ""), ("/v1/feed.atom", ""), ("/v1/export", "?tag=Sql")):
                headers = answers.get(path, rest, headers=asking)[1]
                self.assertEqual(headers["Access-Control-Allow-Origin"], "https://portal.example")
                self.assertIn("Origin", headers["Vary"])
                answers.get(path, rest)
                if headers["ETag"] is not None:
                    answers.get(path, rest, 304, {**asking, "If-None-Match": headers["ETag"]})
            answers.get("/v1/check", "?bad=1", 400, asking)
            answers.get("/v1/tags/{name}", "NoSuchTag", 404, asking)
            answers.post("/v1/lookup", "", LIST, 200, {**TEXT, **asking})
            answers.agree(self)
        finally:
            daemon.stop()

    def test_validator_is_no_yes_man(self):
        answers = Answers(self.daemon)
        answers.get("/v1/lookup", f"?q={ADDRESS}")
        answers.get("/v1/tags", "?format=ndjson&match=Sql*")
        good = copy.deepcopy(answers.all)
        body = json.loads(good[0]["body"])

        def change(answer, **changes):
            answers.all.append({**copy.deepcopy(good[answer]), **changes})

        change(0, body=json.dumps({**body, "unheard": 1}))
        change(0, body=json.dumps({**body, "matches": [{**body["matches"][0], "colour": "red"}]}))
        change(0, body=json.dumps({k: v for k, v in body.items() if k != "region"}))
        change(0, body=json.dumps({**body, "kind": "other"}))
        change(0, headers=[h for h in good[0]["headers"] if h[0] != "ETag"])
        change(0, headers=[*good[0]["headers"], ["X-New", "1"]])
        change(0, headers=[[k, "image/png" if k == "Content-Type" else v] for k, v in good[0]["headers"]])
        change(0, path="/v1/check")
        change(0, status=304)
        change(0, status=207)
        change(1, body=good[1]["body"] + "{}\n")
        errors = answers.validate(self)["errors"]
        self.assertEqual([error["answer"] for error in errors], list(range(2, len(answers.all))))


class Real(unittest.TestCase):
    """Some answers from the newest releases of every cloud, and the first Public one."""

    def test_real(self):
        data = os.environ.get("SVCTAG_REAL_DATA")
        if not data:
            self.skipTest("SVCTAG_REAL_DATA is not set: no real releases")
        files = {cloud: sorted(glob.glob(os.path.join(data, cloud, "*.json"))) for cloud in ("public", "gov", "china")}
        with tempfile.TemporaryDirectory() as folder:
            db = os.path.join(folder, "real.db")
            svctag("import", "--force", files["public"][0], *(names[-1] for names in files.values()), db=db)
            daemon = Daemon(db)
            try:
                answers = Answers(daemon)
                for path, rest in (("/v1/releases", ""), ("/v1/lookup", "?q=13.82.88.226&q=2603:1000::/24&cloud=all"),
                                   ("/v1/tags", ""), ("/v1/tags", "?cloud=China&format=ndjson"), ("/v1/diff", ""),
                                   ("/v1/tags/{name}", "AzureCloud.eastus?aggregate=true"), ("/readyz", ""),
                                   ("/v1/history", "?q=13.82.88.226"), ("/v1/history", "?tag=Storage"),
                                   ("/v1/drift", "?tag=AzureKeyVault&frozen=previous"),
                                   ("/v1/export", ""), ("/v1/export", "?format=ndjson&region=westus"),
                                   ("/v1/plan/{scenario}", "site-recovery?source=eastus&target=centralus")):
                    answers.get(path, rest)
                for path in ("/v1/drift", "/v1/migrate", "/v1/lint"):
                    answers.post(path, "", "13.82.88.226\n40.71.10.0/24\n20.38.149.224/27\n")
                answers.agree(self)
            finally:
                daemon.stop()


if __name__ == "__main__":
    FOLDER = node_packages.install(HERE, INSTEAD)
    unittest.main()
