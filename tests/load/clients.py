"""Clients of the soak: what they ask, what they may be answered, and how some of them misbehave."""

import collections
import http.client
import random
import socket
import threading
import time

PATIENCE = 60
Request = collections.namedtuple("Request", "method target body headers expected")

TEXT = {"Content-Type": "text/plain"}
#: Too busy, or the database was being replaced: an answer as good as any, with Retry-After, where it is read.
LATER = 503
#: What is about the newest release, and read from the database, may come just when that has been taken out.
GONE = 404
OF_THE_NEWEST = ("/v1/diff", "/v1/feed.atom")


def good_requests(tags, addresses, refs):
    """Every route, GET and POST, in forms that differ. `refs` name releases that are always there."""
    tag, address = random.choice(tags), random.choice(addresses)
    ref, lines = random.choice(refs), "\n".join(random.choices(addresses, k=200))
    targets = [
        f"/v1/lookup?q={address}", f"/v1/lookup?q={address}&q=192.0.2.1&q=nonsense", f"/v1/lookup?q={address}&cloud=all",
        f"/v1/lookup?q={address}&at={ref}", f"/v1/check?q={address}&tag={tag}", "/v1/releases", "/v1/tags",
        f"/v1/tags?match={tag[:3]}*&at={ref}", f"/v1/tags/{tag}", f"/v1/tags/{tag}/prefixes?aggregate=true",
        "/v1/diff", f"/v1/diff?from={ref}&to=latest", f"/v1/history?q={address}", f"/v1/history?tag={tag}",
        f"/v1/history?tag={tag}&format=svg", f"/v1/drift?tag={tag}&frozen={ref}", "/v1/feed.atom", "/v1/plan",
        f"/v1/export?format={random.choice(('json', 'ndjson', 'text', 'csv', 'nginx', 'nftables', 'postgres'))}",
        "/v1/plan/site-recovery?source=eastus&target=westeurope", "/healthz", "/readyz", "/metrics", "/openapi.json", "/",
        f"/?q={address}",
    ]
    for target in targets:
        accept = random.choice(({}, {"Accept-Encoding": "gzip"}))
        expected = {200, LATER, GONE} if target.startswith(OF_THE_NEWEST) else {200, LATER}
        yield Request(random.choice(("GET", "GET", "GET", "HEAD")), target, None, accept, expected)
    for target, body, headers in (
            ("/v1/lookup", lines, {**TEXT, "Accept": "application/x-ndjson"}),
            ("/v1/lookup", '{"queries": ["%s", "192.0.2.1", "nonsense"]}' % address,
             {"Content-Type": "application/json"}),
            (f"/v1/lookup?at={ref}", lines, TEXT), ("/v1/drift", lines, TEXT), ("/v1/migrate", lines, TEXT),
            ("/v1/lint", lines, TEXT)):
        yield Request("POST", target, body, headers, {200, LATER})


def bad_requests():
    for method, target, status in (
            ("GET", "/nothing", 404), ("GET", "/v1/lookup", 400), ("GET", "/v1/lookup?q=010.0.0.1", 400),
            ("GET", "/v1/lookup?q=1.2.3.4&at=1999-01-01", 404), ("GET", "/v1/lookup?q=1.2.3.4%00", 400),
            ("GET", "/v1/tags/NoSuchTag", 404), ("GET", "/v1/check?q=1.2.3.4&tag=NoSuchTag", 404),
            ("GET", "/v1/tags?unknown=1", 400), ("GET", "/v1/plan/none", 404), ("PUT", "/v1/lookup", 405),
            ("DELETE", "/v1/releases", 405), ("POST", "/v1/tags", 405),
            ("GET", "/v1/lookup?" + "&".join(["q=1.1.1.1"] * 1500), 414)):
        yield Request(method, target, None, {}, {status})
    for body, headers, status in (("1.2.3.4", {"Content-Type": "image/png"}, 415),
                                  ('{"queries": [1]}', {"Content-Type": "application/json"}, 400),
                                  ("[" * 20000, {"Content-Type": "application/json"}, 400),
                                  ("1.2.3.4", {**TEXT, "Accept": "image/png"}, 406)):
        yield Request("POST", "/v1/lookup", body, headers, {status})


