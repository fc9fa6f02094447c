"""The servers under test: their configurations, tuned alike, and their processes. Knows nothing of rows and figures."""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import time

from shared import free_port, portico_binary, self_signed
from shared.processes import cpu_seconds, resident_bytes

BROTLI_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
os.environ["PATH"] += ":/usr/sbin:/sbin"

# Where the backend can be found too: for a route of many targets.
BACKEND_HOSTS = [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(999)]

# One access line, told alike by nginx and HAProxy; Caddy and Portico write their own.
NGINX_LOG = (
    '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","host":"$host","uri":"$request_uri",'
    '"protocol":"$server_protocol","status":$status,"bytes":$body_bytes_sent,"duration":$request_time,'
    '"referer":"$http_referer","user_agent":"$http_user_agent","request_id":"$connection-$connection_requests"}'
)
HAPROXY_LOG = (
    '{\\"time\\":%Ts.%ms,\\"client\\":\\"%ci\\",\\"method\\":\\"%HM\\",'
    '\\"uri\\":\\"%HU\\",\\"protocol\\":\\"%HV\\",\\"status\\":%ST,\\"bytes\\":%B,\\"duration_ms\\":%Ta,\\"backend\\":\\"%s\\"}'
)


class Server:
    """One server with its own folder, ports and process; subclasses say how it is configured."""

    name = ""
    serves_files = True
    # Routes in front of the one that is measured, where `has_routes`, and targets beside its first, where `has_targets`.
    more_routes = more_targets = 0
    has_routes = has_targets = False
    environment = {}

    def __init__(self, stage):
        self.stage = stage
        self.folder = stage.folder / self.name
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        http, https, h2c = (free_port() for _ in range(3))
        self.ports = {"http": http, "https": https, "h2c": h2c}
        self.process = None
        self.configure()

    def configure(self):
        raise NotImplementedError

    def target_hosts(self):
        return ["127.0.0.1", *BACKEND_HOSTS[: self.more_targets]]

    def command(self):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def binary(self):
        return pathlib.Path(shutil.which(self.name)).resolve()

    def start(self):
        """Starts it and returns the seconds until the first answered request."""
        self.output = open(self.folder / "output", "ab")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(self.stage.server_core), *map(str, self.command())],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, start_new_session=True,
            cwd=self.folder, env={**os.environ, **self.environment})
        self.stage.running.append(self)
        path = "/small.css" if self.serves_files else "/api/small.css"
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        while time.perf_counter() - began < 10:
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.ports["http"]), timeout=2) as connection:
                    connection.sendall(request)
                    if connection.recv(12).endswith(b" 200"):
                        return time.perf_counter() - began
            except OSError:
                pass
            time.sleep(0.0005)
        self.stop()
        tail = (self.folder / "output").read_text(errors="replace")[-800:]
        raise RuntimeError(f"{self.name} does not answer:\n{tail}")

    def stop(self):
        if self.process is None:
            return
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass
            try:
                self.process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        self.output.close()
        self.process = None
        self.stage.running.remove(self)

    def truncate_logs(self):
        for path in (self.folder / "logs").iterdir():
            if path.is_file() and path.stat().st_size > 0 and path.suffix != ".ring":
                os.truncate(path, 0)

    # --- what the kernel knows ---

    def pids(self):
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            try:
                waiting += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                pass
        return found

    def cpu_seconds(self):
        return sum(map(cpu_seconds, self.pids()))

    def resident_bytes(self):
        return sum(map(resident_bytes, self.pids()))

    def proportional_bytes(self):
        total = 0
        for pid in self.pids():
            try:
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                return None
            total += int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1)) * 1024
        return total


