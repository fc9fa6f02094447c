#!/usr/bin/env python3
"""A backend that closes idle connections without saying so, and requests that come just then: none may be lost, none doubled.

    PORTICO=.build/debug/portico python3 scripts/tests/keepalive_race.py

Node closes after 5 s; here it is 50 ms, so that 36 seconds meet as many closings as an hour does there: RACE_SECONDS=36 is that
hour, for each method. The default is 6.
"""

import asyncio
import contextlib
import http.client
import os
import random
import socket
import struct
import threading
import time
import unittest

from live import Case

PATIENCE = 0.05
SECONDS = float(os.environ.get("RACE_SECONDS", "6"))


class Impatient(asyncio.Protocol):
    """Answers `GET` and `POST`, counts them, and closes what has been idle for `PATIENCE`."""

    seen = []
    connections = 0

    def connection_made(self, transport):
        Impatient.connections += 1
        self.transport, self.buffered, self.timer = transport, b"", None
        self.rest()

    def rest(self):
        self.timer = asyncio.get_running_loop().call_later(PATIENCE, self.transport.close)

    def connection_lost(self, _):
        if self.timer:
            self.timer.cancel()

    def data_received(self, piece):
        self.timer.cancel()
        self.buffered += piece
        while b"\r\n\r\n" in self.buffered:
            head, _, rest = self.buffered.partition(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if len(rest) < length:
                break
            Impatient.seen.append(head.split(b" ")[1])
            self.buffered = rest[length:]
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.rest()


class Resetting(threading.Thread):
    """Answers the first request of each connection; reads the second one, too, and resets the connection instead of an answer."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.listener, self.seen = socket.create_server(("127.0.0.1", port)), []
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                self.serve(self.listener.accept()[0])

    def serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            self.read(lines)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            self.read(lines)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def read(self, lines):
        self.seen.append(lines.readline())
        fields = http.client.parse_headers(lines)
        lines.read(int(fields.get("Content-Length", 0)))


class ReadAndReset(Case):
    def test_what_the_backend_may_have_read_is_not_sent_twice(self):
        backend = Resetting(self.backend_port)
        self.addCleanup(backend.listener.close)
        self.portico()
        connection = self.connect()
        for method in ["POST", "PATCH"]:
            for body in [None, b"", b"x" * 20]:
                for turn in range(10):
                    name = f"{method}-{0 if body is None else len(body) + 1}-{turn}"
                    for path, status in [(f"/api/first-{name}", 200), (f"/api/second-{name}", 502)]:
                        connection.request(method, path, body=body)
                        response = connection.getresponse()
                        response.read()
                        self.assertEqual(response.status, status, path)
        self.assertEqual(sorted(backend.seen), sorted(set(backend.seen)), "each arrived once")


class KeepAliveRace(Case):
    def setUp(self):
        super().setUp()
        Impatient.seen, Impatient.connections = [], 0
        loop = asyncio.new_event_loop()
        started = threading.Event()

        async def serve():
            await loop.create_server(Impatient, "127.0.0.1", self.backend_port, backlog=512)
            started.set()

        def run():
            asyncio.set_event_loop(loop)
            loop.run_until_complete(serve())
            loop.run_forever()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        started.wait(5)

        def end():
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)

        self.addCleanup(end)

    def race(self, method, clients=24):
        """Every client asks, pauses about as long as the backend's patience, and asks again."""
        statuses, sent, lock = {}, [], threading.Lock()
        end = time.monotonic() + SECONDS

        def run(client):
            connection, turn, mine = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10), 0, {}
            while time.monotonic() < end:
                path = f"/api/{method}/{client}/{turn}"
                connection.request(method, path, body=b"x" * 20 if method == "POST" else None)
                response = connection.getresponse()
                response.read()
                mine[response.status] = mine.get(response.status, 0) + 1
                with lock:
                    sent.append(path)
                turn += 1
                time.sleep(random.uniform(PATIENCE * 0.6, PATIENCE * 1.4))
            connection.close()
            with lock:
                for status, count in mine.items():
                    statuses[status] = statuses.get(status, 0) + count

        threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statuses, sent

    def test_no_request_is_lost_whatever_its_method(self):
        self.portico()
        for method in ["GET", "POST"]:
            Impatient.seen = []
            statuses, sent = self.race(method)
            lost = [line for line in self.access_lines() if line["status"] != 200]
            self.assertEqual(set(statuses), {200}, (method, statuses, lost[:3]))
            print(f"{method}: {len(sent)} requests, {Impatient.connections} connections so far, {statuses}", flush=True)
            self.assertGreater(len(sent), 300)
            if method == "POST":
                self.assertEqual(len(Impatient.seen), len(sent), "each arrived once")
        self.assertGreater(Impatient.connections, 100, "the backend did close")

    def test_a_shorter_patience_of_our_own_keeps_connections_in_use(self):
        """As the default of 4 s stands to Node's 5 s."""
        global PATIENCE
        patience, PATIENCE = PATIENCE, 2.0
        try:
            self.portico('[[proxy]]\npath = "/api/*"\ntarget = "http://127.0.0.1:%d"\npool = { idle_timeout = "1s" }\n' % self.backend_port)
            connection = self.connect()
            for _ in range(100):
                connection.request("POST", "/api/x", body=b"x")
                response = connection.getresponse()
                self.assertEqual((response.status, response.read()), (200, b"ok"))
                time.sleep(0.01)
            self.assertLessEqual(Impatient.connections, 3)
        finally:
            PATIENCE = patience


if __name__ == "__main__":
    unittest.main()
