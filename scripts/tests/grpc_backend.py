#!/usr/bin/env python3
"""gRPC through Portico: a server and clients of Python's grpcio, which are those of gRPC's own core, and its health service.

    PORTICO=.build/debug/portico python3 scripts/tests/grpc_backend.py
"""

import concurrent.futures
import json
import threading
import unittest
import urllib.request

from live import Case, free_port, program, self_signed, wait_until

try:
    import grpc
except ImportError:
    grpc = None
try:
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc
except ImportError:
    health = None

OPENSSL = program("openssl")


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


@unittest.skipUnless(grpc and health, "grpcio and grpcio-health-checking are not installed")
class GRPCHealth(Case):
    """`type = "grpc"`: what a check hears from the health service of gRPC's own project is what `/targets` says."""

    def backend(self, credentials=None, has_health=True):
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        server.add_generic_rpc_handlers((service(),))
        servicer = health.HealthServicer()
        if has_health:
            health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        address = f"127.0.0.1:{self.backend_port}"
        if credentials:
            server.add_secure_port(address, credentials)
        else:
            server.add_insecure_port(address)
        server.start()
        self.addCleanup(lambda: server.stop(0).wait(5))
        return servicer

    def start(self, check="", scheme="http", route=""):
        self.admin_port = free_port()
        self.portico(
            f"""
[[proxy]]
path = "*"
target = "{scheme}://localhost:{self.backend_port}"
protocol = "grpc"
health_check = {{ type = "grpc", interval = "200ms", unhealthy_threshold = 1, healthy_threshold = 1{check} }}
{route}
""",
            extra=f"[admin]\nport = {self.admin_port}",
        )

    def target(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/targets", timeout=5) as answer:
            return json.load(answer)["targets"][0]

    def expect(self, health, failure=None):
        def holds():
            self.seen = self.target()
            return self.seen["health"] == health and self.seen["last_check_failure"] == failure

        try:
            wait_until(holds, 20, f"{health}: {failure}")
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.seen}; {self.said()}") from error

    def test_a_target_is_up_while_it_serves(self):
        servicer = self.backend()
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        self.start()
        self.expect("up")
        channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.addCleanup(channel.close)
        say = channel.unary_unary("/test.Service/Say")
        self.assertEqual(say(b"abc", timeout=10), b"cba")
        servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        self.expect("down", "NOT_SERVING")
        with self.assertRaises(grpc.RpcError) as caught:
            say(b"abc", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        self.expect("up")
        self.assertEqual(say(b"abc", timeout=10), b"cba")

    def test_a_check_asks_about_its_service(self):
        servicer = self.backend()
        servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        self.start(', service = "shop.Cart"')
        self.expect("down", "grpc-status 5: the server does not know the service")
        servicer.set("shop.Cart", health_pb2.HealthCheckResponse.SERVING)
        self.expect("up")

    def test_a_server_without_the_health_service_is_down(self):
        self.backend(has_health=False)
        self.start()
        self.expect("down", "grpc-status 12: the server has no health service")

    @unittest.skipUnless(OPENSSL, "openssl is not installed")
    def test_checks_go_over_tls_where_the_target_does(self):
        certificate, key = self_signed(self.folder)
        servicer = self.backend(grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())]))
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        self.start(scheme="https", route=f'tls = {{ ca_file = "{certificate}" }}')
        self.expect("up")


if __name__ == "__main__":
    unittest.main()
