#!/usr/bin/env python3
"""A gibibyte up and a gibibyte down through the proxy: every byte right, memory flat.

    PORTICO=.build/debug/portico python3 scripts/tests/large_bodies.py
"""

import hashlib
import json
import os
import time
import unittest

from live import Case, EchoHandler, MemoryWatch, Pattern

SIZE = int(os.environ.get("LARGE_BODY_MIB", "1024")) << 20
MOST_GROWTH = 16 << 20


class LargeBodies(Case):
    @classmethod
    def setUpClass(cls):
        cls.digest = Pattern.digest(SIZE)

    def setUp(self):
        super().setUp()
        self.python_backend(EchoHandler)
        self.server = self.portico()
        # What the first request of all allocates is not growth.
        connection = self.connect()
        connection.request("GET", "/api/bytes/1000000")
        connection.getresponse().read()

    def tell(self, what, began, watch):
        seconds = time.monotonic() - began
        print(f"{what}: {SIZE >> 20} MiB in {seconds:.1f} s, {SIZE / seconds / (1 << 20):.0f} MiB/s, "
              f"resident {watch.start >> 10} KiB, growth {watch.growth >> 10} KiB", flush=True)  # fmt: skip

    def test_upload(self):
        connection = self.connect(timeout=60)
        began = time.monotonic()
        with MemoryWatch(self.server.pid) as watch:
            connection.request("PUT", "/api/up", body=Pattern.pieces(SIZE), headers={"Content-Length": str(SIZE)})
            told = json.loads(connection.getresponse().read())
        self.tell("upload", began, watch)
        self.assertEqual((told["length"], told["sha256"]), (SIZE, self.digest))
        self.assertLessEqual(watch.growth, MOST_GROWTH)

    def test_download(self):
        for kind in ["bytes", "chunks"]:
            connection = self.connect(timeout=60)
            digest, length = hashlib.sha256(), 0
            began = time.monotonic()
            with MemoryWatch(self.server.pid) as watch:
                connection.request("GET", f"/api/{kind}/{SIZE}")
                response = connection.getresponse()
                while piece := response.read(1 << 18):
                    digest.update(piece)
                    length += len(piece)
            self.tell(f"download, {kind}", began, watch)
            self.assertEqual((length, digest.hexdigest()), (SIZE, self.digest))
            self.assertLessEqual(watch.growth, MOST_GROWTH)


if __name__ == "__main__":
    unittest.main()
