"""What clients sent and saw, held against the access log: each request stands there exactly once, with the status that its client
saw. A request is known by its number, which travels as `X-Request-ID`."""

import json

PREFIX = "chaos-"


class Ledger:
    def __init__(self):
        self.sent = 0
        # By number: the status of each answer whose head came.
        self.seen = {}
        # Numbers that the server may never have read: they stood behind another when the connection ended, or were reset away.
        self.unsure = set()
        self.outcomes = {}

    def number(self):
        self.sent += 1
        return self.sent

    def note(self, outcome):
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def answered(self, number, status):
        self.seen[number] = status
        self.note(f"status {status}")

    def faults(self, folder):
        """What does not agree, as lines of text; and how many access lines there were."""
        logged = {}
        lines = 0
        for path in sorted(folder.glob("*.log")):
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                if "status" not in entry or not entry.get("request_id", "").startswith(PREFIX):
                    continue
                lines += 1
                logged.setdefault(int(entry["request_id"].removeprefix(PREFIX)), []).append(entry)
        numbers = range(1, self.sent + 1)
        missing = [n for n in numbers if n not in logged and n not in self.unsure]
        twice = [n for n, entries in logged.items() if len(entries) > 1]
        other = [(n, status, logged[n][0]["status"]) for n, status in self.seen.items() if n in logged and logged[n][0]["status"] != status]
        faults = []
        if missing:
            faults.append(f"{len(missing)} requests are not in the log: {missing[:10]}")
        if twice:
            faults.append(f"{len(twice)} requests are in the log more than once: {twice[:10]}")
        if other:
            faults.append(f"{len(other)} are logged with another status than the client saw (number, seen, logged): {other[:10]}")
        never = sum(n not in logged for n in self.unsure)
        return faults, lines, never
