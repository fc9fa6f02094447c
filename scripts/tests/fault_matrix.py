#!/usr/bin/env python3
"""Backends that fail in every way we know: what the client sees, what is logged, what the breaker counts, and that the
next request works. Real nginx and Python, and a backend that is scripted byte by byte.

    PORTICO=.build/debug/portico python3 scripts/tests/fault_matrix.py
    PORTICO=.build/debug/portico python3 scripts/tests/fault_matrix.py --write      also writes docs/fault-matrix.md
"""

import contextlib
import dataclasses
import signal
import socket
import sys
import time
import unittest
from collections.abc import Callable

from live import ROOT, Case, Handler, free_port, program, wait_until
from live.client import Client, get, post
from live.scripted import ScriptedBackend

NGINX = program("nginx")
PAGE = ROOT / "docs/fault-matrix.md"
HEAD = "HTTP/1.1 200 OK\r\n"
LONG = HEAD + "Content-Length: 100\r\n\r\n"
CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n"


@dataclasses.dataclass
class Row:
    name: str
    does: str
    # What the client sees, and the reason of the access line.
    sees: str
    reason: str | None
    # What a breaker makes of it: success, failure or neutral.
    counts: str
    script: Callable | None = None
    request: Callable = get
    # None: the scripted backend.
    target: str | None = None


def steps(*texts, end=None):
    """A script that sends the texts and then ends the connection by the named method of the peer, or keeps it."""

    def script(peer, _):
        for text in texts:
            peer.send(text)
        if end is None:
            return True
        getattr(peer, end)()

    return script


def early_413(peer, _):
    peer.read(1000)
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
    peer.finish()
    peer.await_end()


def reset_in_upload(peer, _):
    peer.read(1000)
    peer.reset()


def continued(peer, head):
    peer.send("HTTP/1.1 100 Continue\r\n\r\n" if "100-continue" in head else "")
    body = peer.read(10)
    peer.send(f"{HEAD}Content-Length: {len(body)}\r\n\r\n{body.decode()}")
    return True


def expectation_refused(peer, _):
    peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def unasked_answer(peer, _):
    peer.send(HEAD + "Content-Length: 2\r\n\r\nok" + HEAD + "Content-Length: 6\r\n\r\npoison")
    return True


def slow_steps(*texts):
    def script(peer, _):
        for text in texts:
            peer.send(text)
            time.sleep(0.3)
        return True

    return script


def upload(client, path):
    return client.ask(post(path, length=8_000_000), body=b"x" * 8_000_000)


def expecting(client, path):
    return client.ask(post(path, length=10, extra="Expect: 100-continue\r\n"), body=b"0123456789", awaiting_continue=True)


def head_request(client, path):
    return client.ask(f"HEAD {path} HTTP/1.1\r\nHost: test\r\n\r\n", method="HEAD")


