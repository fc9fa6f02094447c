#!/usr/bin/env python3
"""Answers from files, linted with REDbot's httplint: nothing that it calls bad, and no warning but those listed here.

    PORTICO=.build/debug/portico .build/venv/bin/python scripts/tests/static_lint.py
"""

import gzip
import unittest

from conformance import lint
from conformance.wire import Wire
from live import Case

# The request was bad: that is what some of them are about.
MEANT = lint.MEANT | {"STATUS_BAD_REQUEST"}


class StaticLint(Case):
    def setUp(self):
        super().setUp()
        site = self.folder / "site"
        text = "body { color: red }\n" * 200
        for name in ["style.css", "app.3f2a1b9c.css", "sub/index.html", "about.html", "fonts/a.woff2"]:
            (site / name).parent.mkdir(exist_ok=True)
            (site / name).write_text(text)
        (site / "tiny.txt").write_text("tiny")
        (site / "empty.txt").write_text("")
        (site / "ready.js").write_text(text)
        (site / "ready.js.gz").write_bytes(gzip.compress(text.encode()))
        (site / "large.bin").write_bytes(bytes(range(256)) * 2000)
        config = 'clean_urls = true\nheaders = [{ match = "/fonts/*", set = { "Access-Control-Allow-Origin" = "*" } }]\n'
        self.server = self.portico(routes=config)
        self.wire = Wire(self.port, timeout=10)
        self.etag = self.wire.get("/style.css")["ETag"]

    def cases(self):
        coded = lint.CODED
        for method in ["GET", "HEAD"]:
            yield method, "/", {}, 200
            yield method, "/", {"Accept": "text/html"} | coded, 200
            for path in ["/style.css", "/app.3f2a1b9c.css", "/tiny.txt", "/empty.txt", "/large.bin", "/about", "/fonts/a.woff2"]:
                yield method, path, {}, 200
            yield method, "/style.css", coded, 200
            yield method, "/style.css", {"Accept-Encoding": "gzip"}, 200
            yield method, "/ready.js", coded, 200
            yield method, "/users/7", {"Accept": "text/html"}, 200
            yield method, "/style.css", {"If-None-Match": self.etag}, 304
            yield method, "/style.css", {"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"}, 304
            yield method, "/style.css", {"If-Match": '"other"'}, 412
            yield method, "/none.css", {}, 404
            yield method, "/none.css", {"Accept": "text/html"}, 404
            yield method, "/sub", {}, 308
            yield method, "/about.html?q=1", {}, 308
            yield method, "/%zz", {}, 400
        for path in ["/style.css", "/large.bin"]:
            yield "GET", path, {"Range": "bytes=0-99"}, 206
            yield "GET", path, {"Range": "bytes=-1"}, 206
            yield "GET", path, {"Range": "bytes=0-0,100-199"} | coded, 206
            yield "GET", path, {"Range": "bytes=999999-"}, 416
        yield "OPTIONS", "/style.css", {}, 204
        yield "POST", "/style.css", {"Content-Length": "0"}, 405

    def test_no_fault_is_found(self):
        faults = []
        for method, path, fields, status in self.cases():
            answer, found = lint.linted(self.wire, method, path, fields, MEANT)
            self.assertEqual(answer.status, status, (method, path, fields))
            for name, note in found.items():
                faults.append(f"{method} {path} {fields}: {status} {note.level.value} {name}: {note.summary}")
        self.assertEqual(faults, [], "\n" + "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
