#!/usr/bin/env python3
"""Hostile bytes: every request of tests/data/http gets the answer that its file says, and nothing else.

Each is sent alone, with an innocent request behind it in the same packet, and in two pieces, cut where parsers have
states. What is smuggled asks for the list of releases, as the innocent request does: so it shows if it is answered.
"""

import concurrent.futures
import glob
import json
import os
import re
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import PATIENCE, ROOT, SANITIZED, WithDaemon  # noqa: E402

FOLDER = os.path.join(ROOT, "tests", "data", "http")
INNOCENT = b"GET /v1/releases HTTP/1.1\r\nHost: a\r\n\r\n"
SIGN = b"importedAt"  # in every release of the innocent request's answer, once
WAIT_SECONDS = 0.2
PIECES_PAUSE = 0.002
MAX_CUTS = 8 if not SANITIZED else 4
MAX_CUT_SIZE = 2000
ESCAPE = re.compile(rb"\\(?:\*(\d+)\{([^}]*)\}|x([0-9a-f]{2})|([rnt0\\]))")
PLAIN = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def unescape(text):
    def one(match):
        count, repeated, code, letter = match.groups()
        if count:
            return int(count) * unescape(repeated)
        return bytes([int(code, 16)]) if code else PLAIN[letter]

    assert b"\\" not in ESCAPE.sub(b"", text), text
    return ESCAPE.sub(one, text)


class Expectation:
    """Statuses, and how the connection is then: "open", "close" or "wait"."""

    def __init__(self, text):
        *statuses, self.end = text.split()
        assert self.end in ("open", "close", "wait"), text
        self.statuses = []
        for status in statuses:
            number, _, times = status.partition("*")
            self.statuses += [int(number)] * int(times or 1)


class Case:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".http")
        with open(path, "rb") as file:
            head, body = file.read().split(b"--\n", 1)
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if not line.startswith("#"))
        self.data = unescape(body.replace(b"\n", b""))
        self.alone = Expectation(fields.pop("answer"))
        default = Expectation(" ".join(map(str, self.alone.statuses + [200])) + " open")
        followed = fields.pop("followed", None)
        if followed:
            self.followed = Expectation(followed)
        else:
            assert self.alone.end != "wait", "what follows has to be said"
            self.followed = default if self.alone.end == "open" else self.alone
        self.served = int(fields.pop("served", 1 if self.alone.end == "open" else 0))
        self.bodiless = 1 if self.data.startswith(b"HEAD ") else 0
        assert not fields, fields

    def cuts(self):
        """Behind everything that means something to a parser, as many as there is time for."""
        if len(self.data) > MAX_CUT_SIZE:
            return []
        places = [i + 1 for i, byte in enumerate(self.data[:-1]) if byte in b"\r\n\0 \t:;"]
        step = max(1, -(-len(places) // MAX_CUTS))
        return places[::step]


def parse(data, bodiless):
    """-> [(status, fields, body)] of what is complete, and the rest"""
    answers = []
    while b"\r\n\r\n" in data:
        head, rest = data.split(b"\r\n\r\n", 1)
        status = re.match(rb"HTTP/1\.1 (\d\d\d) [^\r\n]*(?:\r\n|$)", head)
        if not status:
            raise AssertionError(f"no answer: {data[:200]}")
        lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:]]
        fields = {name.lower().decode(): value.decode() for name, value in lines}
        if len(fields) != len(lines):
            raise AssertionError(f"a header field twice: {head}")
        size = int(fields.get("content-length", 0))
        chunked = fields.get("transfer-encoding") == "chunked"
        code = int(status.group(1))
        if code == 100 or bodiless > len(answers):
            size, chunked = 0, False
        if chunked:
            end = rest.find(b"0\r\n\r\n")
            if end < 0:
                break
            size = end + 5
        if len(rest) < size:
            break
        answers.append((code, fields, rest[:size]))
        data = rest[size:]
    return answers, data


