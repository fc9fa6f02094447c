#!/usr/bin/env python3
"""A site of many files, far larger than its cache, asked at random while files are replaced, deleted and added: no body is
wrong or older than a second, memory stays flat.

    PORTICO=.build/debug/portico python3 scripts/tests/site_churn.py       SITE_CHURN_REQUESTS=1000000 for a long one
"""

import gzip
import http.client
import os
import pathlib
import random
import threading
import time
import unittest

from live import Case, resident_bytes

REQUESTS = int(os.environ.get("SITE_CHURN_REQUESTS", "6000"))
CLIENTS = 3
FILES = 600
# How late a change may be seen; as much again for a busy machine.
LATE = 2.0
MOST_GROWTH = 24 << 20


def contents(name, version, dice):
    """Says in every line which file and which version it is, and how many lines there are."""
    lines = dice.choice([3, 30, 300, 1000, 3000])
    return f"{name} version {version} of {lines} lines\n".encode() * lines


class SiteChurn(Case):
    def setUp(self):
        super().setUp()
        self.site = self.folder / "site"
        self.names = [f"dir{number % 7}/file{number}.{('txt', 'js', 'css')[number % 3]}" for number in range(FILES)]
        for number in range(7):
            (self.site / f"dir{number}").mkdir()
        # By name: the versions it had, each with the time it went.
        self.history = {name: [] for name in self.names}
        self.lock = threading.Lock()
        self.wrong = []
        self.done = threading.Event()
        dice = random.Random(1)
        for name in self.names:
            self.put(name, 0, dice)
        self.server = self.portico(routes='cache_size = "4MiB"\nfallback = ""\n')

    def put(self, name, version, dice):
        beside = self.site / (name + ".new")
        body = contents(name, version, dice)
        beside.write_bytes(body)
        os.utime(beside)
        self.note(name, body)
        os.replace(beside, self.site / name)

    def note(self, name, body):
        with self.lock:
            versions = self.history[name]
            if versions:
                versions[-1][1] = time.monotonic()
            versions.append([body, None])
            del versions[:-6]

    def is_right(self, name, body, asked):
        """One of the versions there were since `asked`, give or take what a change may take to be seen; None is a 404."""
        with self.lock:
            return any(known == body and (gone is None or gone + LATE >= asked) for known, gone in self.history[name])

    def churn(self):
        dice = random.Random(2)
        version = 1
        while not self.done.wait(0.01):
            name = dice.choice(self.names)
            if dice.random() < 0.15:
                self.note(name, None)
                pathlib.Path(self.site / name).unlink(missing_ok=True)
                time.sleep(0.01)
            self.put(name, version, dice)
            version += 1

    def ask(self, seed):
        dice = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for _ in range(REQUESTS // CLIENTS):
            name = dice.choice(self.names)
            asked = time.monotonic()
            connection.request("GET", "/" + name, headers={"Accept-Encoding": dice.choice(["identity", "gzip"])})
            response = connection.getresponse()
            body = response.read()
            if response.getheader("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if not self.is_right(name, body if response.status == 200 else None, asked):
                self.wrong.append((name, response.status, body[:60]))
        connection.close()

    def run_clients(self, seed):
        clients = [threading.Thread(target=self.ask, args=(seed + number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def test_bodies_and_memory(self):
        churning = threading.Thread(target=self.churn)
        churning.start()
        try:
            self.run_clients(10)
            before = resident_bytes(self.server.pid)
            began = time.monotonic()
            self.run_clients(20)
            seconds = time.monotonic() - began
        finally:
            self.done.set()
            churning.join()
        growth = resident_bytes(self.server.pid) - before
        print(f"{REQUESTS} requests in {seconds:.1f} s; resident {before >> 20} MiB, growth {growth >> 10} KiB", flush=True)
        self.assertEqual(self.wrong[:3], [])
        self.assertLessEqual(growth, MOST_GROWTH)


if __name__ == "__main__":
    unittest.main()
