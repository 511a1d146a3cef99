// Bytes from anywhere: decoders are total, and what is refused has changed nothing.
#include <algorithm>

#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

void damage(Bytes8& bytes, Draw draw, const Bytes8& other) {
  const std::uint64_t hits = 1 + draw.below(3);
  for (std::uint64_t i = 0; i < hits && !bytes.empty(); ++i) {
    const std::uint64_t at = draw.below(bytes.size());
    const auto spot = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (draw.below(5)) {
      case 0:
        *spot = static_cast<std::uint8_t>(draw.u64());
        break;
      case 1:
        bytes.erase(spot);
        break;
      case 2:
        bytes.insert(spot, static_cast<std::uint8_t>(draw.u64()));
        break;
      case 3:
        *spot = static_cast<std::uint8_t>(*spot ^ (1U << draw.below(8)));
        break;
      default: {  // a piece of another message
        const std::uint64_t from = draw.below(other.size());
        const std::uint64_t size =
            std::min<std::uint64_t>({draw.below(12), other.size() - from, bytes.size() - at});
        std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), size, spot);
      }
    }
  }
}

TEST_CASE("damaged deltas are refused whole or leave a document that holds its invariants") {
  const Random random(31);
  std::uint64_t refused = 0;
  std::uint64_t taken = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    const History history(random, round, kAllTypes, 60);
    Replica r(4);
    for (std::uint32_t i = 0; i < 400; ++i) {
      Draw draw = random.at("pick", i, round);
      Bytes8 bytes = history.deltas[draw.below(history.deltas.size())];
      const Bytes8& other = history.deltas[draw.below(history.deltas.size())];
      if (draw.below(4) != 0) damage(bytes, random.at("damage", i, round), other);
      const Bytes8 before = r.state();
      const CausalContext seen(r.seen, heap());
      if (r.doc.merge(bytes, r.seen)) {
        ++taken;
      } else {
        ++refused;
        REQUIRE(r.state() == before);
        REQUIRE(r.seen == seen);
      }
      r.check();
    }
  }
  CHECK(refused > 1000);
  CHECK(taken > 1000);
}

TEST_CASE("damaged states are refused whole or taken whole") {
  const Random random(32);
  std::uint64_t refused = 0;
  std::uint64_t taken = 0;
  for (std::uint64_t round = 0; round < 100; ++round) {
    const History history(random, round, kAllTypes, 60);
    const Bytes8 whole = history.replicas[0].state();
    for (std::uint32_t i = 0; i < 60; ++i) {
      Replica r(4);
      r.join(history.replicas[1]);
      Bytes8 bytes = whole;
      damage(bytes, random.at("damage", i, round), history.deltas[0]);
      const Bytes8 before = r.state();
      if (r.doc.merge_state(bytes, history.replicas[0].seen, r.seen)) {
        ++taken;
      } else {
        ++refused;
        REQUIRE(r.state() == before);
      }
      r.check();
    }
  }
  CHECK(refused > 500);
  CHECK(taken > 100);
}

TEST_CASE("every cut of a delta is refused") {
  const Random random(33);
  const History history(random, 0, kAllTypes, 200);
  for (const Bytes8& delta : history.deltas) {
    for (std::size_t size = 0; size < delta.size(); ++size) {
      Replica r(4);
      const auto got = r.doc.merge(ByteView(delta).first(size), r.seen);
      // A cut between parts is a smaller delta; anywhere else it is none.
      if (!got) REQUIRE(r.doc.empty());
      r.check();
    }
  }
}

TEST_CASE("a delta is no state, and a state is no delta") {
  Replica a(1);
  const Step path[] = {{Type::lww, "k"}};
  REQUIRE(a.done(a.doc.set(path, Value::of(true), a.write())));
  Replica b(2);
  CHECK(b.doc.merge(a.state(), b.seen).error().code == Errc::bad_input);
  CHECK(b.doc.merge_state(a.bytes, a.seen, b.seen).error().code == Errc::bad_input);
}

