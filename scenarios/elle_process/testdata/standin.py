"""A stand-in for Elle's JVM that speaks its driver's protocol. It is no checker: it knows duplicate elements alone.

The first argument says how it behaves at its requests from the second argument on (counted from 1; before, well).
"""

import json
import re
import sys
import time

OK_READ = re.compile(rb":type :ok\b.*")
LIST = re.compile(rb"\[:r \S+ \[([^\]]*)\]\]")


def say(answer: dict | str) -> None:
    sys.stdout.write((answer if isinstance(answer, str) else json.dumps(answer)) + "\n")
    sys.stdout.flush()


def judged(number: int, options: bytes, history: bytes) -> dict:
    if b":consistency-models [:no-such-model]" in options:
        return {"id": number, "valid": "error", "error": "IllegalArgumentException: unknown model"}
    for line in history.splitlines():
        read = OK_READ.search(line)
        index = int(re.search(rb":index (\d+)", line)[1])
        for found in LIST.finditer(read[0]) if read else ():
            elements = found[1].split()
            if len(set(elements)) < len(elements):
                witness = {"operations": [index], "text": "duplicates"}
                return {"id": number, "valid": False, "anomaly_types": ["duplicate-elements"],
                        "not": ["read-uncommitted"], "also_not": ["serializable"],
                        "counts": {"duplicate-elements": 1}, "anomalies": {"duplicate-elements": [witness]},
                        "read_ms": 1, "check_ms": 2}
    return {"id": number, "valid": True, "anomaly_types": [], "not": [], "also_not": [], "counts": {}, "anomalies": {},
            "read_ms": 1, "check_ms": 2}


def misbehave(how: str, number: int) -> None:
    if how == "die":
        print("the stand-in dies as it was told", file=sys.stderr)
        sys.exit(7)
    if how == "hang":
        time.sleep(3600)
    if how == "garbage":
        say('{"id":%d,"valid":tru' % number)
    if how == "stale":  # an answer to a question that nobody asked
        say({"id": number + 1000, "valid": True, "anomaly_types": [], "anomalies": {}})
    if how == "endless":
        while True:
            sys.stdout.write("x" * 65536)
    if how == "fatal":
        say({"id": number, "valid": "error", "error": "OutOfMemoryError: Java heap space", "fatal": True})
        sys.exit(1)
    if how == "noise":
        sys.stderr.write("noise\n" * 100_000)
        sys.stderr.flush()


def main() -> None:
    how, since = (sys.argv + ["well", "1"])[1:3] if len(sys.argv) > 2 else ("well", "1")
    if how == "mute":
        time.sleep(3600)
    say({"worknode_elle": 2 if how == "newer" else 1})
    asked = 0
    while line := sys.stdin.buffer.readline():
        _, number, options, history = line.split()
        options = sys.stdin.buffer.read(int(options))
        history = sys.stdin.buffer.read(int(history))
        asked += 1
        if asked >= int(since):
            misbehave(how, int(number))
        if how not in ("garbage", "stale") or asked < int(since):
            say(judged(int(number), options, history))


main()
