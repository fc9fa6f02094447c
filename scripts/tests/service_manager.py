#!/usr/bin/env python3
"""What systemd would see: states over NOTIFY_SOCKET, signs of life, and sockets that it opened before the start.

    PORTICO=.build/debug/portico python3 scripts/tests/service_manager.py
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import unittest

from live import BINARY, Case, wait_until

# systemd's part: puts the sockets at 3 and above, tells the process its own number, and becomes it.
STARTER = """
import os, sys
descriptors = [int(word) for word in sys.argv[1].split(",") if word]
for place, descriptor in enumerate(descriptors, 3):
    os.dup2(descriptor, place, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(descriptors)), WATCHDOG_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class ServiceManager(Case):
    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.told = []

    def serve(self, config, sockets=(), **environment):
        # Numbers that do not lie where the sockets are to go.
        given = [os.dup(listener.fileno()) for listener in sockets]
        places = []
        for descriptor in given:
            while descriptor < 100:
                places.append(descriptor)
                descriptor = os.dup(descriptor)
            places.append(descriptor)
        high = [descriptor for descriptor in places if descriptor >= 100]
        with open(self.folder / "said", "ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-c", STARTER, ",".join(map(str, high)), str(BINARY), "serve", "--config", str(config)],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=high, env={**os.environ, **environment})
        for descriptor in places:
            os.close(descriptor)

        def end():
            process.kill()
            process.wait(10)

        self.addCleanup(end)
        return process

    def configure(self):
        return super().configure("", "threads = 2", extra="[admin]\nenabled = false\n")

    def hear(self, key, patience=30):
        """The next message that says `key`, as a dictionary."""
        self.socket.settimeout(patience)
        while True:
            try:
                message = self.socket.recv(4096).decode()
            except TimeoutError:
                self.fail(f"not told {key}, but {self.told}\n{self.said()}")
            self.told.append(message)
            fields = dict(line.split("=", 1) for line in message.splitlines())
            if key in fields:
                return fields

    def test_start_reload_and_end_are_told(self):
        name = str(self.folder / "notify")
        self.socket.bind(name)
        process = self.serve(self.configure(), NOTIFY_SOCKET=name)
        ready = self.hear("READY")
        self.assertEqual(ready["READY"], "1")
        self.assertIn(f"127.0.0.1:{self.port}", ready["STATUS"])
        self.assertEqual(self.ask()[0], 200, "who is told that we are ready may ask at once")

        process.send_signal(signal.SIGHUP)
        reloading = self.hear("RELOADING")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertIn("reloaded", self.hear("READY")["STATUS"])

        (self.folder / "app_config.toml").write_text("[server]\nport = true\n")
        process.send_signal(signal.SIGHUP)
        self.hear("RELOADING")
        self.assertIn("refused", self.hear("READY")["STATUS"])

        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.hear("STOPPING")["STOPPING"], "1")
        self.assertEqual(process.wait(30), 0)

    def test_an_abstract_socket_is_told_too(self):
        name = f"portico-test-{os.getpid()}-{self.port}"
        self.socket.bind("\0" + name)
        self.serve(self.configure(), NOTIFY_SOCKET="@" + name)
        self.hear("READY")

    def test_signs_of_life_come_while_the_loops_answer_and_stop_when_the_process_stands_still(self):
        name = str(self.folder / "notify")
        self.socket.bind(name)
        process = self.serve(self.configure(), NOTIFY_SOCKET=name, WATCHDOG_USEC="600000")
        self.hear("READY")
        for _ in range(3):
            self.hear("WATCHDOG")
        process.send_signal(signal.SIGSTOP)
        state = pathlib.Path(f"/proc/{process.pid}/stat")
        wait_until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", 30, "it stands still")
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            pass
        self.socket.settimeout(2)
        with self.assertRaises(TimeoutError):
            self.socket.recv(4096)
        process.send_signal(signal.SIGCONT)
        self.hear("WATCHDOG")

    def test_no_signs_of_life_are_given_for_another_process(self):
        name = str(self.folder / "notify")
        self.socket.bind(name)
        path = self.configure()
        os.environ.update(NOTIFY_SOCKET=name, WATCHDOG_USEC="300000", WATCHDOG_PID="1")
        try:
            self.launch([BINARY, "serve", "--config", path])
        finally:
            for key in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
                del os.environ[key]
        self.hear("READY")
        self.socket.settimeout(2)
        with self.assertRaises(TimeoutError):
            self.socket.recv(4096)

    def test_sockets_of_the_manager_are_used(self):
        name = str(self.folder / "notify")
        self.socket.bind(name)
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        stray = socket.create_server(("127.0.0.1", 0))
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(str(self.folder / "http.sock"))
        unix.listen()
        early = socket.create_connection(("127.0.0.1", self.port))
        early.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        config = self.configure()
        config.write_text(config.read_text().replace(
            f'host = "127.0.0.1"\nport = {self.port}',
            f'listen = ["127.0.0.1:{self.port}", "unix:{self.folder}/http.sock"]'))
        self.serve(config, [listener, stray, unix], NOTIFY_SOCKET=name)
        self.hear("READY")
        # Ours are closed: who answers now has them from us.
        listener.close()
        early.settimeout(30)
        self.assertTrue(early.recv(100).startswith(b"HTTP/1.1 200"), "who came before the start is answered")
        early.close()
        for _ in range(20):
            self.assertEqual(self.ask()[0], 200)
        self.assertEqual(self.ask_unix(self.folder / "http.sock"), 200)
        unix.close()
        log = self.log
        wait_until(lambda: str(stray.getsockname()[1]) in log(), 30, "a socket that nobody wanted is told")
        stray.close()


if __name__ == "__main__":
    unittest.main()
