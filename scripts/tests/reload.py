#!/usr/bin/env python3
"""Reloads under load: nothing fails, nothing that is open is cut, a bad file has no effect.

    PORTICO=.build/debug/portico python3 scripts/tests/reload.py

PORTICO_RELOADS=100 makes it the long drill; 20 are the default. wrk asks for a file over 32 kept connections meanwhile.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import unittest

import websockets.asyncio.client
import websockets.asyncio.server

from live import BINARY, Case, free_port, program, resident_bytes

RELOADS = int(os.environ.get("PORTICO_RELOADS", "20"))
SOCKETS = 200
KEPT = 50


class Reload(Case):
    def test_reloads_under_load(self):
        asyncio.run(self.drill())

    def test_the_command_tells_what_changed_or_what_is_wrong(self):
        admin = free_port()
        self.portico(routes="", extra=f"[admin]\nport = {admin}")
        path = self.folder / "app_config.toml"
        good = path.read_text()

        def reload(*more):
            return subprocess.run(
                [BINARY, "reload", "--config", self.folder / "admin.toml", *more], capture_output=True, text=True, timeout=20)

        # Where to ask stands in a file of its own, so that the server's may be broken.
        (self.folder / "admin.toml").write_text(f"[admin]\nport = {admin}\n")
        path.write_text(good.replace('shutdown_timeout = "5s"', 'shutdown_timeout = "6s"'))
        answer = reload()
        self.assertEqual((answer.returncode, answer.stdout), (0, "reloaded: server.shutdown_timeout\n"))
        path.write_text(good.replace("shutdown_timeout", "shutdown_timeuot"))
        answer = reload("--json")
        self.assertEqual(answer.returncode, 1)
        fault = json.loads(answer.stdout)["faults"][0]
        self.assertEqual((fault["line"], fault["column"]), (5, 1))
        self.assertIn("did you mean `shutdown_timeout`?", reload().stdout)

    async def drill(self):
        self.events = free_port()
        async with websockets.asyncio.server.serve(self.echo, "127.0.0.1", self.backend_port, compression=None):
            server = await asyncio.start_server(self.stream, "127.0.0.1", self.events)
            async with server:
                await self.run_beside_open_connections()

    @staticmethod
    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    @staticmethod
    async def stream(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        try:
            for number in range(1_000_000):
                writer.write(b"data: %d\n\n" % number)
                await writer.drain()
                await asyncio.sleep(0.05)
        except (ConnectionError, asyncio.CancelledError):
            pass

    def config(self, number):
        """Each file differs: in a limit, and in a route that comes and goes in front of the others."""
        extra = '[[proxy]]\npath = "/comes-and-goes/*"\ntarget = "http://127.0.0.1:9"\n' if number % 2 else ""
        routes = extra + "".join(
            f'[[proxy]]\npath = "{path}"\ntarget = "http://127.0.0.1:{port}"\n'
            for path, port in (("/ws/*", self.backend_port), ("/events/*", self.events))
        )
        return f"""
[server]
host = "127.0.0.1"
port = {self.port}
keep_alive_timeout = "{60 + number % 7}s"
[static]
directory = "./site"
{routes}
[logging]
directory = "./logs"
output_mode = "file"
access_log = false
"""

    async def run_beside_open_connections(self):
        path = self.folder / "app_config.toml"
        process = self.portico(routes="", logging="access_log = false").pid
        path.write_text(self.config(0))
        os.kill(process, signal.SIGHUP)
        await self.reloaded(1)

        sockets = [
            await websockets.asyncio.client.connect(f"ws://127.0.0.1:{self.port}/ws/", compression=None)
            for _ in range(SOCKETS)
        ]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /events/ HTTP/1.1\r\nHost: a\r\n\r\n")
        kept = [await asyncio.open_connection("127.0.0.1", self.port) for _ in range(KEPT)]
        await self.ask_all(kept)
        before = resident_bytes(process)

        # Until it is told to stop: the last reload has its load too.
        wrk = subprocess.Popen(
            [program("wrk"), "-t1", "-c32", "-d600s", f"http://127.0.0.1:{self.port}/index.html"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(wrk.kill)
        good, settled = 1, before
        for number in range(1, RELOADS + 1):
            path.write_text(self.config(number))
            os.kill(process, signal.SIGHUP)
            good += 1
            await self.reloaded(good)
            if number % 5 == 0:
                path.write_text(self.config(number) + "\n[server\nport = broken")
                os.kill(process, signal.SIGHUP)
                await self.refused(number // 5)
            await self.ask_all(kept)
            await self.echo_all(sockets, f"message {number}")
            if number == RELOADS // 4:
                settled = resident_bytes(process)
        wrk.send_signal(signal.SIGINT)
        report = await asyncio.to_thread(wrk.communicate)
        report = report[0]

        self.assertNotIn("Non-2xx", report)
        self.assertNotIn("Socket errors", report)
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", report).group(1))
        self.assertGreater(rate, 100, "there was hardly any load")
        numbers = [int(number) for number in re.findall(rb"data: (\d+)\n", await self.rest(reader))]
        self.assertEqual(numbers, list(range(len(numbers))), "the stream went on without a gap")
        self.assertGreater(len(numbers), 20)
        after = resident_bytes(process)
        growth = after - before
        self.assertLess(growth, 12 << 20, "memory does not grow with reloads")
        print(
            f"{RELOADS} reloads and {RELOADS // 5} refused ones beside {rate:.0f} requests/s, {SOCKETS} WebSockets, "
            f"{KEPT} kept connections and a stream: none failed; memory grew by {growth / (1 << 20):.1f} MiB, "
            f"by {(after - settled) / (1 << 20):.1f} after the first quarter")
        for socket in sockets:
            await socket.close()
        for _, writer_of_kept in kept + [(reader, writer)]:
            writer_of_kept.close()

    def events_named(self, message):
        text = self.log()
        return [entry for entry in map(json.loads, text.splitlines()) if entry.get("message") == message]

    async def told(self, message, count):
        for _ in range(500):
            if len(self.events_named(message)) >= count:
                return
            await asyncio.sleep(0.02)
        told = "".join(path.read_text()[-3000:] for path in (self.folder / "logs").glob("*.log"))
        raise AssertionError(f"not told {count} times: {message}\n{self.said()}\n{told}")

    async def reloaded(self, count):
        await self.told("configuration reloaded", count)

    async def refused(self, count):
        await self.told("configuration refused, the running one stays", count)

    @staticmethod
    async def ask_all(kept):
        for _, writer in kept:
            writer.write(b"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n")
        for reader, _ in kept:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
            await reader.readexactly(length)

    @staticmethod
    async def echo_all(sockets, message):
        await asyncio.gather(*(socket.send(message) for socket in sockets))
        for socket in sockets:
            assert await asyncio.wait_for(socket.recv(), 10) == message

    @staticmethod
    async def rest(reader):
        """What the stream brought so far."""
        data = b""
        try:
            while True:
                data += await asyncio.wait_for(reader.read(1 << 16), 0.3 if data else 2)
                if len(data) > 64 << 10:
                    return data
                if b"data: 60\n" in data:
                    return data[: data.rindex(b"\n\n") + 2]
        except TimeoutError:
            return data


if __name__ == "__main__":
    unittest.main()
