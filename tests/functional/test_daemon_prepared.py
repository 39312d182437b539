#!/usr/bin/env python3
"""Look-ups of one address that svctagd has prepared give the answers that it makes in full, however they come in
packets: it does that where a request has If-None-Match, or another one behind it in the same packet.

That words are learned at all is not to be seen here: tests/unit/test_prepared.c.

Environment: as test_daemon.py.
"""

import ipaddress
import os
import random
import re
import shutil
import socket
import tempfile
import threading
import time
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
# What else may stand in words that are learned, or is too long for it.
LONGER = [
    ("/v1/lookup?q={}", {"Connection": "keep-alive"}),
    ("/v1/lookup?q={}", {"Connection": "Keep-Alive", "User-Agent": "x" * 800}),
    ("/v1/lookup?q={}", {"X-Long": "x" * 2000}),
    ("/v1/lookup?q={}", {"X-Long": "x" * 6000}),
    ("/v1/lookup?q={}", {f"X-{i}": "y" for i in range(60)}),
]
LOOKUP = WORDS[0][0]
PAUSE = 0.002  # so that two pieces are two packets
DATE = re.compile(rb"\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n")


def request(target, headers):
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


def look_up(address, words=WORDS[0]):
    return request(words[0].format(address), words[1])


class Client:
    """One connection that stays, and nothing between us and the bytes."""

    def __init__(self, daemon, buffer=None, path=None):
        """path: of the unix socket, instead of the port"""
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.settimeout(PATIENCE)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        if not path:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(path or ("127.0.0.1", daemon.port))
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *pieces):
        """Each as a packet."""
        for i, piece in enumerate(pieces):
            if i > 0:
                time.sleep(PAUSE)
            self.socket.sendall(piece)

    def read_head(self):
        """-> the bytes, with what the date is left out; and the fields, in small letters"""
        lines = []
        while not lines or lines[-1] != b"\r\n":
            lines.append(self.file.readline())
            if not lines[-1]:
                raise AssertionError(f"the connection ends in {lines}")
        head, dates = DATE.subn(b"\r\nDate:\r\n", b"".join(lines))
        assert dates == 1, head
        return head, dict(line.decode().rstrip("\r\n").lower().split(": ", 1) for line in lines[1:-1])

    def read_raw(self):
        """-> head and body"""
        head, fields = self.read_head()
        return head + self.file.read(int(fields["content-length"]))

    def read_chunks(self):
        """-> the body of an answer that was sent piece by piece"""
        parts = []
        assert self.read_head()[1]["transfer-encoding"] == "chunked"
        while not parts or parts[-1]:
            parts.append(self.file.read(int(self.file.readline(), 16)))
            assert self.file.readline() == b"\r\n"
        return b"".join(parts)

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

    def ask_raw(self, *pieces):
        self.send(*pieces)
        return self.read_raw()

    def is_silent(self):
        self.socket.settimeout(0.05)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) is None
        except socket.timeout:
            return True
        finally:
            self.socket.settimeout(PATIENCE)


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
        """The most usual."""
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


class WithClients(test_daemon.WithDaemon):
    """A connection whose words are learned, and what others are answered."""

    def connect(self, **keywords):
        client = Client(self.daemon, **keywords)
        self.addCleanup(client.close)
        return client

    def learned(self, words=WORDS[0], **keywords):
        """One that has asked: what it asks next in these words is prepared."""
        client = self.connect(**keywords)
        for address in ("192.0.2.1", "192.0.2.2"):
            client.ask_raw(look_up(address, words))
        return client

    def answers(self, *requests):
        """Those of the library: all of them in one packet, and another one behind them."""
        client = self.connect()
        client.send(b"".join(requests) + look_up("192.0.2.1"))
        got = [client.read_raw() for _ in requests]
        client.close()
        return got


