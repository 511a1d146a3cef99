#include "checkers/isolation/lattice.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

namespace wn::checkers::isolation {
namespace {

bool has(const Names& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

TEST_CASE("lattice: a stronger model forbids all that a weaker one forbids") {
  for (const std::string& m : all_models()) {
    const Boundary around = ruled_out_by(prohibited({m}, {}));
    if (prohibited({m}, {}).empty()) continue;  // nothing is known about what breaks it
    INFO(m);
    CHECK((has(around.weakest, friendly_model(m)) || has(around.stronger, friendly_model(m))));
  }
  for (const auto& [strong, weak] : {std::pair{"strict-serializable", "serializable"},
                                     {"serializable", "snapshot-isolation"},
                                     {"snapshot-isolation", "read-atomic"},
                                     {"PL-2+", "PL-2"},
                                     {"strong-snapshot-isolation", "strong-session-snapshot-isolation"},
                                     {"repeatable-read", "read-committed"}}) {
    const Names s = prohibited({strong}, {});
    for (const std::string& a : prohibited({weak}, {})) CHECK(has(s, a));
  }
}

TEST_CASE("lattice: the cases that surprise people") {
  for (const char* m : {"read-committed", "read-uncommitted", "repeatable-read"}) {
    CHECK_FALSE(has(prohibited({m}, {}), "internal"));
  }
  CHECK(has(prohibited({"read-committed"}, {}), "incompatible-order"));
  CHECK(has(prohibited({"read-committed"}, {}), "dirty-update"));
  CHECK(has(prohibited({"read-committed"}, {}), "future-read"));
  CHECK_FALSE(has(prohibited({"read-committed"}, {}), "lost-update"));
  CHECK(has(prohibited({"cursor-stability"}, {}), "lost-update"));
  CHECK(has(prohibited({"read-uncommitted"}, {}), "cyclic-versions"));
  CHECK(has(prohibited({"snapshot-isolation"}, {}), "G-nonadjacent-item"));
  CHECK_FALSE(has(prohibited({"snapshot-isolation"}, {}), "G2-item"));
  CHECK_FALSE(has(prohibited({"serializable"}, {}), "G0-realtime"));
  CHECK(has(prohibited({"strict-serializable"}, {}), "G0-realtime"));
  CHECK(has(prohibited({"strict-serializable"}, {}), "G2-item-process"));
  CHECK(prohibited({}, {"G1"}) == Names{"G0", "G1", "G1a", "G1b", "G1c", "dirty-update", "future-read",
                                        "garbage-read", "incompatible-order"});
}

TEST_CASE("lattice: what an anomaly rules out") {
  CHECK(ruled_out_by({"G0"}).weakest == Names{"read-uncommitted"});
  CHECK(ruled_out_by({"G1c"}).weakest == Names{"read-committed"});
  CHECK(ruled_out_by({"lost-update"}).weakest == Names{"cursor-stability", "update-atomic"});
  CHECK(ruled_out_by({"G2-item"}).weakest == Names{"repeatable-read"});
  CHECK(ruled_out_by({"G-single-item-realtime"}).weakest == Names{"strong-snapshot-isolation"});
  CHECK(ruled_out_by({"G2-item-realtime"}).weakest == Names{"strict-serializable"});
  CHECK(ruled_out_by({"G-single-item-realtime"}).stronger == Names{"strict-serializable"});
  CHECK(ruled_out_by({"empty-transaction-graph"}).weakest.empty());
  CHECK(implied_by("G-single-item").size() > 10);
}

TEST_CASE("lattice: names") {
  CHECK(is_model("PL-SS"));
  CHECK(friendly_model("strong-serializable") == "strict-serializable");
  CHECK_FALSE(is_model("serialisable"));
  CHECK(is_anomaly("G-single-item-process"));
  CHECK_FALSE(is_anomaly("G3"));
}

}  // namespace wn::checkers::isolation
