#include "runtime/modes/local_store.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "runtime/base/random.h"

namespace wn::modes {
namespace {

constexpr WorknodeId kHere{.high = 0, .low = 20};

LocalStore store_of(const LocalOptions& options = {}) { return {options, std::pmr::new_delete_resource()}; }

LocalOperation operation(std::uint32_t client, std::uint64_t number, LocalFunction function,
                         std::int64_t value = 0, std::uint32_t property = 1) {
  return {.client = NodeId{client},
          .number = number,
          .function = function,
          .worknode = kHere,
          .property = property,
          .value = value};
}

TEST_CASE("local store: a register and a counter are read as they were written") {
  LocalStore store = store_of();
  std::vector<Bytes> journal;
  CHECK(!store.execute(operation(1, 1, LocalFunction::get), journal).found);
  CHECK(store.execute(operation(1, 2, LocalFunction::put, 7), journal).error == Errc::ok);
  CHECK(store.execute(operation(1, 3, LocalFunction::add, 5, 2), journal).error == Errc::ok);
  CHECK(store.execute(operation(2, 1, LocalFunction::add, -8, 2), journal).error == Errc::ok);
  CHECK(store.execute(operation(2, 2, LocalFunction::get), journal) == LocalAnswer{Errc::ok, true, 7});
  CHECK(store.execute(operation(2, 3, LocalFunction::get, 0, 2), journal) == LocalAnswer{Errc::ok, true, -3});
  CHECK(journal.size() == 3);
}

TEST_CASE("local store: an operation that comes again takes effect once, after a restart too") {
  LocalStore store = store_of();
  std::vector<Bytes> journal;
  const LocalOperation add = operation(1, 2, LocalFunction::add, 5);
  CHECK(store.execute(add, journal).error == Errc::ok);
  CHECK(store.execute(add, journal).error == Errc::ok);
  LocalStore again = store_of();
  for (const Bytes& record : journal) REQUIRE(again.replay(record.view()) == Errc::ok);
  CHECK(again.execute(add, journal).error == Errc::ok);
  CHECK(again.execute(operation(1, 1, LocalFunction::add, 5), journal).error == Errc::precondition);
  CHECK(again.execute(operation(1, 3, LocalFunction::get), journal).value == 5);
  CHECK(journal.size() == 1);
}

TEST_CASE("local store: its limits refuse, and what was refused took no effect") {
  LocalStore store = store_of({.entries_max = 2, .clients_max = 2});
  std::vector<Bytes> journal;
  CHECK(store.execute(operation(1, 1, LocalFunction::put, 1, 1), journal).error == Errc::ok);
  CHECK(store.execute(operation(1, 2, LocalFunction::put, 1, 2), journal).error == Errc::ok);
  CHECK(store.execute(operation(1, 3, LocalFunction::put, 1, 3), journal).error == Errc::overloaded);
  CHECK(
      store.execute(operation(1, 4, LocalFunction::add, std::numeric_limits<std::int64_t>::max(), 2), journal)
          .error == Errc::precondition);
  CHECK(store.execute(operation(2, 1, LocalFunction::put, 4, 2), journal).error == Errc::ok);
  CHECK(store.execute(operation(3, 1, LocalFunction::put, 5, 2), journal).error == Errc::overloaded);
  CHECK(store.execute(operation(3, 2, LocalFunction::get, 0, 2), journal).value == 4);
  CHECK(store.size() == 2);
  CHECK(journal.size() == 3);
}

TEST_CASE(
    "local store: clients come and go without end, and what comes late from a forgotten one is refused") {
  constexpr std::uint32_t kClients = 4;
  LocalStore store = store_of({.entries_max = 8, .clients_max = kClients});
  LocalStore again = store_of({.entries_max = 8, .clients_max = kClients});
  std::vector<Bytes> journal;
  for (std::uint32_t i = 1; i <= 100; ++i)
    CHECK(store.execute(operation(i, 1000 + i, LocalFunction::add, 1), journal).error == Errc::ok);
  const auto late = [&](std::uint32_t client, std::uint64_t number) {
    return store.execute(operation(client, number, LocalFunction::add, 1), journal).error;
  };
  CHECK(late(100, 1100) == Errc::ok);  // remembered: answered as before
  CHECK(late(96, 1096) == Errc::timed_out);
  CHECK(late(1, 1001) == Errc::timed_out);
  CHECK(late(200, 1096) == Errc::timed_out);   // as far as is known it may have taken effect
  CHECK(late(200, 1097) == Errc::overloaded);  // certainly not, but others have higher numbers
  CHECK(store.execute(operation(96, 9, LocalFunction::get), journal).value == 100);
  CHECK(journal.size() == 100);
  CHECK(late(1, 2000) == Errc::ok);  // a new one of a forgotten client
  CHECK(store.took(NodeId{1}, 2000));
  CHECK(late(97, 1097) == Errc::timed_out);
  for (const Bytes& record : journal) REQUIRE(again.replay(record.view()) == Errc::ok);
  CHECK(again.image() == store.image());
}

// Clients whose numbers ascend with time, copies of theirs that come at any time later, few places.
TEST_CASE("local store: nothing takes effect twice, whoever was forgotten, and restarts do not matter") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Draw draw = Random(seed).at("test.local_store.forgotten");
    const LocalOptions options{.entries_max = 8,
                               .clients_max = 1 + static_cast<std::uint32_t>(draw.below(4))};
    LocalStore store = store_of(options);
    std::vector<Bytes> journal;
    std::vector<LocalOperation> sent;
    std::int64_t effects = 0;
    for (std::uint64_t i = 1; i <= 120; ++i) {
      const bool copy = !sent.empty() && draw.below(3) == 0;
      LocalOperation o = operation(1 + static_cast<std::uint32_t>(draw.below(9)), i, LocalFunction::add, 1);
      if (copy) o = sent[draw.below(sent.size())];
      const std::size_t before = journal.size();
      const Errc e = store.execute(o, journal).error;
      if (journal.size() > before) ++effects;
      CHECK(!(copy && journal.size() > before));  // each was carried out when it came first
      CHECK((copy || e == Errc::ok));
      if (!copy) sent.push_back(o);
      if (draw.below(20) == 0) {
        LocalStore restored = store_of(options);
        REQUIRE(restored.restore_image(store.image().view()) == Errc::ok);
        CHECK(restored.image() == store.image());
        store = std::move(restored);
      }
    }
    CHECK(store.execute(operation(1, 0, LocalFunction::get), journal).value == effects);
  }
}

