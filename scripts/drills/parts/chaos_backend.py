"""A backend for the chaos drill: small answers, slow ones, large ones, streams, uploads, WebSockets, and connections that it breaks.

    python3 chaos_backend.py PORT
"""

import asyncio
import base64
import hashlib
import sys

PIECE = b"x" * 8192
# So many pieces are more than all buffers on the way hold.
LARGE = 1024


async def read_body(reader, fields):
    if fields.get("transfer-encoding") == "chunked":
        length = 0
        while size := int((await reader.readline()).strip() or b"0", 16):
            length += len(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return length
    left = length = int(fields.get("content-length", 0))
    while left > 0:
        left -= len(await reader.readexactly(min(left, 65_536)))
    return length


async def socket(reader, writer, fields):
    accept = base64.b64encode(hashlib.sha1((fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n" % accept)
    while True:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        mask = await reader.readexactly(4)
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(await reader.readexactly(length)))
        head = bytes([first, length]) if length < 126 else bytes([first, 126]) + length.to_bytes(2, "big")
        writer.write(head + payload)
        await writer.drain()
        if first & 0x0F == 8:
            return


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *rest = head.split("\r\n")
            fields = {name.lower(): value.strip().lower() if name.lower() != "sec-websocket-key" else value.strip() for name, _, value in (text.partition(":") for text in rest if text)}
            kind = line.split()[1].split("?")[0].rsplit("/", 1)[-1]
            if kind == "socket" and "upgrade" in fields:
                await socket(reader, writer, fields)
                break
            length = await read_body(reader, fields)
            if kind == "slow":
                await asyncio.sleep(0.3)
            if kind == "break":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ncut")
                break
            if kind == "stream":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in range(40):
                    writer.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
                    await writer.drain()
                    await asyncio.sleep(0.01)
                writer.write(b"0\r\n\r\n")
            elif kind == "large":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * LARGE))
                for _ in range(LARGE):
                    writer.write(PIECE)
                    await writer.drain()
            else:
                body = b"%d bytes\n" % length
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
    except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


asyncio.run(main())
