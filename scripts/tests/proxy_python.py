#!/usr/bin/env python3
"""Portico before a backend of Python's standard library: what arrives there, what comes back, what is logged.

    PORTICO=.build/debug/portico python3 scripts/tests/proxy_python.py
"""

import concurrent.futures
import http.client
import json
import threading
import unittest

from live import Case, EchoHandler, Handler, Pattern, free_port


class PythonBackend(Case):
    def setUp(self):
        super().setUp()
        self.peers = peers = set()
        lock = threading.Lock()

        class Echo(EchoHandler):
            def parse_request(self):
                with lock:
                    peers.add(self.client_address)
                return super().parse_request()

        self.python_backend(Echo)

    def ask(self, connection, method, path, body=None, headers={}, **how):
        connection.request(method, path, body=body, headers=headers, **how)
        response = connection.getresponse()
        return response, response.read()

    def test_methods_bodies_and_fields_arrive(self):
        self.portico()
        connection = self.connect()
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]:
            body = None if method in ("GET", "OPTIONS") else Pattern.block[:1000]
            response, got = self.ask(connection, method, "/api/a/b?q=1&q=2", body, {"X-Test": "yes"})
            self.assertEqual(response.status, 200, got)
            told = json.loads(got)
            fields = {name.lower(): value for name, value in told["fields"]}
            self.assertEqual((told["method"], told["path"]), (method, "/a/b?q=1&q=2"))
            self.assertEqual(told["length"], len(body or b""))
            self.assertEqual(told["sha256"], Pattern.digest(len(body or b"")))
            self.assertEqual(fields["x-test"], "yes")
            self.assertEqual(fields["x-forwarded-for"], "127.0.0.1")
            self.assertEqual(fields["x-forwarded-proto"], "http")
            self.assertEqual(fields["x-forwarded-host"], f"127.0.0.1:{self.port}")
            self.assertEqual(fields["via"], "1.1 portico")
        self.assertLessEqual(len(self.peers), 1, "one client after another shares one backend connection")

    def test_chunked_uploads_and_answers_arrive_whole(self):
        self.portico()
        connection = self.connect()
        pieces = list(Pattern.pieces(3_000_000))
        response, got = self.ask(connection, "POST", "/api/up", iter(pieces), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        told = json.loads(got)
        self.assertEqual((response.status, told["length"]), (200, 3_000_000))
        self.assertEqual(told["sha256"], Pattern.digest(3_000_000))
        for path in ["/api/bytes/5000000", "/api/chunks/5000000"]:
            response, got = self.ask(connection, "GET", path)
            self.assertEqual(got, b"".join(Pattern.pieces(5_000_000)), path)

    def test_head_has_the_fields_of_get_and_no_body(self):
        self.portico()
        connection = self.connect()
        response, got = self.ask(connection, "HEAD", "/api/bytes/1234")
        self.assertEqual((response.status, response.getheader("Content-Length"), got), (200, "1234", b""))
        self.assertEqual(self.ask(connection, "GET", "/api/bytes/3")[1], Pattern.block[:3])

    def test_many_clients_at_once_get_their_own_answers(self):
        self.portico()

        def run(client):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            for turn in range(40):
                response, got = self.ask(connection, "POST", f"/api/{client}/{turn}", b"x" * (client * 40 + turn))
                self.assertEqual(response.status, 200, got)
                told = json.loads(got)
                self.assertEqual((told["path"], told["length"]), (f"/{client}/{turn}", client * 40 + turn))
            connection.close()
            return 40

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            self.assertEqual(sum(pool.map(run, range(20))), 800)
        lines = self.access_lines(800)
        self.assertEqual(len(lines), 800)
        self.assertEqual(len({line["request_id"] for line in lines}), 800)
        self.assertEqual({line["status"] for line in lines}, {200})

    def test_a_backend_of_http_1_0_ends_its_answers_by_closing(self):
        class Old(Handler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(Pattern.block[:200_000])

        self.backend_port = free_port()
        self.python_backend(Old)
        self.portico()
        connection = self.connect()
        for _ in range(3):
            response, got = self.ask(connection, "GET", "/api/")
            self.assertEqual((response.status, got), (200, Pattern.block[:200_000]))
            self.assertEqual(response.getheader("Transfer-Encoding"), "chunked")


if __name__ == "__main__":
    unittest.main()
