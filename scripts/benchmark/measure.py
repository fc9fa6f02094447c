"""The rounds: verifies that all servers answer alike, loads them in turn, and keeps the medians."""

import datetime
import os
import platform
import resource
import statistics
import sys
import time

from . import load, memory

HOST = "127.0.0.1"


def run(stage, lineup, rows, options):
    results = {
        "date": datetime.date.today().isoformat(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "idle_connections": options.connections,
        "machine": machine(),
        "servers": {server.name: {"version": server.version(), "binary_bytes": server.binary().stat().st_size} for server in lineup},
        "rows": {},
    }
    loaded = [row for row in rows if row.tool not in ALONE]
    samples = {row.name: {server.name: [] for server in lineup} for row in rows}
    skipped = {row.name: {} for row in rows}

    if loaded:
        for server in list(lineup):
            try:
                server.start()
            except RuntimeError as error:
                print(f"bench: {error}", file=sys.stderr)
                for row in rows:
                    skipped[row.name][server.name] = "does not answer"
        requests = {(row.name, server.name): verified(stage, server, row, skipped) for row in loaded for server in lineup}
        paces = {}
        for round_number in range(1, options.rounds + 1):
            if round_number > 1:
                start_anew(lineup)
            for row in loaded:
                if row.pace_of and row.name not in paces:
                    paces[row.name] = half_load(stage, lineup, samples, row)
                for server in turned(lineup, round_number):
                    if requests[row.name, server.name] is None:
                        continue
                    try:
                        sample = one(stage, server, row, requests[row.name, server.name], options.seconds, paces.get(row.name))
                    except load.LoadFailed as error:
                        skipped[row.name][server.name] = str(error)
                        tell(round_number, row, server, f"failed: {error}")
                        continue
                    samples[row.name][server.name].append(sample)
                    tell(round_number, row, server, f"{sample['cpu_us']:8.2f} us/request {sample['rate']:9.0f} /s")
        results["paces"] = paces
        for server in lineup:
            if server.process:
                results["servers"][server.name]["rss_after_load"] = server.resident_bytes()
                server.stop()

    for row in rows:
        measure_alone = ALONE.get(row.tool)
        for round_number in range(1, options.rounds + 1) if measure_alone else ():
            for server in lineup:
                try:
                    sample = measure_alone(server, row, options)
                except (RuntimeError, OSError, load.LoadFailed) as error:
                    skipped[row.name][server.name] = str(error).splitlines()[0]
                    continue
                finally:
                    server.stop()
                samples[row.name][server.name].append(sample)
                tell(round_number, row, server, ", ".join(f"{key} {value:.0f}" for key, value in sample.items() if value is not None))

    shares = [sample["disturbed"] for row in rows for taken in samples[row.name].values() for sample in taken if "disturbed" in sample]
    results["disturbed"] = {"median": statistics.median(shares), "worst": max(shares)} if shares else None

    for row in rows:
        results["rows"][row.name] = {
            "title": row.title, "group": row.group, "goal": row.goal, "samples": samples[row.name], "skipped": skipped[row.name],
            "median": {name: medians(taken) for name, taken in samples[row.name].items() if taken},
        }
    return results


def start_anew(lineup):
    """How a process happens to lie in memory moves all its figures by some per cent: each round has other processes."""
    for server in lineup:
        if server.process:
            server.stop()
            server.start()


def turned(lineup, round_number):
    """Each round begins with another server: none always comes after the same one."""
    first = (round_number - 1) % len(lineup)
    return lineup[first:] + lineup[:first]


def machine():
    with open("/proc/meminfo") as file:
        memory_kib = int(file.readline().split()[1])
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return {"cores": os.cpu_count(), "architecture": platform.machine(), "memory_gib": round(memory_kib / 1024 / 1024), "system": system}


def tell(round_number, row, server, text):
    print(f"round {round_number}  {row.name:14} {server.name:8} {text}", flush=True)


def medians(samples):
    keys = samples[0].keys()
    return {key: statistics.median(s[key] for s in samples) if samples[0][key] is not None else None for key in keys}


def address(server, row):
    scheme = "https" if row.port == "https" else "http"
    return f"{scheme}://{HOST}:{server.ports[row.port]}{row.path}"


def verified(stage, server, row, skipped):
    """The request headers for this row after a look that the answer is right; None where the server takes no part."""
    if not server.serves_files and not row.path.startswith(("/api/", "/socket")):
        skipped[row.name][server.name] = "serves no files"
        return None
    if server.process is None:
        return None
    headers = list(row.headers)
    url = address(server, row)
    http2 = row.tool == "h2load"
    try:
        if row.tool == "websocket":
            load.websocket(stage.program("websocket"), server.ports["http"], row.path, 1)
            return headers
        if row.conditional:
            etag = load.look(url, headers, stage.folder)[2].get("etag")
            if not etag:
                raise load.LoadFailed("sends no ETag")
            headers.append(f"If-None-Match: {etag}")
        protocol, status, fields, body = load.look(url, headers, stage.folder, http2)
        wanted_status = 304 if row.conditional else 200
        wanted_body = b"" if row.conditional else body if row.body is None else (stage.site / row.body).read_bytes()
        if status != wanted_status:
            raise load.LoadFailed(f"answers {status}, not {wanted_status}")
        if body != wanted_body:
            raise load.LoadFailed(f"answers {len(body)} other bytes than the {len(wanted_body)} wanted")
        if row.body is None and "content-encoding" not in fields:
            raise load.LoadFailed("does not compress")
        if row.body and row.body.endswith(".br") and fields.get("content-encoding") != "br":
            raise load.LoadFailed("does not answer in brotli")
        if http2 and not protocol.startswith("HTTP/2"):
            raise load.LoadFailed(f"answers in {protocol}")
    except load.LoadFailed as error:
        skipped[row.name][server.name] = str(error)
        print(f"bench: {row.name}: without {server.name}: {error}")
        return None
    return headers


def one(stage, server, row, headers, seconds, pace):
    def generate(duration):
        if row.tool in ("wrk", "routes", "targets"):
            return load.wrk(address(server, row), duration, headers)
        if row.tool == "wrk-many":
            return load.wrk(address(server, row), duration, headers, stage.random_paths)
        if row.tool == "first-byte":
            return load.first_bytes(HOST, server.ports["http"], stage.fresh_scripts(40), headers)
        if row.tool == "websocket":
            return load.websocket(stage.program("websocket"), server.ports["http"], row.path, duration)
        if row.tool == "streams":
            return load.streams(stage.program("streams"), server.ports["http"], row.path, duration)
        if row.tool == "paced":
            return load.paced(stage.program("paced"), server.ports["http"], row.path, pace, duration)
        if row.tool == "handshake":
            return load.handshakes(server.ports["https"], duration)
        return load.h2load(address(server, row), duration, stage.folder)

    generate(1)
    # What the warm-up left to do (log buffers, closed connections) is not the measured load's.
    time.sleep(0.3)
    before, others = server.cpu_seconds(), other_seconds(stage)
    began = time.monotonic()
    sample = generate(seconds)
    time.sleep(0.3)
    # Work of other processes, or time the host gave to others: with more than a few per cent of it the figures are poor.
    sample["disturbed"] = max(other_seconds(stage) - others, 0) / (time.monotonic() - began) / os.cpu_count()
    sample["cpu_us"] = (server.cpu_seconds() - before) * 1e6 / sample["requests"]
    sample["rss"] = server.resident_bytes()
    server.truncate_logs()
    return sample


def other_seconds(stage):
    """Processor time so far that neither the servers, nor the backend, nor the load generators, nor this process used."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = sum(server.cpu_seconds() for server in stage.running) + children.ru_utime + children.ru_stime + time.process_time()
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK") - ours


def half_load(stage, lineup, samples, row):
    """Half of what nginx answered per second in the row it goes by; measured here if that row was not asked for."""
    taken = samples.get(row.pace_of, {}).get("nginx")
    if taken:
        return taken[0]["rate"] / 2
    for server in lineup:
        if server.serves_files and server.process and server.name in ("nginx", lineup[0].name):
            return load.wrk(address(server, row), 2, ())["rate"] / 2
    return 10_000


def many_routes(server, row, options):
    """A thousand routes, of which the last one takes the request."""
    if not server.has_routes:
        raise RuntimeError("no other routes to put in front")
    return with_more(server, row, options, routes=999)


def many_targets(server, row, options):
    """A route with a thousand targets, which all lead to the one backend."""
    if not server.has_targets:
        raise RuntimeError("no other targets beside the first")
    return with_more(server, row, options, targets=999)


def with_more(server, row, options, **more):
    """The same just before with one route and one target: what it costs more is a share of that, on a machine in the same mood."""
    plain = started_with(server, row, options)
    sample = started_with(server, row, options, **more)
    return sample | {"times_one": sample["cpu_us"] / plain["cpu_us"]}


def started_with(server, row, options, routes=0, targets=0):
    server.stop()
    server.more_routes, server.more_targets = routes, targets
    server.configure()
    try:
        server.start()
        skipped = {row.name: {}}
        if verified(server.stage, server, row, skipped) is None:
            raise RuntimeError(skipped[row.name][server.name])
        return one(server.stage, server, row, [], options.seconds, None)
    finally:
        server.stop()
        server.more_routes = server.more_targets = 0
        server.configure()


def started(server, row, options):
    server.stop()
    return {"start_ms": server.start() * 1000}


# Rows for which a server is started anew.
ALONE = {
    "start": started, "memory": memory.idle_connections, "stream-memory": memory.streams, "routes": many_routes, "targets": many_targets,
}
