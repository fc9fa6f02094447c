#!/usr/bin/env python3
"""What only the running binary can show: an orderly end, a port that is taken, log files that stay few and small.

    PORTICO=.build/debug/portico python3 scripts/tests/lifecycle.py
"""

import http.client
import signal
import socket
import threading
import time
import unittest

from live import ROOT, Case, answers, wait_until


class Lifecycle(Case):
    def test_a_running_request_ends_before_the_process_does(self):
        self.launch([ROOT / "scripts/demo-backend", "--quiet", "--port", self.backend_port], self.backend_port)
        server = self.portico()
        result = {}

        def ask():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/api/slow?seconds=3")
            response = connection.getresponse()
            result["status"], result["body"] = response.status, response.read()
            connection.close()

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        time.sleep(1)
        server.send_signal(signal.SIGTERM)
        wait_until(lambda: not answers(self.port), 10, "no new connections are taken")
        self.assertTrue(asking.is_alive(), "that while the request is being answered")
        asking.join(30)
        self.assertEqual(result.get("status"), 200)
        self.assertIn(b"waited_seconds", result["body"])
        self.assertEqual(server.wait(10), 0)

    def test_an_idle_connection_does_not_hold_up_the_end(self):
        server = self.portico()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/")
        self.assertEqual(connection.getresponse().read(), (self.folder / "site/index.html").read_bytes())
        began = time.monotonic()
        server.send_signal(signal.SIGINT)
        self.assertEqual(server.wait(4), 0)
        self.assertLess(time.monotonic() - began, 3)
        connection.close()

    def test_a_taken_port_is_an_error_that_names_it(self):
        with socket.create_server(("127.0.0.1", self.port)):
            server = self.portico(wait=False)
            self.assertNotEqual(server.wait(10), 0)
            self.assertIn(str(self.port), self.said())

    def test_log_files_stay_few_and_small(self):
        self.portico(logging="file_size_mb = 1\nmax_rotated_files = 2")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        logs = self.folder / "logs"

        def files():
            # A copy that is being compressed has not taken its place yet; for a moment both forms are there.
            return {path.name.removesuffix(".gz") for path in logs.iterdir() if path.suffix != ".part"}

        for _ in range(20):
            # About a megabyte each time; the server may hold back some of it for a moment.
            for _ in range(2000):
                connection.request("GET", "/?" + "x" * 300)
                connection.getresponse().read()
            self.assertLessEqual(len(files()), 3)
            if len(files()) == 3 and any(path.suffix == ".gz" for path in logs.iterdir()):
                break
        wait_until(lambda: len(files()) == 3, 5, "one file in use and two rotated ones")
        wait_until(lambda: len(list(logs.glob("*.gz"))) == 2, 5, "the rotated ones are compressed")
        total = sum(path.stat().st_size for path in logs.iterdir())
        self.assertLess(total, 4 * 1024 * 1024)
        connection.close()


if __name__ == "__main__":
    unittest.main()
