"""One request over one connection, as bytes, and what came of it. Nothing here is lenient: a body that ends early is `cut`."""

import gzip
import re
import socket
import zlib

from .beat import BEAT


class Answer:
    def __init__(self, status, reason, fields, body, whole):
        self.status, self.reason, self.fields, self.body, self.whole = status, reason, fields, body, whole
        self.seconds = 0.0
        # The server neither sent on nor closed.
        self.stalled = False

    def all(self, name):
        return [value for known, value in self.fields if known.lower() == name.lower()]

    def __getitem__(self, name):
        return ", ".join(self.all(name)) or None

    @property
    def coding(self):
        return self["Content-Encoding"] or "identity"

    @property
    def kind(self):
        return (self["Content-Type"] or "").split(";")[0].strip().lower()

    def plain(self):
        """The body without its coding; None where that is one Python cannot undo."""
        if self.coding == "identity":
            return self.body
        return gzip.decompress(self.body) if self.coding == "gzip" else None

    def varies(self, name="accept-encoding"):
        return name in [part.strip().lower() for part in (self["Vary"] or "").split(",")]


class Wire:
    def __init__(self, port, timeout=5):
        self.port, self.timeout = port, timeout

    def get(self, target, **fields):
        return self.ask("GET", target, **fields)

    def head(self, target, **fields):
        return self.ask("HEAD", target, **fields)

    def ask(self, method, target, **fields):
        """`Accept_Encoding="gzip"` is the field Accept-Encoding."""
        began = BEAT.now()
        with socket.create_connection(("127.0.0.1", self.port), self.timeout) as connection:
            connection.sendall(request(method, target, fields))
            stream = connection.makefile("rb")
            answer = read_answer(stream, method)
        answer.seconds = BEAT.now() - began
        return answer


def request(method, target, fields):
    lines = [f"{method} {target} HTTP/1.1", "Host: site.test", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def read_answer(stream, method):
    status, reason, fields = read_head(stream)
    answer = Answer(status, reason, fields, b"", True)
    try:
        answer.body, answer.whole = read_body(stream, answer, method)
    except (TimeoutError, ConnectionError, ValueError) as error:
        answer.whole = False
        answer.stalled = isinstance(error, TimeoutError)
    return answer


def read_head(stream):
    first = stream.readline().decode("latin-1").rstrip()
    if not (found := re.fullmatch(r"HTTP/1\.1 (\d{3}) ?(.*)", first)):
        raise ConnectionError(f"no answer but {first!r}")
    fields = []
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        fields.append((name, value.strip()))
    return int(found[1]), found[2], fields


def read_body(stream, answer, method):
    if method == "HEAD" or answer.status in (204, 304):
        rest = stream.read()
        return rest, not rest
    if (answer["Transfer-Encoding"] or "").lower() == "chunked":
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        return body, stream.readline() == b"\r\n"
    if length := answer["Content-Length"]:
        body = stream.read(int(length))
        return body, len(body) == int(length)
    return stream.read(), True


def parts(answer):
    """The parts of a multipart/byteranges body as (Content-Range, Content-Type, bytes); None where it is not well formed."""
    found = re.search(r'boundary="?([^";]+)"?', answer["Content-Type"] or "")
    if answer.kind != "multipart/byteranges" or not found:
        return None
    pieces = (b"\r\n" + answer.body).split(b"\r\n--" + found[1].encode())
    if len(pieces) < 3 or pieces[0].strip() or not pieces[-1].startswith(b"--"):
        return None
    told = []
    for piece in pieces[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.decode().split("\r\n"))}
        told.append((fields.get("content-range"), fields.get("content-type"), body))
    return told


def gzipped(body):
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(body) + packer.flush()
