#include "runtime/tree/operation.h"

#include "runtime/base/proto_wire.h"

namespace wn::tree {

namespace {

constexpr std::uint32_t kOperationField = 1;

std::size_t size_of(const Operation& operation) {
  return 5 * 9 + 2 + proto::varint_size(operation.stamp.replica.value) + proto::varint_size(operation.type);
}

bool read(ByteView bytes, Operation& operation) {
  ProtoReader in(bytes);
  std::uint64_t replica = 0;
  std::uint64_t type = 0;
  const bool read_all = in.fixed64(1, operation.stamp.time.value) && in.varint(2, replica) &&
                        in.fixed64(3, operation.node.high) && in.fixed64(4, operation.node.low) &&
                        in.fixed64(5, operation.parent.high) && in.fixed64(6, operation.parent.low) &&
                        in.varint(7, type) && in.done();
  if (!read_all || replica > UINT32_MAX || type > UINT32_MAX) return false;
  operation.stamp.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
  operation.type = static_cast<std::uint32_t>(type);
  return is_valid(operation);
}

}  // namespace

void encode(std::span<const Operation> operations, std::vector<std::uint8_t>& out) {
  ProtoWriter writer(out);
  for (const Operation& operation : operations) {
    writer.head(kOperationField, size_of(operation));
    writer.fixed64(1, operation.stamp.time.value);
    writer.varint(2, operation.stamp.replica.value);
    writer.fixed64(3, operation.node.high);
    writer.fixed64(4, operation.node.low);
    writer.fixed64(5, operation.parent.high);
    writer.fixed64(6, operation.parent.low);
    writer.varint(7, operation.type);
  }
}

Result<std::vector<Operation>> decode_operations(ByteView bytes, std::size_t operations_max) {
  std::vector<Operation> operations;
  ProtoReader in(bytes);
  while (!in.done()) {
    if (operations.size() == operations_max) {
      return fail(Errc::too_large, "more tree operations than a batch may hold");
    }
    ByteView one;
    Operation operation;
    if (!in.bytes(kOperationField, one) || !read(one, operation)) {
      return fail(Errc::bad_input, "tree operation " + std::to_string(operations.size()) + " is malformed");
    }
    operations.push_back(operation);
  }
  return operations;
}

}  // namespace wn::tree
