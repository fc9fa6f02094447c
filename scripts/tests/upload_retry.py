#!/usr/bin/env python3
"""Uploads whose backend connection is lost under way, or that come in tiny pieces: no byte is lost, and little memory is taken.

    PORTICO=.build/debug/portico python3 scripts/tests/upload_retry.py
"""

import contextlib
import os
import signal
import socket
import ssl
import struct
import threading
import time
import unittest

from live import Case, EchoHandler, MemoryWatch, self_signed


class Uploads(threading.Thread):
    """A TLS backend that keeps connections and what was uploaded, and resets them all when it is told to."""

    def __init__(self, port, certificate, key):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener, self.open, self.bodies = socket.create_server(("127.0.0.1", port)), [], []
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, plain):
        with contextlib.suppress(OSError, ValueError):
            connection = self.context.wrap_socket(plain, server_side=True)
            self.open.append(connection)
            held = b""
            while piece := self.read(connection):
                held += piece
                while b"\r\n\r\n" in held:
                    head, _, held = held.partition(b"\r\n\r\n")
                    if b"chunked" in head:
                        while not held.endswith(b"0\r\n\r\n"):
                            held += self.read(connection)
                        self.bodies.append(held)
                        held = b""
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    @staticmethod
    def read(connection):
        """What stands within a read cannot be closed by others."""
        connection.settimeout(0.01)
        while True:
            with contextlib.suppress(TimeoutError):
                return connection.recv(1 << 16)

    def reset_all(self):
        for connection in self.open:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(connection.detach())
        self.open.clear()


class UploadRetry(Case):
    def test_an_upload_is_whole_where_its_first_bytes_met_a_dead_connection(self):
        certificate, key = self_signed(self.folder)
        backend = Uploads(self.backend_port, certificate, key)
        self.addCleanup(backend.listener.close)
        server = self.portico(f'[[proxy]]\npath = "*"\ntarget = "https://127.0.0.1:{self.backend_port}"\ntls = {{ ca_file = "{certificate}" }}\n')
        for turn in range(4):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(client.recv(4096).endswith(b"ok"))
                # The upload and the reset are told at the same moment.
                server.send_signal(signal.SIGSTOP)
                time.sleep(0.05)
                client.sendall(b"PUT /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nFIRST\r\n")
                time.sleep(0.05)
                backend.reset_all()
                time.sleep(0.05)
                server.send_signal(signal.SIGCONT)
                time.sleep(0.2)
                client.sendall(b"6\r\nSECOND\r\n0\r\n\r\n")
                self.assertTrue(client.recv(4096).endswith(b"ok"), f"turn {turn}")
            body = b"".join(line for line in backend.bodies.pop().split(b"\r\n") if line.isalpha())
            self.assertEqual(body, b"FIRSTSECOND", f"turn {turn}")

    def test_what_is_kept_for_another_try_takes_the_memory_of_its_bytes(self):
        self.python_backend(EchoHandler)
        server = self.portico()
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client, MemoryWatch(server.pid) as watch:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(b"POST /api/up HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n")
            for _ in range(30_000):
                client.sendall(b"x")
            self.assertIn(b" 200 ", client.recv(4096))
        self.assertLess(watch.growth, 8 << 20)


if __name__ == "__main__":
    unittest.main()
