#!/usr/bin/env python3
"""Another binary takes over under load: no request fails, no connection is refused; one that cannot start changes nothing.

    PORTICO=.build/portico python3 scripts/tests/upgrade.py

PORTICO_UPGRADES=20 makes it the long drill; 3 are the default.
"""

import gzip
import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
import unittest

from live import BINARY, Case, free_port, processes_of, wait_until

UPGRADES = int(os.environ.get("PORTICO_UPGRADES", "3"))


class Load:
    """Asks on, over connections that are kept and over new ones; counts what fails."""

    def __init__(self, port):
        self.port = port
        self.faults, self.answers, self.ended = [], 0, threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=work, daemon=True) for work in [self.keep] * 6 + [self.renew] * 2]
        for thread in self.threads:
            thread.start()

    def note(self, fault=None):
        with self.lock:
            self.answers += fault is None
            if fault is not None:
                self.faults.append(fault)

    def ask(self, connection, what):
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            body = response.read()
            self.note(None if response.status == 200 and body else f"{what}: {response.status}")
            return response.will_close
        except (OSError, http.client.HTTPException) as fault:
            self.note(f"{what}: {fault!r}")
            return True

    def keep(self):
        connection = None
        while not self.ended.is_set():
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            if self.ask(connection, "kept"):
                connection.close()
                connection = None
            time.sleep(0.002)
        if connection is not None:
            connection.close()

    def renew(self):
        while not self.ended.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.ask(connection, "new")
            connection.close()
            time.sleep(0.002)

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(40)


class Upgrade(Case):
    def setUp(self):
        super().setUp()
        self.program = self.folder / "portico"
        shutil.copy(BINARY, self.program)
        self.config = self.folder / "app_config.toml"
        self.admin = free_port()
        self.addCleanup(self.end_all)

    def end_all(self):
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def processes(self):
        """Those that run our copy of the program."""
        return processes_of(self.program)

    def start(self):
        self.config.write_text(f"""
[server]
listen = ["127.0.0.1:{self.port}", "unix:{self.folder}/http.sock"]
threads = 2
shutdown_timeout = "10s"
[admin]
port = {self.admin}
[static]
directory = "./site"
[logging]
directory = "./logs"
output_mode = "file"
file_size_mb = 1
max_rotated_files = 1000
total_size_mb = 4000
""")
        return self.launch([self.program, "serve", "--config", self.config], self.port)

    def lines(self):
        """All that was logged, in order of time, in files that may be rotated or compressed meanwhile."""
        found = []
        for path in (self.folder / "logs").iterdir():
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            if path.suffix in (".log", ".gz"):
                found += [json.loads(line) for line in content.decode().splitlines() if line.endswith("}")]
        return sorted(found, key=lambda line: line["time"])

    def events(self, message):
        return [line for line in self.lines() if line.get("message") == message]

    def replace(self, content=None):
        """Another file in the program's place, as a package manager puts it."""
        new = self.folder / "portico.new"
        if content is None:
            shutil.copy(BINARY, new)
        else:
            new.write_text(content)
            new.chmod(0o755)
        new.rename(self.program)

    def test_no_request_fails_while_processes_follow_each_other(self):
        process = self.start()
        pid = process.pid
        load = Load(self.port)
        for number in range(1, UPGRADES + 1):
            wait_until(lambda: load.answers > number * 100, 60, "requests are answered")
            self.replace()
            os.kill(pid, signal.SIGUSR2)
            try:
                wait_until(lambda: len(self.events("the successor serves")) == number, 60, "the successor serves")
            except AssertionError as fault:
                logs = "".join(path.read_text()[-3000:] for path in (self.folder / "logs").glob("*.log"))
                raise AssertionError(f"{fault}; {self.processes()}\n{self.said()}\n{logs}") from None
            old, pid = pid, int(self.events("the successor serves")[-1]["pid"])
            if number == 1:
                self.assertEqual(process.wait(60), 0)
            else:
                wait_until(lambda: old not in self.processes(), 60, "the former process is gone")
        wait_until(lambda: load.answers > (UPGRADES + 1) * 100, 60, "requests are answered")
        load.end()
        self.assertEqual(load.faults, [])
        self.assertEqual(self.processes(), [pid])
        self.assertEqual(self.ask_unix(self.folder / "http.sock"), 200)
        self.assertEqual(self.ask("/status", port=self.admin)[0], 200)
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not self.processes(), 60, "the last one ends")
        self.assertFalse((self.folder / "http.sock").exists(), "who is not followed removes its socket file")
        # Two processes wrote to the same files for a while, and rotated them.
        logged = [line["request_id"] for line in self.lines() if "status" in line]
        self.assertEqual(len(logged), len(set(logged)), "no line is there twice")
        self.assertEqual(len(logged), load.answers + 1, "each request has its line, the last one over the Unix socket too")
        print(f"{UPGRADES} upgrades beside {load.answers} requests: none failed")

    def refused(self, count):
        wait_until(lambda: len(self.events("no successor, this process goes on")) == count, 60, "the fault is told")
        self.assertEqual(len(self.processes()), 1)
        self.assertEqual(self.ask_unix(self.folder / "http.sock"), 200)
        return self.events("no successor, this process goes on")[-1]["error"]

    def test_a_successor_that_cannot_start_changes_nothing(self):
        process = self.start()
        good = self.config.read_text()
        self.config.write_text(good.replace("shutdown_timeout", "shutdown_timeuot"))
        process.send_signal(signal.SIGUSR2)
        self.assertIn("did you mean `shutdown_timeout`", self.refused(1))

        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.config.write_text(good.replace("[admin]", f'[ssl]\nenabled = true\nport = {taken.getsockname()[1]}\n[admin]'))
            process.send_signal(signal.SIGUSR2)
            self.assertIn("cert_file", self.refused(2))
        self.config.write_text(good.replace('listen = [', f'listen = ["192.0.2.1:{free_port()}", '))
        process.send_signal(signal.SIGUSR2)
        self.assertIn("no network interface has this address", self.refused(3))

        self.config.write_text(good)
        self.replace("#!/bin/sh\nexit 7\n")
        process.send_signal(signal.SIGUSR2)
        self.assertIn("status 7", self.refused(4))
        self.replace("not a program")
        process.send_signal(signal.SIGUSR2)
        self.assertIn("cannot start", self.refused(5))

        self.replace()
        process.send_signal(signal.SIGUSR2)
        self.assertEqual(process.wait(60), 0, "in the end there is one that can")
        self.assertEqual(self.ask_unix(self.folder / "http.sock"), 200)


if __name__ == "__main__":
    unittest.main()
