// The bytes of a schema. message Schema { type = 1; type_name = 2; version = 3; fields = 4 (how many); steps
// = 5; repeated Field = 6; repeated Step = 7 }; message Field { number = 1; name = 2; kind = 3; element = 4;
// nested = 5; since = 6; deprecated = 7; Value default = 8 (bytes, may be empty) }; message Value { kind = 1;
// integer = 2 (zigzag); high = 3; low = 4; bytes = 5 }; message Step { kind = 1; from = 2; to = 3; key = 4;
// factor = 5 (zigzag) }. Every field is always written, in this order, so that one schema has one encoding.
#include "runtime/base/proto_wire.h"
#include "runtime/schema/schema.h"

namespace wn::schema {
namespace {

using Buffer = std::vector<std::uint8_t>;

std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

void encode_value(const Value& value, Buffer& out) {
  if (value.kind == ScalarKind::none) return;
  ProtoWriter w(out);
  w.varint(1, static_cast<std::uint64_t>(value.kind));
  w.varint(2, zigzag(value.integer));
  w.varint(3, value.reference.high);
  w.varint(4, value.reference.low);
  w.bytes(5, as_bytes(value.bytes));
}

void encode_field(const FieldSpec& field, Buffer& out) {
  ProtoWriter w(out);
  w.varint(1, field.number.value);
  w.bytes(2, as_bytes(field.name));
  w.varint(3, static_cast<std::uint64_t>(field.kind));
  w.varint(4, static_cast<std::uint64_t>(field.element));
  w.varint(5, static_cast<std::uint64_t>(field.nested));
  w.varint(6, field.since.value);
  w.varint(7, field.deprecated.value);
  Buffer value;
  encode_value(field.default_value, value);
  w.bytes(8, value);
}

void encode_step(const LensStep& step, Buffer& out) {
  ProtoWriter w(out);
  w.varint(1, static_cast<std::uint64_t>(step.kind));
  w.varint(2, step.from.value);
  w.varint(3, step.to.value);
  w.bytes(4, as_bytes(step.key));
  w.varint(5, zigzag(step.factor));
}

// A varint below `end`, into an enum or a small number.
template <class T>
bool small(ProtoReader& r, std::uint32_t field, std::uint64_t end, T& out) {
  std::uint64_t value = 0;
  if (!r.varint(field, value) || value >= end) return false;
  out = static_cast<T>(value);
  return true;
}

template <class Number>
bool number(ProtoReader& r, std::uint32_t field, Number& out) {
  std::uint64_t value = 0;
  if (!r.varint(field, value) || value > 0xFFFF'FFFFULL) return false;
  out = Number{static_cast<std::uint32_t>(value)};
  return true;
}

bool text(ProtoReader& r, std::uint32_t field, std::size_t max, std::string& out) {
  ByteView bytes;
  if (!r.bytes(field, bytes) || bytes.size() > max) return false;
  out = as_text(bytes);
  return true;
}

bool decode_value(ByteView bytes, Value& value) {
  if (bytes.empty()) return true;
  ProtoReader r(bytes);
  std::uint64_t integer = 0;
  if (!small(r, 1, kScalarKindsEnd, value.kind) || value.kind == ScalarKind::none || !r.varint(2, integer) ||
      !r.varint(3, value.reference.high) || !r.varint(4, value.reference.low) ||
      !text(r, 5, kDefaultBytesMax, value.bytes)) {
    return false;
  }
  value.integer = unzigzag(integer);
  return r.done();
}

bool decode_field(ByteView bytes, FieldSpec& field) {
  ProtoReader r(bytes);
  ByteView value;
  return number(r, 1, field.number) && text(r, 2, kNameBytesMax, field.name) &&
         small(r, 3, kKindsEnd, field.kind) && small(r, 4, kScalarKindsEnd, field.element) &&
         small(r, 5, kKindsEnd, field.nested) && number(r, 6, field.since) &&
         number(r, 7, field.deprecated) && r.bytes(8, value) && r.done() &&
         decode_value(value, field.default_value);
}

bool decode_step(ByteView bytes, LensStep& step) {
  ProtoReader r(bytes);
  std::uint64_t factor = 0;
  if (!small(r, 1, kLensKindsEnd, step.kind) || !number(r, 2, step.from) || !number(r, 3, step.to) ||
      !text(r, 4, kKeyBytesMax, step.key) || !r.varint(5, factor)) {
    return false;
  }
  step.factor = unzigzag(factor);
  return r.done();
}

// The items come last, so that a reader that is not done has another one.
bool decode_items(ProtoReader& r, Schema& schema) {
  std::uint64_t fields = 0;
  std::uint64_t steps = 0;
  if (!r.varint(4, fields) || fields > kFieldsMax || !r.varint(5, steps) || steps > kLensStepsMax)
    return false;
  for (std::uint64_t i = 0; i < fields; ++i) {
    ByteView bytes;
    if (!r.bytes(6, bytes) || !decode_field(bytes, schema.fields.emplace_back())) return false;
  }
  for (std::uint64_t i = 0; i < steps; ++i) {
    ByteView bytes;
    if (!r.bytes(7, bytes) || !decode_step(bytes, schema.lens.steps.emplace_back())) return false;
  }
  return r.done();
}

}  // namespace

void encode(const Schema& schema, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  w.varint(1, schema.type.value);
  w.bytes(2, as_bytes(schema.type_name));
  w.varint(3, schema.version.value);
  w.varint(4, schema.fields.size());
  w.varint(5, schema.lens.steps.size());
  Buffer item;
  for (const FieldSpec& field : schema.fields) {
    item.clear();
    encode_field(field, item);
    w.bytes(6, item);
  }
  for (const LensStep& step : schema.lens.steps) {
    item.clear();
    encode_step(step, item);
    w.bytes(7, item);
  }
}

Result<Schema> decode(ByteView bytes, const Limits& limits) {
  if (bytes.size() > kSchemaBytesMax) return fail(Errc::too_large, "a schema of more than 1 MiB");
  Schema schema;
  ProtoReader r(bytes);
  if (!number(r, 1, schema.type) || !text(r, 2, kNameBytesMax, schema.type_name) ||
      !number(r, 3, schema.version) || !decode_items(r, schema)) {
    return fail(Errc::bad_input, "not the bytes of a schema");
  }
  if (auto ok = check(schema, limits); !ok) return std::unexpected(std::move(ok.error()));
  return schema;
}

}  // namespace wn::schema
