#!/usr/bin/env python3
"""WebSocket frames of every kind, right and wrong, sent to a conforming echo server: directly and through Portico. What
comes back must be the same. A smaller sister of Autobahn's suite, which scripts/drills/autobahn runs where it can.

    PORTICO=.build/debug/portico python3 scripts/tests/websocket_conformance.py
"""

import concurrent.futures
import os
import socket
import struct
import threading
import unittest

import websockets.sync.server
from websockets.exceptions import ConnectionClosed

from live import Case, Pattern

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10

# How long the server waits for the answer to its Close before it ends the connection, and how long a client waits for
# anything at all, seconds. The second is far above the first: some cases end by the server's patience alone.
CLOSE_TIMEOUT, PATIENCE = 2, 30


def frame(opcode, payload=b"", fin=True, rsv=0, mask=b"\x12\x34\x56\x78", form=None):
    """One frame as a client sends it; `form` forces a longer form of the length, a mask of None leaves it out."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    masked = 0x80 if mask is not None else 0
    length = len(payload)
    if form == 8 or (form is None and length > 65_535):
        head = struct.pack("!BBQ", first, masked | 127, length)
    elif form == 2 or (form is None and length > 125):
        head = struct.pack("!BBH", first, masked | 126, length)
    else:
        head = struct.pack("!BB", first, masked | length)
    if mask is None:
        return head + payload
    key = (mask * (length // 4 + 1))[:length]
    mixed = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")
    return head + mask + mixed


def close(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


class Raw:
    """A connection past its handshake, of which everything that comes is noted."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            b"GET /api/socket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self.buffered = b""
        while b"\r\n\r\n" not in self.buffered:
            if not self.fill():
                raise AssertionError("no handshake")
        head, _, self.buffered = self.buffered.partition(b"\r\n\r\n")
        self.seen = [head.split(b"\r\n")[0].decode(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head]

    def fill(self):
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            piece = b""
        self.buffered += piece
        return bool(piece)

    def read(self, count):
        while len(self.buffered) < count:
            if not self.fill():
                return None
        taken, self.buffered = self.buffered[:count], self.buffered[count:]
        return taken

    def next(self):
        """Notes the next frame; false at the end of the stream."""
        head = self.read(2)
        if head is None:
            self.seen.append("end")
            return False
        length = head[1] & 0x7F
        if length > 125:
            length = int.from_bytes(self.read(2 if length == 126 else 8), "big")
        self.seen.append((head[0], bool(head[1] & 0x80), self.read(length)))
        return True

    def send(self, *pieces):
        for piece in pieces:
            try:
                self.socket.sendall(piece)
            except ConnectionError:
                return


CASES = {}


def case(name, *pieces, answers=0, half_close=False):
    """Sends the pieces, reads so many answers, then closes by the book unless the server closes first, and reads to the end."""

    def run(raw):
        sender = threading.Thread(target=raw.send, args=pieces, daemon=True)
        sender.start()
        for _ in range(answers):
            if not raw.next():
                return
        sender.join()
        if half_close:
            raw.socket.shutdown(socket.SHUT_WR)
        elif answers:
            raw.send(close(1000, b"done"))
        while raw.next():
            pass

    assert name not in CASES
    CASES[name] = run


def cases():
    for length in [0, 1, 125, 126, 127, 128, 1000, 65_535, 65_536, 65_537]:
        case(f"text of {length}", frame(TEXT, b"*" * length), answers=1)
        case(f"binary of {length}", frame(BINARY, b"\xfe" * length), answers=1)
    mebibyte = b"".join(Pattern.pieces(1 << 20))
    case("1 MiB", frame(BINARY, mebibyte), answers=1)
    case("1 MiB in pieces", *(frame(BINARY, mebibyte)[start : start + 997] for start in range(0, 1 << 20, 997)), answers=1)
    case("1 MiB in fragments", *(frame(BINARY if start == 0 else CONTINUATION, mebibyte[start : start + 4096], fin=start + 4096 == 1 << 20) for start in range(0, 1 << 20, 4096)), answers=1)
    case("ten at once", b"".join(frame(TEXT, b"%d" % number) for number in range(10)), answers=10)
    case("five kinds of mask", *(frame(TEXT, b"masked", mask=mask) for mask in [bytes(4), b"\xff" * 4, b"\x00\x00\x00\x01", b"\x80\0\0\0", os.urandom(4)]), answers=5)
    for form in [2, 8]:
        case(f"a length in {form} bytes that fits in fewer", frame(TEXT, b"short", form=form), answers=1)
    case("a length with the top bit", b"\x82\xff" + b"\xff" * 8 + bytes(4) + b"x")

    whole = frame(TEXT, "κόσμε".encode()) + frame(BINARY, b"\x00" * 300)
    case("byte by byte", *(whole[index : index + 1] for index in range(len(whole))), answers=2)
    case("two fragments", frame(TEXT, b"frag", fin=False), frame(CONTINUATION, b"ment"), answers=1)
    case("a hundred fragments", *(frame(TEXT if n == 0 else CONTINUATION, b"%d," % n, fin=n == 99) for n in range(100)), answers=1)
    case("empty fragments", frame(TEXT, fin=False), frame(CONTINUATION, fin=False), frame(CONTINUATION), answers=1)
    case("a ping within a message", frame(TEXT, b"a", fin=False), frame(PING, b"now"), frame(CONTINUATION, b"b"), answers=2)
    case("a pong within a message", frame(TEXT, b"a", fin=False), frame(PONG, b"now"), frame(CONTINUATION, b"b"), answers=1)
    case("a close within a message", frame(TEXT, b"a", fin=False), close(1000), frame(CONTINUATION, b"b"))
    case("a continuation of nothing", frame(CONTINUATION, b"x"))
    case("a message within a message", frame(TEXT, b"a", fin=False), frame(TEXT, b"b"))

    for length in [0, 1, 125]:
        case(f"ping of {length}", frame(PING, b"p" * length), answers=1)
    case("ping of 126", frame(PING, b"p" * 126))
    case("a ping in fragments", frame(PING, b"p", fin=False))
    case("an unasked pong", frame(PONG, b"x"), frame(TEXT, b"still here"), answers=1)
    case("a thousand pings", b"".join(frame(PING, b"%d" % number) for number in range(1000)), answers=1000)

    case("no mask", frame(TEXT, b"bare", mask=None))
    for rsv in [1, 2, 4, 7]:
        case(f"reserved bits {rsv}", frame(TEXT, b"x", rsv=rsv))
    for opcode in [3, 7, 11, 15]:
        case(f"opcode {opcode}", frame(opcode, b"x"))

    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]:
        case(f"close {code}", close(code, b"why"))
    for code in [0, 999, 1004, 1005, 1006, 1015, 1100, 2999, 5000, 65_535]:
        case(f"close {code}, which nobody may send", close(code))
    case("close without a code", frame(CLOSE))
    case("close with half a code", frame(CLOSE, b"\x03"))
    case("close with the longest reason", close(1000, b"r" * 123))
    case("close with too long a reason", close(1000, b"r" * 124))
    case("close with a reason that is not UTF-8", close(1000, b"\xce\xba\xff"))
    case("frames behind a close", close(1000), frame(TEXT, b"late"), frame(PING))
    case("close twice", close(1000), close(1001))

    for name, text in {"two bytes": "ß", "three bytes": "€", "four bytes": "😀", "a byte order mark": "\ufeff"}.items():
        case(f"UTF-8 of {name}", frame(TEXT, text.encode()), answers=1)
    case("UTF-8 cut between fragments", *(frame(TEXT if n == 0 else CONTINUATION, "😀".encode()[n : n + 1], fin=n == 3) for n in range(4)), answers=1)
    for name, text in {"cut": b"\xf0\x9f\x98", "a surrogate": b"\xed\xa0\x80", "overlong": b"\xc0\xaf", "too high": b"\xf4\x90\x80\x80", "a lone continuation": b"\x80"}.items():
        case(f"bad UTF-8, {name}", frame(TEXT, text))
    case("bad UTF-8 in the second fragment", frame(TEXT, b"good", fin=False), frame(CONTINUATION, b"\xff"))

    case("the end without a close", frame(TEXT, b"bye"), answers=1, half_close=True)
    case("the end within a frame", frame(BINARY, b"x" * 100)[:50], half_close=True)
    case("the end within a message", frame(TEXT, b"x", fin=False), half_close=True)
    case("a server that closes", frame(TEXT, b"leave"))
    case("a server that vanishes", frame(TEXT, b"vanish"))


