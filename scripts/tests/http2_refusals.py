#!/usr/bin/env python3
"""HTTP/2 backends that refuse streams, say goodbye or break off: what was not processed is sent again, and nothing else is.

    PORTICO=.build/debug/portico python3 scripts/tests/http2_refusals.py
"""

import http.client
import socket
import threading
import unittest

from live import Case

try:
    import h2.config
    import h2.connection
    import h2.errors
    import h2.events
except ImportError:
    h2 = None


class ScriptedHTTP2:
    """Hands each request, once its body is complete, to `script(connection, stream, number)`, numbers counted over all
    connections; without an answer of the script's own it says 200.
    """

    def __init__(self, port, script):
        self.script, self.bodies, self.connections, self.lock = script, [], 0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        connection.sendall(state.data_to_send())
        bodies = {}
        try:
            while piece := connection.recv(1 << 16):
                for event in state.receive_data(piece):
                    if isinstance(event, h2.events.DataReceived):
                        bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                        state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, h2.events.StreamEnded):
                        with self.lock:
                            number = len(self.bodies)
                            self.bodies.append(bodies.get(event.stream_id, b""))
                        if self.script(state, event.stream_id, number) is None:
                            state.send_headers(event.stream_id, [(":status", "200"), ("content-length", "2")])
                            state.send_data(event.stream_id, b"ok", end_stream=True)
                connection.sendall(state.data_to_send())
                if state.state_machine.state == h2.connection.ConnectionState.CLOSED:
                    break
        except (OSError, h2.exceptions.ProtocolError):
            pass
        connection.close()

    def close(self):
        self.listener.close()


@unittest.skipUnless(h2, "h2 is not installed")
class Refusals(Case):
    def serve(self, script):
        backend = ScriptedHTTP2(self.backend_port, script)
        self.addCleanup(backend.close)
        self.portico(f'[[proxy]]\npath = "*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nprotocol = "h2c"\n')
        return backend

    def ask(self, method="POST", body=b"once"):
        connection = self.connect()
        connection.request(method, "/", body=body)
        response = connection.getresponse()
        return response.status, response.read()

    def test_a_refused_stream_is_sent_again_whatever_its_method(self):
        def script(state, stream, number):
            if number == 0:
                state.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
                return True

        backend = self.serve(script)
        self.assertEqual(self.ask(), (200, b"ok"))
        self.assertEqual(backend.bodies, [b"once", b"once"])

    def test_a_stream_that_a_goodbye_leaves_out_is_sent_over_another_connection(self):
        def script(state, stream, number):
            if number == 0:
                state.close_connection(last_stream_id=0)
                return True

        backend = self.serve(script)
        self.assertEqual(self.ask(), (200, b"ok"))
        self.assertEqual((backend.bodies, backend.connections), ([b"once", b"once"], 2))

    def test_a_stream_that_is_refused_twice_is_an_error(self):
        def script(state, stream, number):
            state.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
            return True

        backend = self.serve(script)
        self.assertEqual(self.ask()[0], 502)
        self.assertEqual(len(backend.bodies), 2)
        self.assertEqual(self.access_lines()[0]["reason"], "upstream_reset")

    def test_any_other_reset_of_a_post_is_not_repeated(self):
        def script(state, stream, number):
            state.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
            return True

        backend = self.serve(script)
        self.assertEqual(self.ask()[0], 502)
        self.assertEqual(backend.bodies, [b"once"])

    def test_a_body_that_breaks_off_is_seen_to(self):
        def script(state, stream, number):
            if number > 0:
                return None
            state.send_headers(stream, [(":status", "200"), ("content-length", "10")])
            state.send_data(stream, b"half")
            state.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
            return True

        self.serve(script)
        with self.assertRaises((http.client.IncompleteRead, ConnectionResetError)):
            self.ask()
        self.assertEqual(self.access_lines()[0]["reason"], "truncated_body")
        self.assertEqual(self.ask(), (200, b"ok"), "the next request is none the worse for it")


if __name__ == "__main__":
    unittest.main()
