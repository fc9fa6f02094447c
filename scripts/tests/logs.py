#!/usr/bin/env python3
"""The log as other programs read it: hostile requests give one JSON object each; `portico logs` finds, follows and filters.

    PORTICO=.build/debug/portico python3 scripts/tests/logs.py
"""

import json
import random
import re
import signal
import socket
import subprocess
import threading
import unittest

from live import BINARY, Case, free_port, wait_until

HOSTILE = 3000


class HostileLines(Case):
    """Whatever a stranger sends: every line parses, none is forged, nothing reaches a terminal."""

    def request(self, chance, number):
        strange = bytes(chance.choice([*range(1, 256)]) for _ in range(chance.randrange(1, 40))).replace(b"\n", b"").replace(b"\r", b"")
        nasty = chance.choice([b'","status":200}', b"\\", b'"', b"%0d%0a{\"status\":1}", b"\xc2\x9b31m", b"\x1b[2J", b"\xff\xfe", b"\xe2\x80\xae", b"\\u000a", b"\xed\xa0\x80", strange])
        # Bytes that no target may hold are refused with 400: such lines are in the log, too.
        path = b"/" + str(number).encode() + b"?" + nasty.replace(b" ", b"+")
        agent = chance.choice([nasty, strange]).replace(b"\0", b"")
        return b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nUser-Agent: " + agent + b"\r\nReferer: " + nasty + b"\r\nConnection: close\r\n\r\n"

    def send(self, seed, count):
        chance = random.Random(seed)
        for number in range(count):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                try:
                    connection.sendall(self.request(chance, seed * 100000 + number))
                    while connection.recv(1 << 16):
                        pass
                except ConnectionError:
                    pass

    def lines(self):
        text = b"".join(path.read_bytes() for path in sorted((self.folder / "logs").glob("*.log")))
        return text.split(b"\n")[:-1]

    def test_every_line_is_one_object(self):
        server = self.portico()
        senders = [threading.Thread(target=self.send, args=(seed, HOSTILE // 4)) for seed in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        lines = self.lines()
        entries = [json.loads(line) for line in lines]
        self.assertTrue(all(isinstance(entry, dict) for entry in entries))
        requests = [entry for entry in entries if "status" in entry]
        self.assertEqual(len(requests), HOSTILE, "one line for each request, none forged")
        for entry in requests:
            self.assertIn(entry["status"], (200, 400, 404))
            self.assertIn("reason", entry)
        for line in lines:
            self.assertFalse(re.search(rb"[\x00-\x1f\x7f]", line), line)
            self.assertFalse(re.search("[\u0080-\u009f\u2028-\u202e\u2066-\u2069]", line.decode("utf-8")), line)
        shown = subprocess.run([BINARY, "logs", "--config", self.folder / "app_config.toml"], capture_output=True)
        self.assertEqual(shown.stdout.count(b"\n"), len(entries))
        self.assertFalse(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", shown.stdout), "the compact view holds no control")


class ReadingLogs(Case):
    def logs(self, *options):
        ran = subprocess.run([BINARY, "logs", "--config", self.folder / "app_config.toml", *options], capture_output=True, text=True, timeout=60)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout.splitlines()

    def get(self, *paths):
        connection = self.connect()
        for path in paths:
            connection.request("GET", path)
            connection.getresponse().read()

    def test_filters_over_rotated_and_compressed_files(self):
        server = self.portico(logging='file_pattern = "a.log"\nfile_size_mb = 1')
        self.get("/", "/none", "/api/x", *[f"/?{'x' * 1500}={number}" for number in range(1500)])
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        self.assertTrue(list((self.folder / "logs").glob("a.*.log*")), "a file was rotated")
        lines = [json.loads(line) for line in self.logs("--json")]
        self.assertEqual(sum("status" in line for line in lines), 1503)
        self.assertEqual([json.loads(line)["status"] for line in self.logs("--json", "--status", "5xx")], [502])
        missing = [json.loads(line) for line in self.logs("--json", "--status", "404")]
        self.assertEqual([(line["path"], line["reason"], line["cache"]) for line in missing], [("/none", "not_found", "miss")])
        self.assertEqual(len(self.logs("--route", "/api/*", "--status", "5xx")), 1)
        self.assertIn("connect_refused", self.logs("--reason", "connect_refused")[0])
        self.assertEqual(len(self.logs("--client", "127.0.0.0/8", "--since", "1h")), 1503)
        self.assertEqual(self.logs("--client", "10.0.0.0/8"), [])
        self.assertEqual(self.logs("--slower", "10m"), [])
        self.assertEqual(self.logs("--until", "2020-01-01"), [])
        self.assertEqual(len(self.logs("-n", "7", "--status", "2xx")), 7)
        self.assertFalse(any("\x1b" in line for line in self.logs("-n", "20")), "no colours but on a terminal")
        started = [json.loads(line) for line in self.logs("--json") if '"message":"started"' in line]
        self.assertEqual(len(started), 1)

    def test_what_is_no_time_or_status_is_refused(self):
        self.portico()
        for options in [("--status", "abc"), ("--since", "yesterday"), ("--client", "x"), ("--slower", "fast"), ("--level", "loud"), ("-n", "-1")]:
            ran = subprocess.run([BINARY, "logs", "--config", self.folder / "app_config.toml", *options], capture_output=True, text=True)
            self.assertNotEqual(ran.returncode, 0, options)

    def test_following_through_rotations_loses_nothing(self):
        # One event loop: its lines are in the order of the requests.
        self.portico(server="threads = 1", logging='file_pattern = "a.log"\nfile_size_mb = 1\nmax_rotated_files = 1000')
        follower = subprocess.Popen([BINARY, "logs", "--config", self.folder / "app_config.toml", "-f", "--json", "--status", "200"], stdout=subprocess.PIPE)
        self.addCleanup(follower.wait, 10)
        self.addCleanup(follower.kill)
        seen = []

        def read():
            for line in follower.stdout:
                seen.append(int(json.loads(line)["path"].rsplit("=", 1)[1]))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        # Its first look is over once it has shown something.
        number = 0

        def ask():
            nonlocal number
            self.get(f"/?{'x' * 2000}={number}")
            number += 1
            return bool(seen)

        wait_until(ask, 30, "the follower shows a line")
        for _ in range(20):
            self.get(*[f"/?{'x' * 2000}={number + index}" for index in range(100)])
            number += 100
        wait_until(lambda: seen and seen[-1] == number - 1, 30, "the last line is shown")
        # What was written before the first look may be left out by the ten that are shown at first, nothing after it.
        self.assertEqual(seen, list(range(seen[0], number)))
        self.assertGreaterEqual(len(list((self.folder / "logs").glob("a.*.log*"))), 3)

    def test_levels_and_forms_change_while_it_runs(self):
        admin = free_port()
        server = self.portico(extra=f"[admin]\nport = {admin}\n")
        config = self.folder / "app_config.toml"

        def portico(*words):
            return subprocess.run([BINARY, *words, "--config", config], capture_output=True, text=True)

        self.assertEqual(portico("log-level", "error", "--module", "access").returncode, 0)
        self.assertIn('"access":"error"', portico("log-level", "--json").stdout.replace(" ", ""))
        self.get("/quiet")
        # The file says that requests are to be told, in another form.
        config.write_text(config.read_text().replace("[logging]", '[logging]\naccess_format = "logfmt"'))
        self.assertEqual(portico("reload").returncode, 0)
        self.get("/told")
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        text = self.log()
        self.assertNotIn("/quiet", text)
        self.assertIn(" path=/told ", text)
        self.assertIn('"changed":"logging.access_format"', text)


if __name__ == "__main__":
    unittest.main()
