// What the solver says holds; what it does not say does not.
#include "checkers/gluing/gluing.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/sync/glue.h"
#include "runtime/sync/glue_test_help.h"

namespace wn::checkers {
namespace {

using sync::Cover;
using sync::Draws;
using sync::Gluing;
using sync::memory;

using Buffer = std::vector<std::uint8_t>;

Buffer bytes_of(const Cover& cover) {
  Buffer out;
  encode(cover, out);
  return out;
}

Cover drawn(std::uint64_t seed, std::uint32_t sections) {
  Draws draws(seed);
  Cover cover(memory());
  const std::uint64_t shown = draws.below(2) == 0 ? 0 : 1 + draws.below(1U << 12);
  auto all = sync::causal_sections(draws, sections, 12, sections * 8);
  for (sync::Section& s : all) {
    std::vector<sync::PropertyKey> keys;
    const std::uint64_t mine = shown == 0 ? ~std::uint64_t{0} : draws.below(1U << 12);
    for (std::uint64_t k = 0; k < 12; ++k) {
      if ((mine >> k & 1) != 0) keys.push_back(sync::key(k));
    }
    cover.sections.push_back(restricted(s, keys));
  }
  const std::uint64_t kinds = draws.below(64);
  Cover claims(memory());
  claims.sections = cover.sections;
  claims_for_all(draws, claims);
  for (std::size_t i = 0; i < cover.sections.size(); ++i) {
    if ((kinds & 1) != 0) cover.sections[i].names = claims.sections[i].names;
    if ((kinds & 2) != 0) cover.sections[i].counters = claims.sections[i].counters;
    if ((kinds & 4) != 0) cover.sections[i].moves = claims.sections[i].moves;
    if ((kinds & 8) != 0) cover.sections[i].revocations = claims.sections[i].revocations;
    if ((kinds & 8) != 0) cover.sections[i].uses = claims.sections[i].uses;
  }
  if ((kinds & 16) != 0) cover.clocks = claims.clocks;
  if ((kinds & 32) != 0 && draws.below(2) == 0) cover.lenses = claims.lenses;
  if ((kinds & 32) != 0 && draws.below(2) == 0) cover.twists = claims.twists;
  return cover;
}

Gluing glued(const Cover& cover) {
  auto out = glue(cover, {}, memory());
  REQUIRE(out.has_value());
  return std::move(*out);
}

std::string wrong_with(const Cover& cover, const Gluing& gluing) {
  Buffer certificate;
  encode_certificate(gluing, cover, certificate);
  return check_certificate(ByteView(bytes_of(cover)), ByteView(certificate)).wrong;
}

TEST_CASE("what the solver says holds, for two to eight sections; all sets are compared with all subsets") {
  std::uint64_t obstructed = 0, cyclic = 0, loops = 0;
  for (std::uint64_t seed = 0; seed < 350; ++seed) {
    const Cover cover = drawn(seed, 2 + static_cast<std::uint32_t>(seed % 7));
    const Gluing g = glued(cover);
    INFO("seed " << seed);
    REQUIRE(wrong_with(cover, g).empty());
    obstructed += g.glued() ? 0 : 1;
    cyclic += g.acyclic ? 0 : 1;
    loops += g.loops > 0 ? 1 : 0;
  }
  CHECK(obstructed > 60);
  CHECK(cyclic > 12);
  CHECK(loops > 1);
}

TEST_CASE("what the solver says of 20 and 32 sections holds") {
  for (const std::uint32_t sections : {20U, 32U}) {
    const Cover cover = drawn(sections, sections);
    INFO("sections " << sections);
    CHECK(wrong_with(cover, glued(cover)).empty());
  }
}

// All covers of up to four sections in which each makes one of a few claims.
TEST_CASE("every choice of claims of up to four sections is judged alike by solver and checker") {
  using causality::Dot;
  using causality::HlcTime;
  const auto claim = [](sync::Section& s, std::uint32_t i, std::uint64_t choice) {
    const Dot dot{ReplicaId{i + 1}, 1};
    const causality::Stamp stamp{HlcTime{5 + i}, ReplicaId{i + 1}};
    const WorknodeId a{0, 20}, b{0, 21}, c{0, 22}, root{0, 1};
    const auto name = [&](WorknodeId w) { s.names.push_back({root, 5, w, stamp, dot}); };
    const auto move = [&](WorknodeId w, WorknodeId under) { s.moves.push_back({w, under, stamp, dot}); };
    if (choice == 1) name(a);
    if (choice == 2) name(b);
    if (choice == 3) move(a, b);
    if (choice == 4) move(b, c);
    if (choice == 5) move(c, a);
    if (choice == 6) s.revocations.push_back({9, 10 + i, dot});
    if (choice == 7) s.uses.push_back({9, 11, dot});
    if (choice == 8) s.counters.push_back({sync::key(0), ReplicaId{i + 1}, 2, 3, dot});
    if (choice == 9) s.counters.push_back({sync::key(0), ReplicaId{i + 1}, 1, 0, dot});
  };
  for (std::uint32_t n = 1; n <= 4; ++n) {
    std::uint64_t covers = 1;
    for (std::uint32_t i = 0; i < n; ++i) covers *= 10;
    for (std::uint64_t c = 0; c < covers; ++c) {
      // What is the same after another order of the sections, but for stamps, is looked at once.
      if (n == 4 && (c / 1000 % 10 > c / 100 % 10 || c / 100 % 10 > c / 10 % 10)) continue;
      Cover cover(memory());
      std::uint64_t rest = c;
      for (std::uint32_t i = 0; i < n; ++i, rest /= 10)
        claim(cover.sections.emplace_back(memory()), i, rest % 10);
      INFO("cover " << c);
      REQUIRE(wrong_with(cover, glued(cover)).empty());
    }
  }
}

TEST_CASE("every changed bit of a certificate is refused") {
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    Cover cover = drawn(seed * 37, 4);
    if (seed % 4 != 0) cover.clocks.clear();
    if (!glued(cover).clocks.empty()) cover.clocks.clear();  // readings may be others that fit as well
    const Buffer sections = bytes_of(cover);
    Buffer certificate;
    encode_certificate(glued(cover), cover, certificate);
    for (std::size_t bit = 0; bit < certificate.size() * 8; bit += 1 + seed % 5) {
      Buffer bad = certificate;
      bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      INFO("seed " << seed << " bit " << bit);
      REQUIRE(!check_certificate(ByteView(sections), ByteView(bad)).wrong.empty());
    }
  }
}

TEST_CASE("a certificate of other sections is refused") {
  const Cover cover = drawn(1, 3), other = drawn(2, 3);
  Buffer certificate;
  encode_certificate(glued(cover), cover, certificate);
  CHECK(check_certificate(ByteView(bytes_of(other)), ByteView(certificate)).wrong == "bytes");
}

// A solver that leaves something out or makes something up, in each way that it can.
TEST_CASE("lying solvers are caught") {
  std::uint64_t left_out = 0, invented = 0;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    const Cover cover = drawn(seed, 4);
    const Gluing honest = glued(cover);
    INFO("seed " << seed);
    if (!honest.obstructions.empty()) {
      Gluing lie = glued(cover);
      lie.obstructions.erase(lie.obstructions.begin());
      CHECK(!wrong_with(cover, lie).empty());
      lie.obstructions.clear();
      CHECK(!wrong_with(cover, lie).empty());
      lie = glued(cover);
      for (auto& w : lie.obstructions.front().witnesses) {
        w.carriers ^= 1;
        CHECK(wrong_with(cover, lie) == "a false obstruction");
        w.carriers ^= 1;
        ++w.value;
        CHECK(wrong_with(cover, lie) == "a false obstruction");
        --w.value;
        ++w.dot.counter;
        CHECK(wrong_with(cover, lie) == "a false obstruction");
        --w.dot.counter;
      }
      ++left_out;
    } else if (!honest.maximal.empty() && seed > 0) {
      Gluing lie = glued(drawn(seed - 1, 4));
      lie.edges = honest.edges;
      if (!lie.obstructions.empty()) {
        CHECK(!wrong_with(cover, lie).empty());
        ++invented;
      }
    }
    Gluing lie = glued(cover);
    ++lie.radius;
    CHECK(wrong_with(cover, lie) == "wrong edges");
    lie = glued(cover);
    ++lie.loops;
    CHECK(wrong_with(cover, lie) == "wrong nerve");
    lie = glued(cover);
    lie.acyclic = !lie.acyclic;
    CHECK(!wrong_with(cover, lie).empty());
    lie = glued(cover);
    if (!lie.edges.empty()) {
      lie.edges.front().distance = lie.edges.front().distance == 0 ? 1 : 0;
      CHECK(wrong_with(cover, lie) == "wrong edges");
    }
    lie = glued(cover);
    const std::uint64_t first = lie.maximal.front();
    lie.maximal.erase(lie.maximal.begin());
    lie.serve = lie.maximal.empty() ? 0 : lie.maximal.front();
    CHECK(wrong_with(cover, lie) == "wrong sections to serve");
    lie.maximal.assign(1, first & (first - 1));  // a section less
    lie.serve = lie.maximal.front();
    if (first != 0) CHECK(wrong_with(cover, lie) == "wrong sections to serve");
  }
  CHECK(left_out > 15);
  CHECK(invented > 1);
}

