"""The load generators: wrk, h2load, openssl s_time, our own for WebSockets, paced requests and streams, first requests by hand, and
curl to look before measuring. Each returns plain figures."""

import re
import socket
import subprocess
import time

UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}


class LoadFailed(Exception):
    pass


def run(command, patience):
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=patience, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"{command[0]} did not end") from None
    if result.returncode != 0:
        raise LoadFailed(f"{command[0]}: {(result.stderr or result.stdout).strip()[-200:]}")
    return result.stdout


def microseconds(text):
    found = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    if not found:
        raise LoadFailed(f"no time: {text}")
    return float(found.group(1)) * UNITS[found.group(2)]


def percentile(text, number):
    # From the start of the line: other columns of wrk's table hold percentages too.
    return microseconds(re.search(rf"^\s+{number}%\s+(\S+)", text, re.M).group(1))


def wrk(url, seconds, headers, script=None):
    command = ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    if script:
        command += ["-s", str(script)]
    for header in headers:
        command += ["-H", header]
    text = run([*command, url], seconds + 30)
    if bad := re.search(r"Non-2xx or 3xx responses: (\d+)", text):
        raise LoadFailed(f"{bad.group(1)} answers were errors")
    if errors := re.search(r"Socket errors: (.*)", text):
        raise LoadFailed(f"socket errors: {errors.group(1)}")
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    if requests == 0:
        raise LoadFailed("no request was answered")
    return {
        "requests": requests,
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "p50_us": percentile(text, 50),
        "p99_us": percentile(text, 99),
    }


def h2load(url, seconds, folder):
    """HTTP/2 with 32 connections of 10 streams."""
    log = folder / "h2load.log"
    log.unlink(missing_ok=True)
    text = run(["h2load", "-c32", "-m10", "-t1", "-D", str(seconds), f"--log-file={log}", url], seconds + 60)
    done = re.search(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed", text)
    if not done or int(done.group(2)) == 0:
        raise LoadFailed("no request was answered")
    good = re.search(r"status codes: (\d+) 2xx", text)
    if not good or int(good.group(1)) < int(done.group(1)) * 0.99:
        raise LoadFailed("answers were errors")
    times = sorted(int(line.rsplit("\t", 1)[1]) for line in log.open() if line.count("\t") == 2)
    log.unlink()
    requests = int(done.group(1))
    return {
        "requests": requests,
        "rate": requests / seconds,
        "p50_us": float(times[len(times) // 2]),
        "p99_us": float(times[len(times) * 99 // 100]),
    }


def first_bytes(host, port, paths, headers):
    """One request after another, each for a file that was never asked for: the time to the first byte of its answer."""
    times, wholes = [], []
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for path in paths:
            lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
            began = time.perf_counter()
            connection.sendall("\r\n".join(lines).encode())
            answer = connection.recv(65536)
            times.append((time.perf_counter() - began) * 1e6)
            while not is_whole(answer):
                part = connection.recv(1 << 20)
                if not part:
                    raise LoadFailed("an answer was cut")
                answer += part
            wholes.append((time.perf_counter() - began) * 1e6)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise LoadFailed("an answer was an error")
            # What a server does after an answer is not the next one's.
            time.sleep(0.02)
    times.sort()
    wholes.sort()
    return {
        "requests": len(times), "rate": 1e6 * len(times) / sum(times),
        "p50_us": times[len(times) // 2], "p99_us": times[len(times) * 99 // 100],
        "mean_us": sum(times) / len(times), "whole_p50_us": wholes[len(wholes) // 2],
    }


def is_whole(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    if length := re.search(rb"(?i)\r\ncontent-length: (\d+)", head):
        return len(body) >= int(length.group(1))
    return body.endswith(b"0\r\n\r\n")


def websocket(program, port, path, seconds):
    """64 connections, each with one message under way."""
    messages, rate, p50, p99 = map(float, run([program, "load", str(port), path, "64", str(seconds)], seconds + 30).split())
    return {"requests": int(messages), "rate": rate, "p50_us": p50, "p99_us": p99}


def paced(program, port, path, rate, seconds):
    """64 connections; requests are due at a constant rate, and their time counts from then."""
    text = run([program, str(port), path, "64", f"{rate:.1f}", str(seconds)], seconds + 30)
    answered, done, p50, p99, unanswered = map(float, text.split())
    return {"requests": int(answered), "rate": done, "p50_us": p50, "p99_us": p99, "unanswered": int(unanswered)}


def streams(program, port, path, seconds):
    """16 connections that take large bodies as fast as they come; the unit is a MiB."""
    received, rate, _ = map(float, run([program, str(port), path, "16", str(seconds)], seconds + 30).split())
    if received < 1:
        raise LoadFailed("nothing was received")
    return {"requests": received, "rate": rate, "p50_us": None, "p99_us": None}


def handshakes(port, seconds):
    text = run(["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", str(seconds)], seconds + 30)
    found = re.search(r"(\d+) connections in (\d+) real seconds", text)
    if not found or int(found.group(1)) == 0:
        raise LoadFailed("no handshake succeeded")
    count = int(found.group(1))
    return {"requests": count, "rate": count / seconds, "p50_us": None, "p99_us": None}


def look(url, headers, folder, http2=False):
    """One request with curl: status, header fields in lower case, body."""
    body = folder / "look.body"
    body.write_bytes(b"")
    command = ["curl", "-sSk", "--max-time", "10", "-o", str(body), "-D", "-"]
    if http2:
        command += ["--http2"] if url.startswith("https:") else ["--http2-prior-knowledge"]
    else:
        command += ["--http1.1"]
    for header in headers:
        command += ["-H", header]
    lines = run([*command, url], 15).replace("\r", "").strip().splitlines()
    fields = dict((line.split(": ", 1)[0].lower(), line.split(": ", 1)[1]) for line in lines[1:] if ": " in line)
    protocol, status = lines[0].split()[:2]
    return protocol, int(status), fields, body.read_bytes()
