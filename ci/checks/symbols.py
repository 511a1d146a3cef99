"""Purity by the linker: a core's archive may not need a clock, a thread, a file or a random number."""

from __future__ import annotations

import re
import subprocess

from common import ROOT, finish

CORES = [
    "base",
    "memory",
    "actor",
    "causality",
    "crdt",
    "raft",
    "rpc",
    "realm",
    "client_core",
    "sync",
    "store",
    "kv",
    "schema",
    "plan",
    "nemesis",
    "drift",
    "sim",
    "history",
    "linearizability",
    "raft_checker",
    "durability",
    "convergence",
    "tree_checker",
    "causality_checker",
    "eventual",
    "sequential",
    "session",
    "causal",
    "replication",
    "supervision",
    "liveness",
    "isolation",
    "elle",
    "explain",
    "portfolio",
    "collections",
    "modes",
    "tree",
    "capability",
    "chain",
    "capability_checker",
    "gluing",
    "accountability",
    "groups",
    "groups_checker",
    "streaming",
    "levels",
    "polygraph",
    "staleness",
]
IMPURE = re.compile(
    r"std::(chrono::_V2::|random_device|thread\b|mutex|condition_variable|this_thread)|\bpthread_create\b|"
    r"\b(clock_gettime|gettimeofday|time|nanosleep|usleep|getrandom|rand|srand|getenv|socket|connect|fork|system)$|"
    r"\bstd::basic_[io]?fstream|google::protobuf"
)
# What a room may need all the same, and why.
ALLOWED = {
    "plan": re.compile(r"google::protobuf|std::basic_ifstream"),  # plans are Protobuf text, in files
    "sim": re.compile(r"google::protobuf|std::basic_[io]?fstream"),  # trace files
    "history": re.compile(r"std::basic_[io]?fstream"),               # histories are read from files
}


def main() -> None:
    findings: list[str] = []
    checked = 0
    for core in CORES:
        archives = list((ROOT / "build/release").rglob(f"libwn_{core}.a"))
        if not archives:
            findings.append(f"libwn_{core}.a is not built: run ci/build first")
            continue
        names = subprocess.run(["nm", "-uC", str(archives[0])], capture_output=True, text=True, check=True).stdout
        for line in names.splitlines():
            symbol = line.replace(" U ", "").strip()
            if not symbol or symbol.endswith(":"):
                continue
            checked += 1
            allowed = ALLOWED.get(core)
            if IMPURE.search(symbol) and not (allowed and allowed.search(symbol)):
                findings.append(f"{core}: needs {symbol}, which is not a function of its inputs")
    finish("pure symbols", sorted(set(findings)), checked)


if __name__ == "__main__":
    main()
