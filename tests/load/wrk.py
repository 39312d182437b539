"""wrk asking with all its might, and what it was answered."""

import collections
import os
import shutil
import signal
import subprocess

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrk.lua")
CONNECTIONS = 64
PATIENCE = 120
Answer = collections.namedtuple("Answer", "status count etag body")


def available():
    return shutil.which("wrk") is not None


def message(port, method, target, headers, body):
    """-> the bytes of a request"""
    body = (body or "").encode()
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode() + body


class Wrk:
    """Asks until it is stopped."""

    def __init__(self, port, folder, asked):
        """@param asked: (method, target, headers, body) of each request; all in turn"""
        self.results, requests = (os.path.join(folder, name) for name in ("answers", "asked"))
        with open(requests, "w", encoding="ascii") as file:
            file.writelines(message(port, *request).hex() + "\n" for request in asked)
        # Longer than any test takes: stop() ends it.
        self.process = subprocess.Popen(
            ["wrk", "-t1", f"-c{CONNECTIONS}", "-d3600s", f"--timeout={PATIENCE}s", "-s", SCRIPT,
             f"http://127.0.0.1:{port}", "--", self.results, requests],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self):
        """-> requests answered, errors of connections by kind, the different answers, 99 % of the latencies in ms"""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=PATIENCE)
        if self.process.returncode != 0 or not os.path.exists(self.results):
            raise AssertionError(said.decode())
        with open(self.results, encoding="ascii") as file:
            requests, *errors, p99 = map(int, file.readline().split())
            answers = []
            for line in file:
                count, status, etag, body = line.split(" ")
                answers.append(Answer(int(status), int(count), etag, bytes.fromhex(body)))
        return requests, dict(zip(("connect", "read", "write", "timeout", "lost"), errors)), answers, p99 / 1000
