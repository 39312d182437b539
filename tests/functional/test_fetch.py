"""svctag fetch against a server that does everything that goes wrong."""

import contextlib
import datetime
import fcntl
import gzip
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from command_line import PROGRAM, SAMPLE, SKIPPED, content, environment, main, rows  # noqa: E402
from https_server import PATIENCE, Authority, Server, reply  # noqa: E402

MIB = 1 << 20
SANITIZED = bool(os.environ.get("SVCTAG_SANITIZE"))
PROXIES = {name: None for base in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
           for name in (base, base.upper())}


def sample(day):
    return content(os.path.join(SAMPLE, "ServiceTags_Sample_%s.json" % day))


OLD, NEW = sample("20250303"), sample("20250331")
NAME = "/ServiceTags_Sample_20250331.json"


def answer(status, body=b"", *headers):
    return lambda connection, request: reply(connection, status, body, headers)


def raw(*parts):
    def handler(connection, request):
        for part in parts:
            connection.sendall(part)
    return handler


def conditional(body, etag='"1"'):
    """A file with an ETag, as servers keep it."""
    def handler(connection, request):
        if request.headers.get("if-none-match") == etag:
            reply(connection, 304, b"", ["ETag: " + etag])
        else:
            reply(connection, 200, body, ["ETag: " + etag])
    return handler


class Run:
    """One call of svctag fetch: exit code, output, seconds, and the most memory that it had."""

    def __init__(self, arguments, env, memory=None):
        def limit():
            if memory and not SANITIZED:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        began = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env,
                                       preexec_fn=limit)
            killer = threading.Timer(PATIENCE, process.kill)
            killer.start()
            _, status, usage = os.wait4(process.pid, 0)
            killer.cancel()
            process.returncode = self.code = os.waitstatus_to_exitcode(status)
            self.seconds = time.monotonic() - began
            self.peak = usage.ru_maxrss * 1024
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read().decode(), err.read().decode()

    @property
    def json(self):
        return json.loads(self.out)


class FetchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.authority = Authority(cls.folder.name)
        cls.server = Server(cls.authority.certificate("good", "IP:127.0.0.1,DNS:localhost"))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def setUp(self):
        self.server.clear()
        self.db = os.path.join(self.folder.name, self.id() + ".db")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_fetch(self, *arguments, env=None, memory=None, limits=("--tries", "2", "--retry-delay", "1")):
        """With the test's authority and short delays; without proxies."""
        return Run([PROGRAM, "--db", self.db, "fetch", "--cacert", self.authority.ca, *limits, *arguments],
                   environment(**{**PROXIES, "AZURE_ACCESS_TOKEN": None, **(env or {})}), memory)

    def fetch(self, *arguments, code=0, says=None, **options):
        """Expect this exit code, and on failure one line that names the address and says what happened."""
        result = self.run_fetch(*arguments, **options)
        self.assertEqual(result.code, code, (result.out, result.err))
        if code == 2:
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, r"\Asvctag: [^\n]+\n\Z")
            self.assertIn(says, result.err)
        elif says is not None:
            self.assertIn(says, result.out)
        self.assertLess(result.seconds, PATIENCE / 2)
        return result

    def fetch_url(self, *arguments, path=NAME, **options):
        return self.fetch("--url", self.server.url(path), *arguments, **options)

    def svctag(self, *arguments):
        done = subprocess.run([PROGRAM, "--db", self.db, *arguments], capture_output=True, timeout=PATIENCE,
                              env=environment(), check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def releases(self):
        return [r["published"] for r in json.loads(self.svctag("releases", "--format", "json"))["releases"]]

    def stored_validators(self):
        with contextlib.closing(sqlite3.connect(self.db)) as connection:
            return connection.execute("SELECT url, etag, last_modified FROM validator").fetchall()


class Answers(FetchTest):
    """What a server may answer, at a direct address."""

    def test_good(self):
        self.server.handlers[NAME] = answer(200, NEW)
        result = self.fetch_url(says="added  Sample 104 (2025-03-31)")
        self.assertEqual(result.err, "")
        self.assertEqual(len(result.out.splitlines()), 1)
        request = self.server.requests[0]
        self.assertRegex(request.headers["user-agent"], r"\Asvctag/\d+\.\d+\.\d+\Z")
        self.assertEqual(request.headers["accept-encoding"], "gzip")
        self.assertNotIn("authorization", request.headers)
        self.assertEqual(self.fetch_url(says="unchanged").err, "")

    def test_formats(self):
        self.server.handlers[NAME] = conditional(NEW)
        first = self.fetch_url("--format", "json").json["fetches"]
        again = self.fetch_url("--format", "ndjson").json
        self.assertEqual([first[0]["result"], first[0]["source"], first[0]["notModified"]], ["added", "url", False])
        self.assertEqual([again["result"], again["notModified"]], ["unchanged", True])
        self.assertEqual(first[0]["release"], again["release"])
        self.assertEqual(first[0]["url"], self.server.url(NAME))
        self.assertEqual(rows(self.fetch_url("--format", "csv").out)[0]["result"], "unchanged")
        failed = self.run_fetch("--url", self.server.url("/none"), "--format", "json")
        self.assertEqual((failed.code, failed.json["fetches"][0]["result"]), (2, "failed"))
        self.assertIn("HTTP 404", failed.json["fetches"][0]["error"])

    def test_gzip(self):
        self.server.handlers[NAME] = answer(200, gzip.compress(NEW), "Content-Encoding: gzip")
        self.server.handlers[NAME + ".gz"] = answer(200, gzip.compress(NEW), "Content-Type: application/gzip")
        self.fetch_url(says="added")
        self.fetch_url(path=NAME + ".gz", says="unchanged")

    def test_not_found(self):
        self.fetch_url(code=2, says=NAME + ": answered HTTP 404")
        self.assertEqual(len(self.server.requests), 1)

    def test_refused_without_retry(self):
        for status in (400, 401, 403, 418):
            self.server.handlers[NAME] = answer(status)
            self.fetch_url(code=2, says="answered HTTP %d" % status)
        self.assertEqual(len(self.server.requests), 4)

    def test_retry_after(self):
        self.server.handlers[NAME] = [answer(429, b"", "Retry-After: 1"), answer(200, NEW)]
        self.assertGreaterEqual(self.fetch_url(says="added").seconds, 1)

    def test_passing_failures(self):
        self.server.handlers[NAME] = [answer(500), answer(503), answer(408), answer(200, NEW)]
        self.fetch_url(limits=("--retry-delay", "1"), says="added")
        self.assertEqual(len(self.server.requests), 4)
        self.server.handlers[NAME] = answer(503)
        self.fetch_url(limits=("--retry-delay", "1"), code=2, says="answered HTTP 503; gave up after 4 tries")
        self.assertEqual(len(self.server.requests), 8)

    def test_html(self):
        self.server.handlers[NAME] = answer(200, b"<!DOCTYPE html><html><body>Gateway Time-out</body></html>")
        self.fetch_url(code=2, says=NAME + ": is an HTML page")
        self.assertEqual(len(self.server.requests), 1)

    def test_empty(self):
        self.server.handlers[NAME] = answer(200)
        self.fetch_url(code=2, says=NAME + ": is empty")

    def test_cut_short(self):
        self.server.handlers[NAME] = answer(200, NEW[:9000], "Content-Length: %d" % len(NEW))
        self.fetch_url(code=2, says="gave up after 2 tries")
        self.server.handlers[NAME] = [self.server.handlers[NAME], answer(200, NEW)]
        self.fetch_url(says="added")

    def test_cut_short_without_length(self):
        head = b"HTTP/1.0 200 OK\r\n\r\n"
        self.server.handlers[NAME] = raw(head, NEW[:9000])
        self.fetch_url(code=2, says=NAME)
        self.assertEqual(self.releases(), [])
        self.server.handlers[NAME] = raw(head, NEW)
        self.fetch_url(says="added")

    def test_cut_short_gzip(self):
        body = gzip.compress(NEW)[:-2000]
        self.server.handlers[NAME] = answer(200, body, "Content-Encoding: gzip")
        self.fetch_url(code=2, says=NAME)
        self.server.handlers[NAME] = answer(200, body)
        self.fetch_url(code=2, says="cut short")

    def test_another_cloud(self):
        self.server.handlers[NAME] = answer(200, NEW)
        self.fetch_url("--cloud", "Public", code=2, says="is of cloud Sample, not Public")
        self.fetch_url("--cloud", "sample", says="added")

    def test_lawless_headers(self):
        endless = b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 1000 + b"\r\n"
        self.server.handlers[NAME] = raw(endless, *[b"X-More: " + b"y" * 1000 + b"\r\n"] * 2000)
        self.fetch_url(code=2, says="header is larger than 262144 bytes")
        self.server.handlers[NAME] = answer(200, NEW, 'ETag: "%s"' % ("e" * 300))
        self.fetch_url(says="added")
        self.assertEqual(self.stored_validators(), [])
        self.server.handlers[NAME] = raw(b"not HTTP at all\r\n\r\n")
        self.fetch_url(code=2, says=NAME)


class Floods(FetchTest):
    """Bodies without end: bounded time and memory."""

    MEMORY = 512 * MIB

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        squeeze = zlib.compressobj(9, wbits=31)
        cls.bomb = squeeze.compress(b" " * (210 * MIB)) + squeeze.flush()
        assert len(cls.bomb) < 400000

    def flood(self, handler):
        self.server.handlers[NAME] = handler
        result = self.fetch_url(code=2, says="is larger than 33554432 bytes", memory=self.MEMORY)
        if not SANITIZED:
            self.assertLess(result.peak, 128 * MIB)
        self.assertEqual(len(self.server.requests), 1)

    def test_chunked(self):
        chunk = b"100000\r\n" + b"[" * MIB + b"\r\n"
        self.flood(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[chunk] * 1024, b"0\r\n\r\n"))

    def test_declared(self):
        self.server.handlers[NAME] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", *[b"[" * MIB] * 1024)
        self.fetch_url(code=2, says="is larger than 33554432 bytes", memory=self.MEMORY)

    def test_gzip_bomb(self):
        self.flood(answer(200, self.bomb, "Content-Encoding: gzip"))

    def test_gzip_file_bomb(self):
        self.flood(answer(200, self.bomb))

    def test_page(self):
        """A page gets less than a document."""
        self.server.handlers["/page"] = answer(200, b" " * (5 * MIB))
        self.fetch("--page", self.server.url("/page"), "--cloud", "Sample", code=2, says="is larger than 4194304 bytes")


class Wires(FetchTest):
    """Connections and certificates."""

    def test_drip(self):
        def drip(connection, request):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(2 * PATIENCE):  # for longer than fetch() lets it go on
                connection.sendall(b"{")
                time.sleep(0.5)
        self.server.handlers[NAME] = drip
        result = self.fetch_url("--low-speed", "2", code=2, says="gave up after 2 tries")
        self.assertIn("too slow", result.err)
        self.fetch_url("--timeout", "1", code=2, says="timed out")

    def test_refused(self):
        closed = Server()
        closed.close()
        address = "https://127.0.0.1:%d%s" % (closed.port, NAME)
        result = self.fetch("--url", address, code=2, says="gave up after 2 tries")
        self.assertIn(address, result.err)
        self.assertIn("connect", result.err)

    def test_unresolvable(self):
        self.fetch("--url", "https://nothing.invalid" + NAME, code=2, says="resolve")

    def test_certificates(self):
        """None of these is tried twice."""
        wrong = Server(self.authority.certificate("wrong", "DNS:elsewhere.example"))
        expired = Server(self.authority.certificate("expired", "IP:127.0.0.1", expired=True))
        for server, says in ((wrong, "alternative certificate subject name"), (expired, "expired")):
            server.handlers[NAME] = answer(200, NEW)
            self.fetch("--url", server.url(NAME), code=2, says=says)
            self.assertEqual((server.connections, server.requests), (1, []))
            server.close()

    def test_unknown_authority(self):
        self.server.handlers[NAME] = answer(200, NEW)
        result = Run([PROGRAM, "--db", self.db, "fetch", "--url", self.server.url(NAME)], environment(**PROXIES))
        self.assertEqual(result.code, 2)
        self.assertIn("certificate", result.err)
        self.assertEqual(self.server.requests, [])

    def test_plain_http(self):
        plain = Server()
        plain.handlers[NAME] = answer(200, NEW)
        self.fetch("--url", plain.url(NAME), says="added", env={"http_proxy": "http://127.0.0.1:1"})
        self.fetch("--url", plain.url(NAME, "localhost"), says="unchanged")
        plain.close()
        for url, says in (("http://example.com/x.json", "use https"), ("file:///etc/passwd", "only https"),
                          ("ftp://127.0.0.1/x", "only https"), ("http://127.0.0.1.example/x", "use https"),
                          ("https://user:secret@127.0.0.1/x", "user name"), ("nonsense", "of the form https://host/path"),
                          ("https://127.0.0.1/a b", "is no address")):
            with self.subTest(url):
                result = self.run_fetch("--url", url)
                self.assertEqual((result.code, result.out), (2, ""))
                self.assertRegex(result.err, r"\Asvctag: [^\n]+\n\Z")
                self.assertIn(says, result.err)

    def test_proxy(self):
        """As curl does: https through the proxy of the environment."""
        proxy = Server()
        self.server.handlers[NAME] = answer(200, NEW)
        self.fetch_url(env={"https_proxy": "http://127.0.0.1:%d" % proxy.port}, says="added")
        self.assertEqual([(r.method, r.target) for r in proxy.requests],
                         [("CONNECT", "127.0.0.1:%d" % self.server.port)])
        proxy.close()

    def test_without_libcurl(self):
        """The one command that needs it says so; the others do not notice."""
        broken = self.path("broken")
        os.makedirs(broken, exist_ok=True)
        for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
            with open(os.path.join(broken, name), "w", encoding="utf-8") as file:
                file.write("no library")
        self.fetch_url(env={"LD_LIBRARY_PATH": broken}, code=2, says="needs libcurl")
        done = subprocess.run([PROGRAM, "--version"], env=environment(LD_LIBRARY_PATH=broken),
                              stdout=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0)


class Redirects(FetchTest):
    def redirect(self, location, status=302):
        self.server.handlers["/from"] = answer(status, b"", "Location: " + location)

    def test_followed(self):
        self.server.handlers[NAME] = answer(200, NEW)
        for status in (301, 302, 303, 307, 308):
            self.redirect(NAME, status)
            self.fetch_url(path="/from", says="Sample 104")

    def test_loop(self):
        self.redirect("/from")
        self.fetch_url(path="/from", code=2, says="more than 5 redirects")
        self.assertEqual(len(self.server.requests), 6)

    def test_refused(self):
        for location, says in (("http://127.0.0.1:%d%s" % (self.server.port, NAME), "https to plain http"),
                               ("http://example.com/", "plain http"), ("file:///etc/passwd", "only https"),
                               ("ftp://127.0.0.1/", "only https"),
                               ("https://elsewhere.example/x.json", "--allow-host elsewhere.example")):
            self.redirect(location)
            result = self.fetch_url(path="/from", code=2, says=says)
            self.assertIn("redirect refused", result.err)
        self.assertEqual(len(self.server.requests), 5)

    def test_allowed_host(self):
        self.server.handlers[NAME] = answer(200, NEW)
        self.redirect(self.server.url(NAME, "localhost"))
        self.fetch_url(path="/from", code=2, says="host localhost is not allowed")
        self.fetch_url("--allow-host", "example.com,localhost", path="/from", says="added")
        # A host that another address names is allowed as well.
        self.fetch_url("--dated-base", self.server.url("/", "localhost"), "--source", "url", path="/from",
                       says="Sample 104")


class Days(FetchTest):
    """The day of publication."""

    def test_of_the_address(self):
        self.server.handlers[NAME] = answer(200, NEW, "Last-Modified: Mon, 10 Mar 2025 10:00:00 GMT")
        self.fetch_url(path=NAME + "?sig=20240101/2024-01-01", says="(2025-03-31)")

    def test_of_last_modified(self):
        self.server.handlers["/current"] = answer(200, NEW, "Last-Modified: Mon, 10 Mar 2025 10:00:00 GMT")
        self.assertEqual(self.fetch_url(path="/current", says="(2025-03-10)").err, "")

    def test_of_today(self):
        """Said in a warning; a Last-Modified of tomorrow is none."""
        for number, headers in enumerate(((), ("Last-Modified: Mon, 10 Mar 2098 10:00:00 GMT",))):
            self.server.handlers["/current"] = answer(200, NEW, *headers)
            self.db += str(number)
            today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
            result = self.fetch_url(path="/current", says=today)
            self.assertRegex(result.err, r"\Asvctag: warning: [^\n]*/current: neither a day in the address nor a "
                                         r"Last-Modified: taken as published on %s\n\Z" % today)


class Conditions(FetchTest):
    """ETag and If-Modified-Since."""

    def conditions(self):
        return [r.headers.get("if-none-match") for r in self.server.requests]

    def test_not_modified(self):
        self.server.handlers[NAME] = conditional(NEW)
        self.fetch_url(says="added")
        self.fetch_url(says="not modified")
        self.assertEqual(self.conditions(), [None, '"1"'])
        self.fetch_url("--force", says="unchanged")
        self.assertIsNone(self.conditions()[-1])

    def test_last_modified(self):
        when = "Mon, 31 Mar 2025 10:00:00 GMT"
        self.server.handlers[NAME] = [answer(200, NEW, "Last-Modified: " + when), answer(304)]
        self.fetch_url(says="added")
        self.fetch_url(says="not modified")
        self.assertEqual(self.server.requests[1].headers["if-modified-since"], when)

    def test_304_unasked(self):
        self.server.handlers[NAME] = answer(304)
        self.fetch_url(code=2, says="answered HTTP 304")

    def test_forgotten(self):
        """What the server says we have is gone: ask again for all of it."""
        self.server.handlers[NAME] = conditional(NEW)
        self.fetch_url(says="added")
        self.svctag("forget", "latest")
        self.fetch_url(says="added")
        self.assertEqual(self.conditions(), [None, '"1"', None])

    def test_damaged(self):
        self.server.handlers[NAME] = conditional(NEW)
        self.fetch_url(says="added")
        with contextlib.closing(sqlite3.connect(self.db)) as connection:
            connection.execute("UPDATE tag SET prefixes = NULL "
                               "WHERE id = (SELECT min(id) FROM tag WHERE prefixes IS NOT NULL)")
            connection.commit()
        self.run_fetch("--url", self.server.url(NAME))
        self.assertEqual(self.conditions(), [None, '"1"', None])

    def test_kept_after_the_commit_only(self):
        """A release that is refused leaves no validator, or it would never be looked at again."""
        self.server.handlers["/ServiceTags_Sample_20250303.json"] = answer(200, OLD)
        self.fetch_url(path="/ServiceTags_Sample_20250303.json", says="added")
        document = json.loads(NEW)
        document["values"] = document["values"][:2]
        self.server.handlers[NAME] = conditional(json.dumps(document).encode())
        self.fetch_url(code=2, says="is implausible")
        self.assertEqual(self.stored_validators(), [])
        self.fetch_url(code=2, says="is implausible")
        self.assertEqual(self.conditions()[1:], [None, None])
        self.fetch_url("--force", says="forced")
        self.assertEqual(self.stored_validators(), [(self.server.url(NAME), '"1"', "")])

    def test_broken_is_not_kept(self):
        self.server.handlers[NAME] = answer(200, b"<html>", 'ETag: "1"')
        self.fetch_url(code=2, says="HTML")
        self.assertEqual(self.stored_validators(), [])


class Pages(FetchTest):
    """Finding the link."""

    FOLDER = "/download/7/1/D/71D86715-5596-4529-9B13-DA13A5DE5B63"

    def fetch_page(self, text, *arguments, **options):
        self.server.handlers["/page"] = answer(200, text.encode(), "Content-Type: text/html")
        return self.fetch("--page", self.server.url("/page"), "--cloud", "Sample", *arguments, **options)

    def link(self, day, name="ServiceTags_Sample_%s.json"):
        return self.server.url("%s/%s" % (self.FOLDER, name % day))

    def serve(self, day, body, name="ServiceTags_Sample_%s.json"):
        self.server.handlers["%s/%s" % (self.FOLDER, name % day)] = answer(200, body)

    def test_one_link(self):
        """Its GUID in upper case; its name in any."""
        self.serve("20250331", NEW)
        self.fetch_page('<a href="%s">download</a>' % self.link("20250331"), says="added  Sample 104 (2025-03-31)")
        self.serve("20250303", OLD, "sErViCeTaGs_sample_%s.JSON")
        self.fetch_page("x(%s)" % self.link("20250303", "sErViCeTaGs_sample_%s.JSON"), says="(2025-03-03)")

    def test_two_links(self):
        self.serve("20250331", NEW)
        links = [self.link("20250303"), self.link("20250331"), self.link("20251399")]
        for order in (links, links[::-1]):
            self.fetch_page(" ".join("<a href='%s'>x</a>" % link for link in order), says="(2025-03-31)")

    def test_no_link(self):
        for text in ("", "<html>come back later</html>", self.link("20250331", "ServiceTags_Public_%s.json"),
                     self.link("20250331", "ServiceTags_Sample_%s.json.sig"), "/ServiceTags_Sample_20250331.json",
                     self.link("2025033"), "ServiceTags_Sample_20250331.json", "window.__DLCDetails__={" * 1000):
            self.fetch_page(text, code=2, says="has no link to ServiceTags_Sample_YYYYMMDD.json")

    def test_embedded_object(self):
        self.serve("20250331", NEW)
        url = self.link("20250331").replace("/", "\\u002f")
        details = '{"dlcDetailsView":{"title":"a } \\" {","downloadFile":[{"name":"x","url":"%s"}]}}' % url
        self.fetch_page("<script>window.__DLCDetails__=%s;more()</script>" % details, says="added")
        self.fetch_page("<script>window.__DLCDetails__ = %s</script>" % details.replace(url, url.replace("\\u002f", "\\/")),
                        says="unchanged")

    def test_link_elsewhere(self):
        self.serve("20250331", NEW)
        elsewhere = "https://elsewhere.example/ServiceTags_Sample_20250407.json"
        self.fetch_page(elsewhere, code=2, says="--allow-host elsewhere.example")
        # Nor may an older link hide that the newest one is out of reach.
        self.fetch_page(elsewhere + " " + self.link("20250331"), code=2, says="--allow-host elsewhere.example")
        plain = "http://127.0.0.1:%d/ServiceTags_Sample_20250407.json" % self.server.port
        self.fetch_page(plain, code=2, says="https to plain http")

    def test_dead_link(self):
        self.fetch_page(self.link("20250331"), code=2, says="answered HTTP 404")

    def test_fallback(self):
        """The page fails, the dated folder has it; both fail, and the line says both."""
        arguments = ("--page", self.server.url("/page"), "--dated-base", self.server.url("/folder"),
                     "--cloud", "Sample")
        result = self.fetch(*arguments, code=2, says="page: %s: answered HTTP 404" % self.server.url("/page"))
        self.assertIn("; dated: " + self.server.url("/folder/"), result.err)
        monday = self.server.paths()[1]
        self.server.handlers[monday] = answer(200, NEW)
        result = self.fetch(*arguments, "--format", "json")
        self.assertEqual(result.json["fetches"][0]["source"], "dated")
        self.fetch(*arguments, "--source", "page", code=2, says="answered HTTP 404")

    def test_dry_run(self):
        self.server.handlers["/page"] = answer(200, self.link("20250331").encode())
        self.fetch("--page", self.server.url("/page"), "--cloud", "Sample", "--dry-run",
                   says="found  Sample  " + self.link("20250331"))
        self.assertEqual(self.server.paths(), ["/page"])
        self.assertFalse(os.path.exists(self.db))


class Dated(FetchTest):
    """Addresses made of days."""

    def days(self):
        return [datetime.datetime.strptime(path[-13:-5], "%Y%m%d").date() for path in self.server.paths()]

    def test_order(self):
        self.fetch("--dated-base", self.server.url("/folder/"), "--cloud", "Sample", code=2,
                   says="nor under any of the other 34 days tried (HTTP 404)")
        days = self.days()
        mondays = days[:5]
        today = datetime.datetime.now(datetime.timezone.utc).date()
        self.assertEqual({d.weekday() for d in mondays}, {0})
        self.assertEqual(mondays, sorted(mondays, reverse=True))
        self.assertEqual(days[5:], sorted(days[5:], reverse=True))
        self.assertEqual(sorted(days), [today - datetime.timedelta(n) for n in range(34, -1, -1)])

    def test_first_there(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        monday = today - datetime.timedelta(today.weekday() + 7)
        path = monday.strftime("/ServiceTags_Sample_%Y%m%d.json")
        self.server.handlers[path] = conditional(NEW)
        arguments = ("--dated-base", self.server.url(), "--cloud", "Sample")
        self.fetch(*arguments, "--dry-run", says=self.server.url(path))
        self.assertEqual({r.method for r in self.server.requests}, {"HEAD"})
        self.fetch(*arguments, says="added  Sample 104 (%s)" % monday)
        self.fetch(*arguments, says="not modified")
        self.assertEqual(self.server.paths()[-1], path)

    def test_broken_server(self):
        """One that fails is not asked for 34 more days."""
        today = datetime.datetime.now(datetime.timezone.utc).date()
        monday = today - datetime.timedelta(today.weekday())
        self.server.handlers[monday.strftime("/ServiceTags_Sample_%Y%m%d.json")] = answer(500)
        self.fetch("--dated-base", self.server.url(), "--cloud", "Sample", code=2, says="answered HTTP 500")
        self.assertEqual(len(self.server.requests), 2)

    def test_unknown_cloud(self):
        for source in ("page", "dated"):
            self.fetch("--source", source, "--cloud", "Sample", code=2, says="no source of cloud Sample is known")


class Api(FetchTest):
    """The Discovery API: pages, tokens, another series."""

    PATH = "/subscriptions/0-1/providers/Microsoft.Network/locations/westeurope/serviceTags"
    TOKEN = "header.payload.signature"

    def pages(self, count, other=None):
        """The sample as the API answers it: numbers in strings, fields left out, in pages."""
        document = json.loads(NEW)
        for value in document["values"]:
            properties = value["properties"]
            properties["changeNumber"] = str(properties["changeNumber"])
            del properties["regionId"]
            if not properties["networkFeatures"]:
                del properties["networkFeatures"]
        size = -(-len(document["values"]) // count)
        for i in range(count):
            page = {"name": "public", "id": "/x", "type": "Microsoft.Network/serviceTags", "cloud": "Sample",
                    "changeNumber": str(document["changeNumber"]), "values": document["values"][i * size:(i + 1) * size]}
            if i + 1 < count:
                page["nextLink"] = other or self.server.url("/next/%d" % (i + 1))
            self.server.handlers["/next/%d" % i if i else self.PATH] = self.guarded(json.dumps(page).encode())
        return len(document["values"])

    def guarded(self, body):
        def handler(connection, request):
            if request.headers.get("authorization") == "Bearer " + self.TOKEN:
                reply(connection, 200, body)
            else:
                reply(connection, 401, b'{"error":{"code":"AuthenticationFailed"}}')
        return handler

    def fetch_api(self, *arguments, token=TOKEN, **options):
        env = {**options.pop("env", {}), **({"AZURE_ACCESS_TOKEN": token} if token else {})}
        result = self.fetch("--api", "--api-base", self.server.url(), "--subscription", "0-1", "--location",
                            "westeurope", "--cloud", "Sample", *arguments, env=env, **options)
        self.assertNotIn(self.TOKEN, result.out + result.err)
        return result

    def test_pages(self):
        for count in (1, 3):
            tags = self.pages(count)
            result = self.fetch_api("--format", "json").json["fetches"][0]
            self.assertEqual((result["release"]["source"], result["release"]["changeNumber"], result["tagCount"]),
                             ("api", 104, tags))
            self.assertEqual(result["warnings"], [])
        self.assertEqual(result["result"], "unchanged")
        self.assertEqual(self.server.requests[0].target, self.PATH + "?api-version=2024-05-01")

    def test_refused(self):
        self.pages(1)
        self.fetch_api(token="expired", code=2, says="answered HTTP 401")
        self.assertEqual(len(self.server.requests), 1)

    def test_next_elsewhere(self):
        other = Server(self.authority.path("good.pem"))
        for link in (other.url("/next/1"), self.server.url("/next/1", "localhost"), "http://127.0.0.1/", "nonsense"):
            self.pages(2, other=link)
            self.fetch_api("--allow-host", "localhost", code=2, says="nextLink leads to another host")
        self.assertEqual((other.connections, len(self.server.requests)), (0, 4))
        other.close()

    def test_token_stays_here(self):
        """A redirect to another host does not take the token along."""
        other = Server(self.authority.path("good.pem"))
        self.pages(1)
        self.server.handlers[self.PATH] = answer(302, b"", "Location: " + other.url("/stolen"))
        self.fetch_api(code=2, says="answered HTTP 404")
        self.assertEqual([r.headers.get("authorization") for r in other.requests], [None])
        other.close()

    def test_pages_disagree(self):
        self.pages(2)
        page = json.dumps({"type": "x", "cloud": "Sample", "changeNumber": "105", "values": []}).encode()
        self.server.handlers["/next/1"] = answer(200, page)
        self.fetch_api(code=2, says="another change number")

    def test_wrong_answers(self):
        for body, says in ((b"<html>", "line 1"), (b"", "is empty"), (b'{"error":{}}', "no array"),
                           (b'{"values":[],"nextLink":7}', "nextLink has to be"), (b"[]", "no array"),
                           (b'{"values":[]}', "changeNumber")):
            self.server.handlers[self.PATH] = answer(200, body)
            result = self.run_fetch("--api", "--api-base", self.server.url(), "--subscription", "0-1", "--location",
                                    "westeurope", "--cloud", "Sample", env={"AZURE_ACCESS_TOKEN": "t"})
            self.assertEqual(result.code, 2, body)
            self.assertRegex(result.err, r"\Asvctag: Sample: https://[^\n]+\n\Z")
            self.assertIn(says, result.err)

    def test_endless_pages(self):
        page = {"type": "x", "cloud": "Sample", "changeNumber": "1", "values": [],
                "nextLink": self.server.url(self.PATH)}
        self.server.handlers[self.PATH] = answer(200, json.dumps(page).encode())
        self.fetch_api(code=2, says="more than 200 pages")

    def test_token_file(self):
        self.pages(1)
        with open(self.path("token"), "w", encoding="utf-8") as file:
            file.write(self.TOKEN + "\n")
        self.fetch_api("--token-file", self.path("token"), token="another", says="added")
        for text, says in (("", "has no token"), ("two words", "is not one token"),
                           (self.TOKEN + "\r\nX-More: 1", "is not one token"), ("x" * 20000, "token")):
            with open(self.path("token"), "w", encoding="utf-8") as file:
                file.write(text)
            self.fetch_api("--token-file", self.path("token"), code=2, says=says)
        self.fetch_api("--token-file", self.path("no such file"), code=2, says="No such file")

    def test_az(self):
        self.pages(1)
        folder = self.path("bin")
        os.makedirs(folder, exist_ok=True)
        az = os.path.join(folder, "az")
        path = {"PATH": folder + ":/usr/bin:/bin"}

        def script(text):
            with open(az, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + text)
            os.chmod(az, 0o755)
        script('echo "$@" >"%s"; echo noise >&2; echo %s\n' % (self.path("az.log"), self.TOKEN))
        self.assertEqual(self.fetch_api(token=None, env=path, says="added").err, "")
        self.assertEqual(content(self.path("az.log")).decode(),
                         "account get-access-token --query accessToken --output tsv --resource %s/\n"
                         % self.server.url())
        script("exit 1\n")
        self.fetch_api(token=None, env=path, code=2, says="az login")
        os.remove(az)
        empty = self.path("no programs")
        os.makedirs(empty, exist_ok=True)
        self.fetch_api(token=None, env={"PATH": empty}, code=2, says="az command cannot be run")

    def test_dry_run(self):
        self.fetch_api("--dry-run", says=self.PATH)
        self.assertEqual(self.server.requests, [])


class Usage(FetchTest):
    """Options, the lock, kills."""

    def test_wrong(self):
        url = self.server.url(NAME)
        for arguments, says in ((["--source", "web"], "page, url, dated or api"),
                                (["--source", "url"], "--url URL"),
                                (["--url", url, "--cloud", "all"], "--cloud all"),
                                (["--url", url, "--cloud", "../x"], "--cloud wants"),
                                (["--location", "westeurope"], "go with --api"),
                                (["--api"], "--subscription ID"),
                                (["--api", "--subscription", "a/b", "--location", "x"], "--subscription ID"),
                                (["--url", url, "--tries", "0"], "--tries"),
                                (["--url", url, "--timeout", "soon"], "--timeout"),
                                (["--url", url, "--cacert", self.path("none.pem")], "none.pem"),
                                (["--url", url, "--allow-host", "h," * 100], "--allow-host"),
                                (["extra"], "unexpected argument")):
            self.fetch(*arguments, code=2, says=says)
        self.assertEqual(self.server.requests, [])

    def test_lock(self):
        """Two fetches never run at once."""
        results = []
        self.server.handlers[NAME] = answer(200, NEW)
        with open(self.db + ".lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.fetch_url(code=2, says="another fetch is under way")
            self.assertEqual(self.server.requests, [])
            waiting = threading.Thread(target=lambda: results.append(self.fetch_url("--wait", says="added")))
            waiting.start()
            waiting.join(1)
            self.assertTrue(waiting.is_alive())
            self.assertEqual(self.server.requests, [])
            fcntl.flock(lock, fcntl.LOCK_UN)
            waiting.join()
        self.assertEqual(len(results), 1)

    def test_two_at_once(self):
        entered, leave = threading.Event(), threading.Event()

        def slow(connection, request):
            entered.set()
            leave.wait(PATIENCE)
            reply(connection, 200, NEW)
        self.server.handlers[NAME] = slow
        command = [PROGRAM, "--db", self.db, "fetch", "--cacert", self.authority.ca, "--url", self.server.url(NAME)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(**PROXIES)) as first:
            self.assertTrue(entered.wait(PATIENCE))
            self.fetch_url(code=2, says="another fetch is under way")
            leave.set()
            self.assertIn(b"added", first.communicate(timeout=PATIENCE)[0])

    def test_killed(self):
        """The lock goes with the process."""
        entered, gone = threading.Event(), threading.Event()

        def stuck(connection, request):
            entered.set()
            gone.wait(PATIENCE)
        self.server.handlers[NAME] = [stuck, answer(200, NEW)]
        command = [PROGRAM, "--db", self.db, "fetch", "--cacert", self.authority.ca, "--url", self.server.url(NAME)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment(**PROXIES)) as first:
            self.assertTrue(entered.wait(PATIENCE))
            first.kill()
        self.fetch_url(says="added")
        gone.set()

    def test_several_clouds(self):
        """One that fails does not stop the others."""
        self.server.handlers["/page"] = answer(200, b"nothing")
        result = self.run_fetch("--page", self.server.url("/page"), "--cloud", "all")
        self.assertEqual(result.code, 2)
        self.assertEqual([line.split(":")[1] for line in result.err.splitlines()],
                         [" Public", " AzureGovernment", " China"])

    def test_back_fill(self):
        """An older release after the newest takes its place in order."""
        for day in ("20250331", "20250303", "20250317"):
            path = "/ServiceTags_Sample_%s.json" % day
            self.server.handlers[path] = answer(200, sample(day))
            self.fetch_url(path=path, says="added")
        self.assertEqual(self.releases(), ["2025-03-03", "2025-03-17", "2025-03-31"])
        self.svctag("verify")


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("skipped: there is no openssl command to make certificates with")
        sys.exit(SKIPPED)
    main()