def half_closing(client, path):
    return client.ask(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n", half_close=True)


def leaving(client, path):
    client.send(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
    time.sleep(0.5)
    client.reset()
    return "left"


ROWS = [
    # No connection
    Row("refuse", "refuses the connection", "502", "connect_refused", "failure", target="http://127.0.0.1:{refused}"),
    Row("full", "accepts no connection: its queue is full", "504", "connect_timeout", "failure", target="http://127.0.0.1:{full}"),
    Row("dns-gone", "its name does not resolve", "502", "resolve_failed", "failure", target="http://gone.invalid:80"),
    # Before and in the head
    Row("reset-first", "resets before it answers", "502", "upstream_reset", "failure", steps(end="reset")),
    Row("close-first", "closes before it answers", "502", "upstream_reset", "failure", steps(end="finish")),
    Row("reset-in-head", "resets within the head", "502", "upstream_reset", "failure", steps("HTTP/1.1 200 OK\r\nCont", end="reset")),
    Row("close-in-head", "closes within the head", "502", "truncated_body", "failure", steps("HTTP/1.1 200 OK\r\nCont", end="finish")),
    Row("slow-head", "never answers", "504", "head_timeout", "failure", steps(end="await_end")),
    Row("stuck-in-head", "stops within the head", "504", "head_timeout", "failure", steps("HTTP/1.1 200 OK\r\nCont", end="await_end")),
    Row("garbage", "answers what is no HTTP", "502", "invalid_response", "failure", steps("\x16\x03\x01garbage\r\n\r\n", end="await_end")),
    Row("bad-field", "sends a broken header field", "502", "invalid_response", "failure", steps(HEAD + "Bad Field: x\r\n\r\n", end="await_end")),
    Row("huge-head", "sends a head of 100 KiB", "502", "invalid_response", "failure", steps(HEAD + "X-Huge: " + "x" * 102_400 + "\r\n\r\n", end="await_end")),
    Row("two-lengths", "names two lengths", "502", "invalid_response", "failure", steps(HEAD + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk", end="await_end")),
    Row("unasked-101", "switches protocols unasked", "502", "invalid_response", "failure", steps("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", end="await_end")),
    # In the body
    Row("reset-in-body", "resets within the body", "200, cut", "upstream_reset", "failure", steps(LONG + "0123456789", end="reset")),
    Row("short-length", "closes before its stated length", "200, cut", "truncated_body", "failure", steps(LONG + "0123456789", end="finish")),
    Row("short-chunk", "closes within a chunk", "200, cut", "truncated_body", "failure", steps(CHUNKED + "10\r\n0123", end="finish")),
    Row("no-last-chunk", "closes before the last chunk", "200, cut", "truncated_body", "failure", steps(CHUNKED + "4\r\n0123\r\n", end="finish")),
    Row("bad-chunk-size", "sends a chunk size that is no number", "200, cut", "truncated_body", "failure", steps(CHUNKED + "4\r\n0123\r\nzz\r\n", end="await_end")),
    Row("wrong-chunk-size", "sends more than the chunk size says", "200, cut", "truncated_body", "failure", steps(CHUNKED + "3\r\n0123456\r\n0\r\n\r\n", end="await_end")),
    Row("slow-body", "stops within the body", "200, cut", "idle_timeout", "failure", steps(LONG + "0123456789", end="await_end")),
    Row("trickle", "sends a byte now and then", "200 whole", None, "success", slow_steps(HEAD + "Content-Length: 4\r\n\r\n", "1", "2", "3", "4")),
    # Uploads
    Row("early-413", "answers 413 during the upload and closes", "413 whole, closed", None, "success", early_413, upload),
    Row("reset-in-upload", "resets during the upload", "502, closed", "upstream_reset", "failure", reset_in_upload, upload),
    Row("continue", "sends 100, then takes the body", "100, 200 whole", None, "success", continued, expecting),
    Row("no-expectation", "refuses the expectation", "417 whole, closed", None, "success", expectation_refused, expecting),
    # Unusual but right
    Row("early-hints", "sends 103 first", "103, 200 whole", None, "success", steps("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD + "Content-Length: 2\r\n\r\nok")),
    Row("http-1.0", "speaks HTTP/1.0, ends by closing", "200 whole", None, "success", steps("HTTP/1.0 200 OK\r\n\r\nold", end="finish")),
    Row("no-length", "states no length, ends by closing", "200 whole", None, "success", steps(HEAD + "\r\nall", end="finish")),
    Row("both-framings", "states a length and chunks", "502", "invalid_response", "failure", steps(HEAD + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", end="await_end")),
    Row("half-close", "closes its half behind a whole answer", "200 whole", None, "success", steps(HEAD + "Content-Length: 2\r\n\r\nok", end="finish")),
    Row("surplus", "sends more than its stated length", "200 whole", None, "success", steps(HEAD + "Content-Length: 2\r\n\r\nok surplus")),
    Row("poison", "sends an answer that nobody asked for", "200 whole", None, "success", unasked_answer),
    Row("body-to-head", "answers HEAD with a body", "200 whole", None, "success", steps(HEAD + "Content-Length: 2\r\n\r\nok"), head_request),
    Row("body-of-204", "sends a body with 204", "204 whole", None, "success", steps("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok")),
    # Statuses
    Row("status-503", "answers 503", "503 whole", "upstream_error", "failure", steps("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")),
    Row("status-404", "answers 404", "404 whole", None, "success", steps("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")),
    # The client's side
    Row("client-half-close", "answers late; the client has closed its half", "200 whole", None, "success", slow_steps("", HEAD + "Content-Length: 2\r\n\r\nok"), half_closing),
    Row("client-resets", "has not answered when the client resets", "left", "client_gone", "neutral", steps(end="await_end"), leaving),
    # Real servers
    Row("python-dies", "Python: the handler raises within the body", "200, cut", "truncated_body", "failure", target="http://127.0.0.1:{python}"),
    Row("nginx-killed", "nginx: SIGKILL during a download", "200, cut", "upstream_reset|truncated_body", "failure", target="http://127.0.0.1:{nginx}"),
    Row("nginx-413", "nginx: refuses an upload by its size", "413 whole, closed", None, "success", request=upload, target="http://127.0.0.1:{nginx}"),
]


class Python(Handler):
    def do_GET(self):
        if self.path.endswith("/ok"):
            return self.answer(b"ok")
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"0123456789")
        raise ConnectionError("as the test wants it")


class FaultMatrix(Case):
    def setUp(self):
        super().setUp()
        self.rows = [row for row in ROWS if NGINX or "{nginx}" not in (row.target or "")]
        scripted = ScriptedBackend({row.name: row.script for row in self.rows})
        self.addCleanup(scripted.close)
        self.python_backend(Python)
        self.ports = {"scripted": scripted.port, "python": self.backend_port, "refused": free_port(), "full": self.full_queue()}
        if NGINX:
            self.start_nginx()
        # Each row has a route for itself, and a second one whose breaker opens at the first failure and stays open.
        routes = [
            f'[[proxy]]\npath = "{place}/{row.name}/*"\ntargets = [{{ url = "{self.url(row)}", id = "{row.name}" }}]\n{more}'
            for row in self.rows
            for place, more in [("", ""), ("/breaker", "[proxy.circuit_breaker]\nfailure_threshold = 1\n")]
        ]
        defaults = '[proxy_defaults]\ntimeout = "1s"\nconnect_timeout = "1s"\nidle_timeout = "1s"\n'
        self.portico(routes=defaults + "".join(routes))

    def url(self, row):
        return (row.target or "http://127.0.0.1:{scripted}").format(**self.ports) + f"/{row.name}"

    def full_queue(self):
        """A listener whose queue is full: the system drops further connections."""
        self.unaccepting = socket.socket()
        self.addCleanup(self.unaccepting.close)
        self.unaccepting.bind(("127.0.0.1", 0))
        self.unaccepting.listen(0)
        for _ in range(3):
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(self.unaccepting.getsockname())
        return self.unaccepting.getsockname()[1]

    # nginx

    def start_nginx(self):
        self.ports.setdefault("nginx", free_port())
        root = self.folder / "nginx"
        (root / "html/nginx-killed").mkdir(parents=True, exist_ok=True)
        with open(root / "html/nginx-killed/fault", "wb") as file:
            file.truncate(50_000_000)
        for name in ["nginx-killed", "nginx-413"]:
            (root / "html" / name).mkdir(exist_ok=True)
            (root / "html" / name / "ok").write_text("ok")
        (root / "conf").write_text(f"""
daemon off; master_process off; pid {root}/pid; error_log {root}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
    server {{
        listen 127.0.0.1:{self.ports["nginx"]}; root {root}/html; client_max_body_size 1k;
        location /nginx-killed/fault {{ limit_rate 1m; }}
    }}
}}
""")
        self.nginx = self.launch([NGINX, "-p", root, "-c", root / "conf", "-e", root / "error.log"], self.ports["nginx"])

    def kill_nginx(self, _):
        self.nginx.send_signal(signal.SIGKILL)
        self.nginx.wait()

    # The matrix

    def test_every_fault_ends_as_the_table_says(self):
        client = Client(self.port)
        self.addCleanup(client.close)
        results = {row.name: self.run_row(client, row) for row in self.rows}
        self.lines = {}
        wait_until(self.have_all_lines, 30, "an access line for each fault")
        opened = {row.name: self.opens_breaker(client, row) for row in self.rows}
        held = 0
        for row in self.rows:
            sees, after = results[row.name]
            with self.subTest(row.name):
                self.assertEqual(sees, row.sees)
                reason = self.lines[f"/{row.name}/fault"].get("reason")
                self.assertIn(reason, row.reason.split("|") if row.reason else ["ok"])
                self.assertEqual(after, "200 whole")
                self.assertEqual(opened[row.name], row.counts == "failure")
                held += 1
        if held == len(ROWS):
            self.compare_page()

    def have_all_lines(self):
        for line in self.access_lines():
            self.lines.setdefault(line["path"], line)
        return all(f"/{row.name}/fault" in self.lines for row in self.rows)

    def run_row(self, client, row):
        if row.name == "nginx-killed":
            row = dataclasses.replace(row, request=self.download_from_dying_nginx)
        sees = row.request(client, f"/{row.name}/fault")
        return sees, self.next_request(client, row)

    def download_from_dying_nginx(self, client, path):
        client.on_body = self.kill_nginx
        try:
            return get(client, path)
        finally:
            client.on_body = None

    def next_request(self, client, row):
        """The next on the same client connection, where it lives on: the backend is well again, or another is asked."""
        if row.name == "nginx-killed":
            self.start_nginx()
        if row.name == "refuse":
            with contextlib.closing(ScriptedBackend({}, port=self.ports["refused"])):
                return get(client, f"/{row.name}/ok")
        name = "python-dies" if row.name in ("full", "dns-gone") else row.name
        return get(client, f"/{name}/ok")

    def opens_breaker(self, client, row):
        """Whether the fault opens a breaker that one failure opens: the target is then not asked again."""
        if row.name == "nginx-killed":
            row = dataclasses.replace(row, request=self.download_from_dying_nginx)
        row.request(client, f"/breaker/{row.name}/fault")
        if row.name == "nginx-killed":
            self.start_nginx()
        return get(client, f"/breaker/{row.name}/ok") == "503"

    # The page

    def compare_page(self):
        page = self.page()
        if "--write" in OPTIONS:
            PAGE.write_text(page)
        self.assertEqual(PAGE.read_text(), page, "docs/fault-matrix.md is not what this run shows: run with --write")

    def page(self):
        columns = ["the backend", "the client sees", "access line, `reason`", "the breaker counts"]
        rows = [columns, ["---"] * 4]
        for row in ROWS:
            reason = " or ".join(f"`{reason}`" for reason in row.reason.split("|")) if row.reason else "`ok`"
            rows.append([row.does, row.sees, reason, row.counts])
        lines = [INTRODUCTION]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join(lines) + "\n"


INTRODUCTION = """# Backends that fail

Written by `scripts/tests/fault_matrix.py --write`, which runs with the other tests and holds every row against a running
Portico: do not edit it by hand. Each row is one request to a target of its own, `GET` unless it says otherwise, with `timeout`,
`connect_timeout` and `idle_timeout` of one second. After each, the same client asks again, on the same connection where it lives
on, and gets its answer.

`whole` is an answer complete by its own framing; `cut` one whose connection was broken off before its end, so that the
client knows; a bare `502` or `504` is Portico's own answer. `closed`: the answer says `Connection: close`. A `failure` opens a
breaker whose `failure_threshold` is one; `success` and `neutral` do not.
"""

OPTIONS = [word for word in sys.argv[1:] if word.startswith("--")]

if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *(word for word in sys.argv[1:] if word != "--write")])
