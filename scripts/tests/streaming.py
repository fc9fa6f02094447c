#!/usr/bin/env python3
"""Events reach the client when they happen, not when a buffer is full; and the end of either side is seen by the other.

    PORTICO=.build/debug/portico python3 scripts/tests/streaming.py
"""

import threading
import time
import unittest

from live import Case, Handler, wait_until

EVENTS = 6
PAUSE = 0.2


class Streaming(Case):
    def setUp(self):
        super().setUp()
        self.gone = gone = threading.Event()

        class Events(Handler):
            def event(self, text):
                data = f"data: {text}\n\n".encode()
                if self.path != "/until-close":
                    data = b"%x\r\n%s\r\n" % (len(data), data)
                self.wfile.write(data)

            def do_GET(self):
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