TEST_CASE("a solver with the planted bug is caught wherever names are what does not fit") {
  std::uint64_t caught = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const Cover cover = drawn(seed, 4);
    const Gluing honest = glued(cover);
    const bool names = std::ranges::any_of(honest.obstructions, [](const sync::Obstruction& o) {
      return o.kind == sync::ObstructionKind::name;
    });
    auto lie = glue(cover, {.defect = Defect::glue_ignores_constraint}, memory());
    REQUIRE(lie.has_value());
    CHECK((wrong_with(cover, *lie) == "an obstruction is missing") == names);
    caught += names ? 1 : 0;
  }
  CHECK(caught > 5);
}

TEST_CASE("bytes of any kind are judged without harm") {
  Draws draws(11);
  const Cover cover = drawn(3, 3);
  const Buffer sections = bytes_of(cover);
  Buffer certificate;
  encode_certificate(glued(cover), cover, certificate);
  for (std::uint32_t i = 0; i < 1500; ++i) {
    Buffer bad = sections;
    for (std::uint64_t flips = 1 + draws.below(3); flips > 0; --flips)
      bad[draws.below(bad.size())] = static_cast<std::uint8_t>(draws.below(256));
    bad.resize(draws.below(4) == 0 ? draws.below(bad.size()) : bad.size());
    CHECK((bad == sections || !check_certificate(ByteView(bad), ByteView(certificate)).wrong.empty()));
  }
}

TraceEvent told(const CertificateCheck& check, std::uint64_t checksum) {
  return {.at = SimTime{5},
          .node = NodeId{2},
          .kind = TraceKind::sections_glued,
          .field = {check.sections, check.radius, check.obstructions, checksum, 0}};
}

TEST_CASE("a run's verdict: each gluing that was told has a certificate that holds and says the same") {
  const Cover cover = drawn(5, 4);
  const Buffer sections = bytes_of(cover);
  Buffer certificate;
  encode_certificate(glued(cover), cover, certificate);
  const auto check = check_certificate(ByteView(sections), ByteView(certificate));
  const std::uint64_t checksum = certificate_checksum(ByteView(certificate));
  GluingChecker checker;
  CHECK(checker.verdict().explanation.starts_with("vacuous: "));
  checker.on_event(told(check, checksum));
  CHECK(checker.verdict().signature == "gluing: no certificate");
  checker.on_certificate(ByteView(sections), ByteView(certificate));
  CHECK(checker.verdict().outcome == Outcome3::pass);
  CertificateCheck other = check;
  ++other.radius;
  checker.on_event(told(other, checksum));
  CHECK(checker.verdict().signature == "gluing: told otherwise");
}

}  // namespace
}  // namespace wn::checkers
