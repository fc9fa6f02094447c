#!/usr/bin/env python3
"""scripts/drills/logs, short: a full disk and kill -9 within a rotation lose no line that is not counted, and none is there twice.

    PORTICO=.build/debug/portico python3 scripts/tests/log_drill.py
"""

import pathlib
import subprocess
import sys
import unittest

DRILL = pathlib.Path(__file__).resolve().parent.parent / "drills/logs"


def may_mount():
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    return tried.returncode == 0


class LogDrill(unittest.TestCase):
    def drill(self, *options):
        ran = subprocess.run([sys.executable, DRILL, "--short", *options], capture_output=True, text=True)
        print(ran.stdout, flush=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    @unittest.skipUnless(may_mount(), "no right to mount a small disk")
    def test_a_full_disk(self):
        self.drill("--only", "disk")

    def test_kills_within_a_rotation(self):
        self.drill("--only", "kill")


if __name__ == "__main__":
    unittest.main()
