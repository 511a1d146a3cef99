// Bytes from outside: decoded whole or refused, and what is taken encodes to the same bytes again.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/proto_wire.h"
#include "runtime/base/random.h"
#include "runtime/tree/genesis.h"
#include "runtime/tree/test_scale.h"
#include "runtime/tree/tree.h"

namespace wn::tree {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
using Buffer = std::vector<std::uint8_t>;

Operation operation(std::uint64_t time, WorknodeId node, WorknodeId parent, std::uint32_t type = 0) {
  return {.stamp = {.time = causality::HlcTime{time}, .replica = ReplicaId{1}},
          .node = node,
          .parent = parent,
          .type = type};
}

// One of: a byte changed, the end cut off, a piece repeated, a byte put in.
Buffer damaged(const Buffer& bytes, Draw draw) {
  Buffer out = bytes;
  const std::uint64_t kind = draw.below(4);
  const std::uint64_t at = draw.below(bytes.size());
  const auto byte = static_cast<std::uint8_t>(draw.below(256));
  const auto place = static_cast<std::ptrdiff_t>(at);
  if (kind == 0) out[at] = byte;
  if (kind == 1) out.resize(at);
  if (kind == 2) out.insert(out.end(), bytes.begin() + place, bytes.end());
  if (kind == 3) out.insert(out.begin() + place, byte);
  return out;
}

struct Listed {
  WorknodeId id;
  WorknodeId parent;
};
// A snapshot written by hand; `truncated` and the digest as given.
Buffer snapshot(std::span<const Listed> nodes, const Buffer& operations, Digest digest) {
  Buffer out;
  ProtoWriter writer(out);
  writer.varint(1, 1);
  writer.fixed64(2, 0);
  writer.varint(3, 0);
  writer.varint(4, nodes.size());
  for (const Listed& node : nodes) {
    writer.head(5, 38);
    writer.fixed64(1, node.id.high);
    writer.fixed64(2, node.id.low);
    writer.fixed64(3, node.parent.high);
    writer.fixed64(4, node.parent.low);
    writer.varint(5, 1);
  }
  writer.bytes(6, operations);
  writer.fixed64(7, digest.low());
  writer.fixed64(8, digest.high());
  return out;
}

Errc refusal(const Buffer& bytes, Options options = {}) {
  const Result<Tree> tree = Tree::decode_snapshot(bytes, options, heap());
  return tree ? Errc::ok : tree.error().code;
}

}  // namespace

TEST_CASE("operations come back as they were, and only canonical bytes are taken") {
  const Operation operations[] = {
      operation(1, genesis_id(0), kRootId, 7),
      operation(UINT64_MAX, worknode_id({ReplicaId{9}, 300}), kTrashId, UINT32_MAX)};
  Buffer bytes;
  encode(operations, bytes);
  const auto back = decode_operations(bytes, 2);
  REQUIRE(back.has_value());
  CHECK(std::equal(back->begin(), back->end(), std::begin(operations), std::end(operations)));
  CHECK(decode_operations(bytes, 1).error().code == Errc::too_large);
  CHECK(decode_operations({}, 1)->empty());

  std::uint32_t taken = 0;
  const Random random(1);
  for (std::uint32_t i = 0; i < scaled(200'000); ++i) {
    const Buffer bad = damaged(bytes, random.at("damage", 0, i));
    const auto read = decode_operations(bad, 100);
    if (!read) continue;
    ++taken;
    Buffer again;
    encode(*read, again);
    if (again != bad) FAIL("not canonical bytes were taken at " << i);
  }
  CHECK(taken > scaled(1000));  // changed ids and times are fine
}

TEST_CASE("operations that no tree can take are refused when read") {
  const auto refused = [](const Operation& bad) {
    Buffer bytes;
    encode({&bad, 1}, bytes);
    return decode_operations(bytes, 1).error().code == Errc::bad_input;
  };
  CHECK(refused(operation(1, kRootId, genesis_id(0))));
  CHECK(refused(operation(1, kTrashId, genesis_id(0))));
  CHECK(refused(operation(1, {}, genesis_id(0))));
  CHECK(refused(operation(1, genesis_id(0), {})));
  Operation nobody = operation(1, genesis_id(0), kRootId);
  nobody.stamp.replica = {};
  CHECK(refused(nobody));
}

TEST_CASE("a snapshot with a cycle, a second parent, a moved root or disorder is refused") {
  const WorknodeId a = genesis_id(0);
  const WorknodeId b = genesis_id(1);
  const WorknodeId c = genesis_id(2);
  const Tree right = *make_genesis({.count = 2, .fan_out = 1}, {}, heap());
  const Listed good[] = {{a, kRootId}, {b, a}};
  CHECK(refusal(snapshot(good, {}, right.digest())) == Errc::ok);
  CHECK(refusal(snapshot(good, {}, Digest{})) == Errc::bad_input);
  const Listed cycle[] = {{a, b}, {b, c}, {c, a}};
  CHECK(refusal(snapshot(cycle, {}, right.digest())) == Errc::bad_input);
  const Listed itself[] = {{a, a}};
  CHECK(refusal(snapshot(itself, {}, right.digest())) == Errc::bad_input);
  const Listed two_parents[] = {{a, kRootId}, {b, a}, {b, kRootId}};
  CHECK(refusal(snapshot(two_parents, {}, right.digest())) == Errc::bad_input);
  const Listed disorder[] = {{b, a}, {a, kRootId}};
  CHECK(refusal(snapshot(disorder, {}, right.digest())) == Errc::bad_input);
  const Listed root[] = {{kRootId, a}};
  CHECK(refusal(snapshot(root, {}, right.digest())) == Errc::bad_input);
  CHECK(refusal(snapshot(good, {}, right.digest()), {.nodes_max = 3}) == Errc::too_large);

  // The log of a snapshot has to ascend, from after the truncation point.
  const Operation twice[] = {operation(5, a, kRootId), operation(5, b, kRootId)};
  Buffer log;
  encode(twice, log);
  CHECK(refusal(snapshot(good, log, right.digest())) == Errc::bad_input);
}

TEST_CASE("damaged snapshots are refused, or were none") {
  Tree tree = *make_genesis({.count = 12, .fan_out = 2}, {}, heap());
  Effects effects(heap());
  const Operation operations[] = {operation(1, genesis_id(3), kTrashId),
                                  operation(2, genesis_id(7), genesis_id(0)),
                                  operation(3, genesis_id(1), genesis_id(8), 4)};
  REQUIRE(tree.apply(operations, effects).has_value());
  tree.truncate_before(operations[0].stamp);
  Buffer bytes;
  tree.encode_snapshot(bytes);
  const Random random(2);
  for (std::uint32_t i = 0; i < scaled(50'000); ++i) {
    const Buffer bad = damaged(bytes, random.at("damage", 0, i));
    const Result<Tree> read = Tree::decode_snapshot(bad, {.nodes_max = 64}, heap());
    if (!read) continue;
    Buffer again;
    read->encode_snapshot(again);
    if (again != bad || !read->broken_invariant().empty()) FAIL("a damaged snapshot was taken at " << i);
  }
}

}  // namespace wn::tree
