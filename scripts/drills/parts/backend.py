"""A backend for drills: answers every request at once with its own name. Run as a process of its own, so that it can be
killed and frozen.

    python3 backend.py PORT NAME
"""

import asyncio
import sys


class Answering(asyncio.Protocol):
    answer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.buffered = b""

    def data_received(self, data):
        self.buffered += data
        *heads, self.buffered = self.buffered.split(b"\r\n\r\n")
        if heads:
            self.transport.write(self.answer * len(heads))


async def serve(port, name):
    body = f"this is target {name}".ljust(127).encode() + b"\n"
    Answering.answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nX-Target: %s\r\n\r\n%s" % (len(body), name.encode(), body)
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
