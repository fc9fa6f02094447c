#!/usr/bin/env python3
"""`memory_limit` of a running process: it stays below, whatever comes, and takes all in again when the need is over.

    PORTICO=.build/debug/portico python3 scripts/tests/memory_limit.py
"""

import http.client
import json
import os
import signal
import socket
import threading
import time
import unittest

from live import Case, resident_bytes, wait_until

MIB = 1 << 20
FILES, SIZE = 1000, 48 << 10


class MemoryLimit(Case):
    def setUp(self):
        super().setUp()
        for number in range(FILES):
            (self.folder / f"site/{number}.bin").write_bytes(os.urandom(SIZE))
        self.portico_process = self.portico(routes="", server='max_header_size = "64KiB"\nheader_timeout = "2m"')
        self.most = 0
        self.ended = threading.Event()

    def limit(self, room):
        """So much more than it has now, from now on."""
        self.ceiling = resident_bytes(self.portico_process.pid) + room
        path = self.folder / "app_config.toml"
        path.write_text(path.read_text().replace("[static]", f'memory_limit = {self.ceiling}\n[static]\ncache_size = "256MiB"'))
        self.portico_process.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in self.log(), 30, "the limit holds")

        def watch():
            while not self.ended.is_set():
                self.most = max(self.most, resident_bytes(self.portico_process.pid))
                time.sleep(0.01)

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        self.addCleanup(lambda: (self.ended.set(), watching.join(10)))

    def get(self, path="/"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    def test_caches_shrink_first(self):
        # Half of what the files would take, all of which the cache may hold.
        self.limit(24 * MIB)
        kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for number in range(FILES):
            kept.request("GET", f"/{number}.bin")
            response = kept.getresponse()
            self.assertEqual((response.status, len(response.read())), (200, SIZE))
            # As fast as a client's line might be.
            time.sleep(0.002)
        kept.close()
        pressed = [json.loads(line) for line in self.log().splitlines() if "memory pressure" in line]
        self.assertTrue(pressed, "the caches met the limit")
        self.assertEqual(pressed[0]["pressure"], "tight")
        self.assertLess(self.most, self.ceiling)
        self.assertEqual(self.get(), 200)

    def test_then_new_connections_get_503_and_come_in_again_later(self):
        self.limit(24 * MIB)
        kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        kept.request("GET", "/")
        self.assertEqual(kept.getresponse().read()[:9], b"<!doctype")
        held, refused = [], 0
        head = b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 48_000
        for _ in range(3000):
            client = socket.create_connection(("127.0.0.1", self.port))
            client.settimeout(0.01)
            client.sendall(head)
            try:
                answer = client.recv(1000)
            except TimeoutError:
                held.append(client)
                continue
            except ConnectionError:
                answer = b""
            client.close()
            if answer.startswith(b"HTTP/1.1 503"):
                self.assertIn(b"Retry-After", answer)
                refused += 1
                if refused == 50:
                    break
        self.assertEqual(refused, 50, f"{len(held)} held, {self.most / MIB} of {self.ceiling / MIB} MiB")
        self.assertLess(self.most, self.ceiling)
        # Who was there before is served on.
        kept.request("GET", "/")
        self.assertEqual(kept.getresponse().status, 200)
        kept.close()
        for client in held:
            client.close()
        wait_until(lambda: self.get() == 200, 60, "there is room again")
        self.assertLess(self.most, self.ceiling)


if __name__ == "__main__":
    unittest.main()
