#!/usr/bin/env python3
"""What the machine may do to a server: no descriptors left, no log folder, no site, a clock that jumps. Each has its answer.

    PORTICO=.build/debug/portico python3 scripts/tests/adversity.py
"""

import email.utils
import http.client
import json
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import time
import unittest

from live import Case, cpu_seconds, wait_until

# Adds the seconds in a mapped file to the wall clock, and to nothing else.
JUMPING_CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static volatile long *offset;
static int (*real)(clockid_t, struct timespec *);
__attribute__((constructor)) static void map(void) {
    int file = open(getenv("CLOCK_OFFSET"), O_RDONLY);
    offset = mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}
int clock_gettime(clockid_t clock, struct timespec *time) {
    int code = real(clock, time);
    if (offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += *offset;
    return code;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    int code = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return code;
}
time_t time(time_t *to) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to) *to = now.tv_sec;
    return now.tv_sec;
}
"""
DAY = 86_400


class Adversity(Case):
    def get(self, path="/", connection=None):
        kept = connection is not None
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        if not kept:
            connection.close()
        return response

    # No descriptors left

    def test_without_descriptors_clients_wait_and_those_inside_are_served(self):
        process = self.portico(routes="")
        kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.assertEqual(self.get(connection=kept).status, 200)
        used = len(os.listdir(f"/proc/{process.pid}/fd"))
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (used + 10, used + 10))
        clients = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(60)]
        wait_until(lambda: len(os.listdir(f"/proc/{process.pid}/fd")) >= used + 9, 30, "descriptors are used up")
        before = cpu_seconds(process.pid)
        began = time.monotonic()
        while time.monotonic() - began < 1:
            self.assertEqual(self.get(connection=kept).status, 200, "who is inside is served")
            time.sleep(0.05)
        self.assertLess(cpu_seconds(process.pid) - before, 0.6, "it does not spin for those who wait outside")
        for client in clients:
            client.close()
        self.assertEqual(self.get().status, 200, "who waited comes in when others leave")
        kept.close()

    # No folder for logs

    def test_where_no_log_can_be_written_the_console_gets_it_and_the_folder_is_tried_again(self):
        (self.folder / "logs").write_text("a file, no folder")
        self.portico(routes="")
        self.assertEqual(self.get().status, 200)
        self.assertIn("cannot open a log file", self.said())
        wait_until(lambda: '"message":"started"' in self.said(), 30, "the log goes to the console")
        (self.folder / "logs").unlink()

        def is_logged():
            self.assertEqual(self.get("/?again").status, 200)
            return (self.folder / "logs").is_dir() and "/?again" in self.log()

        wait_until(is_logged, 60, "the folder is used once it can be")

    # No site

    def test_a_site_that_is_missing_answers_404_until_it_is_there(self):
        site = self.folder / "site"
        site.rename(self.folder / "elsewhere")
        self.portico(routes="")
        self.assertEqual(self.get().status, 404)
        self.assertEqual(self.get("/health").status, 200, "the server itself is well")
        self.assertIn("site", self.said().split("warning", 1)[-1], "the start warns of it")
        (self.folder / "elsewhere").rename(site)
        wait_until(lambda: self.get().status == 200, 30, "the site is served once it is there")
        site.rename(self.folder / "elsewhere")
        wait_until(lambda: self.get().status == 404, 30, "and is gone when it goes")

    # A clock that jumps

    def test_a_jump_of_the_clock_changes_dates_and_nothing_else(self):
        library, offset = self.folder / "clock.so", self.folder / "offset"
        (self.folder / "clock.c").write_text(JUMPING_CLOCK)
        subprocess.run(["cc", "-shared", "-fPIC", "-O", "-o", library, self.folder / "clock.c", "-ldl"], check=True)
        offset.write_bytes(bytes(4096))
        os.environ.update(LD_PRELOAD=str(library), CLOCK_OFFSET=str(offset))
        try:
            process = self.portico(routes="", server='keep_alive_timeout = "2m"')
        finally:
            del os.environ["LD_PRELOAD"], os.environ["CLOCK_OFFSET"]
        kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.get(connection=kept)
        first = kept.sock
        with open(offset, "r+b") as file, mmap.mmap(file.fileno(), 4096) as mapped:
            for number, jump in enumerate((DAY, -DAY, 400 * DAY, 0)):
                mapped[:8] = struct.pack("q", jump)

                def has_the_date():
                    response = self.get(f"/?jump{number}", kept)
                    self.assertEqual(response.status, 200)
                    told = email.utils.parsedate_to_datetime(response.headers["Date"]).timestamp()
                    return abs(told - (time.time() + jump)) < 60

                wait_until(has_the_date, 30, "the date follows the clock")
                self.assertIs(kept.sock, first, "the connection stays")
        wait_until(lambda: "/?jump3" in self.log(), 30, "the log goes on")
        for line in map(json.loads, self.log().splitlines()):
            if "status" in line:
                self.assertGreaterEqual(line["total_ms"], 0)
                self.assertLess(line["total_ms"], 60_000)
        kept.close()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
