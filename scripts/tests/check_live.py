#!/usr/bin/env python3
"""`portico check --live`: which targets can be connected to.

    PORTICO=.build/debug/portico python3 scripts/tests/check_live.py
"""

import json
import socket
import subprocess
import unittest

from live import BINARY, Case, free_port


class CheckLive(Case):
    def check(self, routes, *flags):
        config = self.folder / "app_config.toml"
        config.write_text('[static]\ndirectory = "./site"\n' + routes)
        return subprocess.run([BINARY, "check", config.name, *flags], cwd=self.folder, text=True, capture_output=True,
                              timeout=30)

    def test_every_target_is_tried_and_told_with_its_place(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            open_port, closed = listener.getsockname()[1], free_port()
            routes = f"""
[[proxy]]
path = "/a"
targets = ["http://127.0.0.1:{open_port}", {{ url = "http://127.0.0.1:{closed}", id = "second" }}]
[[proxy]]
path = "/b"
target = "http://nowhere.invalid:3000"
[[proxy]]
path = "/c"
targets = [{{ url = "http://127.0.0.1:{closed}", enabled = false }}]
"""
            result = self.check(routes, "--live")
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertRegex(result.stdout, rf"127\.0\.0\.1:{open_port}: connected in \d+ ms")
            column = len(f'targets = ["http://127.0.0.1:{open_port}", ') + 1
            self.assertIn(f"app_config.toml:6:{column}: error: target second (127.0.0.1:{closed}) cannot be reached: "
                          "connection refused", result.stderr)
            self.assertIn("app_config.toml:9:10: error: target nowhere.invalid:3000 cannot be reached: "
                          "its name does not resolve", result.stderr)
            self.assertEqual(result.stderr.count("error:"), 2, result.stderr)
            report = json.loads(self.check(routes, "--live", "--json").stdout)
            self.assertEqual((report["ok"], report["errors"]), (False, 2))
            self.assertEqual(self.check(routes).returncode, 0, "without --live nothing is connected")

    def test_all_well_exits_with_0(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            result = self.check(f'[[proxy]]\npath = "/a"\ntarget = "http://127.0.0.1:{port}"\n', "--live")
            self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
