#!/usr/bin/env python3
"""Spans by OTLP/HTTP at a receiver of Python's, checked against OpenTelemetry's own protocol definitions.

    PORTICO=.build/debug/portico .build/venv/bin/python scripts/tests/otlp.py
"""

import base64
import http.client
import json
import signal
import threading
import time
import unittest
import urllib.request

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from live import Backend, Case, EchoHandler, Handler, answers, free_port, wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def parse(body):
    """The request as a message of the protocol. Its JSON has ids in hex, where Protobuf's own would have base64."""
    request = json.loads(body)
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return json_format.ParseDict(request, trace_service_pb2.ExportTraceServiceRequest())


def attributes(carrier):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in carrier.attributes}


class Receiver:
    """Takes deliveries; `statuses` are what the first ones get instead of 200."""

    def __init__(self, test, port=0):
        self.deliveries, self.statuses, self.refused = [], [], 0
        self.gate = threading.Event()
        self.gate.set()
        receiver = self

        class Taking(Handler):
            def do_POST(self):
                body = b"".join(self.body_pieces())
                receiver.gate.wait(60)
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                if status == 200:
                    receiver.deliveries.append((self.path, dict(self.headers), parse(body)))
                else:
                    receiver.refused += 1
                self.answer(b"{}", status, [("Content-Type", "application/json")])

        self.server = Backend(("127.0.0.1", port), Taking)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        test.addCleanup(self.close)

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def spans(self):
        return [
            span for _, _, request in self.deliveries for resource in request.resource_spans
            for scope in resource.scope_spans for span in scope.spans]


