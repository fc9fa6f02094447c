#!/usr/bin/env python3
"""WebSockets through Portico with a real client and a real server at its ends.

    PORTICO=.build/debug/portico python3 scripts/tests/websocket.py
"""

import concurrent.futures
import contextlib
import json
import signal
import socket
import ssl
import threading
import time
import unittest
import urllib.request

import websockets.sync.client
import websockets.sync.server
from websockets.exceptions import ConnectionClosed

from live import Case, Pattern, free_port, self_signed, wait_until


class Administered(Case):
    def targets(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/targets", timeout=10) as answer:
            return json.load(answer)["targets"]

    def order(self, order):
        path = f"/targets/{self.targets()[0]['id']}/{order}"
        urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", data=b"", timeout=10).close()


class WebSockets(Administered):
    def setUp(self):
        super().setUp()
        self.open = 0
        self.ends = []
        lock = threading.Lock()

        def serve(socket):
            with lock:
                self.open += 1
            try:
                for message in socket:
                    if message == "path":
                        socket.send(socket.request.path)
                    elif message == "leave":
                        socket.close(4001, "as you wish")
                    elif message == "vanish":
                        socket.socket.shutdown(2)
                    elif message == "ping":
                        socket.send("pong" if socket.ping().wait(5) else "silence")
                    elif message == "stream":
                        for number in range(1000):
                            socket.send(f"{number} " + "x" * 1000)
                    else:
                        socket.send(message)
            except ConnectionClosed:
                pass
            finally:
                with lock:
                    self.open -= 1
                    self.ends.append(socket.close_code)

        server = websockets.sync.server.serve(serve, "127.0.0.1", self.backend_port, compression=None, max_size=1 << 24)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        self.addCleanup(server.shutdown)
        self.admin_port = free_port()
        self.server = self.portico(extra=f"[admin]\nport = {self.admin_port}")

    def dial(self, path="/api/socket", **how):
        how = {"compression": None, "max_size": 1 << 24, "open_timeout": 10, "close_timeout": 5} | how
        return websockets.sync.client.connect(f"ws://127.0.0.1:{self.port}{path}", **how)

    def test_text_and_binary_come_back(self):
        with self.dial("/api/a/b?c=d") as socket:
            socket.send("path")
            self.assertEqual(socket.recv(5), "/a/b?c=d")
            for message in ["", "hello", "grüß dich", b"", b"\x00\xff" * 500, "x" * 70_000]:
                socket.send(message)
                self.assertEqual(socket.recv(5), message)

    def test_messages_of_a_mebibyte_come_back(self):
        message = b"".join(Pattern.pieces(1 << 20))
        with self.dial() as socket:
            for _ in range(5):
                socket.send(message)
                self.assertEqual(socket.recv(10), message)

    def test_pings_pass_both_ways(self):
        with self.dial() as socket:
            self.assertTrue(socket.ping(b"there?").wait(5))
            socket.send("ping")
            self.assertEqual(socket.recv(10), "pong")

    def test_close_codes_pass_both_ways(self):
        with self.dial() as socket:
            socket.send("leave")
            with self.assertRaises(ConnectionClosed) as closed:
                socket.recv(5)
            self.assertEqual((closed.exception.rcvd.code, closed.exception.rcvd.reason), (4001, "as you wish"))
        with self.dial() as socket:
            socket.close(4002, "enough")
            self.assertEqual(socket.close_code, 4002)
        wait_until(lambda: self.open == 0, 5, "the backend is rid of both")
        self.assertEqual([line["status"] for line in self.access_lines(2)], [101, 101])

    def test_a_backend_that_vanishes_takes_the_client_along(self):
        with self.dial() as socket:
            socket.send("vanish")
            with self.assertRaises(ConnectionClosed) as closed:
                socket.recv(5)
            self.assertIsNone(closed.exception.rcvd)

    def test_a_client_that_vanishes_takes_the_backend_along(self):
        with self.dial() as socket:
            socket.send("hello")
            socket.recv(5)
            self.assertEqual(self.open, 1)
            socket.socket.shutdown(2)
        wait_until(lambda: self.open == 0, 5, "the backend is told")
        self.access_lines(1)

    def test_a_stream_to_a_slow_reader_stays_whole(self):
        with self.dial() as socket:
            socket.send("stream")
            for number in range(1000):
                if number % 200 == 0:
                    time.sleep(0.1)
                self.assertEqual(socket.recv(5), f"{number} " + "x" * 1000)

    def test_fifty_at_once_do_not_mix(self):
        together = threading.Barrier(50)

        def run(client):
            with self.dial() as socket:
                together.wait(20)
                for turn in range(20):
                    socket.send(f"{client}:{turn}")
                    self.assertEqual(socket.recv(10), f"{client}:{turn}")
            return 20

        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            self.assertEqual(sum(pool.map(run, range(50))), 1000)

    def expect_going_away(self, client, reason):
        with self.assertRaises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        self.assertEqual((caught.exception.rcvd.code, caught.exception.rcvd.reason), (1001, reason))
        wait_until(lambda: self.ends == [1001], 20, "the backend is told too")

    def test_a_server_that_stops_says_so_to_both_sides(self):
        with self.dial() as client:
            client.send("hello")
            self.assertEqual(client.recv(timeout=20), "hello")
            self.server.send_signal(signal.SIGTERM)
            self.expect_going_away(client, "server is stopping")
        self.assertEqual(self.server.wait(20), 0)

    def test_a_target_that_drains_sends_its_clients_away(self):
        with self.dial() as client:
            client.send("hello")
            self.assertEqual(client.recv(timeout=20), "hello")
            self.order("drain")
            self.expect_going_away(client, "target is draining")
        wait_until(lambda: self.targets()[0]["in_flight"] == 0, 20, "nothing runs there")
        self.order("enable")
        with self.dial() as client:
            client.send("again")
            self.assertEqual(client.recv(timeout=20), "again")

    def test_a_client_that_answers_behind_its_backend_is_waited_for_and_no_longer(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as client:
            client.sendall(b"GET /api/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")  # fmt: skip
            self.assertIn(b" 101 ", client.recv(4096))
            self.order("drain")
            began = time.monotonic()
            self.assertEqual(client.recv(4)[:4], b"\x88\x14\x03\xe9")
            wait_until(lambda: self.ends == [1001], 20, "the backend has answered and left")
            time.sleep(0.2)
            client.sendall(b"\x88\x82\x00\x00\x00\x00\x03\xe9")
            while client.recv(4096):
                pass
        wait_until(lambda: self.targets()[0]["in_flight"] == 0, 20, "nothing runs there")
        # Not the two seconds that a side has which does not answer.
        self.assertLess(time.monotonic() - began, 1.5)

    def test_a_disabled_target_keeps_its_clients(self):
        with self.dial() as client:
            client.send("hello")
            self.assertEqual(client.recv(timeout=20), "hello")
            self.order("disable")
            client.send("still here")
            self.assertEqual(client.recv(timeout=20), "still here")

    def test_a_broken_handshake_stays_http(self):
        good = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        for change in [{"Sec-WebSocket-Key": "short"}, {"Sec-WebSocket-Version": "8"}, {"Connection": "keep-alive"}, {"Upgrade": "websockets"}]:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                fields = "".join(f"{name}: {value}\r\n" for name, value in (good | change).items())
                client.sendall(f"GET /api/ HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
                status = int(client.recv(4096).split()[1])
                self.assertGreaterEqual(status, 400, change)


class SlowSides(Case):
    """Upgraded streams of more than the kernel holds: whoever takes slowly gets all of it, in order, though the other side has left."""

    UPGRADE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: bytes\r\n\r\n"
    ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: bytes\r\n\r\n"

    def setUp(self):
        super().setUp()
        self.certificate, self.key = self_signed(self.folder)
        self.content = b"".join(Pattern.pieces(16 << 20))
        self.got = b""

    def context(self, kind):
        context = ssl.SSLContext(kind)
        if kind == ssl.PROTOCOL_TLS_SERVER:
            context.load_cert_chain(self.certificate, self.key)
        else:
            context.load_verify_locations(self.certificate)
        return context

    def serve(self, converse, is_secure=False):
        """A backend with one connection, and Portico before it."""
        listener = socket.create_server(("127.0.0.1", self.backend_port))
        self.addCleanup(listener.close)

        def run():
            with contextlib.suppress(OSError):
                backend = listener.accept()[0]
                if is_secure:
                    backend = self.context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(backend, server_side=True)
                with backend:
                    backend.recv(4096)
                    backend.sendall(self.ANSWER)
                    converse(backend)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.secure_port = free_port()
        scheme = "https" if is_secure else "http"
        self.portico(
            f'[[proxy]]\npath = "*"\ntarget = "{scheme}://127.0.0.1:{self.backend_port}"\ntls = {{ ca_file = "{self.certificate}" }}\n',
            extra=f'[ssl]\nenabled = true\nport = {self.secure_port}\ncert_file = "{self.certificate}"\nkey_file = "{self.key}"')
        return thread

    def dial(self, is_secure=False):
        client = socket.create_connection(("127.0.0.1", self.secure_port if is_secure else self.port), timeout=30)
        if is_secure:
            client = self.context(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(client, server_hostname="localhost")
        self.addCleanup(client.close)
        client.sendall(self.UPGRADE)
        return client

    @staticmethod
    def take_slowly(connection):
        got = b""
        while piece := connection.recv(1 << 16):
            got += piece
            time.sleep(0.002)
        return got

    def expect_all_from_the_backend(self, *, secure_client=False, secure_backend=False):
        def speak(backend):
            backend.sendall(self.content)
            if secure_backend:
                # Without its goodbye it would be a cut.
                backend.unwrap()

        self.serve(speak, secure_backend)
        got = self.take_slowly(self.dial(secure_client))
        self.assertEqual(got.partition(b"\r\n\r\n")[2], self.content)

    def test_a_slow_client_gets_all_that_a_backend_sent_before_it_left(self):
        self.expect_all_from_the_backend()

    def test_a_slow_client_gets_all_that_a_secure_backend_sent_before_it_left(self):
        self.expect_all_from_the_backend(secure_backend=True)

    def test_a_slow_secure_client_gets_all_that_a_backend_sent_before_it_left(self):
        self.expect_all_from_the_backend(secure_client=True)

    def test_a_slow_backend_gets_all_that_a_client_sent_before_its_end(self):
        def listen(backend):
            self.got = self.take_slowly(backend)

        thread = self.serve(listen)
        with self.dial() as client:
            self.assertIn(b" 101 ", client.recv(4096))
            client.sendall(self.content)
            client.shutdown(socket.SHUT_WR)
            thread.join(30)
        self.assertEqual(self.got, self.content)

    def test_both_ways_at_once(self):
        def listen(backend):
            speaker = threading.Thread(target=backend.sendall, args=(self.content,))
            speaker.start()
            self.got = self.take_slowly(backend)
            speaker.join(30)

        thread = self.serve(listen)
        with self.dial() as client:
            speaker = threading.Thread(target=lambda: (client.sendall(self.content), client.shutdown(socket.SHUT_WR)))
            speaker.start()
            back = self.take_slowly(client).partition(b"\r\n\r\n")[2]
            speaker.join(30)
            thread.join(30)
        self.assertEqual((self.got, back), (self.content, self.content))
        line = self.access_lines(1)[0]
        self.assertEqual((line["bytes_in"], line["bytes_out"]), (len(self.content), len(self.content)))


class Health(Administered):
    """`type = "websocket"`: a target is up while its server answers pings."""

    def backend(self):
        def serve(socket):
            with contextlib.suppress(ConnectionClosed):
                socket.recv()
            self.codes.append(socket.close_code)

        self.codes = []
        server = websockets.sync.server.serve(serve, "127.0.0.1", self.backend_port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def end():
            server.shutdown()
            thread.join(5)

        self.addCleanup(end)
        return end

    def expect(self, health):
        wait_until(lambda: self.targets()[0]["health"] == health, 20, health)

    def test_a_target_is_up_while_it_answers_pings(self):
        end = self.backend()
        self.admin_port = free_port()
        check = '{ type = "websocket", path = "/live", interval = "200ms", unhealthy_threshold = 1, healthy_threshold = 1 }'
        self.portico(
            f'[[proxy]]\npath = "/api/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nhealth_check = {check}\n',
            extra=f"[admin]\nport = {self.admin_port}",
        )
        self.expect("up")
        wait_until(lambda: len(self.codes) > 3, 20, "checks go on")
        self.assertEqual(set(self.codes), {1000}, "each ends in order")
        end()
        self.expect("down")
        self.assertIn("connect_refused", self.targets()[0]["last_check_failure"])
        self.backend()
        self.expect("up")


if __name__ == "__main__":
    unittest.main()
