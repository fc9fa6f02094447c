"""Validators, conditions and ranges: RFC 9110, sections 8.8, 13 and 14."""

import email.utils
import os
import time

from .rows import row
from .site import NUMBERS, TEXT
from .wire import parts

CONDITIONS, RANGES = "Validators and conditions", "Ranges"
PAST, FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"
SIZE = len(NUMBERS)


@row(CONDITIONS, "Every file has a strong `ETag`; another content never has the same one, whatever its size and time")
def strong_tags(t):
    for name in ["/style.css", "/numbers.bin", "/empty.txt", "/"]:
        tag = t.get(name)["ETag"] or ""
        t.expect(len(tag) > 2 and tag[0] == tag[-1] == '"', f"{name} has the tag {tag or 'none'}")
    path = t.site.put("same.txt", b"one " * 300)
    first = t.get("/same.txt")["ETag"]
    status = path.stat()
    beside = t.site.put("same.new", b"two " * 300)
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(beside, path)
    time.sleep(1.1)
    second = t.get("/same.txt")
    t.expect(second.body == b"two " * 300, "a file of the same size and time is not noticed")
    t.expect(second["ETag"] != first, "a file of the same size and time keeps the tag")


@row(CONDITIONS, "Each encoding has an `ETag` of its own")
def tags_by_encoding(t):
    tags = {}
    for coding in ["identity", "gzip", "zstd", "br"]:
        answer = t.get("/style.css", Accept_Encoding=coding)
        if answer.coding in tags and answer.coding == "identity":
            continue
        t.expect(answer["ETag"] not in tags.values(), f"{answer.coding} shares its tag")
        if answer.coding != "identity":
            t.expect(not (answer["ETag"] or "W/").startswith("W/"), f"{answer.coding} has a weak tag or none")
        tags[answer.coding] = answer["ETag"]
    t.expect("gzip" in tags, "no gzip")


@row(CONDITIONS, "`Last-Modified` is the file's time")
def last_modified(t):
    path = t.site.root / "style.css"
    wanted = email.utils.formatdate(int(path.stat().st_mtime), usegmt=True)
    for coding in ["identity", "gzip"]:
        got = t.get("/style.css", Accept_Encoding=coding)["Last-Modified"]
        t.expect(got == wanted, f"{coding}: {got}, not {wanted}" if got else f"{coding}: none")


@row(CONDITIONS, "`If-None-Match`: a list, a weak form and `*` match; GET and HEAD get 304")
def if_none_match(t):
    tag = t.get("/style.css")["ETag"]
    for value in [tag, f'"other", {tag}', f"W/{tag}", "*"]:
        for method in ["GET", "HEAD"]:
            t.status(t.ask(method, "/style.css", If_None_Match=value), 304, f"{method}, {'the tag' if value == tag else value.replace(tag, 'tag')}")
    t.status(t.get("/style.css", If_None_Match='"other"'), 200, "another tag")
    _, coded = t.steady(
        lambda: t.get("/style.css", Accept_Encoding="gzip"),
        lambda whole: t.get("/style.css", Accept_Encoding="gzip", If_None_Match=whole["ETag"]),
    )
    t.status(coded, 304, "the coded tag")


@row(CONDITIONS, "`If-Modified-Since`: 304 from the file's time on; bad dates are ignored")
def if_modified_since(t):
    at = t.get("/style.css")["Last-Modified"]
    t.status(t.get("/style.css", If_Modified_Since=at), 304, "the same time")
    t.status(t.get("/style.css", If_Modified_Since=FUTURE), 304, "a later time")
    t.status(t.get("/style.css", If_Modified_Since=PAST), 200, "an earlier time")
    t.status(t.get("/style.css", If_Modified_Since="yesterday"), 200, "no date")


@row(CONDITIONS, "`If-Match`: 412 unless a tag matches strongly; `*` matches")
def if_match(t):
    tag = t.get("/style.css")["ETag"]
    t.status(t.get("/style.css", If_Match=tag), 200, "the tag")
    t.status(t.get("/style.css", If_Match=f'"other", {tag}'), 200, "a list")
    t.status(t.get("/style.css", If_Match="*"), 200, "*")
    t.status(t.get("/style.css", If_Match='"other"'), 412, "another tag")
    t.status(t.get("/style.css", If_Match=f"W/{tag}"), 412, "the weak form")


