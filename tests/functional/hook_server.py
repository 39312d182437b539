"""A web hook's receiver, and a place to fetch from: an HTTPS server that keeps what is posted to it."""

import contextlib
import hashlib
import hmac
import json
import threading

from https_server import PATIENCE, Request, Server, reply


class Post:
    """What one hook was told."""

    def __init__(self, request, body):
        self.path, self.headers, self.body = request.path, request.headers, body
        self.document = json.loads(body)

    @property
    def delivery(self):
        return self.headers["x-svctag-delivery"]

    @property
    def pair(self):
        """The ids of the two releases."""
        return self.document["diff"]["from"]["id"], self.document["diff"]["to"]["id"]

    def signature(self, secret):
        return "sha256=" + hmac.new(secret, self.body, hashlib.sha256).hexdigest()


class HookServer(Server):
    """GET as its base; a POST is kept, and answered with the next status of statuses[path], or 204."""

    def __init__(self, certificate=None):
        self.posts = []
        self.statuses = {}
        self.lock = threading.Lock()
        super().__init__(certificate)

    def clear(self):
        super().clear()
        self.posts.clear()
        self.statuses.clear()

    def serve(self, connection):
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError, ValueError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                self.converse(connection)
                if self.context:
                    connection.unwrap()

    def converse(self, connection):
        text = b""
        while b"\r\n\r\n" not in text:
            data = connection.recv(65536)
            if not data:
                return
            text += data
        head, body = text.split(b"\r\n\r\n", 1)
        request = Request(head)
        self.requests.append(request)
        if request.method != "POST":
            self.handler(request)(connection, request)
            return
        if request.headers.get("expect"):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < int(request.headers["content-length"]):
            data = connection.recv(1 << 20)
            if not data:
                return
            body += data
        self.take(connection, Post(request, body))

    def take(self, connection, post):
        """Kept only if it is answered well: what was refused was not heard."""
        with self.lock:
            statuses = self.statuses.get(post.path)
            status = statuses.pop(0) if statuses else 204
            if status < 300:
                self.posts.append(post)
        reply(connection, status)

    def told(self, path):
        return [post for post in self.posts if post.path == path]
