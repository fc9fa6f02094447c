#!/usr/bin/env python3
"""Every line of what static files must do, for Portico alone; scripts/conformance compares it with other servers.

    PORTICO=.build/debug/portico python3 scripts/tests/static_conformance.py
"""

import tempfile
import unittest

from conformance import suite


class StaticConformance(unittest.TestCase):
    def test_every_row_holds(self):
        # Bounds of time are wider here than in the semantics, and by a clock that stands still while the machine does (beat.py): other
        # tests may keep it busy.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            faults = suite.with_server("portico", folder, patience=3.0)
        missed = {row.text: found for row, found in faults.items() if found}
        print(f"{len(faults) - len(missed)} of {len(faults)} rows", flush=True)
        self.assertEqual(missed, {})


if __name__ == "__main__":
    unittest.main()