@row(CONDITIONS, "`If-Unmodified-Since`: 412 where the file is newer")
def if_unmodified_since(t):
    at = t.get("/style.css")["Last-Modified"]
    t.status(t.get("/style.css", If_Unmodified_Since=at), 200, "the same time")
    t.status(t.get("/style.css", If_Unmodified_Since=PAST), 412, "an earlier time")
    t.status(t.get("/style.css", If_Unmodified_Since="yesterday"), 200, "no date")


@row(CONDITIONS, "The order of RFC 9110, 13.2.2: tags before dates, `If-Match` before `If-None-Match`")
def order(t):
    whole = t.get("/style.css")
    tag, at = whole["ETag"], whole["Last-Modified"]
    t.status(t.get("/style.css", If_None_Match='"other"', If_Modified_Since=at), 200, "If-None-Match before If-Modified-Since")
    t.status(t.get("/style.css", If_None_Match=tag, If_Modified_Since=PAST), 304, "a tag that matches, an older date")
    t.status(t.get("/style.css", If_Match=tag, If_Unmodified_Since=PAST), 200, "If-Match before If-Unmodified-Since")
    t.status(t.get("/style.css", If_Match='"other"', If_None_Match=tag), 412, "If-Match before If-None-Match")
    t.status(t.get("/style.css", If_Unmodified_Since=PAST, If_None_Match=tag), 412, "If-Unmodified-Since before If-None-Match")
    t.status(t.get("/numbers.bin", If_None_Match=t.get("/numbers.bin")["ETag"], Range="bytes=0-1"), 304, "If-None-Match before Range")


@row(CONDITIONS, "304 repeats `ETag`, `Cache-Control` and `Vary`, and tells nothing of a body")
def not_modified(t):
    for coding in ["identity", "gzip"]:
        whole, answer = t.steady(
            lambda: t.get("/style.css", Accept_Encoding=coding),
            lambda whole: t.get("/style.css", Accept_Encoding=coding, If_None_Match=whole["ETag"]),
        )
        t.status(answer, 304, coding)
        for name in ["ETag", "Cache-Control", "Vary"]:
            t.expect(answer[name] == whole[name], f"{coding}: {name} is {answer[name]}, not {whole[name]}")
        for name in ["Content-Length", "Content-Encoding", "Content-Type"]:
            t.expect(answer[name] in (None, whole[name]), f"{coding}: {name} {answer[name]}")


@row(CONDITIONS, "HEAD has the header of GET, and no body")
def head(t):
    for name in ["/style.css", "/numbers.bin", "/", "/none.css"]:
        for coding in ["identity", "gzip"]:
            get, head = t.steady(lambda: t.get(name, Accept_Encoding=coding), lambda _: t.head(name, Accept_Encoding=coding))
            t.status(head, get.status, name)
            for field in ["Content-Length", "Content-Type", "Content-Encoding", "ETag", "Last-Modified", "Vary", "Cache-Control", "Accept-Ranges"]:
                t.expect(get[field] == head[field], f"{name} {coding}: {field} is {head[field]}, with GET {get[field]}")


@row(RANGES, "One range is 206 with its `Content-Range`: within, to the end, beyond the end, a suffix")
def one_range(t):
    for asked, first, last in [("0-0", 0, 0), ("100-299", 100, 299), ("65000-", 65000, SIZE - 1), ("65530-99999999", 65530, SIZE - 1), ("-10", SIZE - 10, SIZE - 1), ("-9999999", 0, SIZE - 1)]:
        answer = t.get("/numbers.bin", Range=f"bytes={asked}")
        if t.status(answer, 206, asked):
            t.expect(answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}", f"{asked}: {answer['Content-Range']}")
            t.expect(answer.body == NUMBERS[first : last + 1], f"{asked}: other bytes")
            t.expect(answer["ETag"] and answer["Content-Length"], f"{asked}: without ETag or length")


