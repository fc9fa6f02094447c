#!/usr/bin/env python3
"""HTTP/2 clients before an HTTP/1 backend: curl and h2load, in clear text and over TLS.

    PORTICO=.build/debug/portico python3 scripts/tests/http2_proxy.py
"""

import json
import re
import signal
import socket
import ssl
import subprocess
import time
import unittest

from live import Case, EchoHandler, MemoryWatch, Pattern, free_port, program, self_signed

CURL, H2LOAD, NGHTTP, OPENSSL = (program(name) for name in ["curl", "h2load", "nghttp", "openssl"])
SIZE = 50 << 20


@unittest.skipUnless(CURL and OPENSSL, "curl and openssl are not installed")
class HTTP2(Case):
    def setUp(self):
        super().setUp()
        self.python_backend(EchoHandler)
        self.secure_port = free_port()
        certificate, key = self_signed(self.folder)
        self.server = self.portico(extra=f'[ssl]\nenabled = true\nport = {self.secure_port}\ncert_file = "{certificate}"\nkey_file = "{key}"')
        self.ways = [
            (f"http://127.0.0.1:{self.port}", ["--http2-prior-knowledge"], "http"),
            (f"https://127.0.0.1:{self.secure_port}", ["--http2", "--insecure"], "https"),
        ]

    def curl(self, *words):
        done = subprocess.run([CURL, "-sS", "-m", "60", *map(str, words)], capture_output=True, timeout=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_requests_arrive_as_http_1(self):
        for base, how, scheme in self.ways:
            got = self.curl(*how, "-w", "%{http_version} %{http_code}", "-b", "a=1; b=2", base + "/api/x?y=1")
            body, _, version = got.rpartition(b"}")
            self.assertEqual(version, b"2 200")
            told = json.loads(body + b"}")
            fields = {name.lower(): value for name, value in told["fields"]}
            self.assertEqual((told["method"], told["path"]), ("GET", "/x?y=1"))
            self.assertEqual(fields["host"], base.split("/")[2])
            self.assertEqual(fields["x-forwarded-proto"], scheme)
            self.assertEqual(fields["via"], "2 portico")
            self.assertEqual(fields["cookie"], "a=1; b=2")
            self.assertNotIn("transfer-encoding", fields)

    def test_a_handshake_that_ends_while_the_server_stops_costs_nobody_anything(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as running, \
                socket.create_connection(("127.0.0.1", self.secure_port), timeout=20) as late:  # fmt: skip
            running.sendall(b"POST /api/up HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
            time.sleep(0.3)
            self.server.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            secure = context.wrap_socket(late, do_handshake_on_connect=False)
            secure.do_handshake()
            self.assertEqual(secure.selected_alpn_protocol(), "h2")
            secure.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
            got = b""
            while piece := secure.recv(4096):
                got += piece
            kinds, place = [], 0
            while place + 9 <= len(got):
                kinds.append(got[place + 3])
                place += 9 + int.from_bytes(got[place:place + 3], "big")
            self.assertIn(7, kinds, "it is told to go away")
            running.sendall(b"y")
            self.assertIn(b" 200 ", running.recv(4096))
        self.assertEqual(self.server.wait(20), 0)

    def test_uploads_and_downloads_arrive_whole(self):
        content = self.folder / "content"
        with open(content, "wb") as file:
            file.writelines(Pattern.pieces(SIZE))
        for base, how, _ in self.ways:
            for framing in [[], ["-H", "Content-Length:"]]:
                told = json.loads(self.curl(*how, "-T", content, *framing, base + "/api/up"))
                self.assertEqual((told["length"], told["sha256"]), (SIZE, Pattern.digest(SIZE)), (base, framing))
            for kind in ["bytes", "chunks"]:
                self.curl(*how, "-o", self.folder / "got", f"{base}/api/{kind}/{SIZE}")
                self.assertEqual((self.folder / "got").read_bytes(), content.read_bytes(), (base, kind))

    def test_small_bodies_of_unknown_length_end(self):
        for base, how, _ in self.ways:
            for body in ["", "x", "y" * 5000]:
                told = json.loads(
                    subprocess.run(
                        [CURL, "-sS", "-m", "10", *how, "-T", "-", base + "/api/up"], input=body.encode(),
                        capture_output=True, timeout=20).stdout)  # fmt: skip
                self.assertEqual(told["length"], len(body), base)

    def test_an_upload_waits_for_a_slow_backend(self):
        content = self.folder / "content"
        with open(content, "wb") as file:
            file.writelines(Pattern.pieces(SIZE))
        for base, how, _ in self.ways:
            self.curl(*how, base + "/api/x")
            with MemoryWatch(self.server.pid) as watch:
                told = json.loads(self.curl(*how, "-T", content, base + "/api/late/1"))
            self.assertEqual((told["length"], told["sha256"]), (SIZE, Pattern.digest(SIZE)), base)
            self.assertLessEqual(watch.growth, 16 << 20, base)

    def test_a_client_that_leaves_is_logged(self):
        for number, (base, how, _) in enumerate(self.ways):
            curl = subprocess.Popen([CURL, "-s", *how, base + "/api/late/3"], stdout=subprocess.DEVNULL)
            time.sleep(1)
            curl.kill()
            curl.wait()
            line = self.access_lines(number + 1)[-1]
            self.assertEqual((line["status"], line["reason"]), (499, "client_gone"), base)

    @unittest.skipUnless(NGHTTP, "nghttp is not installed")
    def test_trailers_reach_the_client(self):
        for base, _, _ in self.ways:
            done = subprocess.run([NGHTTP, "-nv", "-t", "10", base + "/api/trailers"], capture_output=True, text=True, timeout=20)
            self.assertRegex(done.stdout, r"x-sum: 7", base + done.stderr + self.said())

    def test_head_and_errors(self):
        for base, how, _ in self.ways:
            got = self.curl(*how, "-I", base + "/api/bytes/77").decode().lower()
            self.assertTrue(got.startswith("http/2 200"), got)
            self.assertIn("content-length: 77\r\n", got)
            got = self.curl(*how, "-o", self.folder / "none", "-w", "%{http_code}", "-X", "TRACE", base + "/api/x")
            self.assertEqual(got, b"405")

    @unittest.skipUnless(H2LOAD, "h2load is not installed")
    def test_many_streams_at_once(self):
        for base, _, _ in self.ways:
            for extra in [[], ["-d", str(self.folder / "site/index.html")]]:
                done = subprocess.run(
                    [H2LOAD, "-n", "2000", "-c", "4", "-m", "20", *extra, base + "/api/x"], capture_output=True, text=True,
                    timeout=90)  # fmt: skip
                told = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", done.stdout)
                self.assertEqual(told and told.groups(), ("2000", "0", "0"), done.stdout + done.stderr)
                self.assertIn("status codes: 2000 2xx", done.stdout)


if __name__ == "__main__":
    unittest.main()
