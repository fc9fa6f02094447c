#!/usr/bin/env python3
"""No file handle left: 503 for what must be opened, what is in memory still answers, and all is well afterwards.

    PORTICO=.build/debug/portico python3 scripts/tests/static_descriptors.py
"""

import os
import resource
import socket
import time
import unittest

from live import Case, cpu_seconds, wait_until


class Descriptors(Case):
    def setUp(self):
        super().setUp()
        site = self.folder / "site"
        (site / "known.txt").write_text("known")
        for number in range(20):
            (site / f"new-{number}.txt").write_text(f"new {number}")
        (site / "large.bin").write_bytes(b"x" * 300_000)
        self.server = self.portico()

    def get(self, connection, path):
        connection.request("GET", path)
        response = connection.getresponse()
        return response, response.read()

    def exhaust(self):
        """Takes away every handle that is free, until the context ends."""
        pid = self.server.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
        free = next(number for number in range(1 << 20) if number not in used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[1]))
        return lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, before)

    def test_files_that_cannot_be_opened_are_503_until_they_can(self):
        connection = self.connect()
        self.assertEqual(self.get(connection, "/known.txt")[1], b"known")
        for _ in range(3):
            give_back = self.exhaust()
            for number in range(20):
                response, body = self.get(connection, f"/new-{number}.txt")
                self.assertEqual(response.status, 503, body)
                self.assertEqual(response.headers["Retry-After"], "1")
                self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertEqual(self.get(connection, "/large.bin")[0].status, 503)
            # Nothing has to be opened for what lies in memory.
            self.assertEqual(self.get(connection, "/known.txt")[1], b"known")
            give_back()
        for number in range(20):
            response, body = self.get(connection, f"/new-{number}.txt")
            self.assertEqual((response.status, body), (200, b"new %d" % number))
        self.assertEqual(len(self.get(connection, "/large.bin")[1]), 300_000)
        reasons = [line.get("reason") for line in self.access_lines(60) if line["status"] == 503]
        self.assertEqual(set(reasons), {"too_many_files"})

    def test_clients_that_come_meanwhile_are_answered_afterwards(self):
        connection = self.connect()
        self.get(connection, "/known.txt")
        give_back = self.exhaust()
        waiting = []
        for _ in range(5):
            client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            self.addCleanup(client.close)
            client.sendall(b"GET /known.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            waiting.append(client)
        began, used = time.monotonic(), cpu_seconds(self.server.pid)
        self.assertEqual(self.get(connection, "/known.txt")[1], b"known")
        wait_until(lambda: time.monotonic() - began > 1, 5, "a second of want")
        share = (cpu_seconds(self.server.pid) - used) / (time.monotonic() - began)
        self.assertLess(share, 0.5, "the listener spins")
        give_back()
        for client in waiting:
            answer = b""
            while piece := client.recv(65536):
                answer += piece
            self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer[:100])
        self.assertEqual(self.get(connection, "/known.txt")[1], b"known")


if __name__ == "__main__":
    unittest.main()
