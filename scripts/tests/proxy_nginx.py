#!/usr/bin/env python3
"""Portico before nginx: files with validators and ranges, compression by the backend, kept connections, early answers.

    PORTICO=.build/debug/portico python3 scripts/tests/proxy_nginx.py
"""

import concurrent.futures
import gzip
import http.client
import time
import unittest

from live import Case, Pattern, program

NGINX = program("nginx")


@unittest.skipUnless(NGINX, "nginx is not installed")
class Nginx(Case):
    def nginx(self, server="", http_block=""):
        root = self.folder / "nginx"
        (root / "html").mkdir(parents=True)
        (root / "html/page.html").write_text("<p>page</p>\n" * 500)
        (root / "html/large.bin").write_bytes(b"".join(Pattern.pieces(20_000_000)))
        config = root / "nginx.conf"
        config.write_text(f"""
daemon off;
master_process off;
worker_processes 1;
pid {root}/pid;
error_log {root}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    default_type application/octet-stream;
    types {{ text/html html; }}
    gzip on;
    gzip_proxied any;
    gzip_min_length 100;
    {http_block}
    server {{
        listen 127.0.0.1:{self.backend_port} backlog=512;
        root {root}/html;
        {server}
    }}
}}
""")
        return self.launch([NGINX, "-p", root, "-c", config, "-e", root / "error.log"], self.backend_port)

    def ask(self, connection, method, path, body=None, headers={}):
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return response, response.read()

    def test_conditions_ranges_and_encodings_are_the_backends(self):
        self.nginx()
        self.portico()
        connection = self.connect()
        response, page = self.ask(connection, "GET", "/api/page.html")
        self.assertEqual((response.status, len(page)), (200, 6000))
        tag, date = response.getheader("ETag"), response.getheader("Last-Modified")
        for headers in [{"If-None-Match": tag}, {"If-Modified-Since": date}]:
            response, got = self.ask(connection, "GET", "/api/page.html", headers=headers)
            self.assertEqual((response.status, got), (304, b""))
        response, got = self.ask(connection, "GET", "/api/page.html", headers={"Range": "bytes=3-6"})
        self.assertEqual((response.status, got, response.getheader("Content-Range")), (206, b"page", "bytes 3-6/6000"))
        response, got = self.ask(connection, "GET", "/api/page.html", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(response.getheader("Content-Encoding"), "gzip")
        self.assertEqual(gzip.decompress(got), page)
        response, got = self.ask(connection, "HEAD", "/api/page.html")
        self.assertEqual((response.status, response.getheader("Content-Length"), got), (200, "6000", b""))
        self.assertEqual(self.ask(connection, "GET", "/api/none")[0].status, 404)

    def test_a_large_file_arrives_whole(self):
        self.nginx()
        self.portico()
        response, got = self.ask(self.connect(), "GET", "/api/large.bin")
        self.assertEqual((response.status, response.getheader("Content-Length")), (200, "20000000"))
        self.assertEqual(got, b"".join(Pattern.pieces(20_000_000)))

    def test_connections_that_nginx_ends_after_a_few_requests_cost_nothing(self):
        self.nginx(server="keepalive_requests 7;")
        self.portico()
        self.many_requests(8, 150)

    def test_connections_that_nginx_ends_after_a_moment_cost_nothing(self):
        self.nginx(server="keepalive_timeout 30ms;")
        self.portico()
        self.many_requests(8, 60, pause=0.03)

    def many_requests(self, clients, each, pause=0):
        def run(_):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            statuses = []
            for turn in range(each):
                statuses.append(self.ask(connection, "GET", "/api/page.html")[0].status)
                time.sleep(pause * (0.8 + 0.4 * (turn % 5) / 4))
            connection.close()
            return statuses

        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            statuses = [status for some in pool.map(run, range(clients)) for status in some]
        self.assertEqual({status: statuses.count(status) for status in statuses}, {200: clients * each})

    def test_an_upload_that_nginx_refuses_early_gets_its_413(self):
        self.nginx(server="client_max_body_size 1k; location /up { return 204; }")
        self.portico()
        for length in [5_000, 5_000_000]:
            connection = self.connect()
            connection.putrequest("POST", "/api/page.html")
            connection.putheader("Content-Length", str(length))
            connection.endheaders()
            try:
                for piece in Pattern.pieces(length):
                    connection.send(piece)
            except OSError:
                pass
            self.assertEqual(connection.getresponse().status, 413, length)

    def test_a_host_of_its_own_reaches_virtual_hosts(self):
        self.nginx(server='location /host { return 200 "$host $http_x_forwarded_host $request_uri"; }')
        self.portico(
            routes=f'[[proxy]]\npath = "/api/*"\ntarget = "http://127.0.0.1:{self.backend_port}"\nhost_header = "app.internal"\n'
        )
        response, got = self.ask(self.connect(), "GET", "/api/host?a=%2F")
        self.assertEqual(got.decode(), f"app.internal 127.0.0.1:{self.port} /host?a=%2F")

    def test_nginx_killed_is_a_502_and_back_again_a_200(self):
        nginx = self.nginx()
        self.portico()
        connection = self.connect()
        self.assertEqual(self.ask(connection, "GET", "/api/page.html")[0].status, 200)
        nginx.kill()
        nginx.wait()
        response, got = self.ask(connection, "GET", "/api/page.html")
        self.assertEqual(response.status, 502)
        self.assertIn(b'"status":502', got)
        self.launch([NGINX, "-p", self.folder / "nginx", "-c", self.folder / "nginx/nginx.conf"], self.backend_port)
        self.assertEqual(self.ask(connection, "GET", "/api/page.html")[0].status, 200)
        self.assertEqual([line.get("reason") for line in self.access_lines(3)], ["ok", "connect_refused", "ok"])


if __name__ == "__main__":
    unittest.main()
