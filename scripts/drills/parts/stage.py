"""Processes and folders of a drill; all end with it. Configurations of the servers that it compares."""

import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PARTS = pathlib.Path(__file__).resolve().parent
sys.path.append(str(ROOT / "scripts"))

from shared import answers, free_port, portico_binary, program, wait_until  # noqa: E402, F401


class Stage:
    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="portico-drill-", ignore_cleanup_errors=True)
        self.folder = pathlib.Path(self.temporary.name)
        self.processes = []

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *_):
        self.clear()
        self.temporary.cleanup()

    def clear(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        self.processes = []

    def launch(self, *command, port=None):
        said = open(self.folder / "said", "ab")
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        said.close()
        self.processes.append(process)
        end = time.monotonic() + 15
        while port is not None and not answers(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"drill: {command[0]} does not serve: {(self.folder / 'said').read_text()[-2000:]}")
            time.sleep(0.02)
        return process

    def backend(self, port, name):
        return self.launch(sys.executable, PARTS / "backend.py", port, name, port=port)


# The same work for each server: three targets, 3 s for an answer, 1 s for a connection, checks each second, idempotent
# requests go to another target where one fails.


def portico(stage, port, targets, check='path = "/health"'):
    urls = ", ".join(f'{{ url = "http://127.0.0.1:{target}", id = "t{number}" }}' for number, target in enumerate(targets))
    config = stage.folder / "portico.toml"
    config.write_text(f"""
[server]
host = "127.0.0.1"
port = {port}
[logging]
directory = "{stage.folder}/logs"
output_mode = "file"
[[proxy]]
path = "*"
targets = [{urls}]
timeout = "3s"
connect_timeout = "1s"
health_check = {{ {check}, interval = "1s", timeout = "1s", unhealthy_threshold = 2, healthy_threshold = 2 }}
""")
    return stage.launch(portico_binary(), "serve", "--config", config, port=port)


def nginx(stage, port, targets):
    root = stage.folder / "nginx"
    root.mkdir(exist_ok=True)
    servers = "".join(f"server 127.0.0.1:{target} max_fails=1 fail_timeout=5s; " for target in targets)
    (root / "conf").write_text(f"""
daemon off; worker_processes 2; pid {root}/pid; error_log {root}/error.log; worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
    access_log {root}/access.log;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
    upstream targets {{ {servers} keepalive 64; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://targets; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_read_timeout 3s; proxy_connect_timeout 1s; proxy_next_upstream error timeout http_502 http_503 http_504;
        }}
    }}
}}
""")
    return stage.launch(program("nginx"), "-p", root, "-c", root / "conf", "-e", root / "error.log", port=port)


def haproxy(stage, port, targets):
    servers = "\n".join(f"    server t{number} 127.0.0.1:{target}" for number, target in enumerate(targets))
    config = stage.folder / "haproxy.cfg"
    config.write_text(f"""
global
    maxconn 8192
    nbthread 2
defaults
    mode http
    timeout client 30s
    timeout connect 1s
    timeout server 3s
    retries 2
    option redispatch 1
    retry-on conn-failure empty-response response-timeout 502 503 504
    default-server check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
listen drill
    bind 127.0.0.1:{port} backlog 4096
    option httpchk GET /health
    http-reuse always
{servers}
""")
    return stage.launch(program("haproxy"), "-db", "-f", config, port=port)


SERVERS = {"portico": portico, "nginx": nginx, "haproxy": haproxy}
LACKS = {"nginx": "active checks (nginx has none)"}
