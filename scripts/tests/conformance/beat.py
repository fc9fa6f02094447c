"""A clock for bounds of time on machines that other work keeps busy: it stands still while the machine does. A second by it is a second in
which threads got their turn; on a machine at rest it goes like any other."""

import threading
import time

PERIOD = 0.005


class Beat:
    def __init__(self):
        self.beaten, self.last = 0.0, time.monotonic()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            time.sleep(PERIOD)
            now = time.monotonic()
            # What this thread waited for beyond that, others may have waited for too.
            self.beaten += min(now - self.last, 2 * PERIOD)
            self.last = now

    def now(self):
        return self.beaten


BEAT = Beat()