class OTLP(Case):
    def serve(self, receiver_port, tracing="", server="", routes=None):
        self.admin = free_port()
        extra = f"""
[admin]
port = {self.admin}
[tracing]
otlp_endpoint = "http://127.0.0.1:{receiver_port}"
{tracing}
"""
        process = self.portico(routes, server=server, extra=extra)
        wait_until(lambda: answers(self.admin), 30, "the admin listener listens")
        return process

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return {name: int(value) for name, _, value in (line.rpartition(" ") for line in lines) if "_spans_" in name and name[0] != "#"}

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0, self.said())

    def test_a_sampled_trace_is_continued_to_the_backend_and_exported(self):
        receiver = Receiver(self)
        self.python_backend(EchoHandler)
        (self.folder / "fields").write_text("X-Tenant: one\n")
        process = self.serve(
            receiver.port,
            'service_name = "shop"\nheaders = { Authorization = "Bearer s3cret" }\nheaders_file = "fields"',
            'trusted_proxies = ["127.0.0.0/8"]')
        status, body = self.ask(
            "/api/x?token=hidden", traceparent=f"00-{TRACE}-{PARENT}-01", User_Agent='a"b\\c\tü')
        self.assertEqual(status, 200)
        sent = dict((name.lower(), value) for name, value in json.loads(body)["fields"])["traceparent"].split("-")
        self.ask("/api/x", traceparent=f"00-{TRACE}-{PARENT}-00")
        self.ask("/api/x")
        # Lines of two event loops are not in the order of their requests.
        line, = (line for line in self.access_lines(3) if "?" in line["path"])
        self.stop(process)
        (path, headers, request), = receiver.deliveries
        self.assertEqual(path, "/v1/traces")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual((headers["Authorization"], headers["X-Tenant"]), ("Bearer s3cret", "one"))
        resource = attributes(request.resource_spans[0].resource)
        self.assertEqual(resource["service.name"], "shop")
        self.assertEqual(resource["deployment.environment.name"], "production")
        server, client = receiver.spans
        self.assertEqual(server.trace_id.hex(), TRACE)
        self.assertEqual(server.parent_span_id.hex(), PARENT)
        self.assertEqual(server.span_id.hex(), line["span_id"])
        self.assertEqual((server.kind, client.kind), (2, 3))
        self.assertEqual(server.name, "GET /api/*")
        self.assertEqual(server.flags, 0x301)
        self.assertEqual(client.trace_id.hex(), TRACE)
        self.assertEqual(client.parent_span_id, server.span_id)
        self.assertEqual(sent, ["00", TRACE, client.span_id.hex(), "01"], "what the backend got names the attempt's span")
        told = attributes(server)
        self.assertEqual(told["http.request.method"], "GET")
        self.assertEqual(told["http.route"], "/api/*")
        self.assertEqual(told["http.response.status_code"], 200)
        self.assertEqual(told["url.path"], "/api/x")
        self.assertEqual(told["url.scheme"], "http")
        self.assertEqual((told["server.address"], told["server.port"]), ("127.0.0.1", self.port))
        self.assertEqual(told["client.address"], "127.0.0.1")
        self.assertEqual(told["network.protocol.version"], "1.1")
        self.assertTrue(told["user_agent.original"].startswith('a"b\\c\t'))
        asked = attributes(client)
        self.assertEqual(asked["url.full"], f"http://127.0.0.1:{self.backend_port}/x")
        self.assertEqual(asked["http.response.status_code"], 200)
        self.assertNotIn(b"hidden", request.SerializeToString())
        self.assertLessEqual(server.start_time_unix_nano, client.start_time_unix_nano)
        self.assertLessEqual(client.end_time_unix_nano, server.end_time_unix_nano)
        self.assertLess(abs(server.end_time_unix_nano / 1e9 - time.time()), 300)

    def test_own_traces_by_their_ratio_and_failed_attempts(self):
        receiver = Receiver(self)
        dead = free_port()
        process = self.serve(receiver.port, "sample_ratio = 1.0", routes=f"""
[[proxy]]
path = "/api/*"
targets = ["http://127.0.0.1:{dead}", {{ url = "http://127.0.0.1:{dead}", id = "second" }}]
""")
        self.assertEqual(self.ask("/index.html")[0], 200)
        self.assertEqual(self.ask("/none")[0], 404)
        self.assertEqual(self.ask("/api/x")[0], 502)
        self.assertEqual(self.ask("/index.html", traceparent=f"00-{TRACE}-{PARENT}-00")[0], 200)
        self.access_lines(4)
        self.stop(process)
        servers = [span for span in receiver.spans if span.kind == 2]
        self.assertEqual([attributes(span)["http.response.status_code"] for span in servers], [200, 404, 502, 200])
        self.assertEqual(len({span.trace_id for span in servers}), 4)
        self.assertNotIn(bytes.fromhex(TRACE), {span.trace_id for span in servers}, "a stranger names no trace")
        self.assertEqual([span.status.code for span in servers], [0, 0, 2, 0])
        self.assertEqual(servers[0].name, "GET")
        self.assertEqual(attributes(servers[2])["error.type"], "connect_refused")
        self.assertFalse(any(span.parent_span_id for span in servers))
        clients = [span for span in receiver.spans if span.kind == 3]
        self.assertEqual(len(clients), 2, "an attempt at each target")
        self.assertEqual({attributes(span)["portico.target"] for span in clients}, {f"127.0.0.1:{dead}", "second"})
        self.assertEqual({attributes(span)["error.type"] for span in clients}, {"connect_refused"})
        self.assertEqual([attributes(span).get("http.request.resend_count") for span in clients], [None, 1])
        self.assertEqual(len({span.span_id for span in receiver.spans}), 6)

    def test_what_is_not_taken_is_sent_again_and_refused_batches_are_not(self):
        receiver = Receiver(self)
        receiver.statuses = [503, 400]
        self.serve(receiver.port, "sample_ratio = 1")
        self.ask("/index.html")
        wait_until(lambda: receiver.refused == 2, 60, "it came again after 503")
        wait_until(lambda: self.metrics()['portico_spans_dropped_total{reason="refused"}'] == 1, 30, "it is counted")
        self.ask("/index.html")
        wait_until(lambda: len(receiver.spans) == 1, 60, "the next one arrives")
        wait_until(lambda: self.metrics()["portico_spans_exported_total"] == 1, 30, "it is counted")
        log = self.log()
        self.assertEqual(log.count("spans cannot be delivered"), 1)
        self.assertEqual(log.count("spans are delivered again"), 1)

    def test_a_receiver_that_hangs_neither_holds_requests_nor_memory(self):
        receiver = Receiver(self)
        receiver.gate.clear()
        process = self.serve(receiver.port, "sample_ratio = 1")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for _ in range(3000):
            connection.request("GET", "/index.html")
            self.assertEqual(connection.getresponse().read(), b"<!doctype html><p>hello\n")
        connection.close()
        wait_until(lambda: self.metrics()['portico_spans_dropped_total{reason="queue_full"}'] > 0, 30, "some are dropped")
        figures = self.metrics()
        self.assertLessEqual(figures["portico_spans_waiting"], 2048)
        self.assertEqual(figures["portico_spans_exported_total"], 0)
        started = time.monotonic()
        self.stop(process)
        self.assertLess(time.monotonic() - started, 25, "the last deliveries are bounded")

    def test_a_reload_moves_the_receiver(self):
        old, new = Receiver(self), Receiver(self)
        process = self.serve(old.port, "sample_ratio = 1")
        path = self.folder / "app_config.toml"
        path.write_text(path.read_text().replace(f":{old.port}", f":{new.port}"))
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}/reload", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertIn("tracing.otlp_endpoint", answer.read().decode())
        self.ask("/index.html")
        self.access_lines(1)
        self.stop(process)
        self.assertEqual((len(old.spans), len(new.spans)), (0, 1))


if __name__ == "__main__":
    unittest.main()
