// The bytes of a snapshot, canonical Protobuf wire encoding; every field is present unless said otherwise.
//   message Snapshot { uint32 version = 1; fixed64 truncated_time = 2; uint32 truncated_replica = 3;
//                      uint32 nodes = 4; repeated Node node = 5;  // `nodes` of them, ascending by id
//                      bytes operations = 6;                      // encode() of the log, ascending by stamp
//                      fixed64 digest_low = 7; fixed64 digest_high = 8; }  // of the tree after them
//   message Node { fixed64 high = 1; fixed64 low = 2; fixed64 parent_high = 3; fixed64 parent_low = 4;
//                  uint32 type = 5; fixed64 home_high = 6; fixed64 home_low = 7; }  // 6, 7: in the trash
//                  only
// Nodes are as they were at the truncation point, so that what is late can still be put in its place.
#include <algorithm>
#include <new>
#include <utility>

#include "runtime/base/proto_wire.h"
#include "runtime/tree/builder.h"

namespace wn::tree {

namespace {

constexpr std::uint32_t kVersion = 1;

std::unexpected<Error> malformed(const char* what) {
  return fail(Errc::bad_input, std::string("tree snapshot: ") + what);
}

void write(const ListedNode& node, std::vector<std::uint8_t>& out) {
  ProtoWriter writer(out);
  writer.head(5, 4 * 9 + 1 + proto::varint_size(node.type) + (node.last_home ? 2 * 9 : 0));
  writer.fixed64(1, node.id.high);
  writer.fixed64(2, node.id.low);
  writer.fixed64(3, node.parent.high);
  writer.fixed64(4, node.parent.low);
  writer.varint(5, node.type);
  if (!node.last_home) return;
  writer.fixed64(6, node.last_home.high);
  writer.fixed64(7, node.last_home.low);
}

bool read(ByteView bytes, ListedNode& node) {
  ProtoReader in(bytes);
  std::uint64_t type = 0;
  const bool fixed = in.fixed64(1, node.id.high) && in.fixed64(2, node.id.low) &&
                     in.fixed64(3, node.parent.high) && in.fixed64(4, node.parent.low) &&
                     in.varint(5, type) && type <= UINT32_MAX;
  if (!fixed) return false;
  node.type = static_cast<std::uint32_t>(type);
  if (in.done()) return true;
  return in.fixed64(6, node.last_home.high) && in.fixed64(7, node.last_home.low) && in.done() &&
         static_cast<bool>(node.last_home);
}

struct Header {
  causality::Stamp truncated;
  std::uint64_t nodes = 0;
};

Result<Header> read_header(ProtoReader& in) {
  std::uint64_t version = 0;
  std::uint64_t replica = 0;
  Header header;
  if (!in.varint(1, version)) return malformed("no version");
  if (version != kVersion) return fail(Errc::unsupported, "a tree snapshot of another version");
  const bool all = in.fixed64(2, header.truncated.time.value) && in.varint(3, replica) &&
                   replica <= UINT32_MAX && in.varint(4, header.nodes);
  if (!all) return malformed("its head");
  header.truncated.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
  return header;
}

}  // namespace

void Tree::encode_snapshot(std::vector<std::uint8_t>& out) const {
  std::pmr::memory_resource* memory = order_.get_allocator().resource();
  std::pmr::vector<Before> base(nodes_.end(), memory);
  for (NodeIndex node = 0; node < nodes_.end(); ++node) {
    base[node] = {.node = node,
                  .parent = nodes_.parent(node),
                  .type = nodes_[node].type,
                  .last_home = nodes_[node].last_home};
  }
  std::vector<Operation> operations(log_.size());
  for (std::size_t i = log_.size(); i-- > 0;) {
    const LogEntry& entry = log_.entries()[i];
    operations[i] = {.stamp = entry.stamp(),
                     .node = nodes_[entry.node].id,
                     .parent = nodes_[entry.parent].id,
                     .type = entry.type};
    if (entry.outcome != static_cast<std::uint8_t>(Outcome::applied)) continue;
    base[entry.node] = {.node = entry.node,
                        .parent = entry.old_parent,
                        .type = entry.old_type,
                        .last_home = entry.old_last_home};
  }
  std::erase_if(base, [](const Before& node) { return node.parent == kNoNode; });
  std::sort(base.begin(), base.end(),
            [this](const Before& a, const Before& b) { return nodes_[a.node].id < nodes_[b.node].id; });

  ProtoWriter writer(out);
  writer.varint(1, kVersion);
  writer.fixed64(2, truncated_.time.value);
  writer.varint(3, truncated_.replica.value);
  writer.varint(4, base.size());
  for (const Before& node : base) {
    const bool has_home = node.parent == kTrashIndex && node.last_home != kNoNode;
    write({.id = nodes_[node.node].id,
           .parent = nodes_[node.parent].id,
           .type = node.type,
           .last_home = has_home ? nodes_[node.last_home].id : WorknodeId{}},
          out);
  }
  std::vector<std::uint8_t> log_bytes;
  encode(operations, log_bytes);
  writer.bytes(6, log_bytes);
  writer.fixed64(7, digest().low());
  writer.fixed64(8, digest().high());
}

Result<Tree> Tree::decode_snapshot(ByteView bytes, Options options, std::pmr::memory_resource* memory) {
  ProtoReader in(bytes);
  const Result<Header> header = read_header(in);
  if (!header) return std::unexpected(header.error());
  Builder builder(options, memory);
  WorknodeId last;
  for (std::uint64_t i = 0; i < header->nodes; ++i) {
    ByteView one;
    ListedNode node;
    if (!in.bytes(5, one) || !read(one, node)) return malformed("a worknode");
    if (node.id <= last) return malformed("worknodes out of order, or one with two parents");
    last = node.id;
    if (Result<void> added = builder.add(node); !added) return std::unexpected(added.error());
  }
  Result<Tree> tree = std::move(builder).finish(header->truncated);
  if (!tree) return tree;

  ByteView log_bytes;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (!in.bytes(6, log_bytes) || !in.fixed64(7, low) || !in.fixed64(8, high) || !in.done()) {
    return malformed("its end");
  }
  Result<std::vector<Operation>> operations = decode_operations(log_bytes, options.log_operations_max);
  if (!operations) return std::unexpected(operations.error());
  for (std::size_t i = 0; i < operations->size(); ++i) {
    const causality::Stamp before = i == 0 ? header->truncated : (*operations)[i - 1].stamp;
    if ((*operations)[i].stamp <= before) return malformed("operations out of order");
  }
  Effects effects(memory);
  const std::span<const Operation> all(*operations);
  for (std::size_t i = 0; i < all.size(); i += options.batch_operations_max) {
    const auto batch = all.subspan(i, std::min<std::size_t>(options.batch_operations_max, all.size() - i));
    if (Result<void> taken = tree->apply(batch, effects); !taken) return std::unexpected(taken.error());
  }
  tree->stats_ = {};
  const Digest digest = tree->digest();
  if (digest.low() != low || digest.high() != high)
    return malformed("its digest is not that of its worknodes");
  return tree;
}

}  // namespace wn::tree