TEST_CASE("each limit refuses by its type and changes nothing") {
  const Options tight{.key_bytes_max = 4,
                      .value_bytes_max = 8,
                      .slots_max = 2,
                      .text_elements_max = 4,
                      .text_insert_max = 3,
                      .text_pending_max = 1,
                      .delta_bytes_max = 64};
  Replica r(1, tight);
  Replica wide(2);
  const auto both = [&](std::string_view key, Type type, auto&& mutate, Errc local, Errc remote) {
    const Step path[] = {{type, key}};
    CHECK(mutate(r, Path(path)) == local);
    REQUIRE(wide.done(mutate(wide, Path(path))));
    const auto got = r.doc.merge(wide.bytes, r.seen);
    CHECK((got ? Errc::ok : got.error().code) == remote);
    r.check();
  };
  const auto set = [](std::string_view text) {
    return [text](Replica& who, Path path) { return who.doc.set(path, Value::of(text), who.write()); };
  };
  both("long key", Type::lww, set("v"), Errc::too_large, Errc::bad_input);
  both("k", Type::lww, set("a long value"), Errc::too_large, Errc::bad_input);
  both("k", Type::mv, set("a value that does not fit into one delta of sixty-four bytes, by far"),
       Errc::too_large, Errc::too_large);
  CHECK(r.doc.empty());
  const auto type = [](std::string_view text) {
    return [text](Replica& who, Path path) { return who.doc.insert_text(path, 0, text, who.write()); };
  };
  both("t", Type::text, type("abcd"), Errc::too_large, Errc::bad_input);
  const Step text[] = {{Type::text, "t"}};
  REQUIRE(r.done(r.doc.insert_text(text, 0, "abc", r.write())));
  CHECK(r.doc.insert_text(text, 0, "de", r.write()) == Errc::overloaded);
  CHECK(r.doc.insert_text(text, 0, "\xC0\x80", r.write()) == Errc::invalid_argument);
  CHECK(r.doc.insert_text(text, 9, "d", r.write()) == Errc::invalid_argument);
  const Step one[] = {{Type::lww, "1"}};
  const Step two[] = {{Type::lww, "2"}};
  REQUIRE(r.done(r.doc.set(one, Value::of(true), r.write())));
  CHECK(r.doc.set(two, Value::of(true), r.write()) == Errc::overloaded);
  CHECK(r.doc.set(one, Value::of(false), r.write()) == Errc::ok);
  REQUIRE(wide.done(wide.doc.set(two, Value::of(true), wide.write())));
  CHECK(r.doc.merge(wide.bytes, r.seen).error().code == Errc::overloaded);
}

TEST_CASE("a context without room refuses the delta and the write") {
  Replica a(1);
  CausalContext seen(heap(), 1);
  Document doc(a.config, heap());
  const Step path[] = {{Type::lww, "k"}};
  REQUIRE(a.done(a.doc.set(path, Value::of(true), a.write())));
  REQUIRE(doc.merge(a.bytes, seen).has_value());
  Replica b(2);
  REQUIRE(b.done(b.doc.set(path, Value::of(true), b.write())));
  CHECK(doc.merge(b.bytes, seen).error().code == Errc::overloaded);
  CHECK(doc.set(path, Value::of(true), Write{.dot = {ReplicaId{3}, 1}, .stamp = {}, .seen = &seen}) ==
        Errc::overloaded);
  CHECK(doc.get(path) == Value::of(true));
  doc.check_invariants(seen);
}

TEST_CASE("paths that do not fit the operation are refused") {
  Replica r(1);
  const Step leaf[] = {{Type::lww, "k"}};
  const Step under_leaf[] = {{Type::lww, "k"}, {Type::lww, "x"}};
  const Step member[] = {{Type::member, "k"}};
  CHECK(r.doc.set({}, Value::of(true), r.write()) == Errc::invalid_argument);
  CHECK(r.doc.set(under_leaf, Value::of(true), r.write()) == Errc::invalid_argument);
  CHECK(r.doc.set(member, Value::of(true), r.write()) == Errc::invalid_argument);
  CHECK(r.doc.add(leaf, 1, r.write()) == Errc::invalid_argument);
  CHECK(r.doc.insert(leaf, Value::of(true), r.write()) == Errc::invalid_argument);
  CHECK(r.doc.create_map(leaf, r.write()) == Errc::invalid_argument);
  CHECK(r.doc.remove(leaf, r.write()) == Errc::not_found);
  CHECK(r.doc.remove({}, r.write()) == Errc::not_found);
  const Step counter[] = {{Type::g_counter, "g"}};
  CHECK(r.doc.add(counter, -1, r.write()) == Errc::invalid_argument);
  CHECK(r.doc.add(counter, kCounterTotalMax + 1, r.write()) == Errc::too_large);
  const Step bounded[] = {{Type::bounded, "b"}};
  CHECK(r.doc.spend(bounded, 1, r.write()) == Errc::precondition);
  CHECK(r.doc.transfer(bounded, ReplicaId{2}, 1, r.write()) == Errc::precondition);
  CHECK(r.doc.empty());
  CHECK(r.seen.vector().empty());
}

}  // namespace
}  // namespace wn::crdt
