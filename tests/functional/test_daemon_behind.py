#!/usr/bin/env python3
"""What stands behind a request that takes long, in the same packet, and the client's end: neither takes its answer away.

With one event thread and other connections that are idle: where there is only one connection libmicrohttpd does things
in another order.
"""

import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import ADDRESS, PATIENCE, SANITIZED, WithDaemon  # noqa: E402
from test_daemon_raw import Conversation, parse  # noqa: E402

DIFF = b"GET /v1/diff HTTP/1.1\r\nHost: a\r\n\r\n"  # a worker's
GET = b"GET /v1/lookup?q=192.0.2.1 HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
BAD = b"BAD\r\n\r\n"
READ_SIZE = 6144  # that the library reads at first
TIMES = 60  # the thread that looks for clients that have gone does so twice a second


def post(route, body):
    return b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % (route, len(body)) + body


class BehindTest(WithDaemon):
    def setUp(self):
        for i in range(3):
            idle = Conversation(self.daemon.port, 0)
            self.addCleanup(idle.socket.close)
            idle.send(GET)
            idle.read_answers(1)

    def ask(self, data, half=False):
        """-> the status of each answer until the end"""
        conversation = Conversation(self.daemon.port, 0)
        with conversation.socket:
            conversation.send(data)
            if half:
                conversation.socket.shutdown(socket.SHUT_WR)
            conversation.read_end()
        answers, rest = parse(conversation.data, 0)
        self.assertEqual(rest, b"")
        return [status for status, fields, body in answers]

    def test_refused_behind_a_good_one(self):
        for good in (GET, DIFF, GET + DIFF, post(b"/v1/lint", ADDRESS.encode() + b"\n")):
            want = [200] * (1 + (good == GET + DIFF)) + [400]
            for i in range(TIMES):
                self.assertEqual(self.ask(good + BAD), want, good[:40])

    def test_client_that_only_listens(self):
        for good, count in ((GET, 1), (DIFF, 1), (DIFF + GET + DIFF, 3)):
            for i in range(TIMES // 3):
                self.assertEqual(self.ask(good + LAST, half=True), [200] * (count + 1), good[:40])

    def test_cut_by_the_librarys_buffer(self):
        """A head of which the library has the beginning comes before what is prepared and comes meanwhile."""
        behind = GET.replace(b"192.0.2.1", b"192.0.2.2")
        cut = GET.replace(b"\r\n\r\n", b"\r\nX-Pad: " + 300 * b"k" + b"\r\n\r\n")
        for at in range(10, len(cut), 6 if not SANITIZED else 30):
            fill = READ_SIZE - at - len(DIFF)
            fillers = [GET.replace(b"\r\n\r\n", b"\r\nX: \r\n\r\n")] * 3
            pads = [fill // 3 - len(fillers[0]), fill // 3 - len(fillers[1]), fill - fill // 3 * 2 - len(fillers[2])]
            data = DIFF + b"".join(f.replace(b"X: ", b"X: " + b"f" * pad) for f, pad in zip(fillers, pads)) + cut
            conversation = Conversation(self.daemon.port, 0)
            with conversation.socket:
                conversation.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                conversation.send(data)
                time.sleep(0.003)
                conversation.send(behind)
                conversation.read_answers(6)
            answers, rest = parse(conversation.data, 0)
            self.assertEqual([b'"192.0.2.2"' in body for status, fields, body in answers], [False] * 5 + [True], at)

    def test_end_in_the_packet_of_a_request(self):
        """The connection ends soon, though the library is not told."""
        for asked in (0, 3):
            conversation = Conversation(self.daemon.port, 0)
            with conversation.socket as client:
                for _ in range(asked):
                    conversation.send(GET)
                    conversation.read_answers(1)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                conversation.send(GET)
                client.shutdown(socket.SHUT_WR)
                client.settimeout(30)  # half of what a connection may be idle
                conversation.read_end()
            self.assertEqual(len(parse(conversation.data, 0)[0]), 1 + asked)

    def test_good_ones_behind_a_worker(self):
        for i in range(TIMES // 3):
            self.assertEqual(self.ask(DIFF + GET * 200 + DIFF + LAST), [200] * 203)

    def test_many_behind_a_long_answer(self):
        """They wait in the socket, and the client's end behind them, while it is sent."""
        lines = 40000 if not SANITIZED else 10000
        body = (ADDRESS + "\n").encode() * lines
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", self.daemon.port))
            client.sendall(post(b"/v1/lookup", body) + GET * 600 + LAST)
            client.shutdown(socket.SHUT_WR)
            data = b""
            while part := client.recv(65536):
                data += part
                if len(data) < 4000000:  # slowly, so that somebody looks whether it has gone
                    time.sleep(0.01)
        self.assertEqual(data.count(b"HTTP/1.1 200 "), 602)


if __name__ == "__main__":
    unittest.main(verbosity=2)
