#!/usr/bin/env python3
"""Answers from files, linted with REDbot's httplint: nothing that it calls bad, and no warning but those listed here.

    PORTICO=.build/debug/portico .build/venv/bin/python scripts/tests/static_lint.py
"""

import gzip
import http.client
import time
import unittest

from httplint import HttpRequestLinter, HttpResponseLinter
from httplint.note import levels

from live import Case

# What httplint warns of and what is meant so.
MEANT = {
    # Of fingerprinted files; caches that hold what was asked for with credentials need it.
    "STORE_PUBLIC_UNNECESSARY",
    # The request was bad.
    "STATUS_BAD_REQUEST",
}
# In a multipart each part has its own, and the answer must have none (RFC 9110, 15.3.7.2).
OF_MULTIPART = {"PARTIAL_WITHOUT_RANGE"}


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
        self.etag = self.exchange("GET", "/style.css", {})[1].getheader("ETag")

    def exchange(self, method, path, fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, headers=fields)
        response = connection.getresponse()
        return connection, response, response.read()

    def notes(self, method, path, fields):
        began = time.time()
        _, response, body = self.exchange(method, path, fields)
        request = HttpRequestLinter(start_time=began)
        request.process_request_topline(method.encode(), f"http://127.0.0.1:{self.port}{path}".encode(), b"HTTP/1.1")
        request.process_headers([(b"Host", b"127.0.0.1")] + [(n.encode(), v.encode()) for n, v in fields.items()])
        request.finish_content(True)
        linter = HttpResponseLinter(start_time=began, no_content=method == "HEAD")
        linter.request = request
        linter.process_response_topline(b"HTTP/1.1", str(response.status).encode(), response.reason.encode())
        linter.process_headers([(n.encode(), v.encode()) for n, v in response.getheaders()])
        linter.feed_content(body)
        linter.finish_content(True)
        return response.status, linter.notes

    def cases(self):
        coded = {"Accept-Encoding": "gzip, br, zstd"}
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
        yield "POST", "/style.css", {}, 405

    def test_no_fault_is_found(self):
        faults = []
        for method, path, fields, status in self.cases():
            got, notes = self.notes(method, path, fields)
            self.assertEqual(got, status, (method, path, fields))
            meant = MEANT | OF_MULTIPART if "," in fields.get("Range", "") else MEANT
            for note in notes:
                name = type(note).__name__
                if note.level in (levels.BAD, levels.WARN) and name not in meant:
                    faults.append(f"{method} {path} {fields}: {got} {note.level.value} {name}: {note.summary}")
        self.assertEqual(faults, [], "\n" + "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