// Any run of operations, cut anywhere into an image and records behind it, comes back the same.
TEST_CASE("local store: image and records give back the same store, wherever the image was taken") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Draw draw = Random(seed).at("test.local_store");
    LocalStore store = store_of();
    LocalStore restored = store_of();
    std::vector<Bytes> journal;
    const std::uint64_t cut = draw.below(60);
    for (std::uint64_t i = 0; i < 60; ++i) {
      if (i == cut) {
        REQUIRE(restored.restore_image(store.image().view()) == Errc::ok);
        journal.clear();
      }
      LocalOperation o = operation(1 + static_cast<std::uint32_t>(draw.below(3)), i + 1, LocalFunction::put);
      o.function = static_cast<LocalFunction>(1 + draw.below(3));
      o.worknode.low = draw.below(4);
      o.property = static_cast<std::uint32_t>(draw.below(2));
      o.value = static_cast<std::int64_t>(draw.below(1000));
      store.execute(o, journal);
    }
    for (const Bytes& record : journal) REQUIRE(restored.replay(record.view()) == Errc::ok);
    CHECK(restored.image() == store.image());
  }
}

TEST_CASE("local store: damaged records and images are refused or mean just what they say") {
  LocalStore store = store_of();
  std::vector<Bytes> journal;
  store.execute(operation(1, 1, LocalFunction::put, 7), journal);
  store.execute(operation(2, 5, LocalFunction::add, 9, 2), journal);
  const auto hurt = [](const Bytes& whole, const auto& check) {
    const std::vector<std::uint8_t> bytes(whole.data(), whole.data() + whole.size());
    for (std::size_t n = 0; n < bytes.size(); ++n) check(ByteView(bytes).first(n), true);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::vector<std::uint8_t> flipped = bytes;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      check(ByteView(flipped), false);
    }
  };
  hurt(journal[0], [](ByteView bytes, bool cut) {
    LocalStore fresh = store_of();
    const Errc e = fresh.replay(bytes);
    CHECK((!cut || e == Errc::corrupt));
    CHECK(fresh.size() == (e == Errc::ok ? 1U : 0U));
  });
  hurt(store.image(), [](ByteView bytes, bool cut) {
    LocalStore fresh = store_of();
    const Errc e = fresh.restore_image(bytes);
    CHECK((!cut || e == Errc::corrupt));
    if (e == Errc::ok) CHECK(fresh.image() == Bytes::copy_of(bytes));
    if (e != Errc::ok) CHECK(fresh.size() == 0);
  });
}

}  // namespace
}  // namespace wn::modes
