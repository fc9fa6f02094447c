#!/usr/bin/env python3
"""scripts/drills/chaos, short: backends die and freeze, clients leave and dawdle, files are reloaded; nothing leaks, every request
is in the log once.

    PORTICO=.build/debug/portico python3 scripts/tests/chaos.py
"""

import pathlib
import subprocess
import sys
import unittest

DRILL = pathlib.Path(__file__).resolve().parent.parent / "drills/chaos"


class Chaos(unittest.TestCase):
    def test_a_few_seconds_of_it(self):
        ran = subprocess.run([sys.executable, DRILL, "--quick", "--clients", "20"], capture_output=True, text=True, timeout=300)
        print(ran.stdout, flush=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)


if __name__ == "__main__":
    unittest.main()