@row(RANGES, "Several ranges are `multipart/byteranges`, each part with its range and type")
def several_ranges(t):
    answer = t.get("/numbers.bin", Range="bytes=0-9, 1000-1009, -5")
    t.status(answer, 206, "three ranges")
    wanted = [(f"bytes {a}-{b - 1}/{SIZE}", NUMBERS[a:b]) for a, b in [(0, 10), (1000, 1010), (SIZE - 5, SIZE)]]
    told = parts(answer)
    if t.expect(told is not None, "not well formed"):
        t.expect([(part[0], part[2]) for part in told] == wanted, "other parts")
        t.expect(all(part[1] for part in told), "a part without its type")
    t.expect(answer["Content-Range"] is None, "Content-Range beside the parts")


@row(RANGES, "`If-Range`: another or weak tag, or another date, gets the whole file")
def if_range(t):
    path = t.site.root / "numbers.bin"
    os.utime(path, (time.time() - 3600, int(time.time()) - 3600))
    time.sleep(1.1)
    whole = t.get("/numbers.bin")
    tag, at = whole["ETag"], whole["Last-Modified"]
    for value, wanted, of in [(tag, 206, "the tag"), (at, 206, "the date"), ('"other"', 200, "another tag"), (f"W/{tag}", 200, "the weak form"), (PAST, 200, "an older date"), (FUTURE, 200, "a newer date")]:
        answer = t.get("/numbers.bin", Range="bytes=5-9", If_Range=value)
        t.status(answer, wanted, of)
        t.expect(answer.body == (NUMBERS[5:10] if answer.status == 206 else NUMBERS), f"{of}: other bytes")


@row(RANGES, "What lies outside the file is 416 with `Content-Range: bytes */n`")
def unsatisfiable(t):
    for asked in [f"{SIZE}-", "99999999-", "-0", f"{SIZE}-, {SIZE + 5}-"]:
        answer = t.get("/numbers.bin", Range=f"bytes={asked}")
        if t.status(answer, 416, asked.replace(str(SIZE), "n")):
            t.expect(answer["Content-Range"] == f"bytes */{SIZE}", f"Content-Range: {answer['Content-Range']}")
    answer = t.get("/numbers.bin", Range=f"bytes=0-4, {SIZE}-")
    t.expect(answer.status == 206 and NUMBERS[:5] in answer.body, f"one of two outside: {answer.status}")


@row(RANGES, "Many or overlapping ranges are refused, ignored or made one: never more bytes than the file has")
def many_ranges(t):
    for asked, of in [(", ".join(["0-"] * 60), "60 times the whole file"), (", ".join(["0-"] * 1000), "1000 times"), (",".join(f"{n}-{n + 300}" for n in range(0, 6000, 100)), "60 that overlap")]:
        answer = t.get("/numbers.bin", Range=f"bytes={asked}")
        t.expect(answer.status in (200, 206, 400, 416, 431), f"{of}: {answer.status}")
        t.expect(len(answer.body) <= SIZE + 8192, f"{of}: {len(answer.body) / SIZE:.1f} times the file's bytes")


@row(RANGES, "Bad syntax, other units and HEAD: as if there were no range")
def ignored_ranges(t):
    for value in ["bytes=abc", "bytes=9-5", "lines=0-9", "bytes", "bytes=--5", "bytes=1-2-3"]:
        t.status(t.get("/numbers.bin", Range=value), 200, value)
    t.status(t.head("/numbers.bin", Range="bytes=0-9"), 200, "HEAD")


@row(RANGES, "Ranges are parts of the plain file; a 206 is never encoded")
def ranges_are_plain(t):
    for name, body in [("/style.css", TEXT), ("/ready.css", (t.site.root / "ready.css").read_bytes())]:
        answer = t.get(name, Accept_Encoding="gzip, br, zstd", Range="bytes=0-999")
        t.status(answer, 206, name)
        plain = t.expect(answer.coding == "identity", f"{name}: a range of the {answer.coding} form")
        t.expect(not plain or answer.body == body[:1000], f"{name}: other bytes")
