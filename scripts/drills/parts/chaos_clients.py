"""The clients of the chaos drill: each does one thing after another, politely or not, slowly or at once. Every request
carries its number of the ledger."""

import asyncio
import random
import socket
import struct

from .ledger import PREFIX


class Clients:
    def __init__(self, port, ledger):
        self.port = port
        self.ledger = ledger
        self.stopping = False

    async def run(self, count, seconds):
        self.stopping = False
        workers = [asyncio.ensure_future(self.work()) for _ in range(count)]
        await asyncio.sleep(seconds)
        self.stopping = True
        await asyncio.wait(workers, timeout=60)
        for worker in workers:
            if worker.done():
                worker.result()
            else:
                worker.cancel()
                self.ledger.note("client stuck")

    async def work(self):
        kinds = [self.polite] * 6 + [self.upload] * 2 + [self.aborted] * 2 + [self.socket] * 2
        kinds += [self.aborted_upload, self.pipelined, self.slow_reader, self.slow_sender, self.half_a_head]
        while not self.stopping:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                self.ledger.note("not connected")
                await asyncio.sleep(0.05)
                continue
            try:
                await random.choice(kinds)(reader, writer)
            except (OSError, EOFError, asyncio.IncompleteReadError):
                self.ledger.note("connection broke")
            finally:
                writer.close()

    # Pieces of HTTP

    def head(self, writer, method, kind, fields=""):
        number = self.ledger.number()
        writer.write(f"{method} /{kind} HTTP/1.1\r\nHost: chaos\r\nX-Request-ID: {PREFIX}{number}\r\n{fields}\r\n".encode())
        return number

    async def answer_head(self, reader, number):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        self.ledger.answered(number, int(head.split()[1]))
        return head

    async def answer(self, reader, number):
        """Whether another request may follow."""
        head = await self.answer_head(reader, number)
        if "transfer-encoding: chunked" in head:
            while size := int((await reader.readline()).strip() or b"0", 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        elif "content-length: " in head:
            await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        return "connection: close" not in head

    def leave(self, writer, unanswered=None):
        """By closing, or by a reset: that takes what the server has not read yet with it."""
        if random.random() < 0.5:
            if unanswered:
                self.ledger.unsure.add(unanswered)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        self.ledger.note("left")

    # What they do

    async def polite(self, reader, writer):
        for _ in range(random.randint(1, 20)):
            number = self.head(writer, "GET", random.choice(["small", "small", "small", "slow", "stream", "break"]))
            if not await self.answer(reader, number) or self.stopping:
                return

    async def pipelined(self, reader, writer):
        waiting = [self.head(writer, "GET", "small") for _ in range(random.randint(2, 8))]
        while waiting:
            # If the connection ends at this one, those behind it may not have been read.
            behind = set(waiting[1:])
            self.ledger.unsure |= behind
            if not await self.answer(reader, waiting.pop(0)):
                break
            self.ledger.unsure -= behind
        if waiting:
            self.ledger.note("pipeline closed early")

    async def upload(self, reader, writer):
        length = random.choice([10, 10_000, 300_000])
        number = self.head(writer, "POST", "upload", f"Content-Length: {length}\r\n")
        writer.write(b"u" * length)
        await self.answer(reader, number)

    async def aborted(self, reader, writer):
        number = self.head(writer, "GET", random.choice(["slow", "stream", "large"]))
        await asyncio.sleep(random.uniform(0.1, 0.3))
        self.leave(writer, number)

    async def aborted_upload(self, reader, writer):
        number = self.head(writer, "POST", "upload", "Transfer-Encoding: chunked\r\n")
        writer.write(b"5\r\nhello\r\n")
        await asyncio.sleep(random.uniform(0.1, 0.3))
        self.leave(writer, number)

    async def slow_reader(self, reader, writer):
        """Takes a while for the first part of a large body; then leaves, or takes the rest at once."""
        number = self.head(writer, "GET", "large")
        head = await self.answer_head(reader, number)
        left = int(head.split("content-length: ")[1].split("\r\n")[0])
        for _ in range(random.randint(5, 40)):
            piece = await reader.read(min(left, 16_384))
            left -= len(piece)
            if not piece or left == 0:
                return
            await asyncio.sleep(random.uniform(0.01, 0.1))
        if random.random() < 0.5:
            return self.leave(writer)
        await reader.readexactly(left)
        self.ledger.note("slow body whole")

    async def slow_sender(self, reader, writer):
        count = random.randint(5, 30)
        number = self.head(writer, "POST", "upload", f"Content-Length: {count * 500}\r\n")
        for _ in range(count):
            writer.write(b"s" * 500)
            await writer.drain()
            await asyncio.sleep(random.uniform(0.01, 0.08))
        await self.answer(reader, number)

    async def half_a_head(self, reader, writer):
        """No request: it has no number, and needs no line."""
        writer.write(b"GET /small HTTP/1.1\r\nHost: cha")
        await asyncio.sleep(random.uniform(0.05, 0.3))
        self.leave(writer)

    async def socket(self, reader, writer):
        fields = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        number = self.head(writer, "GET", "socket", fields)
        head = await self.answer_head(reader, number)
        if " 101 " not in head[:16]:
            return
        for _ in range(random.randint(1, 20)):
            payload = b"w" * random.choice([1, 100, 1000])
            length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
            writer.write(b"\x82" + length + bytes(4) + payload)
            await reader.readexactly(len(payload) + (2 if len(payload) < 126 else 4))
            await asyncio.sleep(random.uniform(0, 0.05))
        if random.random() < 0.7:
            writer.write(b"\x88\x82" + bytes(4) + b"\x03\xe8")
            await reader.readexactly(4)
            self.ledger.note("socket closed")
        else:
            self.leave(writer)
