"""What is done to Portico and its backends in the chaos drill: kills, freezes, reloads by signal and by command, of good files and
of bad ones."""

import asyncio
import random
import signal
import sys
import time

from . import stage as scene


class Havoc:
    def __init__(self, stage, port, admin, *, quick):
        self.stage, self.port, self.admin = stage, port, admin
        self.idle = "1s" if quick else "5s"
        self.ports = [scene.free_port() for _ in range(3)]
        self.path = stage.folder / "chaos.toml"
        # Where `portico reload` finds the admin listener, whatever stands in the server's own file.
        self.order = stage.folder / "order.toml"
        self.order.write_text(f"[admin]\nport = {admin}\n")
        self.done = {}
        self.faults = []
        self.backends = {port: self.start(port) for port in self.ports}
        self.path.write_text(self.configuration())
        self.server = stage.launch(scene.portico_binary(), "serve", "--config", self.path, port=port)

    def start(self, port):
        return self.stage.launch(sys.executable, scene.PARTS / "chaos_backend.py", port)

    def configuration(self, targets=None, strategy="round_robin", timeout="2s", front=""):
        urls = ", ".join(f'"http://127.0.0.1:{target}"' for target in targets or self.ports)
        return f"""
[server]
host = "127.0.0.1"
port = {self.port}
body_idle_timeout = "5s"
keep_alive_timeout = "{self.idle}"
trusted_proxies = ["127.0.0.1"]
[admin]
port = {self.admin}
[logging]
directory = "{self.stage.folder}/logs"
output_mode = "file"
file_size_mb = 1000
total_size_mb = 4000
max_rotated_files = 10
{front}
[[proxy]]
path = "*"
targets = [{urls}]
strategy = "{strategy}"
timeout = "{timeout}"
connect_timeout = "1s"
idle_timeout = "5s"
pool = {{ idle_timeout = "{self.idle}" }}
health_check = {{ path = "/health", interval = "1s", timeout = "1s", unhealthy_threshold = 2, healthy_threshold = 1 }}
"""

    def another(self):
        """A good file that differs: a target less, another strategy, a route in front that comes and goes."""
        front = f'[[proxy]]\npath = "/other/{random.randrange(1000)}/*"\ntarget = "http://127.0.0.1:9"\n'
        strategies = ["round_robin", "least_connections", "random", "power_of_two", "least_latency", "ip_hash"]
        return self.configuration(
            random.sample(self.ports, random.choice([2, 3])), random.choice(strategies), random.choice(["2s", "1500ms"]), random.choice(["", front]))

    async def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0.3, 1.2))
            what = random.choice([self.kill, self.kill, self.freeze, self.freeze, self.signal, self.command, self.bad_signal, self.bad_command])
            name = what.__name__.replace("_", " ")
            self.done[name] = self.done.get(name, 0) + 1
            await what()

    async def kill(self):
        port = random.choice(self.ports)
        self.backends[port].kill()
        self.backends[port].wait()
        await asyncio.sleep(random.uniform(0.1, 2))
        self.backends[port] = self.start(port)

    async def freeze(self):
        backend = self.backends[random.choice(self.ports)]
        backend.send_signal(signal.SIGSTOP)
        await asyncio.sleep(random.uniform(0.1, 3))
        backend.send_signal(signal.SIGCONT)

    async def signal(self):
        self.path.write_text(self.another())
        self.server.send_signal(signal.SIGHUP)

    async def command(self):
        self.path.write_text(self.another())
        code, said = await self.reload()
        if code != 0:
            self.faults.append(f"a good file was refused: {said}")

    async def bad_signal(self):
        self.path.write_text(self.another().replace("strategy", "strategie"))
        self.server.send_signal(signal.SIGHUP)

    async def bad_command(self):
        self.path.write_text(self.another().replace('path = "*"', "path = 7"))
        code, said = await self.reload()
        if code != 1 or "path" not in said:
            self.faults.append(f"a bad file was not refused as it should: {code}, {said}")

    async def reload(self):
        running = await asyncio.create_subprocess_exec(
            scene.portico_binary(), "reload", "--config", self.order, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        said, _ = await asyncio.wait_for(running.communicate(), 60)
        return running.returncode, said.decode()
