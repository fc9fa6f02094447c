#!/usr/bin/env python3
"""/metrics as Prometheus' own client reads it: the format, the figures of real requests, a thousand routes, hostile names.

    PORTICO=.build/debug/portico .build/venv/bin/python scripts/tests/metrics.py
"""

import http.client
import pathlib
import re
import threading
import time
import unittest
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from live import ROOT, Case, EchoHandler, answers, free_port, wait_until



class Metrics(Case):
    def serve(self, routes=None, **more):
        self.admin = free_port()
        extra = more.pop("extra", "") + f"\n[admin]\nport = {self.admin}\n"
        process = self.portico(routes, extra=extra, **more)
        wait_until(lambda: answers(self.admin), 30, "the admin listener listens")
        return process

    def text(self, timeout=30):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=timeout) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            return answer.read().decode()

    def families(self):
        return {family.name: family for family in text_string_to_metric_families(self.text())}

    def value(self, families, sample, **labels):
        """The sum over the samples of that name whose labels are among those."""
        found = [
            one.value for family in families.values() for one in family.samples
            if one.name == sample and labels.items() <= one.labels.items()]
        return sum(found) if found else None

    def count(self, **labels):
        return self.value(self.families(), "portico_requests_total", **labels) or 0

    def check_format(self, families):
        self.assertEqual(len(families), len(re.findall(r"^# TYPE ", self.text(), re.M)), "each family is written once")
        for family in families.values():
            self.assertTrue(family.documentation, family.name)
            if family.type != "histogram":
                continue
            buckets = {}
            for sample in family.samples:
                labels = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
                buckets.setdefault(labels, []).append(sample)
            for samples in buckets.values():
                rising = [sample.value for sample in samples if sample.name.endswith("_bucket")]
                self.assertEqual(rising, sorted(rising), family.name)
                self.assertEqual(rising[-1], next(s.value for s in samples if s.name.endswith("_count")))

    def test_requests_are_counted(self):
        self.python_backend(EchoHandler)
        self.serve()
        for _ in range(3):
            self.assertEqual(self.ask("/index.html")[0], 200)
        self.assertEqual(self.ask("/none.txt")[0], 404)
        self.assertEqual(self.ask("/api/x", "POST", b"12345")[0], 200)
        wait_until(lambda: self.count() >= 5, 30, "five requests are counted")
        families = self.families()
        self.check_format(families)

        def requests(**labels):
            return self.value(families, "portico_requests_total", **labels)

        self.assertEqual(requests(route="static", method="GET", **{"class": "2xx"}), 3)
        self.assertEqual(requests(route="static", method="GET", **{"class": "4xx"}), 1)
        self.assertEqual(requests(route="/api/*", method="POST", **{"class": "2xx"}), 1)
        self.assertEqual(self.value(families, "portico_request_body_bytes_total", route="/api/*"), 5)
        self.assertEqual(self.value(families, "portico_request_duration_seconds_count", route="static"), 4)
        self.assertEqual(self.value(families, "portico_upstream_response_seconds_count", route="/api/*"), 1)
        self.assertEqual(self.value(families, "portico_target_requests_total", outcome="success"), 1)
        self.assertEqual(self.value(families, "portico_target_available"), 1)
        self.assertEqual(self.value(families, "portico_cache_files", site="static"), 1)
        self.assertGreater(self.value(families, "portico_cache_bytes"), 10)
        self.assertGreater(self.value(families, "process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(self.value(families, "process_open_fds"), 5)
        self.assertLess(abs(self.value(families, "process_start_time_seconds") - time.time()), 60)
        loops = self.value(families, "portico_event_loop_responsive")
        self.assertGreaterEqual(loops, 1)
        wait_until(lambda: self.value(self.families(), "portico_log_lines_written_total") >= 5, 30, "lines are written")

    def test_failures_reasons_and_breakers_are_counted(self):
        route = f'[[proxy]]\npath = "/api/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nretries = {{ attempts = 1 }}\n'
        self.serve(route + "[proxy.circuit_breaker]\nfailure_threshold = 2\n")
        for _ in range(4):
            self.assertIn(self.ask("/api/x")[0], (502, 503))
        wait_until(lambda: self.count(**{"class": "5xx"}) == 4, 30, "the failures are counted")
        families = self.families()
        self.check_format(families)
        self.assertEqual(self.value(families, "portico_breaker_state"), 2)
        self.assertEqual(self.value(families, "portico_breaker_openings_total"), 1)
        self.assertEqual(self.value(families, "portico_target_available"), 0)
        self.assertEqual(self.value(families, "portico_request_reasons_total"), 4)

    def test_reloads_are_counted_and_lose_no_count(self):
        self.serve("")
        self.ask("/index.html")
        path = self.folder / "app_config.toml"
        good = path.read_text()
        path.write_text(good.replace('"5s"', '"6s"'))
        self.assertEqual(self.ask("/reload", "POST", port=self.admin)[0], 200)
        path.write_text(good + "\n[nonsense]\n")
        self.assertEqual(self.ask("/reload", "POST", port=self.admin)[0], 422)
        self.ask("/index.html")
        wait_until(lambda: self.count(route="static") == 2, 30, "counts go on")
        families = self.families()
        self.assertEqual(self.value(families, "portico_config_reloads_total", result="done"), 1)
        self.assertEqual(self.value(families, "portico_config_reloads_total", result="refused"), 1)

    def test_hostile_names_and_requests_forge_no_line(self):
        self.serve(
            "[[proxy]]\npath = '/a\"}1\\n/*'\n"
            "targets = [{ url = \"http://127.0.0.1:9\", id = 'x\"} 1 \\ portico_forged' }]\n")
        self.ask("/x%0aportico_forged_total%207")
        self.ask("/", "PROPFIND")
        wait_until(lambda: self.count(method="other") == 1, 30, "an unknown method is one of the others")
        families = self.families()
        self.check_format(families)
        self.assertFalse([name for name in families if "forged" in name])
        up = families["portico_target_up"].samples
        self.assertEqual([one.labels["target"] for one in up], ['x"} 1 \\ portico_forged'])
        self.assertEqual([one.labels["route"] for one in up], ['/a"}1\\n/*'])

    def test_a_thousand_routes(self):
        routes = "".join(
            f'[[proxy]]\npath = "/r{number}/*"\ntarget = {{ url = "http://127.0.0.1:9", id = "t{number}" }}\n'
            for number in range(1000))
        self.serve(routes)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for number in range(1000):
            connection.request("GET", f"/r{number}/")
            connection.getresponse().read()
        connection.close()
        wait_until(lambda: self.count() >= 1000, 60, "a request to each is counted")
        # Beside a scrape, requests go on: the longest of them is told, and only that all are answered is checked.
        done = threading.Event()
        longest, asked = 0.0, 0
        scraper = threading.Thread(target=lambda: (self.text(timeout=120), done.set()))
        started = time.monotonic()
        scraper.start()
        while not done.is_set() or asked == 0:
            before = time.monotonic()
            self.assertEqual(self.ask("/index.html")[0], 200)
            longest, asked = max(longest, time.monotonic() - before), asked + 1
        scraper.join()
        taken = time.monotonic() - started
        families = self.families()
        self.check_format(families)
        self.assertEqual(len({one.labels["route"] for one in families["portico_requests"].samples}), 1001)
        self.assertEqual(self.value(families, "portico_targets"), 1000)
        print(f"1,000 routes: {taken * 1000:.0f} ms a scrape; {asked} requests beside it, the slowest {longest * 1000:.1f} ms")

    def test_every_metric_is_documented(self):
        self.serve()
        told = (pathlib.Path(ROOT) / "docs/metrics.md").read_text()
        names = re.findall(r"^# TYPE (\S+) (\S+)", self.text(), re.M)
        for name, kind in names:
            self.assertRegex(told, rf"\| `{name}` \| {kind} \|", f"{name} is missing in docs/metrics.md")
        documented = re.findall(r"^\| `(\w+)` \| (?:counter|gauge|histogram) \|", told, re.M)
        self.assertEqual(sorted(documented), sorted(name for name, _ in names))


if __name__ == "__main__":
    unittest.main()
