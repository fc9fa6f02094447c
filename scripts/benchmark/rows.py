"""What is measured: one row per kind of work, with the goal set for Portico. Data only; measure.py does the work."""

import dataclasses
import sys


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    group: str
    title: str
    # wrk, wrk-many, first-byte, h2load, paced, websocket, streams, handshake, routes and targets (wrk after a start with 1,000 of
    # them), start, memory, stream-memory
    tool: str
    path: str = "/small.css"
    # http, https or h2c: which of a server's ports
    port: str = "http"
    # The file whose bytes the answer has; None where the server compresses as it likes.
    body: str | None = "small.css"
    headers: tuple = ()
    conditional: bool = False
    # Paced rows: at half of what nginx did in this row.
    pace_of: str = ""
    # The goal: Portico's CPU per request as a multiple of nginx's, at most.
    goal: float | None = None


ROWS = (
    Row("static-1k", "static", "1 KiB file", "wrk", goal=0.70),
    Row("static-1k-br", "static", "1 KiB file, its brotli variant negotiated", "wrk", body="small.css.br",
        headers=("Accept-Encoding: br",), goal=0.70),
    # Beside static-1k: what many files cost more than one. At most 1.15 times as much is the goal.
    Row("static-5000", "static", "5,000 files of 1 KiB, one at random each time", "wrk-many", path="/many/0.css", body="many/0.css"),
    Row("static-304", "static", "304 to If-None-Match", "wrk", body="", conditional=True, goal=0.90),
    Row("static-1m", "static", "1 MiB file", "wrk", path="/large.bin", body="large.bin", goal=0.55),
    Row("proxy-1k", "proxy", "proxied, 1 KiB", "wrk", path="/api/small.css", goal=1.00),
    Row("proxy-1m", "proxy", "proxied, 1 MiB", "wrk", path="/api/large.bin", body="large.bin"),
    Row("proxy-100m", "proxy", "proxied streams of 100 MiB, per MiB", "streams", path="/api/huge.bin", body="api/huge.bin"),
    Row("proxy-routes", "proxy", "proxied, 1 KiB, the last of 1,000 routes", "routes", path="/api/small.css"),
    Row("proxy-targets", "proxy", "proxied, 1 KiB, by a route of 1,000 targets", "targets", path="/api/small.css"),
    Row("websocket", "proxy", "WebSocket echo, 128 bytes", "websocket", path="/socket", body="", goal=1.00),
    Row("tls-1k", "tls", "TLS, HTTP/1.1, 1 KiB", "wrk", port="https", goal=0.90),
    Row("tls-handshake", "tls", "full TLS 1.3 handshake", "handshake", port="https", goal=0.80),
    Row("h2-1k-tls", "h2", "HTTP/2 over TLS, 1 KiB", "h2load", port="https", goal=1.00),
    Row("h2-1k-clear", "h2", "HTTP/2 in clear text, 1 KiB", "h2load", port="h2c", goal=1.00),
    Row("paced-1k", "paced", "1 KiB file at half of nginx's full load", "paced", pace_of="static-1k"),
    Row("paced-proxy-1k", "paced", "proxied, 1 KiB, at half of nginx's full load", "paced", path="/api/small.css",
        pace_of="proxy-1k"),
    # Late: the best encodings of all these scripts are made in the background for minutes after it.
    # The browser's header; nginx answers in gzip, the others in what they like best.
    Row("static-first", "static", "script of 200 KiB, first hit, compressed on the fly", "first-byte", path="/first/0.js", body=None,
        headers=("Accept-Encoding: gzip, deflate, br, zstd",)),
    Row("static-first-gzip", "static", "the same, for a client that takes gzip alone", "first-byte", path="/first/0.js", body=None,
        headers=("Accept-Encoding: gzip",)),
    Row("start", "start", "start to the first answered request", "start"),
    Row("memory", "memory", "resident memory", "memory"),
    Row("stream-memory", "memory", "resident memory of streams", "stream-memory", path="/api/huge.bin"),
)


def select(text):
    """The rows whose name or group is in a comma-separated list; all of them where the list is empty."""
    wanted = [word for word in text.split(",") if word]
    known = {row.name for row in ROWS} | {row.group for row in ROWS}
    if unknown := [word for word in wanted if word not in known]:
        sys.exit(f"bench: no such row: {', '.join(unknown)} (known: {', '.join(sorted(known))})")
    return [row for row in ROWS if not wanted or row.name in wanted or row.group in wanted]
