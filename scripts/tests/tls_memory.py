#!/usr/bin/env python3
"""Clients that leave TLS without a goodbye, one after another: little memory is held meanwhile, and all is given back afterwards.

    PORTICO=.build/debug/portico python3 scripts/tests/tls_memory.py
"""

import contextlib
import socket
import ssl
import time
import unittest

from live import Case, free_port, resident_bytes, self_signed, wait_until

MIB = 1 << 20


class TLSMemory(Case):
    def setUp(self):
        super().setUp()
        certificate, key = self_signed(self.folder)
        self.port_of_tls = free_port()
        self.process = self.portico(
            routes="", extra=f'[ssl]\nenabled = true\nport = {self.port_of_tls}\ncert_file = "{certificate}"\nkey_file = "{key}"')
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def come_and_go(self, seconds, at_least=0):
        """For so long, and so many; how many they were."""
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end or count < at_least:
            with socket.create_connection(("127.0.0.1", self.port_of_tls), timeout=30) as connection:
                # Its close sends no close_notify, and what the server said is left unread.
                with contextlib.suppress(ssl.SSLError), self.context.wrap_socket(connection):
                    count += 1
        return count

    def test_memory_of_those_that_left(self):
        self.come_and_go(1)
        before, count = resident_bytes(self.process.pid), self.come_and_go(6, at_least=1100)
        held = resident_bytes(self.process.pid) - before
        # Each takes some 20 KiB: of six seconds' clients those of one may still be held, and the holes they leave.
        self.assertLess(held, count * 20 * 1024 / 2, f"{held / MIB:.1f} MiB after {count} connections")
        wait_until(lambda: resident_bytes(self.process.pid) - before < 4 * MIB, 15, "the memory is given back")


if __name__ == "__main__":
    unittest.main()