#: Not HTTP, or not what we would have: refused, and the connection closed.
RAW = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\n", b"A" * 70000,
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 60000 + b"\r\n\r\n",
    b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\nContent-Type: text/plain\r\n\r\n",
    b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: magic\r\n\r\n",
]


class Clients:
    """Threads that ask until told to stop. `pause` is how long each rests between two requests."""

    def __init__(self, port, catalogue, pause=0.005):
        self.port, self.catalogue, self.pause = port, catalogue, pause
        self.stop_now = threading.Event()
        self.lock = threading.Lock()
        self.counts, self.problems = collections.Counter(), []
        parts = [self.ask_well] * 3 + [self.ask_badly, self.send_rubbish, self.dribble, self.leave, self.read_slowly,
                                       self.idle]
        self.threads = [threading.Thread(target=self.guard, args=(part,)) for part in parts]
        for thread in self.threads:
            thread.start()

    def guard(self, part):
        while not self.stop_now.is_set():
            try:
                part()
            except Exception as problem:  # whatever it is: it is to be reported, and the others go on
                self.problem(f"{part.__name__}: {problem!r}")
                self.stop_now.wait(1)

    def problem(self, text):
        with self.lock:
            self.counts["problem"] += 1
            if text not in self.problems and len(self.problems) < 20:
                self.problems.append(text)

    def count(self, kind):
        with self.lock:
            self.counts[kind] += 1

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    # -------------------------------------------------------------- whole requests
    def ask(self, connection, request, kind):
        connection.request(request.method, request.target, request.body, request.headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in request.expected or (answer.status == LATER and not answer.headers["Retry-After"]):
            self.problem(f"{request.method} {request.target[:100]}: {answer.status} {body[:200]}")
        self.count("later" if kind == "good" and answer.status != 200 else kind)
        self.stop_now.wait(self.pause)

    def ask_all(self, requests, kind):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            for request in requests:
                if self.stop_now.is_set():
                    return
                self.ask(connection, request, kind)
        finally:
            connection.close()

    def ask_well(self):
        requests = list(good_requests(*self.catalogue))
        random.shuffle(requests)
        self.ask_all(requests, "good")

    def ask_badly(self):
        self.ask_all(bad_requests(), "bad")

    # ------------------------------------------------------------------ misbehaviour
    def send_rubbish(self):
        with self.connect() as s:
            try:
                s.sendall(random.choice(RAW))
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except OSError:
                pass  # closed before all was sent
        self.count("rubbish")
        self.stop_now.wait(0.1)

    def dribble(self):
        """A request that comes byte by byte, and never gets there."""
        began = time.monotonic()
        with self.connect() as s:
            s.settimeout(0.25)
            for byte in b"GET /healthz HTTP/1.1\r\nHost: " + b"a" * 1000:
                if self.stop_now.is_set():
                    return
                try:
                    s.sendall(bytes([byte]))
                    if s.recv(4096) == b"":
                        break
                except socket.timeout:
                    continue
                except OSError:
                    break
        if time.monotonic() - began > PATIENCE:
            self.problem("a request that never came to an end was waited for")
        self.count("dribbled")

    def leave(self):
        """In the middle of a body, or of an answer."""
        body = b"192.0.2.1\n" * 20000
        head = b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
        with self.connect() as s:
            try:
                s.sendall((head + body)[:random.choice((len(head), len(head) + 5000, len(head) + len(body)))])
                if random.random() < 0.5:
                    s.settimeout(0.2)
                    s.recv(1000)
            except OSError:
                pass
        self.count("left")
        self.stop_now.wait(0.2)

    def read_slowly(self):
        lines = 5000
        body = b"192.0.2.1\n" * lines
        with self.connect() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            s.sendall(b"POST /v1/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                      b"Accept: application/x-ndjson\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            got = 0
            while part := s.recv(16384):
                got += part.count(b"\n")
                if not self.stop_now.is_set():
                    time.sleep(0.02)
        if got < lines:
            self.problem(f"a slow reader got {got} lines of {lines}")
        self.count("read slowly")

    def idle(self):
        with self.connect():
            self.stop_now.wait(random.uniform(0, 10))
        self.count("idle")

    def stop(self):
        self.stop_now.set()
        for thread in self.threads:
            thread.join()
