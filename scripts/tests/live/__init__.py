"""What the scripts beside this folder share: Portico and its peers as processes of one test, on ports of their own.

A test derives from `Case`. Everything it starts ends with it.
"""

import contextlib
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("PORTICO", ROOT / ".build/debug/portico")).resolve()
sys.path.append(str(ROOT / "scripts"))

from shared import answers, free_port, program, self_signed, wait_until  # noqa: E402, F401
from shared.processes import cpu_seconds, resident_bytes, status_bytes  # noqa: E402, F401


def processes_of(path):
    """The numbers of those that run the program at a path, or what was there before it."""
    found = []
    for link in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.removesuffix(" (deleted)") == str(path):
            found.append(int(link.parent.name))
    return found


class MemoryWatch(contextlib.AbstractContextManager):
    """Samples the resident memory of a process; `growth` is the peak above what it was at the start."""

    def __init__(self, pid):
        self.pid = pid
        self.start = self.peak = resident_bytes(pid)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)

    def sample(self):
        while not self.done.wait(0.01):
            self.peak = max(self.peak, resident_bytes(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    @property
    def growth(self):
        return self.peak - self.start


class Pattern:
    """Bytes without an end that repeat only after a long while, to be compared by their hash."""

    block = hashlib.shake_256(b"portico").digest((1 << 20) - 37)

    @classmethod
    def pieces(cls, length):
        left = length
        while left > 0:
            piece = cls.block[: min(left, len(cls.block))]
            yield piece
            left -= len(piece)

    @classmethod
    def digest(cls, length):
        digest = hashlib.sha256()
        for piece in cls.pieces(length):
            digest.update(piece)
        return digest.hexdigest()


class Backend(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        # Clients that leave are what some tests are about.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "site").mkdir()
        (self.folder / "site/index.html").write_text("<!doctype html><p>hello\n")
        self.port, self.backend_port = free_port(), free_port()

    # Processes

    def launch(self, command, port=None):
        with open(self.folder / "said", "ab") as said:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=said, stderr=said)

        def end():
            if process.poll() is None:
                process.kill()
            process.wait(10)

        self.addCleanup(end)
        if port is not None:
            wait_until(lambda: process.poll() is not None or answers(port), 30, f"{command[0]} listens")
            self.assertIsNone(process.poll(), f"it ended instead of serving: {self.said()}")
        return process

    def said(self):
        return (self.folder / "said").read_text(errors="replace")

    def portico(self, routes=None, server="", logging="", extra="", wait=True):
        """Starts Portico with `/api/*` at the backend's port unless `routes` says otherwise."""
        config = self.configure(routes, server, logging, extra)
        return self.launch([BINARY, "serve", "--config", config], self.port if wait else None)

    def configure(self, routes=None, server="", logging="", extra=""):
        """Writes the configuration for that; says where it lies."""
        if routes is None:
            routes = f'[[proxy]]\npath = "/api/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\n'
        config = self.folder / "app_config.toml"
        config.write_text(f"""
[server]
host = "127.0.0.1"
port = {self.port}
shutdown_timeout = "5s"
{server}
[static]
directory = "./site"
{routes}
[logging]
directory = "./logs"
output_mode = "file"
{logging}
{extra}
""")
        return config

    def log(self):
        """All log files, one behind the other."""
        return "".join(path.read_text() for path in sorted((self.folder / "logs").glob("*.log")))

    def access_lines(self, count=1):
        """The access lines so far, once there are `count`."""

        def lines():
            entries = [json.loads(line) for line in self.log().splitlines()]
            return [entry for entry in entries if "status" in entry]

        wait_until(lambda: len(lines()) >= count, 30, f"{count} access lines")
        return lines()

    # A backend of Python's own

    def python_backend(self, handler):
        """Serves `handler`, a BaseHTTPRequestHandler, from a thread."""
        server = Backend(("127.0.0.1", self.backend_port), handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()

        def end():
            server.shutdown()
            server.server_close()
            thread.join(5)

        self.addCleanup(end)
        return server

    # Requests

    def ask(self, path="/", method="GET", body=None, port=None, **fields):
        """The status and the body of an answer, over a connection of its own; `User_Agent=` is a field's name."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def ask_unix(self, path):
        """The status of an answer over a Unix socket."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return int(client.recv(100).split()[1])

    def connect(self, timeout=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        self.addCleanup(connection.close)
        return connection


class Handler(http.server.BaseHTTPRequestHandler):
    """A quiet HTTP/1.1 handler that reads bodies of either framing and answers with or without a length."""

    protocol_version = "HTTP/1.1"
    # A head and a body written apart would otherwise wait for each other's acknowledgement.
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def body_pieces(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                left = size
                while left > 0:
                    piece = self.rfile.read(min(left, 1 << 16))
                    if not piece:
                        raise ConnectionError("cut")
                    left -= len(piece)
                    yield piece
                self.rfile.readline()
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            return
        left = int(self.headers.get("Content-Length", 0))
        while left > 0:
            piece = self.rfile.read(min(left, 1 << 16))
            if not piece:
                raise ConnectionError("cut")
            left -= len(piece)
            yield piece

    def answer(self, body, status=200, fields=()):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_in_chunks(self, pieces, fields=(), trailers=b""):
        self.send_response(200)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n" + trailers + b"\r\n")


class EchoHandler(Handler):
    """Tells what it received, and its body's hash, as JSON.

    `/bytes/N` sends N bytes, `/chunks/N` the same in chunks; `/trailers` sends a trailer behind its
    body; `/late/N` looks at the request's body after N seconds only.
    """

    def echo(self):
        if self.path.startswith("/late/"):
            time.sleep(float(self.path[6:]))
        digest, length = hashlib.sha256(), 0
        for piece in self.body_pieces():
            digest.update(piece)
            length += len(piece)
        told = {
            "method": self.command,
            "path": self.path,
            "fields": [[name, value] for name, value in self.headers.items()],
            "length": length,
            "sha256": digest.hexdigest(),
        }
        self.answer(json.dumps(told).encode(), fields=[("Content-Type", "application/json")])

    def do_GET(self):
        words = self.path.strip("/").split("/")
        if words[0] == "bytes":
            length = int(words[1])
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if self.command != "HEAD":
                for piece in Pattern.pieces(length):
                    self.wfile.write(piece)
        elif words[0] == "chunks":
            self.answer_in_chunks(Pattern.pieces(int(words[1])))
        elif words[0] == "trailers":
            self.answer_in_chunks([b"hello"], trailers=b"X-Sum: 7\r\n")
        else:
            self.echo()

    do_HEAD = do_GET
    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = echo