def shown(seen):
    return [(part[0], len(part[2]), part[2][:40]) if isinstance(part, tuple) else part for part in seen]


class Conformance(Case):
    def setUp(self):
        super().setUp()

        def serve(socket):
            try:
                for message in socket:
                    if message == "leave":
                        socket.close(4001, "as you wish")
                    elif message == "vanish":
                        socket.socket.shutdown(2)
                    else:
                        socket.send(message)
            except (ConnectionClosed, OSError):
                pass

        server = websockets.sync.server.serve(serve, "127.0.0.1", self.backend_port, compression=None, max_size=1 << 24, close_timeout=CLOSE_TIMEOUT)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        self.addCleanup(server.shutdown)
        self.portico()

    def run_case(self, name, port):
        raw = Raw(port)
        try:
            CASES[name](raw)
        except TimeoutError:
            raw.seen.append("nothing more came")
        finally:
            raw.socket.close()
        return raw.seen

    def test_through_portico_all_is_as_it_is_directly(self):
        cases()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            jobs = {name: [pool.submit(self.run_case, name, port) for port in [self.backend_port, self.port]] for name in CASES}
            for name, (direct, through) in jobs.items():
                with self.subTest(name):
                    self.assertTrue(through.result() == direct.result(), f"{shown(through.result())}, directly {shown(direct.result())}")
                    self.assertEqual(direct.result()[0], "HTTP/1.1 101 Switching Protocols")
                    self.assertEqual(direct.result()[-1], "end", "the case comes to its end")
        print(f"{len(CASES)} cases")


if __name__ == "__main__":
    unittest.main()
