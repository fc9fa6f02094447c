#!/usr/bin/env python3
"""The status page in a browser and its streams over plain sockets: figures move, buttons work, nothing of a stranger's runs.

    PORTICO=.build/debug/portico .build/venv/bin/python scripts/tests/status_page.py
    SCREENSHOTS=DIR ...      also keeps pictures: light, dark, and on a phone

The browser's part is skipped where Chromium is not installed (apt-get install chromium).
"""

import http.client
import json
import os
import pathlib
import socket
import threading
import time
import unittest

from live import Case, Handler, answers, free_port, resident_bytes, wait_until
from live.browser import Browser, chromium

FITS = "document.documentElement.scrollWidth <= innerWidth"
GROUND = "[document.body, document.documentElement].map(e => getComputedStyle(e).backgroundColor).join()"


class Shaky(Handler):
    """Answers fast, slowly, or badly, by the path."""

    def do_GET(self):
        if "slow" in self.path:
            time.sleep(0.05)
        self.answer(b"x" * 300, status=503 if "bad" in self.path else 404 if "none" in self.path else 200)


class Watched(Case):
    def serve(self, extra="", admin=""):
        self.admin = free_port()
        self.python_backend(Shaky)
        backend = f"http://127.0.0.1:{self.backend_port}"
        routes = f"""
[[proxy]]
path = "/api/*"
targets = [{{ url = "{backend}", id = "blue" }}, {{ url = "{backend}/", id = "green" }}]
[proxy.circuit_breaker]
failure_threshold = 100
[[proxy]]
path = "/shop/*"
target = {{ url = "http://127.0.0.1:{free_port()}", id = "till" }}
retries = {{ attempts = 1 }}
[proxy.circuit_breaker]
failure_threshold = 3
{extra}
"""
        process = self.portico(routes, extra=f"[admin]\nport = {self.admin}\n{admin}")
        wait_until(lambda: answers(self.admin), 30, "the admin listener listens")
        return process

    def ask(self, path, method="GET", port=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        connection.request(method, path, headers=fields)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def stream(self, path, timeout=30, **fields):
        """The events of a stream, as (name, data)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=timeout)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=fields)
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))

        def events():
            name = ""
            while line := answer.readline().decode().rstrip("\n"):
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])
                    answer.readline()
        return events()


class Streams(Watched):
    def test_samples_tell_of_requests(self):
        self.serve()
        for _ in range(20):
            self.ask("/index.html")
        events = self.stream("/status/stream")
        self.assertEqual(next(events)[0], "history")
        samples = (data for name, data in events if name == "sample")
        sample = next(one for one in samples if one["requests"] >= 20)
        self.assertEqual(next(route["requests"] for route in sample["routes"] if route["name"] == "static"), 20)
        self.assertEqual(sorted(target["id"] for target in sample["targets"]), ["blue", "green", "till"])
        self.assertGreater(sample["resident"], 1 << 20)
        first, second = next(samples), next(samples)
        self.assertGreater(second["sequence"], first["sequence"])

    def test_lines_come_as_they_are_asked_for(self):
        self.serve()
        self.ask("/index.html?kept")
        events = self.stream("/logs/stream?status=4xx&q=NONE")
        self.ask("/api/none?a=<b>\"'")
        self.ask("/index.html")
        self.ask("/elsewhere.txt")
        name, data = next(events)
        self.assertEqual(name, "lines")
        line = data["lines"][0]
        self.assertEqual((line["path"], line["status"], line["route"]), ("/api/none?a=<b>\"'", 404, "/api/*"))
        self.assertEqual(data["skipped"], 0)
        replayed = next(self.stream("/logs/stream?q=kept"))[1]["lines"]
        self.assertEqual([one["path"] for one in replayed], ["/index.html?kept"])

    def test_no_more_than_so_many_watch(self):
        self.serve()
        for _ in range(8):
            self.stream("/logs/stream")
        self.assertEqual(self.ask("/logs/stream", port=self.admin)[0].status, 503)
        for _ in range(16):
            self.stream("/status/stream")
        self.assertEqual(self.ask("/status/stream", "HEAD", port=self.admin)[0].status, 405)
        self.assertEqual(self.ask("/status/stream", port=self.admin)[0].status, 503)

    def test_a_reader_that_stands_still_costs_lines_and_no_memory(self):
        process = self.serve()
        still = []
        for path in ["/logs/stream", "/logs/stream", "/status/stream"]:
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", self.admin))
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            still.append(one)
            self.addCleanup(one.close)
        long = "/index.html?" + "x" * 480
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

        def flood(count):
            for _ in range(count):
                connection.request("GET", long)
                connection.getresponse().read()

        flood(1000)
        before = resident_bytes(process.pid)
        flood(12_000)
        growth = resident_bytes(process.pid) - before
        # 12,000 lines of 700 bytes, three times, would be 25 MB.
        self.assertLess(growth, 8 << 20)
        self.assertEqual(self.ask("/status", port=self.admin)[0].status, 200)
        connection.close()

    def test_the_page_is_for_browsers_and_its_figures_for_those_who_know_the_token(self):
        self.serve(admin='token = "secret"')
        page, text = self.ask("/", port=self.admin, Accept="text/html")
        self.assertEqual(page.status, 200)
        self.assertIn(b"<!doctype html>", text)
        policy = page.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn(b"secret", text)
        for path in ["/status/stream", "/logs/stream", "/metrics", "/config", "/"]:
            self.assertEqual(self.ask(path, port=self.admin)[0].status, 401, path)
        events = self.stream("/status/stream", Authorization="Bearer secret")
        self.assertEqual(next(events)[0], "history")
        other = self.ask("/", port=self.admin, Accept="text/html")[0]
        self.assertNotEqual(policy, other.headers["Content-Security-Policy"], "each page has a nonce of its own")


@unittest.skipUnless(chromium(), "Chromium is not installed (apt-get install chromium)")
class Page(Watched):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.end)

    def load(self):
        """Requests of every kind, until the test ends."""
        stop = threading.Event()

        def run(paths):
            while not stop.is_set():
                for path in paths:
                    try:
                        self.ask(path)
                    except OSError:
                        pass
                    stop.wait(0.01)

        threads = [
            threading.Thread(target=run, args=(paths,), daemon=True)
            for paths in (["/index.html", "/index.html?page=2", "/favicon.ico"], ["/api/users", "/api/slow/report", "/api/none"],
                          ["/shop/cart", "/api/users?q=<img src=x onerror=alert(1)>".replace(" ", "%20")])]
        for thread in threads:
            thread.start()

        def end():
            stop.set()
            for thread in threads:
                thread.join(30)

        self.addCleanup(end)

    def open(self):
        self.browser.visit(f"http://127.0.0.1:{self.admin}/")

    def shows(self, code, what):
        tried = f"(() => {{ try {{ return {code} }} catch {{ return false }} }})()"
        wait_until(lambda: self.browser.evaluate(tried), 30, what)

    def picture(self, name):
        if folder := os.environ.get("SCREENSHOTS"):
            self.browser.screenshot(pathlib.Path(folder).resolve() / f"{name}.png", whole=True)

    def test_the_page_is_live(self):
        self.serve()
        self.load()
        self.open()
        self.shows("document.getElementById('live').className === 'on'", "the page is connected")
        self.shows("document.querySelectorAll('#targets tbody tr').length === 3", "three targets")
        self.shows("document.querySelectorAll('#routes tbody tr').length === 3", "three routes")
        self.shows("document.querySelectorAll('#log li').length > 10", "lines of the log")
        self.shows("document.querySelectorAll('#errors li').length > 0", "errors")
        self.shows("/open/.test(document.querySelector('#targets').innerText)", "an open breaker")
        self.shows("parseFloat(document.querySelector('#tiles dd').textContent) > 0", "a rate")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#log img, #errors img, td img').length"), 0)
        self.browser.evaluate("[...document.querySelectorAll('#filter select')][0].value = '5xx'; document.getElementById('filter').dispatchEvent(new Event('input'))")
        self.shows(
            "(l => l.length > 3 && l.every(e => e.textContent.startsWith('5')))([...document.querySelectorAll('#log .status')])",
            "the filter holds")
        self.order_a_target_and_a_reload()
        self.browser.evaluate("document.getElementById('config').open = true")
        self.shows("/port = \\d+ +# .*app_config.toml:\\d+/.test(document.querySelector('#config pre').textContent)", "origins")
        self.assertIn("# default", self.browser.evaluate("document.querySelector('#config pre').textContent"))

    def order_a_target_and_a_reload(self):
        def row(rest):
            return f"[...document.querySelectorAll('#targets tbody tr')].find(r => r.firstChild.textContent === 'green').{rest}"

        self.browser.evaluate(row("querySelector('[data-order=drain]').click()"))
        self.shows(row("children[2].textContent === 'draining'"), "the target drains")
        self.browser.evaluate(row("querySelector('[data-order=enable]').click()"))
        self.shows(row("children[2].textContent !== 'draining'"), "the target is back")
        path = self.folder / "app_config.toml"
        good = path.read_text()
        path.write_text(good.replace('shutdown_timeout = "5s"', 'shutdown_timeout = "6s"'))
        self.browser.evaluate("document.getElementById('reload').click()")
        self.shows("/server.shutdown_timeout/.test(document.getElementById('notice').textContent)", "what changed")
        path.write_text(good.replace("shutdown_timeout", "shutdown_timeuot"))
        self.browser.evaluate("document.getElementById('reload').click()")
        self.shows("/app_config.toml:5:1.*did you mean/.test(document.getElementById('notice').textContent)", "the fault and its place")

    def test_it_fits_phones_and_the_dark(self):
        self.serve()
        self.load()
        grounds = set()
        for name, phone, dark in [("light", False, False), ("dark", False, True), ("phone", True, False), ("phone-dark", True, True)]:
            if phone:
                self.browser.phone(dark)
            else:
                self.browser.desktop(dark)
            self.open()
            self.shows("document.querySelectorAll('#log li').length > 10 && document.querySelectorAll('#routes tbody tr').length === 3", "it is full")
            if os.environ.get("SCREENSHOTS"):
                self.browser.evaluate("new Promise(done => setTimeout(done, 12000))")
            self.assertTrue(self.browser.evaluate(FITS), f"wider than the screen: {name}")
            grounds.add(self.browser.evaluate(GROUND))
            self.picture(f"status-{name}")
        self.assertEqual(len(grounds), 2, "it is dark in the dark")

    def test_it_asks_for_the_token(self):
        self.serve(admin='token = "secret"')
        self.open()
        self.shows("!document.getElementById('access').hidden", "it asks")
        for token, name in [("wrong", "off"), ("secret", "on")]:
            self.browser.evaluate(f"document.getElementById('token').value = '{token}'; document.getElementById('access').requestSubmit()")
            self.shows(f"document.getElementById('live').className === '{name}'", token)
        self.shows("document.querySelectorAll('#tiles div').length > 5 && document.getElementById('access').hidden", "figures")


if __name__ == "__main__":
    unittest.main()