class Bytes(WithClients):
    def test_the_same(self):
        """From the status line on, but for the date."""
        for words in WORDS + LONGER:
            client = self.learned(words)
            for address in [*addresses(3), ADDRESS, "2001:db8::1"]:
                data = look_up(address, words)
                want = self.answers(data)[0]
                self.assertEqual(client.ask_raw(data), want)
                asked = {**words[1], "If-None-Match": '"x"'}
                self.assertEqual(client.ask_raw(request(words[0].format(address), asked)), want)

    def test_cut_everywhere(self):
        for words in (WORDS[0], WORDS[4], LONGER[0]):
            client = self.learned(words)
            data = look_up(ADDRESS, words)
            want = self.answers(data)[0]
            for cut in range(1, len(data)):
                self.assertEqual(client.ask_raw(data[:cut], data[cut:]), want, cut)
                if cut % 2:  # directly after, or with one between that came whole
                    self.assertEqual(client.ask_raw(data), want, cut)

    def test_two_in_one_packet(self):
        first, second = look_up(ADDRESS), look_up("198.18.0.1")
        want = self.answers(first, second)
        client = self.learned()
        for _ in range(20):
            client.send(first + second)
            self.assertEqual([client.read_raw(), client.read_raw()], want)
            self.assertEqual(client.ask_raw(second), want[1])

    def test_one_and_a_part(self):
        """The first is answered without the rest."""
        first, second = look_up(ADDRESS), look_up("198.18.0.1")
        want = self.answers(first, second)
        client = self.learned()
        for cut in range(1, len(second)):
            self.assertEqual(client.ask_raw(first + second[:cut]), want[0], cut)
            self.assertEqual(client.ask_raw(second[cut:]), want[1], cut)

    def test_stream_in_any_pieces(self):
        choose = random.Random(5)
        requests = [look_up(address, choose.choice((WORDS[0], WORDS[0], WORDS[4]))) for address in addresses(300)]
        want = [self.answers(data)[0] for data in requests]
        for size in (30, 100, 200):
            client, stream, pieces = self.learned(), b"".join(requests), []
            while stream:
                cut = choose.randrange(1, 2 * size)
                pieces.append(stream[:cut])
                stream = stream[cut:]
            sender = threading.Thread(target=client.send, args=pieces)
            sender.start()
            self.assertEqual([client.read_raw() for _ in want], want)
            sender.join()

    def test_more_fields_follow(self):
        """A request is not over where one that is learned was, until its empty line has come."""
        data = look_up(ADDRESS)
        etag = self.connect().ask(LOOKUP.format(ADDRESS), {})[1]["ETag"]
        self.assertTrue(data.endswith(b"\r\n\r\n"))
        for rest in (b"Accept: text/plain\r\n\r\n", b"Accept-Encoding: gzip, identity;q=0\r\n\r\n",
                     b"If-None-Match: %b\r\n\r\n" % etag.encode(), b"Connection: close\r\n\r\n",
                     b"Host: b\r\n\r\n", b"Content-Length: 5\r\n\r\nhello", b"\r\n"):
            for cut in (2, 1):  # behind the line, and behind the first byte of the next
                with self.subTest(rest=rest, cut=cut):
                    whole, client = data[:-2] + rest, self.learned()
                    first = whole[:len(data) - cut]
                    client.send(first)
                    self.assertTrue(client.is_silent())
                    client.send(whole[len(first):])
                    got, fields = client.read_head()
                    other = self.connect()
                    other.send(whole)
                    want, _ = other.read_head()
                    self.assertEqual(got, want)
                    if b" 304 " not in want:
                        size = int(fields["content-length"])
                        self.assertEqual(client.file.read(size), other.file.read(size))


    def test_inside_another(self):
        """What looks like a request that is learned, in a packet of its own, and is a part of something else."""
        data = look_up(ADDRESS)
        post = b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
        for before, behind in ((b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Of: ", b""),
                               (b"GET /healthz HTTP/1.1\r\n", b""),
                               (post + b"Content-Length: %d\r\n\r\n" % len(data), b""),
                               (post + b"Content-Length: %d\r\n\r\n1.2.3.4\n" % (len(data) + 8), b""),
                               (post + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(data), b"\r\n0\r\n\r\n"),
                               (b"\r\n", b""), (b"\r", b""), (b"G", b""), (b" ", b"")):
            with self.subTest(before):
                want = self.connect().ask_raw(before + data + behind)
                self.assertEqual(self.learned().ask_raw(*[piece for piece in (before, data, behind) if piece]), want)


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
        """Also where a request had begun before."""
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
