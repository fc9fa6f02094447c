"""Portico, nginx and Caddy before the same site, told the same as far as each can be told."""

import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
IMMUTABLE = "public, max-age=31536000, immutable"
PACKED = "text/css text/plain text/xml text/javascript application/json application/xml image/svg+xml application/wasm"
HASHED = r"[.-][0-9A-Za-z]{8}\.(js|css)$"
sys.path.append(str(ROOT / "scripts"))

from shared import answers, free_port, portico_binary, program  # noqa: E402


class Running:
    """A server as a process group; `folder` keeps its configuration, logs and what it says."""

    def __init__(self, name, site, folder):
        self.name, self.port, self.folder = name, free_port(), pathlib.Path(folder)
        self.folder.mkdir()
        command = CONFIGURATIONS[name](self, site)
        environment = dict(os.environ, XDG_DATA_HOME=str(self.folder), XDG_CONFIG_HOME=str(self.folder))
        self.said = open(self.folder / "said", "ab")
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said, env=environment, start_new_session=True)
        end = time.monotonic() + 15
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} does not serve: {(self.folder / 'said').read_text()[-2000:]}")
            time.sleep(0.02)

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.said.close()


def portico(server, site):
    config = server.folder / "portico.toml"
    config.write_text(f"""
[server]
host = "127.0.0.1"
port = {server.port}
[static]
directory = "{site.root}"
cache_control = [{{ match = "/private/*", value = "private, no-transform" }}]
[logging]
directory = "{server.folder}/logs"
output_mode = "file"
""")
    return [portico_binary(), "serve", "--config", config]


def nginx(server, site):
    root = server.folder
    modules = {kind: pathlib.Path(f"/usr/lib/nginx/modules/ngx_http_brotli_{kind}_module.so") for kind in ["static", "filter"]}
    modules = {kind: path for kind, path in modules.items() if path.exists()}
    (root / "conf").write_text(f"""
{" ".join(f"load_module {path};" for path in modules.values())}
daemon off; worker_processes 2; pid {root}/pid; error_log {root}/error.log; {"user root;" if os.getuid() == 0 else ""}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
    include /etc/nginx/mime.types; types {{ text/javascript js mjs; application/manifest+json webmanifest; }} default_type application/octet-stream;
    charset utf-8; charset_types text/css text/plain text/xml text/javascript application/json image/svg+xml;
    sendfile on; absolute_redirect off; server_tokens off; if_modified_since before; max_ranges 64;
    gzip on; gzip_vary on; gzip_static on; gzip_min_length 512; gzip_proxied any;
    gzip_types {PACKED};
    {"brotli_static on;" if "static" in modules else ""}
    {f"brotli on; brotli_min_length 512; brotli_types {PACKED};" if "filter" in modules else ""}
    map "$request_method $http_accept" $navigation {{ default 0; "~^(GET|HEAD) .*text/html" 1; }}
    map $uri $asset {{ default 0; "~\\.[^/]*$" 1; }}
    map $navigation$asset $fallback {{ default 0; 10 1; }}
    map $uri $kept {{ default "no-cache"; "~{HASHED}" "{IMMUTABLE}"; "~^/private/" "private, no-transform"; }}
    map $status $caching {{ default $kept; "~^([45]|30[12378])" "no-store"; }}
    server {{
        listen 127.0.0.1:{server.port};
        root {site.root};
        disable_symlinks on from={site.root};
        add_header Cache-Control $caching always;
        add_header X-Content-Type-Options nosniff always;
        location / {{ try_files $uri $uri/ @missing; }}
        location ~ /\\.(?!well-known) {{ return 404; }}
        location /private/ {{ gzip off; {"brotli off;" if "filter" in modules else ""} }}
        location @missing {{
            if ($fallback) {{ rewrite ^ /index.html last; }}
            return 404;
        }}
    }}
}}
""")
    return [program("nginx"), "-p", root, "-c", root / "conf", "-e", root / "error.log"]


def caddy(server, site):
    (server.folder / "Caddyfile").write_text(f"""
{{
    admin off
    auto_https off
}}
:{server.port} {{
    bind 127.0.0.1
    root * {site.root}
    @packed not path /private/*
    encode @packed zstd gzip
    header X-Content-Type-Options nosniff
    @rest {{
        not path_regexp `{HASHED}`
        not path /private/*
    }}
    header @rest Cache-Control no-cache
    @manifest path *.webmanifest
    header @manifest Content-Type application/manifest+json
    @hidden {{
        path */.*
        not path /.well-known/*
    }}
    error @hidden 404
    @hashed path_regexp `{HASHED}`
    header @hashed Cache-Control "{IMMUTABLE}"
    @private path /private/*
    header @private Cache-Control "private, no-transform"
    @asset path_regexp `\\.[^/]*$`
    @navigation {{
        method GET HEAD
        header Accept *text/html*
        not path_regexp `\\.[^/]*$`
        not file {{path}} {{path}}/
    }}
    rewrite @navigation /index.html
    file_server {{
        precompressed br zstd gzip
    }}
    handle_errors {{
        header Cache-Control no-store
        header X-Content-Type-Options nosniff
        respond "{{err.status_code}} {{err.status_text}}"
    }}
}}
""")
    return [program("caddy"), "run", "--config", server.folder / "Caddyfile", "--adapter", "caddyfile"]


CONFIGURATIONS = {"portico": portico, "nginx": nginx, "caddy": caddy}
