// Foreign bytes: what is encoded comes back; damaged bytes are refused or come back as another valid value,
// and nothing else happens.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/crc32c.h"
#include "runtime/groups/command.h"
#include "runtime/groups/machine.h"
#include "runtime/groups/message.h"
#include "runtime/groups/record.h"
#include "runtime/groups/test_client.h"

namespace wn::groups {
namespace {

raft::Entry entry(std::uint64_t index, std::string_view data) {
  const Bytes bytes = Bytes::copy_of(data);
  return {.term = Term{3},
          .index = LogIndex{index},
          .kind = raft::EntryKind::command,
          .checksum = crc32c(bytes.view()),
          .data = bytes};
}

// Every flipped bit, every truncation, and some of both.
template <class Decode>
void torment(const Bytes& good, Decode&& decode) {
  std::vector<std::uint8_t> bytes(good.data(), good.data() + good.size());
  for (std::size_t size = 0; size < bytes.size(); ++size) decode(ByteView(bytes.data(), size));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    decode(ByteView(bytes));
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  const Random random(7);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Draw draw = random.at("torment", 0, i);
    std::vector<std::uint8_t> worse = bytes;
    for (std::uint64_t k = draw.below(4); k > 0 && !worse.empty(); --k) {
      worse[draw.below(worse.size())] = static_cast<std::uint8_t>(draw.u64());
    }
    worse.resize(worse.size() - draw.below(std::min<std::size_t>(worse.size(), 9)));
    decode(ByteView(worse));
  }
}

Buffer sample_batch(const std::vector<raft::Entry>& entries) {
  Buffer batch;
  Item item{.kind = ItemKind::raft, .group = GroupId{5}};
  item.message.type = raft::MessageType::append;
  item.message.term = Term{3};
  item.message.log_index = LogIndex{6};
  item.message.log_term = Term{2};
  item.message.entries = entries;
  append_item(batch, item);
  item.message = {};
  item.message.type = raft::MessageType::snapshot_chunk;
  item.message.snapshot = {.index = LogIndex{9},
                           .term = Term{2},
                           .configuration = {.voters = members({1, 2, 3}), .outgoing = {}, .learners = {}},
                           .bytes = 3};
  item.message.length = 3;
  item.message.data = Bytes::copy_of("abc");
  append_item(batch, item);
  Item ask{.kind = ItemKind::ask, .group = GroupId{6}};
  ask.other = GroupId{5};
  ask.number = 44;
  ask.data = Bytes::copy_of("state");
  append_item(batch, ask);
  Item removed{.kind = ItemKind::removed, .group = GroupId{6}};
  removed.index = LogIndex{8};
  removed.members = members({1, 4});
  append_item(batch, removed);
  return batch;
}

TEST_CASE("groups: a batch comes back as it was, and damaged ones are refused whole") {
  const std::vector<raft::Entry> entries{entry(7, "one"), entry(8, "two")};
  const Bytes good = to_bytes(sample_batch(entries));
  Batch batch;
  REQUIRE(decode_batch(good.view(), NodeId{1}, NodeId{2}, batch) == Errc::ok);
  REQUIRE(batch.items.size() == 4);
  CHECK(batch.items[0].message.from == NodeId{1});
  REQUIRE(batch.items[0].message.entries.size() == 2);
  CHECK(batch.items[0].message.entries[1].data.text() == "two");
  CHECK(batch.items[1].message.data.text() == "abc");
  CHECK(batch.items[1].message.snapshot.configuration.voters == members({1, 2, 3}));
  CHECK(batch.items[2].number == 44);
  CHECK(batch.items[3].members == members({1, 4}));
  std::size_t refused = 0;
  torment(good, [&](ByteView bytes) {
    if (decode_batch(bytes, NodeId{1}, NodeId{2}, batch) != Errc::ok) ++refused;
  });
  CHECK(refused > 500);
}

TEST_CASE("groups: log commands and journal records come back as they were") {
  LogCommand command{.kind = CommandKind::freeze, .other = GroupId{3}, .number = 0};
  command.members = members({2, 4});
  command.set = {worknode(4), worknode(9)};
  LogCommand back;
  REQUIRE(decode(encode(command).view(), back) == Errc::ok);
  CHECK(back.set == command.set);
  CHECK(back.members == command.members);
  torment(encode(command), [&](ByteView bytes) {
    LogCommand other;
    static_cast<void>(decode(bytes, other));
  });
  LogCommand write;
  write.write = {.client = NodeId{7},
                 .operation = 5,
                 .attempt = 2,
                 .worknode = worknode(3),
                 .function = Function::cas,
                 .value = -5,
                 .expected = 6};
  REQUIRE(decode(encode(write).view(), back) == Errc::ok);
  CHECK(back.write == write.write);
  Record record{.kind = RecordKind::create, .group = GroupId{5}, .image = Bytes::copy_of("img")};
  record.meta = {.index = LogIndex{1}, .term = Term{1}, .bytes = 3};
  const std::vector<raft::Entry> entries{entry(2, "x")};
  Record found;
  REQUIRE(decode(encode(record, entries).view(), found) == Errc::ok);
  CHECK(found.image.text() == "img");
  CHECK(found.entries.size() == 1);
  torment(encode(record, entries), [&](ByteView bytes) {
    Record other;
    static_cast<void>(decode(bytes, other));
  });
}

TEST_CASE("groups: a machine's image is canonical, and damaged ones do no harm") {
  const MachineLimits limits{.worknodes_max = 100, .sessions_max = 4, .forwards_max = 10};
  Machine machine(GroupId{1}, limits, std::pmr::new_delete_resource());
  machine.found_genesis({});
  const raft::Configuration on{.voters = members({1, 2, 3}), .outgoing = {}, .learners = {}};
  std::uint64_t index = 1;
  const auto apply = [&](const LogCommand& command) {
    Applied applied;
    machine.apply(++index, on, command, applied);
    return applied;
  };
  for (std::uint64_t i = 1; i <= 12; ++i) {
    LogCommand write;
    write.write = {.client = NodeId{static_cast<std::uint32_t>(i % 6 + 1)},
                   .operation = i,
                   .attempt = 1,
                   .worknode = worknode(20 + i % 4),
                   .function = Function::add,
                   .value = 1};
    CHECK(apply(write).outcome.code == AnswerCode::done);
  }
  LogCommand split{.kind = CommandKind::split, .root = worknode(20), .set = {worknode(20)}};
  CHECK(apply(split).born);
  LogCommand freeze{.kind = CommandKind::freeze, .other = GroupId{9}, .set = {worknode(21), worknode(22)}};
  CHECK(apply(freeze).outcome.code == AnswerCode::done);
  const Bytes image = machine.image();
  Machine other(GroupId{1}, limits, std::pmr::new_delete_resource());
  REQUIRE(other.restore(image.view()) == Errc::ok);
  CHECK(other.image() == image);
  CHECK(other.digest() == machine.digest());
  CHECK(other.broken_invariant().empty());
  torment(image, [&](ByteView bytes) {
    Machine victim(GroupId{1}, limits, std::pmr::new_delete_resource());
    static_cast<void>(victim.restore(bytes));
  });
}

TEST_CASE("groups: hostile frames change nothing and crash nothing") {
  TestWorld world(3, one_group({1, 2, 3}));
  TestClient client(world, 100);
  client.call(Function::put, 5, 1);
  Groups& victim = *world.node(2).groups;
  Effects effects;
  const std::vector<raft::Entry> entries{entry(7, "one"), entry(8, "two")};
  torment(to_bytes(sample_batch(entries)), [&](ByteView bytes) {
    victim.receive(world.moment(), NodeId{9}, MessageKind::batch, bytes, effects);
    effects.clear();
  });
  CHECK(victim.broken_invariant().empty());
}

}  // namespace
}  // namespace wn::groups
