#include "faults/byzantine/mutate.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "runtime/base/proto_wire.h"
#include "runtime/realm/messages.h"
#include "runtime/realm/update.h"

namespace wn::byzantine {
namespace {

Bytes sample() {
  realm::SyncUpdates m;
  m.request = 7;
  m.replica = ReplicaId{3};
  m.wall = WallTime{1'000'000};
  m.time = 99;
  m.ages = {{.member = NodeId{2}, .age = seconds(1)}};
  std::vector<std::uint8_t> update;
  realm::encode(realm::Update{.dot = {.replica = ReplicaId{3}, .counter = 5},
                              .time = causality::HlcTime{88},
                              .payload = Bytes::copy_of("some payload")},
                update);
  m.updates = {Bytes::copy_of(ByteView(update))};
  return realm::encode(m);
}

TEST_CASE("mutate: most mutants of a message are read as a message, and none is the message itself") {
  const Bytes original = sample();
  int read = 0;
  int changed = 0;
  constexpr int kTries = 2000;
  for (std::uint64_t i = 0; i < kTries; ++i) {
    Draw draw = Random(1).at("test.mutate", 0, i);
    const Bytes mutant = mutate_message(original.view(), Zeros::written, draw);
    realm::SyncUpdates m;
    read += realm::decode(mutant.view(), m) == Errc::ok ? 1 : 0;
    changed += mutant == original ? 0 : 1;
  }
  CHECK(read > kTries / 2);
  CHECK(changed > kTries * 9 / 10);
}

TEST_CASE("mutate: head and contents are both reached") {
  const Bytes original = sample();
  bool head = false;
  bool known_update = false;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Draw draw = Random(2).at("test.mutate", 0, i);
    realm::SyncUpdates m;
    if (realm::decode(mutate_message(original.view(), Zeros::written, draw).view(), m) != Errc::ok) continue;
    realm::Update update;
    head = head || m.request != 7;
    known_update =
        known_update || (m.updates.size() == 1 && realm::decode(m.updates[0].view(), update) == Errc::ok &&
                         update.time.value != 88);
  }
  CHECK(head);
  CHECK(known_update);
}

TEST_CASE("mutate: any bytes at all give bytes, and the same draw gives the same") {
  for (std::uint64_t i = 0; i < 5000; ++i) {
    Draw make = Random(3).at("test.bytes", 0, i);
    std::vector<std::uint8_t> bytes(make.below(40));
    for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(make.u64() >> 7);
    Draw one = Random(4).at("test.mutate", 0, i);
    Draw two = one;
    const Bytes a = mutate_message(ByteView(bytes), Zeros::left_out, one);
    CHECK(a == mutate_message(ByteView(bytes), Zeros::left_out, two));
    if (bytes.empty()) CHECK(a.empty());
  }
}

TEST_CASE("mutate: a number that becomes 0 is left out where the codec leaves it out") {
  std::vector<std::uint8_t> message;
  ProtoWriter(message).varint(2, 1);
  bool gone = false;
  for (std::uint64_t i = 0; i < 50; ++i) {
    Draw draw = Random(5).at("test.mutate", 0, i);
    gone = gone || mutate_message(ByteView(message), Zeros::left_out, draw).empty();
    CHECK(!mutate_message(ByteView(message), Zeros::written, draw).empty());
  }
  CHECK(gone);
}

}  // namespace
}  // namespace wn::byzantine
