#!/usr/bin/env python3
"""Root only to bind: who Portico is once it serves, and what it may do then. Skipped where the tests are not root.

    PORTICO=.build/debug/portico python3 scripts/tests/privileges.py
"""

import grp
import os
import pathlib
import pwd
import shutil
import signal
import socket
import unittest

from live import BINARY, Case, processes_of, wait_until


@unittest.skipUnless(os.geteuid() == 0, "only root can give up being root")
class Privileges(Case):
    def setUp(self):
        super().setUp()
        # Where nobody may look: the site has to be readable, as on any server.
        self.folder.chmod(0o755)
        shutil.copy(BINARY, self.folder / "portico")
        self.nobody = pwd.getpwnam("nobody")
        # A port that only root may bind, where the system has such ports.
        first = int(pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
        if first > 1:
            self.port = next(port for port in range(min(first, 1024) - 1, 600, -1) if self.is_free(port))

    @staticmethod
    def is_free(port):
        try:
            socket.create_server(("127.0.0.1", port)).close()
            return True
        except OSError:
            return False

    def serve(self, server='user = "nobody"', wait=True, extra=""):
        config = self.configure("", f"threads = 2\n{server}", extra=f"[admin]\nenabled = false\n{extra}")
        process = self.launch([self.folder / "portico", "serve", "--config", config], self.port if wait else None)
        # The sockets listen before the process has become the user; who is answered meets nobody else.
        if wait:
            self.assertEqual(self.ask()[0], 200)
        return process

    def test_every_thread_is_the_user_for_good(self):
        (self.folder / "site/secret.html").write_text("for root alone")
        (self.folder / "site/secret.html").chmod(0o600)
        process = self.serve()
        for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            self.assertEqual(fields["Uid"].split(), [str(self.nobody.pw_uid)] * 4)
            self.assertEqual(fields["Gid"].split(), [str(self.nobody.pw_gid)] * 4)
            self.assertNotIn("0", fields["Groups"].split())
            self.assertEqual(int(fields["CapEff"], 16), 0)
        self.assertNotEqual(self.ask("/secret.html")[0], 200, "what the user may not read is not served")
        logs = self.folder / "logs"
        self.assertEqual(logs.stat().st_uid, self.nobody.pw_uid)
        log = next(logs.glob("*.log"))
        self.assertEqual(log.stat().st_uid, self.nobody.pw_uid)
        # It may write there still.
        log.rename(logs / "moved")
        process.send_signal(signal.SIGUSR1)
        wait_until(log.exists, 30, "the log is opened anew")
        # Its successor needs no right that it has not.
        process.send_signal(signal.SIGUSR2)
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.ask()[0], 200)
        for pid in processes_of(self.folder / "portico"):
            self.assertEqual(pathlib.Path(f"/proc/{pid}").stat().st_uid, self.nobody.pw_uid)
            os.kill(pid, signal.SIGKILL)

    def test_warnings_are_told_once_and_none_of_rights_that_are_not_needed(self):
        self.serve(extra="[tracing]\nsample_ratio = 0.5\n")
        wait_until(lambda: "Portico serves" in self.said(), 30, "the start is told")
        self.assertEqual(self.said().count("warning:"), 1, self.said())
        self.assertIn("nothing is sampled", self.said())

    def test_a_group_of_its_own(self):
        process = self.serve('user = "nobody"\ngroup = "daemon"')
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        self.assertIn(f"Gid:\t{grp.getgrnam('daemon').gr_gid}\t", status)

    def test_a_user_or_group_that_is_not_there_is_told(self):
        for server, name in (('user = "nobody-such"', "nobody-such"), ('user = "nobody"\ngroup = "none-such"', "none-such")):
            process = self.serve(server, wait=False)
            self.assertEqual(process.wait(30), 1)
            self.assertIn(name, self.said())


if __name__ == "__main__":
    unittest.main()
