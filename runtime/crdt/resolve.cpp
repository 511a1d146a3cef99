// From a caller's path to slots.
//
// Planted bug `child_lost_on_concurrent_creation` (what Yjs, Automerge and Loro before its mergeable
// containers do): the identity of a container includes the dot that created it, appended to its key. Two
// replicas that create one child at once then have two; a reader sees the one with the greater dot, and what
// was written into the other is lost to it.
#include "runtime/base/check.h"
#include "runtime/crdt/slot.h"

namespace wn::crdt {

namespace {

constexpr std::size_t kBornBytes = 12;

bool identity_has_dot(const Options& options, Type type) {
  return options.defect == Defect::child_lost_on_concurrent_creation && !is_register(type) &&
         type != Type::member;
}

}  // namespace

std::string_view Store::name_of(const Slot& s) const {
  std::string_view name = s.key.view().string();
  if (identity_has_dot(options(), s.type)) {
    WN_CHECK_GE(name.size(), kBornBytes);
    name.remove_suffix(kBornBytes);
  }
  return name;
}

std::uint32_t Store::find_child(std::uint32_t parent, const Step& step) const {
  if (!identity_has_dot(options(), step.type)) return find(parent, step.type, Value::of(step.key));
  std::uint32_t best = 0;
  for (std::uint32_t id = first_child(parent); id != 0; id = slot(id).next) {
    const Slot& s = slot(id);
    if (s.type != step.type || name_of(s) != step.key) continue;
    if (best == 0 || slot(best).key.view() < s.key.view()) best = id;
  }
  return best;
}

std::uint32_t Store::make_child(std::uint32_t parent, const Step& step, Dot dot) {
  if (!identity_has_dot(options(), step.type)) return make(parent, step.type, Value::of(step.key));
  if (const std::uint32_t found = find_child(parent, step); found != 0) return found;
  std::string key(step.key);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(dot.counter >> shift));
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(dot.replica.value >> shift));
  return make(parent, step.type, Value::of(key));
}

std::uint32_t Store::resolve(Path path) const {
  std::uint32_t id = 0;
  for (const Step& step : path) {
    id = find_child(id, step);
    if (id == 0) return 0;
  }
  return id;
}

std::uint32_t Store::make_path(Path path, Dot dot) {
  std::uint32_t id = 0;
  for (const Step& step : path) id = make_child(id, step, dot);
  return id;
}

}  // namespace wn::crdt
