#include "scenarios/exhaustive/crdt_replica.h"

#include <algorithm>

namespace wn::exhaustive {

namespace {

using crdt::Step;
using crdt::Type;
using crdt::Value;

constexpr Step kInMap[] = {{Type::map, "m"}, {Type::lww, "k"}};
constexpr Step kSetInMap[] = {{Type::map, "m"}, {Type::set, "s"}};

std::string digits(const std::vector<Value>& values) {
  std::string out;
  for (const Value& value : values) out += std::to_string(value.integer());
  return out;
}

}  // namespace

Errc CrdtReplica::perform(const CrdtOperation& does, char letter, std::uint64_t time,
                          std::vector<std::uint8_t>& delta) {
  const crdt::Write w{.dot = delivered_.next(id()),
                      .stamp = {.time = causality::HlcTime{time}, .replica = id()},
                      .seen = &seen_,
                      .delta = &delta};
  const Step top[] = {{scope_.type, scope_.type == Type::map ? "m" : "x"}};
  const bool map = scope_.type == Type::map;
  const std::uint32_t size = scope_.type == Type::text ? document_.text_size(top) : 0;
  Errc out = Errc::ok;
  switch (does.act) {
    case CrdtAct::write:
      if (map && does.places == 1) {
        out = document_.create_map(top, w);
      } else if (map && does.places == 2) {
        out = document_.set(kInMap, Value::of(does.value), w);
      } else if (map) {
        out = document_.insert(kSetInMap, Value::of(does.value), w);
      } else if (scope_.type == Type::set) {
        out = document_.insert(top, Value::of(does.value), w);
      } else {
        out = document_.set(top, Value::of(does.value), w);
      }
      break;
    case CrdtAct::clear:
      if (map && does.places == 2) {
        out = document_.remove(kInMap, w);
      } else if (scope_.type == Type::set && does.places == 1) {
        out = document_.erase(top, Value::of(does.value), w);
      } else {
        out = document_.remove(top, w);
      }
      break;
    case CrdtAct::cut:
      out = document_.remove(top, w);
      break;
    case CrdtAct::add:
      out = scope_.type == Type::bounded ? document_.grant(top, does.value, w)
                                         : document_.add(top, does.value, w);
      break;
    case CrdtAct::spend:
      out = document_.spend(top, does.value, w);
      break;
    case CrdtAct::give:
      out = document_.transfer(top, ReplicaId{(number_ + 1) % scope_.replicas + 1}, does.value, w);
      break;
    case CrdtAct::front:
    case CrdtAct::back:
      out = document_.insert_text(top, does.act == CrdtAct::front ? 0 : size, {&letter, 1}, w);
      break;
    case CrdtAct::erase_first:
    case CrdtAct::erase_last:
      out = document_.erase_text(top, does.act == CrdtAct::erase_first || size == 0 ? 0 : size - 1, 1, w);
      break;
  }
  return out == Errc::ok ? delivered_.add(w.dot) : out;
}

bool CrdtReplica::take(ByteView delta) {
  const auto report = document_.merge(delta, seen_);
  return report && delivered_.add(report->dot) == Errc::ok;
}

bool CrdtReplica::join(const CrdtReplica& other) {
  std::vector<std::uint8_t> state;
  other.document_.encode(state);
  return document_.merge_state(state, other.seen_, seen_).has_value() &&
         seen_.join(other.seen_) == Errc::ok && delivered_.join(other.delivered_) == Errc::ok;
}

std::string CrdtReplica::state() const {
  std::vector<std::uint8_t> out;
  document_.encode(out);
  return std::string(out.begin(), out.end());
}

std::string CrdtReplica::read() const {
  const Step top[] = {{scope_.type, scope_.type == Type::map ? "m" : "x"}};
  const auto one = [&](crdt::Path path) {
    const auto value = document_.get(path);
    return value ? std::to_string(value->integer()) : "-";
  };
  std::vector<Value> values;
  std::string out;
  switch (scope_.type) {
    case Type::lww:
      return one(top);
    case Type::mv:
      document_.get_all(top, values);
      out = digits(values);
      std::ranges::sort(out);
      return out;
    case Type::set:
      document_.members(top, values);
      return digits(values);
    case Type::map:
      document_.members(kSetInMap, values);
      out = document_.contains(top) ? "m" : "-";
      return out + " " + one(kInMap) + (values.empty() ? "" : " " + digits(values));
    case Type::text:
      return document_.text(top).value_or("");
    default: {
      const auto count = document_.count(top);
      out = count ? std::to_string(*count) : "-";
      for (std::uint32_t n = 0; scope_.type == Type::bounded && n < scope_.replicas; ++n)
        out += " " + std::to_string(document_.rights(top, ReplicaId{n + 1}));
      return out;
    }
  }
}

}  // namespace wn::exhaustive
