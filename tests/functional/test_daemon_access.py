#!/usr/bin/env python3
"""Who may ask svctagd: scripts of other sites, and clients with a token.

Environment: as test_daemon.py.
"""

import json
import os
import signal
import unittest

import test_daemon
import test_daemon_config
from test_daemon import ADDRESS, PATIENCE, wait_for

HERE = "https://portal.example"
OTHER = "https://other.example"
LOOKUP = f"/v1/lookup?q={ADDRESS}"
TEXT = {"Content-Type": "text/plain"}


class Scripts(test_daemon_config.WithFolder):
    def start(self, *arguments):
        daemon = test_daemon.Daemon(self.db, *arguments)
        self.addCleanup(daemon.stop)
        return daemon

    def cors_of(self, headers):
        return {name: value for name, value in headers.items() if name.startswith("Access-Control")}

    def preflight(self, daemon, target, origin, method="POST"):
        return daemon.ask(target, "OPTIONS", headers={"Origin": origin, "Access-Control-Request-Method": method,
                                                      "Access-Control-Request-Headers": "content-type"})

    def test_nothing_unless_asked_for(self):
        daemon = self.start()
        for target in (LOOKUP, "/nothing", "/healthz"):
            _, headers, _ = daemon.ask(target, headers={"Origin": HERE})
            self.assertEqual(self.cors_of(headers), {})
            self.assertNotIn("Origin", headers["Vary"] or "")
        status, headers, _ = self.preflight(daemon, "/v1/lookup", HERE)
        self.assertEqual((status, headers["Allow"], self.cors_of(headers)), (405, "GET, HEAD, POST", {}))

    def test_named_origins(self):
        daemon = self.start("--cors", HERE, "--cors", "http://localhost:3000")
        for origin in (HERE, "http://localhost:3000"):
            etag = daemon.ask(LOOKUP)[1]["ETag"]
            for target, more, want in ((LOOKUP, {}, 200), (LOOKUP, {"If-None-Match": etag}, 304), ("/v1/lookup", {}, 400),
                                       ("/nothing", {}, 404), ("/healthz", {}, 200)):
                status, headers, _ = daemon.ask(target, headers={"Origin": origin, **more})
                self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (want, origin))
                self.assertIn("ETag", headers["Access-Control-Expose-Headers"])
                self.assertIn("Origin", headers["Vary"].split(", "))
            status, headers, _ = daemon.ask("/v1/lookup", "POST", ADDRESS, {"Origin": origin, **TEXT})
            self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, origin))
        for origin in (OTHER, "null", HERE + ".evil.example", HERE.upper(), f"{HERE}, {HERE}", None):
            status, headers, _ = daemon.ask(LOOKUP, headers={"Origin": origin} if origin else {})
            self.assertEqual((status, self.cors_of(headers)), (200, {}))
            self.assertEqual(headers["Vary"], "Accept, Accept-Encoding, Origin")
        self.assertNotIn("Access-Control-Allow-Credentials", headers)

    def test_preflight(self):
        daemon = self.start("--cors", HERE)
        for target, methods in (("/v1/lookup", "GET, HEAD, POST"), ("/v1/lint", "POST"), ("/v1/tags", "GET, HEAD")):
            status, headers, body = self.preflight(daemon, target, HERE)
            self.assertEqual((status, body), (204, b""))
            self.assertEqual(headers["Access-Control-Allow-Origin"], HERE)
            self.assertEqual(headers["Access-Control-Allow-Methods"], methods)
            self.assertIn("Content-Type", headers["Access-Control-Allow-Headers"])
            self.assertIn("Authorization", headers["Access-Control-Allow-Headers"])
            self.assertGreater(int(headers["Access-Control-Max-Age"]), 0)
            self.assertIn("Origin", headers["Vary"])
        self.assertEqual(self.preflight(daemon, "/nothing", HERE)[0], 404)
        status, headers, _ = self.preflight(daemon, "/v1/lookup", OTHER)
        self.assertEqual((status, self.cors_of(headers)), (405, {}))
        self.assertEqual(daemon.ask("/v1/lookup", "OPTIONS", headers={"Origin": HERE})[0], 405)
        # the connection lives on
        got, _ = daemon.raw(f"OPTIONS /v1/lookup HTTP/1.1\r\nHost: a\r\nOrigin: {HERE}\r\n"
                            "Access-Control-Request-Method: POST\r\n\r\n"
                            "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        self.assertEqual((got.count(b"HTTP/1.1 204"), got.count(b"HTTP/1.1 200")), (1, 1))

    def test_every_origin(self):
        daemon = self.start("--cors", "*")
        for origin in (HERE, OTHER, "null"):
            _, headers, _ = daemon.ask(LOOKUP, headers={"Origin": origin})
            self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
            self.assertEqual(headers["Vary"], "Accept, Accept-Encoding")
            self.assertEqual(self.preflight(daemon, "/v1/lookup", origin)[1]["Access-Control-Allow-Origin"], "*")


class Tokens(test_daemon_config.WithFolder):
    POSTS = ("/v1/lookup", "/v1/drift", "/v1/lint", "/v1/migrate")

    def start(self, text):
        self.path = self.write("tokens", text)
        self.daemon = test_daemon.Daemon(self.db, "--token-file", self.path)
        self.addCleanup(self.daemon.stop)

    def post(self, target, token=None, body=ADDRESS):
        headers = {**TEXT, **({"Authorization": token} if token is not None else {})}
        return self.daemon.ask(target, "POST", body, headers)

    def hang_up(self, said):
        before = len(self.daemon.log)
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: any(said in line for line in self.daemon.log[before:]), PATIENCE, said)
        return "".join(self.daemon.log[before:])

    def test_posts_need_one(self):
        self.start("# who: what\nfirst\nsecond-token==\n")
        for target in self.POSTS:
            for token in ("Bearer first", "bearer second-token==", "Bearer first \t"):
                self.assertEqual(self.post(target, token)[0], 200, target)
            for token, error in ((None, False), ("Basic Zmlyc3Q=", False), ("Bearer third", True),
                                 ("Bearer firs", True), ("Bearer first, Bearer first", True)):
                status, headers, body = self.post(target, token)
                self.assertEqual(status, 401, (target, token))
                want = 'Bearer realm="svctagd"' + (', error="invalid_token"' if error else "")
                self.assertEqual(headers["WWW-Authenticate"], want)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
                problem = json.loads(body)
                self.assertEqual((problem["status"], problem["title"]), (401, "Unauthorized"))
                self.assertNotIn("firs", problem["detail"])
        for target in (LOOKUP, "/v1/tags", "/metrics", "/healthz"):
            self.assertEqual(self.daemon.ask(target)[0], 200)
        self.assertEqual(self.daemon.ask("/v1/tags", "POST", "")[0], 405)
        self.assertIn(b'svctagd_rejected_total{reason="token"} 20\n', self.daemon.ask("/metrics")[2])

    def test_before_the_body(self):
        self.start("first\n")
        for more in (b"Content-Length: 60000000\r\n", b"Transfer-Encoding: chunked\r\n",
                     b"Content-Length: 9\r\nExpect: 100-continue\r\n", b"Content-Length: 99999999999\r\n"):
            got, closed = self.daemon.raw(b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\n" + more + b"\r\n")
            self.assertTrue(got.startswith(b"HTTP/1.1 401 "), got[:200])
            self.assertTrue(closed)

    def test_reload(self):
        self.start("first\n")
        self.write("tokens", "second\n")
        self.hang_up("loading the database anew")
        wait_for(lambda: self.post("/v1/lookup", "Bearer second")[0] == 200, PATIENCE, "the new token")
        self.assertEqual(self.post("/v1/lookup", "Bearer first")[0], 401)
        for text, mode, said in (("", 0o600, "no token"), ("a b\n", 0o600, ":1: a token"), ("third\n", 0o602, "may write")):
            self.write("tokens", text, mode)
            self.assertIn(said, self.hang_up("the old tokens stay"))
        os.unlink(self.path)
        self.hang_up("the old tokens stay")
        self.assertEqual(self.post("/v1/lookup", "Bearer second")[0], 200)

    def test_files(self):
        for text, mode, said in (("", 0o600, "no token"), ("two words\n", 0o600, "tokens:1: "), ("a\n", 0o666, "may write")):
            path = self.write("tokens", text, mode)
            for more in ((), ("--check-config",)):
                status, lines = self.run_once("--db", self.db, "--listen", "127.0.0.1:0", "--token-file", path, *more)
                self.assertEqual((status, len(lines)), (2, 1), lines)
                self.assertIn(said, lines[0])
        path = self.write("tokens", "a\n", 0o644)
        status, lines = self.run_once("--db", self.db, "--token-file", path, "--check-config")
        self.assertEqual(status, 0)
        self.assertRegex(lines[0], r"^warning: .*may read")


if __name__ == "__main__":
    unittest.main(verbosity=2)