class Portico(Server):
    name = "portico"
    has_routes = has_targets = True

    def configure(self):
        # HTTP/2 in clear text comes on the same port, by prior knowledge.
        self.ports["h2c"] = self.ports["http"]
        self.config = self.folder / "app_config.toml"
        self.config.write_text(f"""
[server]
host = "127.0.0.1"
port = {self.ports["http"]}
threads = 1
max_connections = 4096

[static]
directory = "{self.stage.site}"
fallback = ""

{self.routes_in_front()}
[[proxy]]
path = "/api/*"
targets = [{self.targets()}]
strip_prefix = false

[[proxy]]
path = "/socket"
target = "http://127.0.0.1:{self.stage.echo_port}"

[ssl]
enabled = true
port = {self.ports["https"]}
cert_file = "{self.stage.certificate}"
key_file = "{self.stage.key}"

[logging]
level = "info"
directory = "./logs"
format = "json"
output_mode = "file"
file_size_mb = 1024
max_rotated_files = 2
total_size_mb = 8192
compress_rotated_logs = false
""")

    def routes_in_front(self):
        """Alike in number: prefixes, exact paths, hosts and wildcard hosts, none of which takes the request."""
        kinds = ('path = "/service{0}/*"', 'path = "/service{0}/health"', 'path = "/api/*"\nhost = "h{0}.example.com"',
                 'path = "*"\nhost = "*.w{0}.example.com"')
        return "\n".join(
            f'[[proxy]]\n{kinds[n % 4].format(n)}\ntarget = "http://127.0.0.1:{self.stage.backend_port}"'
            for n in range(self.more_routes))

    def targets(self):
        return ", ".join(f'"http://{host}:{self.stage.backend_port}"' for host in self.target_hosts())

    def command(self):
        return [self.stage.portico, "serve", "--config", self.config, "--threads", "1"]

    def version(self):
        return first_line([self.stage.portico, "version"])

    def binary(self):
        return self.stage.portico


class Nginx(Server):
    name = "nginx"
    has_targets = True

    def configure(self):
        brotli = BROTLI_MODULE.exists()
        self.config = self.folder / "nginx.conf"
        self.config.write_text(f"""
{f"load_module {BROTLI_MODULE};" if brotli else ""}
daemon off;
pid {self.folder}/nginx.pid;
error_log {self.folder}/logs/error.log;
worker_processes 1;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    {nginx_folders(self.folder)}
    include /etc/nginx/mime.types;
    log_format line escape=json '{NGINX_LOG}';
    access_log {self.folder}/logs/access.log line buffer=64k flush=1s;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    # Fresh within a second, which is what Portico promises.
    open_file_cache max=8000 inactive=60s;
    open_file_cache_valid 1s;
    open_file_cache_min_uses 1;
    ssl_certificate {self.stage.certificate};
    ssl_certificate_key {self.stage.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:TLS:1m;
    upstream backend {{
        {" ".join(f"server {host}:{self.stage.backend_port};" for host in self.target_hosts())}
        keepalive {128 + 2 * self.more_targets};
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{self.ports["http"]} backlog=4096;
        listen 127.0.0.1:{self.ports["https"]} ssl http2 backlog=4096;
        listen 127.0.0.1:{self.ports["h2c"]} http2;
        root {self.stage.site};
        {"brotli_static on;" if brotli else ""}
        location /first/ {{
            # That module forbids gzip where a client takes brotli, be there a sidecar or not.
            {"brotli_static off;" if brotli else ""}
            gzip on;
            gzip_types text/javascript application/javascript;
        }}
        location /api/ {{
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Request-ID $connection-$connection_requests;
            proxy_buffers 8 64k;
            proxy_max_temp_file_size 0;
        }}
        location = /socket {{
            proxy_pass http://127.0.0.1:{self.stage.echo_port};
            proxy_http_version 1.1;
            proxy_set_header Connection "upgrade";
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Host $http_host;
            proxy_read_timeout 1h;
        }}
    }}
}}
""")

    def command(self):
        return ["nginx", "-e", self.folder / "logs/error.log", "-c", self.config]

    def version(self):
        return first_line(["nginx", "-v"]).removeprefix("nginx version: nginx/")


