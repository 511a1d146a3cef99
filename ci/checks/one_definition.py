"""No two types of one name in one namespace: the linker keeps one body of their inline members and takes it for both.

An optimizing build inlines them and passes; an unoptimized one corrupts memory. Tests and benches count with
the rest of the project, but not against the tests of other rooms, which never share a program with them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from common import ROOT, finish, tracked

TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|R\"(?P<mark>[^(]*)\(.*?\)(?P=mark)\"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    r"|(?P<space>\bnamespace\b\s*(?P<name>[\w:]*)\s*\{)"
    r"|(?P<type>\b(?:struct|class|union|enum(?:\s+class)?)\s+(?:alignas\([^)]*\)\s*|\[\[[^\]]*\]\]\s*)?(?P<called>\w+)\s*"
    r"(?:final\s*)?(?::(?!:)[^;{}()]*)?\{)"
    r"|(?P<open>\{)|(?P<close>\})",
    re.DOTALL,
)
TEST = re.compile(r"(_test|_bench)\.cpp$|/(test|bench|toy)_?\w*\.(h|cpp)$|_help\.h$")


def types(text: str) -> list[str]:
    """The qualified names of the types that `text` defines at namespace scope, unnamed namespaces left out."""
    found = []
    scopes: list[str | None] = []  # a namespace's name, or None for any other brace
    for match in TOKEN.finditer(text):
        if match["space"]:
            scopes.append(match["name"] or "(unnamed)")
        elif match["type"]:
            if None not in scopes and "(unnamed)" not in scopes:
                found.append("::".join([*(str(s) for s in scopes), match["called"]]))
            scopes.append(None)
        elif match["open"]:
            scopes.append(None)
        elif match["close"] and scopes:
            scopes.pop()
    return found


def twice(definitions: list[tuple[str, str]]) -> list[str]:
    """`definitions`: (qualified name, path). The names that two files of one program define."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in definitions:
        places[name].append(path)
    findings = []
    for name, paths in sorted(places.items()):
        product = [path for path in paths if not TEST.search(path)]
        rooms: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            if TEST.search(path):
                rooms[str(Path(path).parent)].append(path)
        if len(product) > 1:
            findings.append(f"{name}: defined in {' and '.join(product)}")
        findings += [
            f"{name}: defined in {' and '.join(product + own)}"
            for _, own in sorted(rooms.items())
            if len(own) > 1 or product
        ]
    return findings


def main() -> None:
    definitions = [(name, str(path)) for path in tracked(".h", ".cpp") for name in types((ROOT / path).read_text())]
    finish("one definition", twice(definitions), len(definitions))


if __name__ == "__main__":
    main()
