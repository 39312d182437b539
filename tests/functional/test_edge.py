#!/usr/bin/env python3
"""nginx with TLS in front of svctagd, by the configuration in packaging/: what it passes on, and what it keeps out."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from https_server import Authority  # noqa: E402
from test_daemon import ADDRESS, PATIENCE, WithDaemon  # noqa: E402
from test_replicas import CONFIGURATION, Nginx, free_port  # noqa: E402

SECOND = b"GET /v1/releases HTTP/1.1\r\nHost: localhost\r\n\r\n"


@unittest.skipUnless(shutil.which("nginx") and shutil.which("openssl"), "nginx or openssl is not there")
class EdgeTest(WithDaemon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        authority = Authority(cls.folder)
        cls.authority, certificate = authority.ca, authority.certificate("localhost", "DNS:localhost")
        cls.port, plain = free_port(), free_port()
        with open(CONFIGURATION, encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"^\t#(?=listen |ssl_|add_header )", "\t", text, flags=re.M)
        for old, new in (("\tlisten [::]:443 ssl http2;\n", ""), ("listen 443 ssl", f"listen 127.0.0.1:{cls.port} ssl"),
                         ("/etc/svctag/tls/fullchain.pem", certificate), ("/etc/svctag/tls/privkey.pem", certificate),
                         (":8480", f":{plain}"), (":8473", f":{cls.daemon.port}"),
                         (re.search(r"\tserver 127.0.0.1:8474.*\n", text).group(), "")):
            assert old in text, old
            text = text.replace(old, new)
        cls.nginx = Nginx(os.path.join(cls.folder, "edge"), text, cls.port)
        cls.tls = ssl.create_default_context(cafile=cls.authority)

    @classmethod
    def tearDownClass(cls):
        cls.nginx.stop()
        super().tearDownClass()

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return self.tls.wrap_socket(s, server_hostname="localhost")

    def ask(self, target, method="GET", body=None, headers=None):
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=self.tls)
        connection.sock = self.connect()
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def test_configuration(self):
        """Nothing in it that nginx warns of."""
        folder = os.path.join(self.folder, "edge")
        done = subprocess.run(["nginx", "-t", "-p", folder, "-c", os.path.join(folder, "nginx.conf")],
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"[warn]", done.stderr)

    def test_answers(self):
        for target in (f"/v1/lookup?q={ADDRESS}", "/v1/tags/ActionGroup", "/v1/diff", "/"):
            status, headers, body = self.ask(target)
            direct_status, direct, want = self.daemon.ask(target)
            self.assertEqual((status, body), (direct_status, want), target)
            self.assertEqual(headers["ETag"], direct["ETag"])
            self.assertIn("max-age=", headers["Strict-Transport-Security"])
        status, headers, _ = self.ask(f"/v1/lookup?q={ADDRESS}", headers={"If-None-Match": self.ask(
            f"/v1/lookup?q={ADDRESS}")[1]["ETag"]})
        self.assertEqual(status, 304)

    def test_lists(self):
        body = b"192.0.2.1\n198.18.26.224\n" * 20000
        status, _, answer = self.ask("/v1/lookup", "POST", body, {"Content-Type": "text/plain",
                                                                  "Accept": "application/x-ndjson"})
        self.assertEqual((status, answer.count(b"\n")), (200, 40000))

    def test_http_2(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as s:
            context = ssl.create_default_context(cafile=self.authority)
            context.set_alpn_protocols(["h2", "http/1.1"])
            with context.wrap_socket(s, server_hostname="localhost") as secure:
                self.assertEqual(secure.selected_alpn_protocol(), "h2")

    def test_old_protocols(self):
        context = ssl.create_default_context(cafile=self.authority)
        with self.assertWarns(DeprecationWarning):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as s:
            with self.assertRaises((ssl.SSLError, OSError)):
                context.wrap_socket(s, server_hostname="localhost")

    def test_hidden(self):
        for target in ("/metrics", "/readyz"):
            self.assertEqual(self.ask(target)[0], 404)

    def test_hostile(self):
        """Refused by nginx already: nothing that is smuggled gets through."""
        for head in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n",
                     b"Transfer-Encoding: identity\r\n", b"Host: b\r\n", b"X: a\0b\r\n"):
            with self.subTest(head), self.connect() as s:
                s.sendall(b"POST /v1/lookup HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n" + head +
                          b"\r\n0\r\n\r\n" + SECOND)
                got = b""
                try:
                    while part := s.recv(65536):
                        got += part
                except (ssl.SSLError, OSError):
                    pass
                self.assertRegex(got[:20], rb"^HTTP/1\.1 (400|501) ")
                self.assertNotIn(b"importedAt", got)


if __name__ == "__main__":
    unittest.main(verbosity=2)
