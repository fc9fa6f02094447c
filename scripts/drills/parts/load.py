"""An open load: so many GETs per second whatever becomes of them, each timed from the moment it was due. Written as lines
`due latency status` (seconds, status 0 for a broken connection) to standard output when it ends.

    python3 load.py PORT RATE SECONDS
"""

import asyncio
import resource
import sys
import time

REQUEST = b"GET /drill HTTP/1.1\r\nHost: drill\r\nUser-Agent: drill\r\n\r\n"
TICK = 0.002
PATIENCE = 10


class Connection(asyncio.Protocol):
    def __init__(self, load):
        self.load = load
        self.due = None
        self.buffered = b""

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, due):
        self.due = due
        self.transport.write(REQUEST)

    def data_received(self, data):
        self.buffered += data
        end = self.buffered.find(b"\r\n\r\n")
        if end < 0 or self.due is None:
            return
        head = self.buffered[:end].lower()
        at = head.find(b"content-length: ")
        length = int(head[at + 16 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffered) < end + 4 + length:
            return
        self.load.done(self, int(self.buffered[9:12]))
        self.buffered = self.buffered[end + 4 + length :]
        if b"connection: close" in head:
            self.transport.close()
        else:
            self.load.idle.append(self)

    def connection_lost(self, error):
        if self.due is not None:
            self.load.done(self, 0)
        elif self in self.load.idle:
            self.load.idle.remove(self)


class Load:
    def __init__(self, port):
        self.port = port
        self.idle = []
        self.results = []
        self.running = 0

    def done(self, connection, status):
        self.results.append((connection.due, time.monotonic() - connection.due, status))
        connection.due = None
        self.running -= 1

    async def ask_anew(self, due):
        try:
            _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(self), "127.0.0.1", self.port)
            connection.ask(due)
        except OSError:
            self.results.append((due, time.monotonic() - due, 0))
            self.running -= 1

    async def run(self, rate, seconds):
        began = time.monotonic()
        count, tasks = 0, set()
        while (now := time.monotonic()) < began + seconds:
            while count < (now - began) * rate:
                due = began + count / rate
                count += 1
                self.running += 1
                if self.idle:
                    self.idle.pop().ask(due)
                else:
                    task = asyncio.ensure_future(self.ask_anew(due))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            await asyncio.sleep(TICK)
        end = time.monotonic() + PATIENCE
        while self.running and time.monotonic() < end:
            await asyncio.sleep(0.05)
        for _ in range(self.running):
            self.results.append((end - PATIENCE, PATIENCE, 0))


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    load = Load(int(sys.argv[1]))
    asyncio.run(load.run(float(sys.argv[2]), float(sys.argv[3])))
    sys.stdout.writelines(f"{due:.4f} {latency:.5f} {status}\n" for due, latency, status in sorted(load.results))
