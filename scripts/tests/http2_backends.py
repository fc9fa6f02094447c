#!/usr/bin/env python3
"""HTTP/2 backends: nghttpd in clear text and over TLS, before HTTP/1 and HTTP/2 clients.

    PORTICO=.build/debug/portico python3 scripts/tests/http2_backends.py
"""

import subprocess
import unittest

from live import Case, MemoryWatch, Pattern, answers, free_port, program, self_signed, wait_until

CURL, H2LOAD, NGHTTP, NGHTTPD, OPENSSL = (program(name) for name in ["curl", "h2load", "nghttp", "nghttpd", "openssl"])
SIZE = 20 << 20


@unittest.skipUnless(CURL and NGHTTPD and OPENSSL, "curl, nghttpd and openssl are not installed")
class HTTP2Backends(Case):
    def setUp(self):
        super().setUp()
        self.files = self.folder / "files"
        self.files.mkdir()
        (self.files / "small").write_bytes(b"hello\n")
        with open(self.files / "large", "wb") as file:
            file.writelines(Pattern.pieces(SIZE))
        self.certificate, self.key = self_signed(self.folder)

    def backend(self, *words, secure=False, port=None):
        port = port or self.backend_port
        files = [self.key, self.certificate] if secure else []
        return self.launch([NGHTTPD, *([] if secure else ["--no-tls"]), "-d", self.files, *words, str(port), *files], port)

    def ways(self):
        """Both kinds of clear text and TLS backends, each behind one start."""
        secure_port = free_port()
        self.backend("--echo-upload")
        self.backend("--echo-upload", secure=True, port=secure_port)
        self.server = self.portico(f"""
[[proxy]]
path = "/clear/*"
target = "http://127.0.0.1:{self.backend_port}"
protocol = "h2c"
[[proxy]]
path = "/secure/*"
target = "https://127.0.0.1:{secure_port}"
protocol = "h2"
tls = {{ ca_file = "{self.certificate}" }}
""")
        return ["clear", "secure"]

    def curl(self, *words, **how):
        done = subprocess.run([CURL, "-sS", "-m", "60", *map(str, words)], capture_output=True, timeout=90, **how)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_answers_and_uploads_come_whole(self):
        for way in self.ways():
            base = f"http://127.0.0.1:{self.port}/{way}"
            for how in [["--http1.1"], ["--http2-prior-knowledge"]]:
                self.assertEqual(self.curl(*how, base + "/small"), b"hello\n")
                self.assertEqual(self.curl(*how, base + "/large"), (self.files / "large").read_bytes())
                got = self.curl(*how, "-T", self.files / "large", base + "/echo")
                self.assertEqual(got, (self.files / "large").read_bytes(), (way, how))
                got = self.curl(*how, "-T", "-", base + "/echo", input=b"unknown length")
                self.assertEqual(got, b"unknown length")
                self.assertEqual(self.curl(*how, "-o", "/dev/null", "-w", "%{http_code}", base + "/none"), b"404")
                head = self.curl(*how, "-I", base + "/small").decode().lower()
                self.assertIn("content-length: 6\r\n", head)

    @unittest.skipUnless(NGHTTP, "nghttp is not installed")
    def test_trailers_come_through(self):
        self.backend("--trailer", "x-sum: 7")
        self.portico(f'[[proxy]]\npath = "/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nprotocol = "h2c"\n')
        done = subprocess.run([NGHTTP, "-nv", "-t", "10", f"http://127.0.0.1:{self.port}/small"], capture_output=True, text=True, timeout=20)
        self.assertRegex(done.stdout, r"x-sum: 7", done.stderr + self.said())

    def test_a_slow_client_holds_back_the_backend(self):
        for way in self.ways():
            url = f"http://127.0.0.1:{self.port}/{way}"
            self.curl(url + "/small")
            with MemoryWatch(self.server.pid) as watch:
                got = self.curl("--limit-rate", "8M", url + "/large")
            self.assertEqual(len(got), SIZE)
            self.assertLessEqual(watch.growth, 8 << 20, way)

    @unittest.skipUnless(H2LOAD, "h2load is not installed")
    def test_many_streams_share_few_connections(self):
        for way in self.ways():
            for client in [["--h1", "-c", "16"], ["-c", "4", "-m", "25"]]:
                done = subprocess.run(
                    [H2LOAD, "-n", "4000", *client, f"http://127.0.0.1:{self.port}/{way}/small"], capture_output=True, text=True,
                    timeout=90)  # fmt: skip
                self.assertIn("status codes: 4000 2xx", done.stdout, done.stdout + done.stderr + self.said())

    def test_a_backend_with_few_streams_is_asked_over_more_connections(self):
        self.backend("-m", "2")
        self.portico(f'[[proxy]]\npath = "/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nprotocol = "h2c"\n')
        curls = [
            subprocess.Popen([CURL, "-sS", "-m", "30", "--limit-rate", "10M", "-o", "/dev/null", "-w", "%{http_code}",
                              f"http://127.0.0.1:{self.port}/large"], stdout=subprocess.PIPE)
            for _ in range(12)
        ]  # fmt: skip
        self.assertEqual([curl.communicate(timeout=60)[0] for curl in curls], [b"200"] * 12)

    def test_a_backend_that_restarts_costs_nothing_but_what_it_was_sending(self):
        backend = self.backend()
        self.portico(f'[[proxy]]\npath = "/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nprotocol = "h2c"\n')
        url = f"http://127.0.0.1:{self.port}/small"
        self.assertEqual(self.curl(url), b"hello\n")
        backend.kill()
        backend.wait(10)
        self.assertEqual(self.curl("-o", "/dev/null", "-w", "%{http_code}", url), b"502")
        self.backend()
        wait_until(lambda: answers(self.backend_port), 5, "the backend is back")
        self.assertEqual(self.curl(url), b"hello\n")
        reasons = {line.get("reason") for line in self.access_lines(3)}
        self.assertLessEqual(reasons, {"ok", "connect_refused", "upstream_reset"})

    def test_a_backend_that_speaks_http_1_is_told_apart(self):
        port = free_port()
        self.backend(secure=True, port=port)
        self.portico(f'[[proxy]]\npath = "/*"\ntarget = "http://127.0.0.1:{port}"\nprotocol = "h2c"\n')
        self.assertEqual(self.curl("-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{self.port}/small"), b"502")


if __name__ == "__main__":
    unittest.main()
