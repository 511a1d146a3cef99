#include "runtime/schema/translator.h"

#include "runtime/base/proto_wire.h"
#include "runtime/crdt/types.h"
#include "runtime/schema/crdt_kinds.h"

namespace wn::schema {
namespace {

using Buffer = std::vector<std::uint8_t>;
using crdt::Type;

// The numbers of crdt's value fields: base + kind, `none` = 0 … `bytes` = 4.
constexpr std::uint32_t kMemberBase = 1;
constexpr std::uint32_t kRegisterBase = 5;

std::unexpected<Error> broken() { return fail(Errc::bad_input, "not the delta or the state of a document"); }

std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

// One step of a path. A member's key is an encoded value.
struct PathStep {
  Type type{};
  ByteView key;
};

// Takes one step off the front of `path`. REQUIRES that there is one.
bool take_step(ByteView& path, PathStep& step) {
  const std::uint32_t field = path[0] >> 3;
  if (field < static_cast<std::uint32_t>(Type::map) || field > static_cast<std::uint32_t>(Type::member))
    return false;
  ProtoReader reader(path);
  if (!reader.bytes(field, step.key)) return false;
  step.type = static_cast<Type>(field);
  path = path.subspan(1 + proto::varint_size(step.key.size()) + step.key.size());
  return true;
}

bool get_value(ByteView in, std::uint32_t base, ValueView& value) {
  if (in.empty()) return false;
  ProtoReader r(in);
  const std::uint32_t kind = (in[0] >> 3) - base;
  std::uint64_t number = 0;
  switch (kind) {
    case 0:
      value = {};
      return r.varint(base, number) && number == 0 && r.done();
    case 1:
      if (!r.varint(base + 1, number) || number > 1) return false;
      value = ValueView::of(number != 0);
      return r.done();
    case 2:
      if (!r.varint(base + 2, number)) return false;
      value = ValueView::of(unzigzag(number));
      return r.done();
    case 3:
      value = {ScalarKind::string, 0, {}, {}};
      return r.bytes(base + 3, value.bytes) && r.done();
    case 4:
      value = {ScalarKind::bytes, 0, {}, {}};
      return r.bytes(base + 4, value.bytes) && r.done();
    default:
      return false;
  }
}

void put_value(Buffer& out, std::uint32_t base, const ValueView& value) {
  ProtoWriter w(out);
  switch (value.kind) {
    case ScalarKind::none:
      return w.varint(base, 0);
    case ScalarKind::boolean:
      return w.varint(base + 1, value.integer != 0 ? 1 : 0);
    case ScalarKind::integer:
      return w.varint(base + 2, zigzag(value.integer));
    case ScalarKind::string:
      return w.bytes(base + 3, value.bytes);
    case ScalarKind::bytes:
    case ScalarKind::reference:
      return w.bytes(base + 4, value.bytes);
  }
}

// An entry of a register: dot (left out where it is the delta's own), time, stamper (left out where it is the
// dot's replica), value. Only the value is rewritten; what is before it stays byte for byte.
bool rewrite_entry(ByteView in, const Route& route, Buffer& out) {
  ProtoReader r(in);
  std::uint64_t replica = 0;
  std::uint64_t counter = 0;
  std::uint64_t time = 0;
  std::uint64_t stamper = 0;
  Buffer entry;
  ProtoWriter w(entry);
  if (ProtoReader probe = r; probe.varint(1, replica)) {
    r = probe;
    if (!r.varint(2, counter)) return false;
    w.varint(1, replica);
    w.varint(2, counter);
  }
  if (!r.fixed64(3, time)) return false;
  w.fixed64(3, time);
  if (ProtoReader probe = r; probe.varint(4, stamper)) w.varint(4, stamper);
  ValueView value;
  if (entry.size() > in.size() || !get_value(in.subspan(entry.size()), kRegisterBase, value)) return false;
  Value now = Value::copy_of(value);
  for (const ValueStep& step : route.values.span()) now = rewrite(step, now.view());
  put_value(entry, kRegisterBase, now.view());
  ProtoWriter(out).bytes(1, entry);
  return true;
}

bool rewrite_payload(ByteView in, const Route& route, Buffer& out) {
  ProtoReader r(in);
  while (!r.done()) {
    ByteView item;
    ProtoReader probe = r;
    if (probe.bytes(1, item)) {
      r = probe;
      if (!rewrite_entry(item, route, out)) return false;
    } else if (r.bytes(2, item)) {  // an overwritten dot
      ProtoWriter(out).bytes(2, item);
    } else {
      return false;
    }
  }
  return true;
}

void put_step(Buffer& out, Type type, ByteView key) {
  ProtoWriter(out).bytes(static_cast<std::uint32_t>(type), key);
}

// One part: a path and what is at its end.
class Part {
 public:
  explicit Part(const Router& router) : router_(router) {}

