#!/usr/bin/env python3
"""scripts/drills/churn, short: files are replaced, deleted and added under load, and no body is wrong or out of date.

    PORTICO=.build/debug/portico python3 scripts/tests/site_churn.py       SITE_CHURN_REQUESTS=1000000 for a long one
"""

import os
import pathlib
import subprocess
import sys
import unittest

DRILL = pathlib.Path(__file__).resolve().parent.parent / "drills/churn"
# A second is promised. What the machine stands still for does not count, but other tests may also take turns that were the server's.
LATE = 3.0


class SiteChurn(unittest.TestCase):
    def test_bodies_and_memory(self):
        requests = os.environ.get("SITE_CHURN_REQUESTS", "20000")
        ran = subprocess.run([sys.executable, DRILL, "--requests", requests, "--late", str(LATE)], capture_output=True, text=True)
        print(ran.stdout, flush=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)


if __name__ == "__main__":
    unittest.main()
