"""A row is one line of the semantics with the checks that prove it. What a check misses becomes the row's note."""

from .wire import Wire

ROWS = []


class Row:
    def __init__(self, chapter, text, check):
        self.chapter, self.text, self.check = chapter, text, check


def row(chapter, text):
    def register(check):
        ROWS.append(Row(chapter, text, check))
        return check

    return register


class Trial(Wire):
    """A row's view of one server: asks it, changes the site, and notes what is not as it should be."""

    def __init__(self, port, site, patience):
        super().__init__(port, 5 * patience)
        self.site, self.patience, self.faults = site, patience, []

    def expect(self, right, fault):
        if not right and fault not in self.faults:
            self.faults.append(fault)
        return right

    def steady(self, first, then):
        """What `first` and `then` ask, with no better encoding taking the place of the first one between them."""
        for _ in range(20):
            before = first()
            after = then(before)
            if first()["ETag"] == before["ETag"]:
                break
        return before, after

    def status(self, answer, wanted, of):
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        body = answer.whole or "body not whole"
        return self.expect(answer.status in wanted and body is True, f"{of}: {answer.status}{'' if body is True else ', ' + body}")


def judge(port, site, row, patience=1.0):
    """The faults of one row; an empty list where it holds. Time bounds are multiplied by `patience`."""
    trial = Trial(port, site, patience)
    try:
        row.check(trial)
    except (OSError, ValueError) as error:
        trial.faults.append("no answer in time" if isinstance(error, TimeoutError) else f"{error}")
    return trial.faults
