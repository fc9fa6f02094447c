"""The clients of the chaos drill: each does one thing after another, politely or not. Every request carries a number, which
its access line must show exactly once."""

import asyncio
import random
import socket
import struct


class Clients:
    def __init__(self, port):
        self.port = port
        self.sent = 0
        self.outcomes = {}
        self.stopping = False

    def number(self):
        self.sent += 1
        return self.sent

    def note(self, outcome):
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    async def run(self, count, seconds):
        workers = [asyncio.ensure_future(self.work()) for _ in range(count)]
        await asyncio.sleep(seconds)
        self.stopping = True
        await asyncio.wait(workers, timeout=30)
        for worker in workers:
            if worker.done():
                worker.result()
            else:
                worker.cancel()
                self.note("client stuck")

    async def work(self):
        kinds = [self.polite] * 6 + [self.upload, self.upload, self.aborted, self.aborted, self.aborted_upload, self.socket, self.socket, self.pipelined]
        while not self.stopping:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                await random.choice(kinds)(reader, writer)
            except (OSError, EOFError, asyncio.IncompleteReadError):
                self.note("connection broke")
            finally:
                writer.close()

    def get(self, writer, kind, fields=""):
        writer.write(f"GET /{kind}?n={self.number()} HTTP/1.1\r\nHost: chaos\r\n{fields}\r\n".encode())

    async def answer(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split()[1])
        if "transfer-encoding: chunked" in head:
            while size := int((await reader.readline()).strip() or b"0", 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        elif "content-length: " in head:
            await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        self.note(f"status {status}")
        return "connection: close" not in head

    async def polite(self, reader, writer):
        for _ in range(random.randint(1, 20)):
            self.get(writer, random.choice(["small", "small", "small", "slow", "stream", "break"]))
            if not await self.answer(reader):
                return

    async def pipelined(self, reader, writer):
        count = random.randint(2, 8)
        for _ in range(count):
            self.get(writer, "small")
        for _ in range(count):
            if not await self.answer(reader):
                # What stood behind it was not read.
                return self.note("pipeline closed early")

    async def upload(self, reader, writer):
        length = random.choice([10, 10_000, 300_000])
        writer.write(f"POST /upload?n={self.number()} HTTP/1.1\r\nHost: chaos\r\nContent-Length: {length}\r\n\r\n".encode())
        writer.write(b"u" * length)
        await self.answer(reader)

    async def aborted(self, reader, writer):
        self.get(writer, random.choice(["slow", "stream"]))
        await asyncio.sleep(random.uniform(0.1, 0.3))
        self.leave(writer)

    async def aborted_upload(self, reader, writer):
        writer.write(f"POST /upload?n={self.number()} HTTP/1.1\r\nHost: chaos\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".encode())
        await asyncio.sleep(random.uniform(0.1, 0.3))
        self.leave(writer)

    def leave(self, writer):
        if random.random() < 0.5:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        self.note("left")

    async def socket(self, reader, writer):
        self.get(writer, "socket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head[:16]:
            return self.note(f"socket refused with {head[9:12].decode()}")
        for _ in range(random.randint(1, 20)):
            payload = b"w" * random.choice([1, 100, 1000])
            length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
            writer.write(b"\x82" + length + bytes(4) + payload)
            await reader.readexactly(len(payload) + (2 if len(payload) < 126 else 4))
            await asyncio.sleep(random.uniform(0, 0.05))
        if random.random() < 0.7:
            writer.write(b"\x88\x82" + bytes(4) + b"\x03\xe8")
            await reader.readexactly(4)
            self.note("socket closed")
        else:
            self.leave(writer)
