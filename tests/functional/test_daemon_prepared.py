#!/usr/bin/env python3
"""Look-ups of one address that svctagd has prepared, and the forms that it writes them on, give the answers that it
makes in full: it does that where a request has If-None-Match.

Environment: as test_daemon.py.
"""

import ipaddress
import os
import random
import shutil
import socket
import tempfile
import threading
import unittest

import test_daemon
from test_daemon import ADDRESS, PATIENCE, RELEASES, Daemon, svctag, wait_for

WORDS = [
    ("/v1/lookup?q={}", {}),
    ("/v1/lookup?q={}", {"Accept-Encoding": "gzip"}),
    ("/v1/lookup?q={}", {"Accept-Encoding": "gzip, identity;q=0"}),
    ("/v1/lookup?q={}", {"Accept": "text/plain"}),
    ("/v1/lookup?q={}", {"Accept": "application/x-ndjson, */*;q=0.1"}),
    ("/v1/lookup?q={}&cloud=sample", {"Accept": "*/*"}),
    ("/v1/lookup?cloud=all&q={}", {}),
    ("/v1/lookup?format=ndjson&q={}", {}),
    ("/v1/lookup?at=latest&q={}", {}),
    ("/v1/lookup?at=101&q={}", {}),
    ("/v1/lookup?q={}&q=192.0.2.1", {}),
    ("/v1/lookup?q={}&nonsense=1", {}),
    ("/v1/check?q={}&tag=ActionGroup", {}),
]
ODD = ["1.2.3", "01.2.3.4", "1.2.3.4.", "1.2.3.256", "198.18.26.0%2F24", "198.18.0.0-198.18.0.9", "", ":", "::",
       "::ffff:198.18.26.224", "2001:DB8:0:0::1", "2001:db8::g", "fe80::1%25eth0", "198.18.26.224+", "%31.2.3.4",
       "198.18.26.224#", "1.2.3.4.5.6.7.8.9", "0" * 300, "255.255.255.255", "0.0.0.0"]


def request(target, headers):
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


class Client:
    """One connection that stays, and nothing between us and the bytes."""

    def __init__(self, daemon, buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", daemon.port))
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def read(self):
        """-> status, header fields without the date, body"""
        status = int(self.file.readline().split()[1])
        fields = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            fields[name] = value
        del fields["Date"]
        return status, fields, self.file.read(int(fields["Content-Length"]))

    def ask(self, target, headers):
        self.socket.sendall(request(target, headers))
        return self.read()


def addresses(count):
    """Most of them in prefixes of the sample releases."""
    choose = random.Random(count)
    for _ in range(count):
        yield str(ipaddress.ip_address("198.18.0.0") + choose.randrange(1 << 17)) if choose.random() < 0.8 else \
            str(ipaddress.ip_address(choose.getrandbits(32)))


class Prepared(test_daemon.WithDaemon):
    def setUp(self):
        self.clients = [Client(self.daemon) for _ in range(4)]
        self.reference = Client(self.daemon)

    def tearDown(self):
        for client in [*self.clients, self.reference]:
            client.close()

    def check(self, client, words, address):
        target, headers = words[0].format(address), words[1]
        got = client.ask(target, headers)
        if got[1].get("Connection") == "close":
            client.close()
            self.clients[self.clients.index(client)] = Client(self.daemon)
        want = self.reference.ask(target, {**headers, "If-None-Match": '"x"'})
        if want[1].get("Connection") == "close":
            self.reference.close()
            self.reference = Client(self.daemon)
        self.assertEqual(got, want, f"{target} {headers}")

    def test_the_same(self):
        choose = random.Random(1)
        asked = [(words, address) for words in WORDS for address in addresses(60)]
        choose.shuffle(asked)
        for words, address in asked:
            self.check(choose.choice(self.clients), words, address)

    def test_one_after_the_other(self):
        """The most usual: the next is foreseen."""
        for words in WORDS:
            for address in addresses(80):
                self.check(self.clients[0], words, address)

    def test_odd(self):
        for words in WORDS[:6]:
            for odd in ODD:
                for address in (ADDRESS, odd, "198.18.26.225", odd):
                    self.check(self.clients[0], words, address)

    def test_etags_differ(self):
        """By address, by the words around it, by the form and the coding."""
        tags = []
        for words in WORDS[:2] + WORDS[4:6]:
            tags += [self.clients[0].ask(words[0].format(address), words[1])[1]["ETag"] for address in addresses(50)]
        self.assertEqual(len(set(tags)), len(tags))

    def test_not_read(self):
        """A client that takes none of its answers, and others meanwhile: each gets its own in the end."""
        asked = [f"/v1/lookup?q={address}" for address in addresses(4000)]
        slow = Client(self.daemon, buffer=4096)
        sender = threading.Thread(target=slow.socket.sendall, args=(b"".join(request(t, {}) for t in asked),))
        sender.start()
        for address in addresses(200):
            self.check(self.clients[1], WORDS[0], address)
        for target in asked:
            got = slow.read()
            self.assertEqual(got, self.reference.ask(target, {"If-None-Match": '"x"'}), target)
        sender.join()
        slow.close()
        for address in addresses(50):
            self.check(self.clients[1], WORDS[0], address)

    def test_left(self):
        """Clients that leave before their answers are sent."""
        for _ in range(20):
            client = Client(self.daemon, buffer=4096)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.socket.setblocking(False)
            try:
                for address in addresses(2000):
                    client.socket.send(request(f"/v1/lookup?q={address}", {}))
            except OSError:
                pass  # it takes no more
            client.close()
            for address in addresses(10):
                self.check(self.clients[2], WORDS[0], address)


class OtherData(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="svctagd-")
        self.db = os.path.join(self.folder, "svctag.db")
        svctag("import", RELEASES[0], db=self.db)
        self.daemon = Daemon(self.db, "--event-threads", "1")  # so that requests meet

    def tearDown(self):
        try:
            self.daemon.stop()
        finally:
            shutil.rmtree(self.folder)

    def number(self):
        return self.daemon.json("/v1/lookup?q=192.0.2.1")["release"]["changeNumber"]

    def test_reload(self):
        """Also where a request had begun, and its address was looked up, before."""
        number = self.number()
        client, begun, known = Client(self.daemon), Client(self.daemon), Client(self.daemon)
        last = {}
        for address in addresses(100):
            last = client.ask(f"/v1/lookup?q={address}", {})
            self.assertIn(b'"changeNumber":%d' % number, last[2])
        begun.socket.sendall(b"GET /v1/lookup?q=198.18.7.7 HTTP/1.1\r\nHost")
        client.ask("/v1/lookup?q=198.18.7.8", {})
        known.socket.sendall(b"GET /v1/lookup?q=198.18.7.7 HTTP/1.1\r\nHost: a\r\nIf-None-")
        svctag("import", RELEASES[1], db=self.db)
        wait_for(lambda: self.number() != number, PATIENCE, "reload")
        begun.socket.sendall(b": a\r\n\r\n")
        got = begun.read()
        self.assertNotIn(b'"changeNumber":%d,' % number, got[2].partition(b'"matches"')[0])
        self.assertEqual(got, client.ask("/v1/lookup?q=198.18.7.7", {"If-None-Match": '"x"'}))
        known.socket.sendall(b'Match: "x"\r\n\r\n')
        self.assertEqual(known.read(), got)
        for address in addresses(100):
            target = f"/v1/lookup?q={address}"
            self.assertEqual(client.ask(target, {}), begun.ask(target, {"If-None-Match": '"x"'}))
        client.close()
        begun.close()
        known.close()


if __name__ == "__main__":
    unittest.main()