class HAProxy(Server):
    name = "haproxy"
    serves_files = False
    has_targets = True

    def configure(self):
        self.config = self.folder / "haproxy.cfg"
        backends = "\n    ".join(
            f"server s{number} {host}:{self.stage.backend_port} pool-max-conn 128" for number, host in enumerate(self.target_hosts()))
        # The ring is HAProxy's cheapest log: lines go into a mapped file, without a system call each.
        self.config.write_text(f"""
global
    nbthread 1
    maxconn 4096
    log ring@access format raw local0
ring access
    format raw
    maxlen 1024
    size 4194304
    backing-file {self.folder}/logs/access.ring
defaults
    mode http
    log global
    log-format "{HAPROXY_LOG}"
    option http-keep-alive
    option forwardfor
    http-reuse always
    option splice-auto
    timeout connect 3s
    timeout client 75s
    timeout server 60s
    timeout http-keep-alive 75s
frontend front
    bind 127.0.0.1:{self.ports["http"]} backlog 4096
    bind 127.0.0.1:{self.ports["https"]} ssl crt {self.stage.bundle} alpn h2,http/1.1 ssl-min-ver TLSv1.2
    bind 127.0.0.1:{self.ports["h2c"]} proto h2
    unique-id-format %Ts-%rt
    unique-id-header X-Request-ID
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    use_backend sockets if {{ path /socket }}
    default_backend back
backend sockets
    timeout tunnel 1h
    server one 127.0.0.1:{self.stage.echo_port}
backend back
    {backends}
""")

    def command(self):
        return ["haproxy", "-db", "-f", self.config]

    def version(self):
        return first_line(["haproxy", "-v"]).split()[2]


