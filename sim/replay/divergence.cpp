#include "sim/replay/divergence.h"

#include <algorithm>
#include <cstdio>

namespace wn::sim {

namespace {

std::string kind_name(TraceKind kind) {
  const TraceKindInfo* info = trace_kind_info(kind);
  if (info != nullptr) return std::string(info->name);
  char text[32];
  std::snprintf(text, sizeof text, "kind %u", static_cast<unsigned>(kind));
  return text;
}

std::string field_name(TraceKind kind, std::size_t i) {
  const TraceKindInfo* info = trace_kind_info(kind);
  if (info != nullptr && !info->fields[i].empty()) return std::string(info->fields[i]);
  return std::string("field ") + static_cast<char>('a' + i);
}

}  // namespace

std::string Divergence::to_string() const {
  char head[128];
  std::snprintf(head, sizeof head, "event %llu at %lld.%09llds, node %u, ",
                static_cast<unsigned long long>(position), static_cast<long long>(at.ns / 1'000'000'000),
                static_cast<long long>(at.ns % 1'000'000'000), node.value);
  char values[128];
  if (field == "end") {
    std::snprintf(
        values, sizeof values, ": %s",
        got_event ? "the stored run was over, the live one went on" : "the live run ended before it");
    return head + kind + values;
  }
  std::snprintf(values, sizeof values, " expected %llu, got %llu", static_cast<unsigned long long>(expected),
                static_cast<unsigned long long>(got));
  return head + kind + ": " + field + values;
}

std::optional<Divergence> compare_events(std::uint64_t position, const TraceEvent* expected,
                                         const TraceEvent* got) {
  if (expected == nullptr && got == nullptr) return std::nullopt;
  if (expected != nullptr && got != nullptr && *expected == *got) return std::nullopt;
  const TraceEvent& shown = expected != nullptr ? *expected : *got;
  Divergence out;
  out.position = position;
  out.at = shown.at;
  out.node = shown.node;
  out.kind = kind_name(shown.kind);
  if (expected != nullptr) out.expected_event = *expected;
  if (got != nullptr) out.got_event = *got;
  const auto differ = [&](std::string field, std::uint64_t want, std::uint64_t have) {
    out.field = std::move(field);
    out.expected = want;
    out.got = have;
    return out;
  };
  if (expected == nullptr || got == nullptr) return differ("end", expected != nullptr, got != nullptr);
  // The most telling difference first: what happened, then where, then its details, then when.
  if (expected->kind != got->kind)
    return differ("kind", static_cast<std::uint64_t>(expected->kind), static_cast<std::uint64_t>(got->kind));
  if (expected->node != got->node) return differ("node", expected->node.value, got->node.value);
  for (std::size_t i = 0; i < expected->field.size(); ++i) {
    if (expected->field[i] != got->field[i])
      return differ(field_name(expected->kind, i), expected->field[i], got->field[i]);
  }
  if (expected->at != got->at)
    return differ("at", static_cast<std::uint64_t>(expected->at.ns), static_cast<std::uint64_t>(got->at.ns));
  return differ("reserved", expected->reserved, got->reserved);
}

void ReplayComparer::on_event(const TraceEvent& event) {
  if (divergence_) return;
  TraceEvent expected;
  stored_ended_ = stored_ended_ || !stored_(expected);
  divergence_ = compare_events(position_, stored_ended_ ? nullptr : &expected, &event);
  if (!divergence_) ++position_;
}

void ReplayComparer::finish(bool stopped_early) {
  if (divergence_ || stored_ended_ || stopped_early) return;
  TraceEvent expected;
  if (stored_(expected)) divergence_ = compare_events(position_, &expected, nullptr);
}

std::vector<NodeId> differing_nodes(const std::vector<std::pair<NodeId, Digest>>& a,
                                    const std::vector<std::pair<NodeId, Digest>>& b) {
  std::vector<NodeId> out;
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    if (right == b.end() || (left != a.end() && left->first < right->first)) {
      out.push_back((left++)->first);
    } else if (left == a.end() || right->first < left->first) {
      out.push_back((right++)->first);
    } else {
      if (left->second != right->second) out.push_back(left->first);
      ++left;
      ++right;
    }
  }
  return out;
}

}  // namespace wn::sim
