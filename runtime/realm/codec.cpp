#include "runtime/realm/codec.h"

#include <array>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/proto_fields.h"
#include "runtime/base/proto_flat.h"
#include "runtime/base/proto_wire.h"

namespace wn::realm {
namespace {

using proto::get_flag;
using proto::get_u32;

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// All fields are always written: a request is small, and one form is easier to hold canonical than two.
void put_id(ProtoFlat& out, std::uint32_t field, WorknodeId id) {
  out.fixed64(field, id.high);
  out.fixed64(field + 1, id.low);
}
bool get_id(ProtoReader& in, std::uint32_t field, WorknodeId& id) {
  return in.fixed64(field, id.high) && in.fixed64(field + 1, id.low);
}

// Elements as one packed field of zigzag varints.
void put_items(ProtoFlat& out, std::uint32_t field, const std::vector<std::int64_t>& items) {
  const auto zigzag = [](std::int64_t item) { return (bits(item) << 1) ^ bits(item >> 63); };
  std::size_t size = 0;
  for (const std::int64_t item : items) size += proto::varint_size(zigzag(item));
  out.head(field, size);
  for (const std::int64_t item : items) out.raw(zigzag(item));
}

// Small messages, nearly all, are written on the stack and copied once.
constexpr std::size_t kSmall = 512;

template <class Write>
Bytes written(std::size_t bytes_max, Write&& write) {
  std::array<std::uint8_t, kSmall> small;
  std::vector<std::uint8_t> large(bytes_max > kSmall ? bytes_max : 0);
  ProtoFlat out(bytes_max > kSmall ? std::span(large) : std::span(small));
  write(out);
  return Bytes::copy_of(out.view());
}

Errc get_items(ByteView packed, std::vector<std::int64_t>& items) {
  ProtoReader in(packed);
  while (!in.done()) {
    if (items.size() == kReplyItemsMax) return Errc::too_large;
    std::uint64_t zigzag = 0;
    if (!in.raw(zigzag)) return Errc::corrupt;
    items.push_back(number((zigzag >> 1) ^ (~(zigzag & 1) + 1)));
  }
  return Errc::ok;
}

// Fields of the modes stand only where they say something: most requests are EVENTUAL.
enum RequestField : std::uint32_t { kMode = 14, kEvidence, kEndorsed, kExpected, kKeepsSession, kSession };
constexpr std::uint32_t kReplySession = 9;
constexpr std::size_t kRequestFields = kSession;
constexpr std::size_t kReplyFields = kReplySession;

bool get_mode(ProtoReader& in, std::uint32_t field, Mode usual, Mode& mode) {
  ProtoReader ahead = in;
  std::uint64_t wide = 0;
  if (!ahead.varint(field, wide)) return true;
  in = ahead;
  mode = static_cast<Mode>(wide);
  return wide >= 1 && wide <= 3 && mode != usual;
}

bool get_present(ProtoReader& in, std::uint32_t field, bool& present) {
  ProtoReader ahead = in;
  std::uint64_t wide = 0;
  if (!ahead.varint(field, wide)) return true;
  in = ahead;
  present = wide == 1;
  return present;
}

bool get_session(ProtoReader& in, std::uint32_t field, Bytes& session) {
  ProtoReader ahead = in;
  ByteView bytes;
  if (!ahead.bytes(field, bytes)) return true;
  in = ahead;
  session = Bytes::copy_of(bytes);
  return !bytes.empty() && bytes.size() <= kSessionBytesMax;
}

bool get_expected(ProtoReader& in, std::int64_t& expected) {
  ProtoReader ahead = in;
  std::uint64_t wide = 0;
  if (!ahead.fixed64(kExpected, wide)) return true;
  in = ahead;
  expected = number(wide);
  return wide != 0;
}

bool get_mode_fields(ProtoReader& in, Request& r) {
  return get_mode(in, kMode, Mode::eventual, r.mode) && get_mode(in, kEvidence, Mode::strong, r.evidence) &&
         get_present(in, kEndorsed, r.endorsed) && get_expected(in, r.expected) &&
         get_present(in, kKeepsSession, r.keeps_session) && get_session(in, kSession, r.session);
}

void put_mode_fields(ProtoFlat& out, const Request& r) {
  WN_CHECK_LE(r.session.size(), kSessionBytesMax);
  if (r.mode != Mode::eventual) out.varint(kMode, static_cast<std::uint64_t>(r.mode));
  if (r.evidence != Mode::strong) out.varint(kEvidence, static_cast<std::uint64_t>(r.evidence));
  if (r.endorsed) out.varint(kEndorsed, 1);
  if (r.expected != 0) out.fixed64(kExpected, bits(r.expected));
  if (r.keeps_session) out.varint(kKeepsSession, 1);
  if (!r.session.empty()) out.bytes(kSession, r.session.view());
}

}  // namespace

Bytes encode(const Request& request) {
  WN_CHECK(request.token.size() <= kTokenBytesMax);
  const std::size_t bytes_max =
      kRequestFields * kProtoFieldMax + request.token.size() + request.session.size();
  return written(bytes_max, [&](ProtoFlat& out) {
    out.varint(1, request.operation);
    out.varint(2, request.attempt);
    out.varint(3, static_cast<std::uint64_t>(request.function));
    put_id(out, 4, request.worknode);
    put_id(out, 6, request.other);
    out.varint(8, static_cast<std::uint64_t>(request.property));
    out.fixed64(9, bits(request.value));
    out.fixed64(10, bits(request.key));
    out.varint(11, request.limit);
    out.varint(12, request.schema_version);
    out.bytes(13, request.token.view());
    put_mode_fields(out, request);
  });
}

Errc decode(ByteView bytes, Request& out) {
  ProtoReader in(bytes);
  Request r;
  std::uint64_t function = 0, value = 0, key = 0;
  std::uint32_t property = 0;
  ByteView token;
  if (!in.varint(1, r.operation) || !get_u32(in, 2, r.attempt) || !in.varint(3, function) ||
      !get_id(in, 4, r.worknode) || !get_id(in, 6, r.other) || !get_u32(in, 8, property) ||
      !in.fixed64(9, value) || !in.fixed64(10, key) || !get_u32(in, 11, r.limit) ||
      !get_u32(in, 12, r.schema_version) || !in.bytes(13, token) || !get_mode_fields(in, r) || !in.done()) {
    return Errc::corrupt;
  }
  if (token.size() > kTokenBytesMax) return Errc::too_large;
  if (function == 0 || function >= kFunctionEnd || property == 0 || property >= kPropertyEnd) {
    return Errc::unsupported;
  }
  r.function = static_cast<Function>(function);
  if (!has_mode(r.function, r.mode)) return Errc::unsupported;
  r.property = static_cast<Property>(property);
  r.value = number(value);
  r.key = number(key);
  r.token = Bytes::copy_of(token);
  out = std::move(r);
  return Errc::ok;
}

Bytes encode(const Reply& reply) {
  WN_CHECK(reply.items.size() <= kReplyItemsMax);
  const std::size_t values = kReplyFields + reply.items.size();
  return written(values * kProtoFieldMax + reply.session.size(), [&](ProtoFlat& out) {
    out.varint(1, reply.operation);
    out.varint(2, reply.attempt);
    out.varint(3, static_cast<std::uint64_t>(reply.code));
    out.varint(4, static_cast<std::uint64_t>(reply.error));
    out.varint(5, reply.refusal);
    out.varint(6, reply.found ? 1 : 0);
    out.varint(7, reply.more ? 1 : 0);
    put_items(out, 8, reply.items);
    if (!reply.session.empty()) out.bytes(kReplySession, reply.session.view());
  });
}

Errc decode(ByteView bytes, Reply& out) {
  ProtoReader in(bytes);
  Reply r;
  std::uint64_t code = 0, error = 0, refusal = 0;
  ByteView items;
  if (!in.varint(1, r.operation) || !get_u32(in, 2, r.attempt) || !in.varint(3, code) ||
      !in.varint(4, error) || !in.varint(5, refusal) || !get_flag(in, 6, r.found) ||
      !get_flag(in, 7, r.more) || !in.bytes(8, items) || !get_session(in, kReplySession, r.session) ||
      !in.done()) {
    return Errc::corrupt;
  }
  if (code == 0 || code >= kReplyCodeEnd || error >= kErrcEnd || refusal > 255) {
    return Errc::unsupported;
  }
  r.code = static_cast<ReplyCode>(code);
  r.error = static_cast<Errc>(error);
  r.refusal = static_cast<std::uint8_t>(refusal);
  if (const Errc e = get_items(items, r.items); e != Errc::ok) return e;
  out = std::move(r);
  return Errc::ok;
}

std::string_view to_string(Function function) {
  switch (function) {
    case Function::get:
      return "get";
    case Function::put:
      return "put";
    case Function::append:
      return "append";
    case Function::add:
      return "add";
    case Function::spend:
      return "spend";
    case Function::include:
      return "include";
    case Function::exclude:
      return "exclude";
    case Function::nest:
      return "nest";
    case Function::create:
      return "create";
    case Function::move:
      return "move";
    case Function::trash:
      return "trash";
    case Function::restore:
      return "restore";
    case Function::query:
      return "query";
    case Function::call:
      return "call";
    case Function::crash:
      return "crash";
    case Function::revoke:
      return "revoke";
    case Function::publish:
      return "publish";
    case Function::cas:
      return "cas";
  }
  return "unknown";
}

bool has_mode(Function function, Mode mode) {
  switch (mode) {
    case Mode::local:
      return function == Function::get || function == Function::put || function == Function::add;
    case Mode::eventual:
      return function != Function::cas;
    case Mode::strong:
      return function == Function::get || function == Function::put || function == Function::cas;
  }
  return false;
}

Right right_of(Function function) {
  switch (function) {
    case Function::get:
      return Right::read;
    case Function::put:
    case Function::append:
    case Function::cas:
    case Function::add:
    case Function::spend:
    case Function::include:
    case Function::exclude:
    case Function::nest:
      return Right::write;
    case Function::create:
      return Right::create;
    case Function::move:
      return Right::move;
    case Function::trash:
    case Function::restore:
      return Right::remove;
    case Function::query:
      return Right::query;
    case Function::call:
    case Function::crash:
      return Right::call;
    case Function::revoke:
      return Right::revoke;
    case Function::publish:
      return Right::publish;
  }
  return Right::publish;
}

}  // namespace wn::realm
