#include "faults/byzantine/mutate.h"

#include <vector>

#include "runtime/base/proto_wire.h"

namespace wn::byzantine {
namespace {

struct Field {
  std::uint32_t number = 0;
  std::uint32_t type = 0;
  std::uint64_t value = 0;  // varint, fixed32, fixed64
  ByteView bytes;
  std::vector<Field> inside;  // when `bytes` is a message itself
};

class Parser {
 public:
  explicit Parser(ByteView in) : in_(in) {}

  // False: not a message.
  bool parse(std::vector<Field>& out, std::uint32_t depth) {
    while (at_ < in_.size()) {
      if (out.size() == kMutateFieldsMax) return false;
      Field field;
      std::uint64_t tag = 0;
      if (!varint(tag) || tag >> 3 == 0 || tag >> 3 > kNumberMax) return false;
      field.number = static_cast<std::uint32_t>(tag >> 3);
      field.type = static_cast<std::uint32_t>(tag & 7);
      if (!value(field)) return false;
      if (field.type == proto::kBytes && field.bytes.size() > 1 && depth < kMutateDepthMax) {
        if (!Parser(field.bytes).parse(field.inside, depth + 1)) field.inside.clear();
      }
      out.push_back(std::move(field));
    }
    return true;
  }

 private:
  static constexpr std::uint64_t kNumberMax = 64;

  bool value(Field& field) {
    switch (field.type) {
      case proto::kVarint:
        return varint(field.value);
      case proto::kFixed64:
        return little_endian(8, field.value);
      case proto::kFixed32:
        return little_endian(4, field.value);
      case proto::kBytes: {
        std::uint64_t size = 0;
        if (!varint(size) || size > in_.size() - at_) return false;
        field.bytes = in_.subspan(at_, static_cast<std::size_t>(size));
        at_ += static_cast<std::size_t>(size);
        return true;
      }
      default:
        return false;
    }
  }
  bool little_endian(std::size_t size, std::uint64_t& value) {
    if (in_.size() - at_ < size) return false;
    value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{in_[at_ + i]} << (8 * i);
    at_ += size;
    return true;
  }
  bool varint(std::uint64_t& value) {
    value = 0;
    for (std::uint32_t shift = 0; shift < 64; shift += 7) {
      if (at_ == in_.size()) return false;
      const std::uint8_t byte = in_[at_++];
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  ByteView in_;
  std::size_t at_ = 0;
};

void write(const std::vector<Field>& fields, Zeros zeros, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  std::vector<std::uint8_t> inside;
  for (const Field& f : fields) {
    if (f.type != proto::kBytes && f.value == 0 && zeros == Zeros::left_out) continue;
    switch (f.type) {
      case proto::kVarint:
        w.varint(f.number, f.value);
        break;
      case proto::kFixed64:
        w.fixed64(f.number, f.value);
        break;
      case proto::kFixed32:
        w.fixed32(f.number, static_cast<std::uint32_t>(f.value));
        break;
      default:
        if (f.inside.empty()) {
          w.bytes(f.number, f.bytes);
        } else {
          inside.clear();
          write(f.inside, zeros, inside);
          w.bytes(f.number, inside);
        }
    }
  }
}

std::vector<std::uint8_t> with_another_byte(ByteView bytes, Draw& draw) {
  std::vector<std::uint8_t> out(bytes.begin(), bytes.end());
  if (out.empty()) return {static_cast<std::uint8_t>(draw.below(256))};
  const std::uint64_t place = draw.below(out.size());
  out[place] = static_cast<std::uint8_t>(out[place] + 1 + draw.below(255));
  return out;
}

// A number of the same level to take over; the field's own when there is no other.
std::uint64_t neighbour(const std::vector<Field>& fields, const Field& field, Draw& draw) {
  const std::uint64_t from = draw.below(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& other = fields[(from + i) % fields.size()];
    if (other.type == field.type && other.value != field.value) return other.value;
  }
  return field.value + 1;
}

std::uint64_t another_number(const std::vector<Field>& fields, const Field& field, Draw& draw) {
  switch (draw.below(6)) {
    case 0:
    case 1:
      return field.value + 1;
    case 2:
    case 3:
      return field.value == 0 ? 1 : field.value - 1;
    case 4:
      return field.value == 0 ? 1 : 0;
    default:
      return neighbour(fields, field, draw);
  }
}

// Level by level, so that the few fields of a head are as likely as the many of what it carries. `store`
// keeps the bytes that a field may refer to.
void mutate(std::vector<Field>& fields, std::vector<std::uint8_t>& store, Draw& draw) {
  Field& field = fields[draw.below(fields.size())];
  if (field.type != proto::kBytes) {
    field.value = another_number(fields, field, draw);
    if (field.type == proto::kFixed32) field.value &= 0xFFFFFFFFU;
  } else if (!field.inside.empty()) {
    mutate(field.inside, store, draw);
  } else {
    store = with_another_byte(field.bytes, draw);
    field.bytes = store;
  }
}

}  // namespace

Bytes mutate_message(ByteView message, Zeros zeros, Draw& draw) {
  std::vector<Field> fields;
  std::vector<std::uint8_t> store;
  std::vector<std::uint8_t> out;
  if (message.empty()) return {};
  if (!Parser(message).parse(fields, 0) || fields.empty()) {
    out = with_another_byte(message, draw);
  } else {
    mutate(fields, store, draw);
    write(fields, zeros, out);
  }
  return Bytes::copy_of(ByteView(out));
}

}  // namespace wn::byzantine
