#!/usr/bin/env python3
"""gRPC through Portico: a server and clients of Python's grpcio, which are those of gRPC's own core.

    PORTICO=.build/debug/portico python3 scripts/tests/grpc_backend.py
"""

import concurrent.futures
import threading
import unittest

from live import Case

try:
    import grpc
except ImportError:
    grpc = None


def service():
    """Bytes in, bytes out: no messages need to be compiled."""

    def say(request, context):
        context.set_trailing_metadata((("x-sum", str(len(request))),))
        return request[::-1]

    def refuse(request, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now: ünüsual")

    def count(request, context):
        for number in range(int(request)):
            yield b"%d" % number

    def add(requests, context):
        return b"%d" % sum(len(request) for request in requests)

    def echo(requests, context):
        for request in requests:
            yield request

    def forever(request, context):
        stopped = threading.Event()
        context.add_callback(stopped.set)
        service.stopped = stopped
        yield b"begun"
        stopped.wait(20)

    return grpc.method_handlers_generic_handler(
        "test.Service",
        {
            "Say": grpc.unary_unary_rpc_method_handler(say),
            "Refuse": grpc.unary_unary_rpc_method_handler(refuse),
            "Count": grpc.unary_stream_rpc_method_handler(count),
            "Add": grpc.stream_unary_rpc_method_handler(add),
            "Echo": grpc.stream_stream_rpc_method_handler(echo),
            "Forever": grpc.unary_stream_rpc_method_handler(forever),
        },
    )


@unittest.skipUnless(grpc, "grpcio is not installed")
class GRPC(Case):
    def setUp(self):
        super().setUp()
        options = [("grpc.max_receive_message_length", 64 << 20)]
        self.backend = grpc.server(concurrent.futures.ThreadPoolExecutor(32), options=options)
        self.backend.add_generic_rpc_handlers((service(),))
        self.backend.add_insecure_port(f"127.0.0.1:{self.backend_port}")
        self.backend.start()
        self.addCleanup(lambda: self.backend.stop(0).wait(5))
        self.portico(f'[[proxy]]\npath = "*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nprotocol = "grpc"\n')
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=options)
        self.addCleanup(self.channel.close)

    def test_unary_calls_with_their_trailers(self):
        say = self.channel.unary_unary("/test.Service/Say")
        for size in [0, 1, 1000, 3_000_000]:
            answer, call = say.with_call(b"x" * size, timeout=20)
            self.assertEqual(len(answer), size)
            self.assertEqual(call.code(), grpc.StatusCode.OK)
            self.assertIn(("x-sum", str(size)), [tuple(pair) for pair in call.trailing_metadata()])

    def test_a_refusal_keeps_its_status_and_text(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary("/test.Service/Refuse")(b"x", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(caught.exception.details(), "not now: ünüsual")
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary("/test.Service/None")(b"x", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_streams_of_answers_and_of_requests(self):
        answers = self.channel.unary_stream("/test.Service/Count")(b"500", timeout=20)
        self.assertEqual([int(answer) for answer in answers], list(range(500)))
        total = self.channel.stream_unary("/test.Service/Add")((b"x" * 1000 for _ in range(500)), timeout=20)
        self.assertEqual(total, b"500000")

    def test_both_ways_at_once_in_step(self):
        """Each message waits for the answer to the one before: nothing may be held back."""
        turn = threading.Semaphore(1)

        def requests():
            for number in range(100):
                turn.acquire(timeout=10)
                yield b"%d" % number

        got = []
        for answer in self.channel.stream_stream("/test.Service/Echo")(requests(), timeout=20):
            got.append(int(answer))
            turn.release()
        self.assertEqual(got, list(range(100)))

    def test_a_client_that_cancels_is_heard_by_the_backend(self):
        call = self.channel.unary_stream("/test.Service/Forever")(b"", timeout=20)
        self.assertEqual(next(call), b"begun")
        call.cancel()
        self.assertTrue(service.stopped.wait(5))

    def test_many_calls_at_once(self):
        say = self.channel.unary_unary("/test.Service/Say")
        calls = [say.future(b"%d" % number, timeout=20) for number in range(1000)]
        self.assertEqual([call.result() for call in calls], [(b"%d" % number)[::-1] for number in range(1000)])

    def test_without_a_backend_the_client_hears_that_it_is_not_there(self):
        self.backend.stop(0).wait(5)
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary("/test.Service/Say")(b"x", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
