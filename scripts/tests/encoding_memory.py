#!/usr/bin/env python3
"""The best encodings are made in the background in bounded memory, which goes back afterwards: peaks of a real process, as the kernel
keeps them.

    PORTICO=.build/debug/portico python3 scripts/tests/encoding_memory.py
"""

import pathlib
import random
import unittest

from conformance.wire import Wire
from live import Case, resident_bytes, status_bytes, wait_until

# docs/static.md: 18 MiB for brotli's encoder, 14 for Zstandard's; twice the file; and as much again for what else goes on.
MOST_EACH = {"br": (18 + 4) << 20, "zstd": (14 + 4) << 20}
# Besides what the cache holds then: what malloc keeps of small blocks.
MOST_KEPT = 8 << 20
SIZE = 1 << 20
FILES = 2


def script(number):
    """A MiB of words that compress as scripts do."""
    dice = random.Random(number)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(2, 9))) for _ in range(3000)]
    return " ".join(dice.choices(words, k=SIZE // 4))[:SIZE]


class EncodingMemory(Case):
    def setUp(self):
        super().setUp()
        for number in range(FILES):
            (self.folder / f"site/app{number}.js").write_text(script(number))
        self.server = self.portico(routes="", extra="[admin]\nenabled = false\n")
        self.wire = Wire(self.port, timeout=60)

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.server.pid}/clear_refs").write_text("5")

    def get(self, number, coding):
        answer = self.wire.get(f"/app{number}.js", Accept_Encoding=coding)
        self.assertEqual((answer.status, answer.coding), (200, coding))
        return answer

    def test_the_best_encodings_keep_to_their_memory_and_give_it_back(self):
        self.wire.get("/")
        start, held = resident_bytes(self.server.pid), 0
        for coding, most in MOST_EACH.items():
            for number in range(FILES):
                before = resident_bytes(self.server.pid)
                self.forget_peak()
                self.assertIn("quick", self.get(number, coding)["ETag"])
                wait_until(lambda: "quick" not in self.get(number, coding)["ETag"], 120, "the best encoding")
                peak = status_bytes(self.server.pid, "VmHWM")
                held += len(self.get(number, coding).body)
                print(f"{coding}: {(peak - before) / (1 << 20):.1f} MiB more at its peak", flush=True)
                self.assertGreater(peak - before, 4 << 20, "no encoding was seen")
                self.assertLessEqual(peak - before, most)
        wait_until(lambda: resident_bytes(self.server.pid) <= start + held + MOST_KEPT, 30, f"of {resident_bytes(self.server.pid) >> 10} KiB all goes back but what {start + held + MOST_KEPT >> 10} explain")


if __name__ == "__main__":
    unittest.main()
