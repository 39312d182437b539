"""A local HTTPS server that does whatever a test tells it to, and a certificate authority of its own.

Everything is made when the tests run, with Python's ssl and the openssl command.
"""

import contextlib
import os
import select
import socket
import ssl
import subprocess
import threading

REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}


PATIENCE = 120  # seconds, for what takes no time unless the machine is very busy


class Authority:
    """A certificate authority in a folder, and the certificates that it signed."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = self.path("ca.pem")
        with open(self.path("empty.cnf"), "w", encoding="utf-8") as file:
            file.write("[req]\ndistinguished_name=dn\n[dn]\n")
        self.openssl("req", "-config", self.path("empty.cnf"), "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=svctag test authority",
                     "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
                     "-keyout", self.path("ca.key"), "-out", self.ca)

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)

    def certificate(self, name, alternatives, expired=False):
        """The file of a key and a certificate for these names."""
        key, request, file = self.path(name + ".key"), self.path(name + ".csr"), self.path(name + ".pem")
        self.openssl("req", "-config", self.path("empty.cnf"), "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-subj", "/CN=" + name, "-keyout", key, "-out", request)
        with open(self.path(name + ".cnf"), "w", encoding="utf-8") as config:
            config.write("[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=%s\ndatabase=%s\nserial=%s\n"
                         "default_md=sha256\npolicy=any\nx509_extensions=server\nunique_subject=no\n"
                         "[any]\ncommonName=supplied\n[server]\nsubjectAltName=%s\n"
                         "extendedKeyUsage=serverAuth\n"
                         % (self.folder, self.path(name + ".index"), self.path(name + ".serial"), alternatives))
        with open(self.path(name + ".index"), "w", encoding="utf-8"):
            pass
        self.openssl("ca", "-batch", "-config", self.path(name + ".cnf"), "-cert", self.ca, "-keyfile",
                     self.path("ca.key"), "-rand_serial", "-in", request, "-out", file, "-notext",
                     "-startdate", "20200101000000Z", "-enddate", "20200201000000Z" if expired else "20491231235959Z")
        with open(key, encoding="utf-8") as source, open(file, "a", encoding="utf-8") as target:
            target.write(source.read())
        return file


class Request:
    def __init__(self, text):
        lines = text.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.path = self.target.split("?")[0]
        self.headers = {}
        for line in lines[1:]:
            if line:
                name, value = line.split(":", 1)
                self.headers[name.strip().lower()] = value.strip()


def reply(connection, status, body=b"", headers=()):
    """One whole answer."""
    lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "?")), "Connection: close"]
    if not any(h.lower().startswith("content-length:") for h in headers) and status != 304:
        lines.append("Content-Length: %d" % len(body))
    connection.sendall("\r\n".join([*lines, *headers, "", ""]).encode() + body)


class Server:
    """Answers by path: handlers[path] is called with the connection and the request.

    A list of handlers is for one request after the other; the last one stays.
    """

    def __init__(self, certificate=None):
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.handlers = {}
        self.requests = []
        self.connections = 0
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def url(self, path="", host="127.0.0.1"):
        return "%s://%s:%d%s" % ("https" if self.context else "http", host, self.port, path)

    def close(self):
        """Nobody is accepted after this: closing alone would leave the port open to whom accept() waits for."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.listener.close()

    def clear(self):
        self.handlers.clear()
        self.requests.clear()
        self.connections = 0

    def paths(self):
        return [request.path for request in self.requests]

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(PATIENCE)
        # Clients that go away in the middle are what is tested.
        with contextlib.suppress(OSError, ValueError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                text = b""
                while b"\r\n\r\n" not in text:
                    data = connection.recv(65536)
                    if not data:
                        return
                    text += data
                request = Request(text.split(b"\r\n\r\n")[0])
                self.requests.append(request)
                self.handler(request)(connection, request)
                if self.context:
                    connection.unwrap()

    def handler(self, request):
        if request.method == "CONNECT":
            return tunnel
        handler = self.handlers.get(request.path)
        if isinstance(handler, list):
            handler = handler.pop(0) if len(handler) > 1 else handler[0]
        return handler or (lambda connection, _: reply(connection, 404, b"not here"))


def tunnel(connection, request):
    """What a proxy does with CONNECT."""
    host, port = request.target.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as other:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ends = {connection: other, other: connection}
        while True:
            for end in select.select(list(ends), [], [], 10)[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)