  // False: not a part.
  bool read(ByteView in) {
    ProtoReader r(in);
    if (!r.bytes(1, path_) || !r.bytes(2, payload_) || !r.done() || path_.empty()) return false;
    ByteView rest = path_;
    if (!take_step(rest, root_)) return false;
    number_ = number_of(as_text(root_.key));
    if (!number_ || !router_.moves(number_)) return true;
    return resolve(rest);
  }
  bool moves() const { return moves_; }

  bool write(Buffer& out) const {
    Buffer path;
    const Place& place = route_.place;
    if (place.keyed) {
      put_step(path, Type::map, as_bytes(key_of(place.number).view()));
      put_step(path, type_, as_bytes(place.key));
    } else {
      put_step(path, type_, as_bytes(key_of(place.number).view()));
    }
    if (is_element_) {
      Buffer member;
      put_value(member, kMemberBase, ValueView::of(std::string_view(element_)));
      put_step(path, Type::member, member);
    }
    path.insert(path.end(), rest_.begin(), rest_.end());
    Buffer payload;
    if (route_.values.empty()) {
      payload.assign(payload_.begin(), payload_.end());
    } else if (!rewrite_payload(payload_, route_, payload)) {
      return false;
    }
    Buffer part;
    ProtoWriter w(part);
    w.bytes(1, path);
    w.bytes(2, payload);
    ProtoWriter(out).bytes(4, part);
    return true;
  }

 private:
  // The address, and where it belongs. What is deeper goes along as it is.
  bool resolve(ByteView rest) {
    Place place{number_, kind_of(root_.type), false, {}};
    type_ = root_.type;
    if (root_.type == Type::map && !rest.empty()) {
      PathStep below;
      if (!take_step(rest, below)) return false;
      place = {number_, kind_of(below.type), true, as_text(below.key)};
      type_ = below.type;
    }
    rest_ = rest;
    if (type_ == Type::set && !rest.empty()) {
      PathStep member;
      ValueView value;
      ByteView after = rest;
      if (!take_step(after, member) || !after.empty() || member.type != Type::member ||
          !get_value(member.key, kMemberBase, value)) {
        return false;
      }
      if (value.kind == ScalarKind::string) {
        const std::string before(as_text(value.bytes));
        element_ = before;
        is_element_ = true;
        rest_ = {};
        route_ = router_.route_element(place, element_);
        moves_ = !route_.stays(place) || element_ != before;
        return true;
      }
    }
    route_ = router_.route(place);
    moves_ = !route_.stays(place);
    return true;
  }

  const Router& router_;
  ByteView path_;
  ByteView payload_;
  ByteView rest_;
  PathStep root_;
  FieldNumber number_;
  Type type_{};
  Route route_;
  std::string element_;
  bool is_element_ = false;
  bool moves_ = false;
};

}  // namespace

Result<bool> Translator::translate(ByteView in, std::vector<std::uint8_t>& out) const {
  const std::size_t before = out.size();
  ProtoReader r(in);
  ProtoWriter w(out);
  bool moved = false;
  bool good = true;
  for (std::uint32_t field = 1; field <= 3 && good; ++field) {
    std::uint64_t number = 0;
    good = r.varint(field, number);
    if (good) w.varint(field, number);
  }
  while (good && !r.done()) {
    ByteView item;
    Part part(router_);
    good = r.bytes(4, item) && part.read(item);
    if (!good) break;
    if (part.moves()) {
      moved = true;
      good = part.write(out);
    } else {
      w.bytes(4, item);
    }
  }
  if (good) return moved;
  out.resize(before);
  return broken();
}

bool Translator::accepts(FieldNumber set, const ValueView& member) const {
  if (!router_.moves(set) || member.kind != ScalarKind::string) return true;
  const Place place{set, Kind::set, false, {}};
  std::string element(as_text(member.bytes));
  return router_.route_element(place, element).stays(place) && element == as_text(member.bytes);
}

bool Translator::accepts(FieldNumber map, std::string_view key, Kind nested, const ValueView& member) const {
  if (!router_.moves(map)) return true;
  const Place place{map, nested, true, key};
  if (member.kind != ScalarKind::string || nested != Kind::set) return router_.route(place).stays(place);
  std::string element(as_text(member.bytes));
  return router_.route_element(place, element).stays(place) && element == as_text(member.bytes);
}

// A document that is loaded has nothing to compare with: contexts of its own, which nobody keeps.
Result<bool> Translator::upgrade(crdt::Document& document, const crdt::Options& options,
                                 std::pmr::memory_resource* memory) const {
  std::vector<std::uint8_t> before;
  std::vector<std::uint8_t> after;
  document.encode(before);
  const auto moved = translate(before, after);
  if (!moved || !*moved) return moved;
  crdt::Document fresh(options, memory);
  const crdt::CausalContext nothing(memory);
  crdt::CausalContext seen(memory);
  if (auto report = fresh.merge_state(after, nothing, seen); !report) return std::unexpected(report.error());
  document = std::move(fresh);
  return true;
}

}  // namespace wn::schema
