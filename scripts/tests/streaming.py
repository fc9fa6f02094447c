#!/usr/bin/env python3
"""Events reach the client when they happen, not when a buffer is full; and the end of either side is seen by the other.

    PORTICO=.build/debug/portico python3 scripts/tests/streaming.py
"""

import concurrent.futures
import http.client
import socket
import threading
import time
import unittest

from live import Case, Handler, wait_until

EVENTS = 6
PAUSE = 0.5


class Streaming(Case):
    def setUp(self):
        super().setUp()
        self.gone = gone = threading.Event()
        self.news = news = threading.Event()
        self.waiting = waiting = threading.Semaphore(0)

        class Events(Handler):
            def event(self, text):
                data = f"data: {text}\n\n".encode()
                if self.path != "/until-close":
                    data = b"%x\r\n%s\r\n" % (len(data), data)
                self.wfile.write(data)

            def do_POST(self):
                """Answers each chunk when it comes; trailers with trailers."""
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while size := int(self.rfile.readline(), 16):
                    piece = self.rfile.read(size + 2)[:size]
                    self.wfile.write(b"%x\r\n%s\r\n" % (size, piece.upper()))
                self.wfile.write(b"0\r\n")
                while (line := self.rfile.readline()) != b"\r\n":
                    self.wfile.write(b"x-seen-" + line)
                self.wfile.write(b"\r\n")

            def do_GET(self):
                if self.path == "/poll":
                    waiting.release()
                    return self.answer(b"news" if news.wait(10) else b"none")
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                if self.path == "/until-close":
                    self.send_header("Connection", "close")
                else:
                    self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    for number in range(EVENTS if self.path != "/endless" else 1_000):
                        self.event(f"{number} {time.time()}")
                        time.sleep(PAUSE)
                except OSError:
                    gone.set()
                    return
                if self.path != "/until-close":
                    self.wfile.write(b"0\r\n\r\n")

        self.python_backend(Events)
        self.portico()

    def test_events_arrive_one_by_one(self):
        for path in ["/api/chunked", "/api/until-close"]:
            connection = self.connect()
            connection.request("GET", path, headers={"Accept": "text/event-stream"})
            response = connection.getresponse()
            self.assertEqual(response.getheader("Content-Type"), "text/event-stream")
            delays = []
            while line := response.readline():
                if line.startswith(b"data: "):
                    delays.append(time.time() - float(line.split()[2]))
            self.assertEqual(len(delays), EVENTS, path)
            self.assertLess(max(delays), PAUSE / 2, path)

    def test_both_directions_flow_at_once_and_so_do_trailers(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(b"POST /api/duplex HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n")
            got = b""

            def until(arrived):
                nonlocal got
                while not arrived(got):
                    piece = client.recv(65_536)
                    self.assertTrue(piece, f"the end, after {got}")
                    got += piece

            # The next piece is sent only when the answer to this one is here; in how many chunks it came is nobody's business.
            for letter, count in [(b"x", 5), (b"y", 1), (b"w", 5000)]:
                client.sendall(b"%x\r\n%s\r\n" % (count, letter * count))
                until(lambda got: got.partition(b"\r\n\r\n")[2].count(letter.upper()) >= count)
            client.sendall(b"0\r\nchecksum: 7\r\n\r\n")
            until(lambda got: got.endswith(b"\r\n0\r\nx-seen-checksum: 7\r\n\r\n"))

    def test_many_long_polls_wait_and_are_answered_together(self):
        count = 40

        def poll(_):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/api/poll")
            body = connection.getresponse().read()
            connection.close()
            return body, time.monotonic()

        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            polls = [pool.submit(poll, number) for number in range(count)]
            for _ in range(count):
                self.assertTrue(self.waiting.acquire(timeout=10))
            released = time.monotonic()
            self.news.set()
            for body, at in [poll.result() for poll in polls]:
                self.assertEqual(body, b"news")
                self.assertLess(at - released, 2)

    def test_the_backend_stops_when_the_client_leaves(self):
        connection = self.connect()
        connection.request("GET", "/api/endless")
        response = connection.getresponse()
        self.assertTrue(response.readline().startswith(b"data: 0"))
        response.close()
        connection.close()
        wait_until(self.gone.is_set, 5, "the backend's write fails")
        self.assertEqual(self.access_lines(1)[0]["reason"], "client_gone")


if __name__ == "__main__":
    unittest.main()
