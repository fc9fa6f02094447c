"""REDbot's httplint over answers; of a walk through the site as a row, where httplint is installed (.build/venv)."""

import time

from .rows import row

try:
    from httplint import HttpRequestLinter, HttpResponseLinter
    from httplint.note import levels
except ImportError:
    HttpResponseLinter = None

# What it warns of and what is meant so: fingerprinted files are public also for requests with credentials; the parts of a multipart
# have their own Content-Range (RFC 9110, 15.3.7.2).
MEANT = {"STORE_PUBLIC_UNNECESSARY"}
OF_MULTIPART = {"PARTIAL_WITHOUT_RANGE"}
CODED = {"Accept-Encoding": "gzip, br, zstd"}


def walk(tag):
    for path in ["/", "/style.css", "/assets/app.3f2a1b9c.js", "/tiny.txt", "/empty.txt", "/numbers.bin"]:
        for method in ["GET", "HEAD"]:
            yield method, path, {}
            yield method, path, CODED
    yield "GET", "/ready.css", {"Accept-Encoding": "gzip"}
    yield "GET", "/users/7", {"Accept": "text/html"}
    yield "GET", "/style.css", {"If-None-Match": tag}
    yield "GET", "/style.css", {"If-Match": '"other"'}
    yield "GET", "/none.css", {}
    yield "GET", "/sub", {}
    yield "POST", "/style.css", {"Content-Length": "0"}
    for asked in ["bytes=0-99", "bytes=-1", "bytes=0-0,100-199", "bytes=999999-"]:
        yield "GET", "/numbers.bin", {"Range": asked}


def notes(answer, method, path, fields, began):
    request = HttpRequestLinter(start_time=began)
    request.process_request_topline(method.encode(), f"http://site.test{path}".encode(), b"HTTP/1.1")
    request.process_headers([(b"Host", b"site.test")] + [(n.encode(), v.encode()) for n, v in fields.items()])
    request.finish_content(True)
    linter = HttpResponseLinter(start_time=began, no_content=method == "HEAD")
    linter.request = request
    linter.process_response_topline(b"HTTP/1.1", str(answer.status).encode(), answer.reason.encode())
    linter.process_headers([(name.encode(), value.encode()) for name, value in answer.fields])
    linter.feed_content(answer.body)
    linter.finish_content(True)
    return linter.notes


def linted(wire, method, path, fields, meant=MEANT):
    """An answer, and by name what is bad or a warning there and not `meant`."""
    began = time.time()
    answer = wire.ask(method, path, **fields)
    if "," in fields.get("Range", ""):
        meant = meant | OF_MULTIPART
    found = notes(answer, method, path, fields, began)
    return answer, {type(note).__name__: note for note in found if note.level in (levels.BAD, levels.WARN) and type(note).__name__ not in meant}


def httplint(t):
    tag = t.get("/style.css")["ETag"]
    for method, path, fields in walk(tag):
        for name in linted(t, method, path, fields)[1]:
            t.expect(False, f"{name} ({method} {path})")


if HttpResponseLinter is not None:
    row("Types and fields", "REDbot's `httplint` neither finds a fault nor warns, over files, errors, redirects, ranges and conditions")(httplint)