class Conversation:
    def __init__(self, port, bodiless):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bodiless = bodiless
        self.data = b""
        self.closed = False

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # refused before all was sent

    def receive(self):
        try:
            part = self.socket.recv(1 << 20)
        except ConnectionResetError:
            part = b""
        self.closed = not part
        self.data += part

    def read_answers(self, count):
        """Until there are so many, or it ends."""
        while not self.closed and len(parse(self.data, self.bodiless)[0]) < count:
            self.receive()

    def read_end(self):
        while not self.closed:
            self.receive()

    def stays_silent(self):
        self.socket.settimeout(WAIT_SECONDS)
        try:
            self.receive()
        except socket.timeout:
            return not self.data
        return False


class RawTest(WithDaemon):
    CASES = [Case(path) for path in sorted(glob.glob(os.path.join(FOLDER, "*.http")))]

    def talk(self, pieces, want, bodiless):
        """Send, and read what is expected. -> all that was received"""
        conversation = Conversation(self.daemon.port, bodiless)
        with conversation.socket:
            for i, piece in enumerate(pieces):
                if i > 0:
                    time.sleep(PIECES_PAUSE)
                conversation.send(piece)
            if want.end == "wait":
                self.assertTrue(conversation.stays_silent(), conversation.data[:300])
                return b""
            if want.end == "close":
                conversation.read_end()
            else:
                conversation.read_answers(len(want.statuses))
                self.assertFalse(conversation.closed, conversation.data[:300])
        answers, rest = parse(conversation.data, bodiless)
        self.assertEqual([answer[0] for answer in answers], want.statuses, conversation.data[-600:])
        self.assertEqual(rest, b"")
        for status, fields, body in answers[bodiless:]:
            self.check_error(status, fields, body)
        if want.end == "close":
            self.assertEqual(answers[-1][1].get("connection"), "close")
        return conversation.data

    def check_error(self, status, fields, body):
        """In the one form that errors have."""
        if status < 400:
            return
        self.assertEqual(fields["content-type"], "application/problem+json")
        problem = json.loads(body)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["detail"])

    def check(self, case):
        releases = self.releases
        want = Expectation("200 open") if case.alone.end == "open" else None
        got = self.talk([case.data], case.alone, case.bodiless)
        usual = 1 if "format=ndjson" in case.data.decode("latin-1") else 0
        self.assertEqual(got.count(SIGN), usual * releases, "alone")
        got = self.talk([case.data + INNOCENT], case.followed, case.bodiless)
        self.assertEqual(got.count(SIGN), (case.served + usual) * releases, "followed")
        for cut in case.cuts():
            got = self.talk([case.data[:cut], case.data[cut:] + INNOCENT], case.followed, case.bodiless)
            self.assertEqual(got.count(SIGN), (case.served + usual) * releases, f"cut at {cut}")
        if want is None:
            self.assertEqual(self.talk([INNOCENT], Expectation("200 open"), 0).count(SIGN), releases)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.releases = len(cls.daemon.json("/v1/releases")["releases"])

    def test_corpus(self):
        self.assertGreaterEqual(len(self.CASES), 60)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for case, future in [(case, pool.submit(self.check, case)) for case in self.CASES]:
                with self.subTest(case.name):
                    future.result()

    def test_byte_by_byte(self):
        """Whatever is short, in as many packets as it has bytes."""
        for name in ("chunks", "trailer", "te-folded", "chunk-end-bare-lf", "cl-te", "pipeline-post-get", "nul-line"):
            case = next(case for case in self.CASES if case.name == name)
            with self.subTest(name):
                pieces = [bytes([byte]) for byte in case.data + INNOCENT]
                got = self.talk(pieces, case.followed, case.bodiless)
                self.assertEqual(got.count(SIGN), case.served * self.releases)

    def test_refusals_are_counted(self):
        def refused():
            text = self.daemon.ask("/metrics")[2].decode()
            return int(re.search(r'svctagd_rejected_total\{reason="framing"\} (\d+)', text).group(1))

        before = refused()
        self.talk([b"GET /healthz HTTP/1.1\nHost: a\r\n\r\n"], Expectation("400 close"), 0)
        self.assertEqual(refused(), before + 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