class Caddy(Server):
    name = "caddy"

    def configure(self):
        self.environment = {
            "GOMAXPROCS": "1", "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }
        self.config = self.folder / "Caddyfile"
        site = f"""
    log {{
        output file {self.folder}/logs/access.log {{
            roll_disabled
        }}
        format json
    }}
    handle /api/* {{
        reverse_proxy 127.0.0.1:{self.stage.backend_port} {{
            header_up X-Request-ID {{http.request.uuid}}
            transport http {{
                keepalive_idle_conns 256
                keepalive_idle_conns_per_host 128
            }}
        }}
    }}
    handle /socket {{
        reverse_proxy 127.0.0.1:{self.stage.echo_port}
    }}
    handle {{
        root * {self.stage.site}
        file_server {{
            precompressed br
        }}
        encode /first/* zstd gzip
    }}"""
        self.config.write_text(f"""
{{
    admin off
    auto_https off
    servers {{
        protocols h1 h2 h2c
    }}
}}
http://127.0.0.1:{self.ports["http"]}, http://localhost:{self.ports["http"]} {{
    bind 127.0.0.1{site}
}}
https://127.0.0.1:{self.ports["https"]}, https://localhost:{self.ports["https"]} {{
    bind 127.0.0.1
    tls {self.stage.certificate} {self.stage.key}{site}
}}
""")
        self.ports["h2c"] = self.ports["http"]

    def command(self):
        return ["caddy", "run", "--config", self.config, "--adapter", "caddyfile"]

    def version(self):
        return first_line(["caddy", "version"]).split()[0]


class Backend(Server):
    """What the proxy rows forward to: nginx without a log, beside the load generator."""

    name = "backend"

    def configure(self):
        self.ports["http"] = self.stage.backend_port
        listens = " ".join(f"listen {host}:{self.stage.backend_port};" for host in BACKEND_HOSTS)
        self.config = self.folder / "nginx.conf"
        self.config.write_text(f"""
daemon off;
pid {self.folder}/nginx.pid;
error_log {self.folder}/logs/error.log;
worker_processes 1;
worker_rlimit_nofile 16384;
events {{ worker_connections 4096; }}
http {{
    {nginx_folders(self.folder)}
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 75s;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=60s;
    server {{
        listen 127.0.0.1:{self.ports["http"]} backlog=4096;
        {listens}
        root {self.stage.site};
    }}
}}
""")

    def command(self):
        return ["taskset", "-c", str(self.stage.load_core), "nginx", "-e", self.folder / "logs/error.log", "-c", self.config]


class Echo(Server):
    """What the WebSocket row forwards to, beside the load generator."""

    name = "echo"

    def configure(self):
        self.ports["http"] = self.stage.echo_port

    def command(self):
        return ["taskset", "-c", str(self.stage.load_core), self.stage.program("websocket"), "echo", self.stage.echo_port]


class Relay(Server):
    """The least that a proxy of WebSockets can do, to compare with; takes part where it is named."""

    name = "relay"
    serves_files = False

    def configure(self):
        pass

    def binary(self):
        return self.stage.program("websocket")

    def command(self):
        return [self.binary(), "relay", self.ports["http"], self.stage.echo_port]

    def version(self):
        return "in C"


LINEUP = {"portico": Portico, "nginx": Nginx, "haproxy": HAProxy, "caddy": Caddy, "relay": Relay}


class Stage:
    """The temporary folder, the files that are served, the certificate, the cores, and all running processes."""

    def __init__(self, folder, server_core, load_core):
        self.folder = folder
        self.server_core, self.load_core = server_core, load_core
        self.site = folder / "site"
        self.bundle = folder / "bundle.pem"
        self.portico = None
        self.running = []

    def prepare(self):
        # Workers that gave up root must be able to read it.
        self.folder.chmod(0o755)
        (self.site / "api").mkdir(parents=True)
        dice = random.Random(1)
        words = ["margin", "padding", "color", "border", "display", "flex", "grid", "width", "height", "0.5rem", "auto"]
        text = ""
        while len(text) < 1024:
            text += f".{dice.choice(words)}-{dice.randrange(100)} {{ {dice.choice(words)}: {dice.choice(words)}; }}\n"
        (self.site / "small.css").write_text(text[:1024])
        (self.site / "large.bin").write_bytes(dice.randbytes(1 << 20))
        (self.site / "api" / "huge.bin").write_bytes(dice.randbytes(1 << 20) * 100)
        for name in ("small.css", "large.bin"):
            shutil.copy(self.site / name, self.site / "api" / name)
        self.prepare_many(text[:1024], dice)
        subprocess.run(["brotli", "-q", "11", self.site / "small.css"], check=True)
        self.certificate, self.key = self_signed(self.folder)
        self.bundle.write_bytes(self.certificate.read_bytes() + self.key.read_bytes())
        self.backend_port, self.echo_port = free_port(), free_port()
        Backend(self).start()
        Echo(self).start()

    def program(self, name):
        """A load generator of ours, built from NAME.c when it is first asked for."""
        path = self.folder / name
        if not path.exists():
            source = pathlib.Path(__file__).with_name(f"{name}.c")
            subprocess.run([shutil.which("cc") or "clang", "-O2", "-o", path, source], check=True)
        return path

    def prepare_many(self, text, dice):
        (self.site / "many").mkdir()
        for number in range(5000):
            (self.site / "many" / f"{number}.css").write_text(text)
        self.random_paths = self.folder / "many.lua"
        self.random_paths.write_text(
            'math.randomseed(1)\nrequest = function() return wrk.format(nil, "/many/" .. math.random(0, 4999) .. ".css") end\n')
        (self.site / "first").mkdir()
        names = [f"{dice.choice('abcdefgh')}{number}" for number in range(300)]
        lines = []
        while sum(map(len, lines)) < 200 << 10:
            lines.append(f"  function {dice.choice(names)}({dice.choice(names)}) {{ return {dice.choice(names)}[{dice.randrange(9999)}] + {dice.random()}; }}\n")
        self.script = "".join(lines)[: 200 << 10]
        self.scripts = 0
        self.fresh_scripts(1)

    def fresh_scripts(self, count):
        """Paths of scripts that no server has seen. All have the same bytes, which lie in memory: no disk is measured."""
        paths = []
        for _ in range(count):
            (self.site / "first" / f"{self.scripts}.js").write_text(self.script)
            paths.append(f"/first/{self.scripts}.js")
            self.scripts += 1
        return paths

    def lineup(self, only):
        """The servers that can take part, in order; says why where one cannot."""
        if unknown := [name for name in only if name not in LINEUP]:
            raise SystemExit(f"bench: no such server: {', '.join(unknown)} (known: {', '.join(LINEUP)})")
        chosen = []
        for name, kind in LINEUP.items():
            if name not in only if only else kind is Relay:
                continue
            if kind is Portico:
                self.portico = portico_binary()
            elif kind is not Relay and not shutil.which(name):
                print(f"bench: without {name}: not installed (scripts/install-deps --bench)")
                continue
            chosen.append(kind(self))
        if not BROTLI_MODULE.exists():
            print("bench: nginx has no brotli_static here; its brotli row stays empty")
        return chosen

    def clear(self):
        for server in list(self.running):
            server.stop()


def nginx_folders(folder):
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def first_line(command):
    result = subprocess.run(command, capture_output=True, text=True)
    return ((result.stdout or result.stderr).strip().splitlines() or ["unknown"])[0]
