"""A check that was never seen to reject something is not a check: each lint is shown a wrong line here."""

from __future__ import annotations

import re
import tomllib

import arrows
import named
import one_definition
import symbols
import tidy
from common import ROOT


def bans_for(name: str) -> list[dict]:
    table = tomllib.loads((ROOT / "ci/banned.toml").read_text())["ban"]
    return [b for b in table if any(name.startswith(p) for p in b["in"])]


def refused(name: str, line: str) -> bool:
    code = tidy.code_of(line)[0]
    return any(re.search(b["pattern"], code) for b in bans_for(name))


def test_a_clock_or_thread_in_a_core_is_refused() -> None:
    assert refused("runtime/raft/x.cpp", "#include <chrono>")
    assert refused("runtime/kv/x.cpp", "#include <thread>")
    assert not refused("scenarios/cli/x.cpp", "#include <chrono>")


def test_ambient_randomness_and_unordered_containers_are_refused() -> None:
    assert refused("sim/x.cpp", "std::mt19937 g;")
    assert refused("checkers/raft/x.cpp", "std::unordered_map<int, int> m;")
    assert refused("sim/x.cpp", "double rate = 0.5;")


def test_words_in_comments_and_strings_are_not_findings() -> None:
    assert not refused("sim/x.cpp", "// a double-ended std::unordered_map would be wrong here")
    assert not refused("sim/x.cpp", 'say("thread_local");')


def test_machine_paths_and_hosts_are_refused() -> None:
    assert tidy.MACHINE.search("see /ho" "me/me/project")
    assert tidy.MACHINE.search("fetch from py" "pi.python.org")
    assert not tidy.MACHINE.search("the workspace / root of it")


def test_a_room_is_the_longest_prefix() -> None:
    rooms = ["runtime/raft", "runtime/raft/quorum", "sim"]
    assert arrows.room_of("runtime/raft/quorum/a.h", rooms) == "runtime/raft/quorum"
    assert arrows.room_of("runtime/raft/a.h", rooms) == "runtime/raft"
    assert arrows.room_of("elsewhere/a.h", rooms) is None


def test_an_impure_symbol_is_recognized() -> None:
    assert symbols.IMPURE.search("clock_gettime")
    assert symbols.IMPURE.search("std::chrono::_V2::steady_clock::now()")
    assert not symbols.IMPURE.search("wn::Random::philox")


def test_a_scenario_that_is_not_there_is_found() -> None:
    catalog = ROOT / "scenarios/catalog"
    assert named.missing("see `fast/worknode-tree` and fast/worknode-nowhere", catalog) == (["fast/worknode-nowhere"], 2)


def test_two_types_of_one_name_in_one_program_are_found() -> None:
    a = "namespace wn::x {\nstruct Step { int a; };\nclass Known;\nnamespace {\nstruct Judge final : Base { struct In {}; };\n}\n}"
    assert one_definition.types(a) == ["wn::x::Step"]
    assert one_definition.types('namespace wn { /* struct A { */ const char* s = "struct B {"; enum class C : int { c }; }') == ["wn::C"]
    own = one_definition.types(a)[0]
    assert one_definition.twice([(own, "p/a.h"), (own, "q/b.h")]) == [f"{own}: defined in p/a.h and q/b.h"]
    assert one_definition.twice([(own, "p/a.h"), (own, "q/b_test.cpp")])
    assert not one_definition.twice([(own, "p/a_test.cpp"), (own, "q/b_test.cpp")])
