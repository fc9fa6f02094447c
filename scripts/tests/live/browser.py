"""Headless Chromium, steered over its DevTools protocol: opens pages, tells what they hold and what they asked for."""

import base64
import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request

from websockets.sync.client import connect

from . import free_port, program, wait_until


def chromium():
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := program(name))), None)


class Browser:
    """One tab of an own profile. `answers` are the responses since the last `open` or `reload`, as (path, status)."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="portico-browser-", ignore_cleanup_errors=True)
        port = free_port()
        flags = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
        if os.getuid() == 0:
            flags.append("--no-sandbox")
        command = [chromium(), *flags, f"--remote-debugging-port={port}", f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.count, self.events, self.answers = 0, [], []
        self.open_socket = contextlib.ExitStack()
        self.socket = self.open_socket.enter_context(connect(self.page(port), max_size=None))
        for domain in ["Page", "Network", "Runtime", "Log"]:
            self.call(f"{domain}.enable")

    def page(self, port):
        found = []

        def there():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=1) as listed:
                    found.extend(target["webSocketDebuggerUrl"] for target in json.load(listed) if target["type"] == "page")
            except OSError:
                return False
            return bool(found)

        wait_until(there, 30, "Chromium answers")
        return found[0]

    def end(self):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except Exception:
            self.process.kill()
            self.process.wait(10)
        with contextlib.suppress(Exception):
            self.open_socket.close()
        self.profile.cleanup()

    # The protocol

    def call(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        end = time.monotonic() + 20
        while True:
            message = json.loads(self.socket.recv(timeout=max(0.1, end - time.monotonic())))
            if message.get("id") == self.count:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def note(self, message):
        method, told = message.get("method"), message.get("params", {})
        if method == "Network.responseReceived":
            response = told["response"]
            path = "/" + response["url"].split("/", 3)[-1]
            self.answers.append((path, response["status"]))
        self.events.append(method)

    def settle(self):
        """Until the page is loaded and nothing was said for a while."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                self.note(json.loads(self.socket.recv(timeout=0.4)))
            except TimeoutError:
                if "Page.loadEventFired" in self.events:
                    return
        raise AssertionError("the page does not load")

    # What a person does

    def open(self, url):
        self.events, self.answers = [], []
        self.call("Page.navigate", url=url)
        self.settle()

    def visit(self, url):
        """As `open`, for pages that never settle because they are told of something all the time."""
        for address in ["about:blank", url]:
            self.call("Page.navigate", url=address)

    def reload(self):
        self.events, self.answers = [], []
        self.call("Page.reload")
        self.settle()

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def phone(self, dark=False, width=390, height=844):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=True)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def desktop(self, dark=False, width=1280, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path, whole=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        more = {}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            more = {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
        taken = self.call("Page.captureScreenshot", format="png", **more)
        path.write_bytes(base64.b64decode(taken["data"]))
