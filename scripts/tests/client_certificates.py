#!/usr/bin/env python3
"""A backend over TLS that wants a certificate of its clients.

    PORTICO=.build/debug/portico python3 scripts/tests/client_certificates.py
"""

import ssl
import threading
import unittest

from live import Backend, Case, Handler, program, self_signed

OPENSSL = program("openssl")


class Hello(Handler):
    def do_GET(self):
        names = dict(pair[0] for pair in self.connection.getpeercert().get("subject", ()))
        self.answer(names.get("commonName", "nobody").encode())


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class ClientCertificates(Case):
    def setUp(self):
        super().setUp()
        self.authority, key = self_signed(self.folder, "backend")
        self.client = self_signed(self.folder, "portico")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, key)
        context.load_verify_locations(self.client[0])
        context.verify_mode = ssl.CERT_REQUIRED
        server = Backend(("127.0.0.1", self.backend_port), Hello)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def ask(self, tls):
        self.portico(f'[[proxy]]\npath = "*"\ntarget = "https://localhost:{self.backend_port}"\ntls = {{ ca_file = "{self.authority}", {tls} }}\n')
        connection = self.connect()
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status, response.read()

    def test_the_certificate_of_the_route_is_shown(self):
        certificate, key = self.client
        self.assertEqual(self.ask(f'cert_file = "{certificate}", key_file = "{key}"'), (200, b"portico"))

    def test_without_one_the_backend_refuses(self):
        self.assertEqual(self.ask("verify = true")[0], 502)


if __name__ == "__main__":
    unittest.main()
