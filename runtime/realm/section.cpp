// This replica's section (runtime/sync/glue_section.h): the updates that some member may lack, and what they
// claim. What all have is agreed; of it only the parents above what was moved are told.
#include <map>

#include "runtime/base/digest.h"
#include "runtime/realm/rules.h"
#include "runtime/realm/stock_schema.h"
#include "runtime/sync/glue_section.h"

namespace wn::realm {
namespace {

using causality::Dot;
using causality::Stamp;

struct Naming {
  Stamp stamp;
  Dot dot;
};

class Claims {
 public:
  explicit Claims(const State& s)
      : s_(s), section_(s.memory), values_(s.memory), names_(s.memory), moves_(s.memory), counted_(s.memory) {
    section_.node = s.options.node;
    for (const auto& item : s.known().items())
      section_.context.push_back({.replica = item.replica, .counter = item.counter});
  }

  // False: it cannot be read, which only our own bug could bring about.
  bool take(const LogEntry& entry) {
    Update update;
    if (decode(entry.update.view(), update) != Errc::ok) return false;
    Digest hash;
    hash.absorb(entry.update.view());
    const sync::PropertyKey key{.worknode = update.target,
                                .property = static_cast<std::uint32_t>(update.kind)};
    values_[key].push_back({.dot = update.dot, .value = hash.low()});
    if (update.kind == UpdateKind::tree) take_move(update);
    if (update.kind == UpdateKind::property) take_property(update);
    if (update.kind == UpdateKind::revocation)
      section_.revocations.push_back(
          {.token = update.target.low, .time = wall_of(update), .dot = update.dot});
    return true;
  }

  std::optional<Bytes> finish() {
    for (auto& [key, dotted] : values_) {
      std::ranges::sort(dotted);
      if (section_.keys.size() == s_.options.limits.max_properties_per_overlap) return {};
      if (section_.add(key, 1, dotted) != Errc::ok) return {};
    }
    claim_names();
    claim_moves();
    claim_counters();
    for (const TokenUse& use : s_.healing.uses)
      section_.uses.push_back(
          {.token = use.token, .time = static_cast<std::uint64_t>(use.at.ns), .dot = use.dot});
    if (section_.settle() != Errc::ok) return {};
    std::vector<std::uint8_t> bytes;
    encode(section_, bytes);
    if (bytes.size() > kSectionBytesMax) return {};
    return Bytes::copy_of(ByteView(bytes));
  }

 private:
  static std::uint64_t wall_of(const Update& update) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(update.time.wall().ns, 0));
  }

  void take_move(const Update& update) {
    const auto operations = tree::decode_operations(update.payload.view(), 1);
    if (!operations || operations->size() != 1) return;
    const tree::Operation& op = operations->front();
    sync::MoveClaim& latest = moves_[op.node];
    if (op.stamp <= latest.stamp) return;
    latest = {.worknode = op.node, .parent = op.parent, .stamp = op.stamp, .dot = update.dot};
  }

  void take_property(const Update& update) {
    if (update.written_property == static_cast<std::uint32_t>(Property::title)) {
      Naming& latest = names_[update.target];
      const Stamp stamp{update.written, update.dot.replica};
      if (latest.stamp < stamp) latest = {.stamp = stamp, .dot = update.dot};
    }
    counted_[update.target] = true;
  }

  // Names that were given, and names that came along with a move.
  void claim_names() {
    if (s_.options.unique_names == 0) return;
    for (const auto& [worknode, move] : moves_) names_[worknode];
    for (const auto& [worknode, naming] : names_) {
      const WorknodeId parent = s_.oracle->parent_of(worknode);
      const Result<bool> deleted = s_.tree.is_deleted(worknode);
      const std::optional<std::uint64_t> name = name_of(s_, worknode);
      if (!parent || !deleted || *deleted || !name) continue;
      const auto moved = moves_.find(worknode);
      const bool later = moved != moves_.end() && naming.stamp < moved->second.stamp;
      section_.names.push_back({.parent = parent,
                                .name = *name,
                                .worknode = worknode,
                                .stamp = later ? moved->second.stamp : naming.stamp,
                                .dot = later ? moved->second.dot : naming.dot});
    }
  }

  // With the parents above, up to the root or to another one that was moved.
  void claim_moves() {
    std::pmr::map<WorknodeId, WorknodeId> above(s_.memory);
    for (const auto& [worknode, move] : moves_) {
      section_.moves.push_back(move);
      for (WorknodeId at = move.parent; at && !moves_.contains(at) && !above.contains(at);) {
        const WorknodeId parent = s_.oracle->parent_of(at);
        if (!parent || above.size() == sync::kSectionClaimsMax) break;
        above.emplace(at, parent);
        at = parent;
      }
    }
    for (const auto& [worknode, parent] : above)
      section_.moves.push_back({.worknode = worknode, .parent = parent, .stamp = {}, .dot = {}});
  }

  void claim_counters() {
    std::vector<crdt::Document::Rights> rights;
    for (const auto& [worknode, yes] : counted_) {
      rights.clear();
      s_.properties.rights_of(worknode, rights);
      for (const auto& r : rights)
        section_.counters.push_back(
            {.counter = {.worknode = worknode, .property = static_cast<std::uint32_t>(Property::budget)},
             .replica = r.replica,
             .rights = static_cast<std::uint64_t>(std::max<std::int64_t>(r.made, 0)),
             .spent = static_cast<std::uint64_t>(std::max<std::int64_t>(r.spent, 0)),
             .dot = r.dot});
    }
  }

  const State& s_;
  sync::Section section_;
  std::pmr::map<sync::PropertyKey, std::pmr::vector<sync::DottedValue>> values_;
  std::pmr::map<WorknodeId, Naming> names_;
  std::pmr::map<WorknodeId, sync::MoveClaim> moves_;
  std::pmr::map<WorknodeId, bool> counted_;
};

}  // namespace

std::optional<std::uint64_t> name_of(const State& s, WorknodeId worknode) {
  Request request;
  request.worknode = worknode;
  request.property = Property::title;
  request.schema_version = kStoredVersion;
  std::vector<std::int64_t> items;
  const Result<bool> found = s.properties.read(request, s.versions, items);
  if (!found || !*found || items.empty()) return {};
  return static_cast<std::uint64_t>(items.front()) % s.options.unique_names;
}

std::optional<Bytes> section_of(const State& s) {
  Claims claims(s);
  for (const LogEntry& entry : s.log) {
    if (!claims.take(entry)) return {};
  }
  return claims.finish();
}

}  // namespace wn::realm
