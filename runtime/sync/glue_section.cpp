// Sections: how they are built, restricted and joined.
#include "runtime/sync/glue_section.h"

#include <algorithm>

#include "runtime/base/digest.h"

namespace wn::sync {

using causality::Dot;

StatePrint fingerprint_of(const PropertyKey& key, std::uint32_t schema_version, const DottedValue& value) {
  StatePrint out;
  for (std::size_t half = 0; half < 2; ++half) {
    Digest digest;
    for (const std::uint64_t word : {std::uint64_t{half}, key.worknode.high, key.worknode.low,
                                     std::uint64_t{key.property} << 32 | schema_version,
                                     std::uint64_t{value.dot.replica.value}, value.dot.counter, value.value})
      digest.absorb(word);
    out.lane[2 * half] = digest.low();
    out.lane[2 * half + 1] = digest.high();
  }
  return out;
}

Section::Section(std::pmr::memory_resource* memory)
    : context(memory),
      keys(memory),
      states(memory),
      values(memory),
      names(memory),
      counters(memory),
      moves(memory),
      revocations(memory),
      uses(memory) {}

Cover::Cover(std::pmr::memory_resource* memory)
    : sections(memory), clocks(memory), lenses(memory), twists(memory) {}

Errc Section::add(const PropertyKey& key, std::uint32_t schema_version, std::span<const DottedValue> dotted) {
  if (keys.size() == kSectionPropertiesMax || dotted.size() > kDotsPerPropertyMax) return Errc::too_large;
  if (!keys.empty() && !(keys.back() < key)) return Errc::invalid_argument;
  PropertyState state;
  state.schema_version = schema_version;
  state.first = static_cast<std::uint32_t>(values.size());
  state.count = static_cast<std::uint32_t>(dotted.size());
  for (std::size_t i = 0; i < dotted.size(); ++i) {
    if (!dotted[i].dot || (i > 0 && !(dotted[i - 1].dot < dotted[i].dot))) return Errc::invalid_argument;
    state.fingerprint += fingerprint_of(key, schema_version, dotted[i]);
  }
  keys.push_back(key);
  states.push_back(state);
  values.insert(values.end(), dotted.begin(), dotted.end());
  return Errc::ok;
}

std::span<const DottedValue> Section::values_of(std::size_t property) const {
  const PropertyState& state = states[property];
  return std::span(values).subspan(state.first, state.count);
}

bool Section::knows(Dot dot) const {
  const auto at = std::ranges::lower_bound(context, dot.replica, {}, &Dot::replica);
  return at != context.end() && at->replica == dot.replica && dot.counter <= at->counter;
}

StatePrint Section::fingerprint() const {
  StatePrint sum;
  for (const PropertyState& state : states) sum += state.fingerprint;
  return sum;
}

namespace {

template <class Claims>
bool settle_one(Claims& claims) {
  std::ranges::sort(claims);
  const auto [first, last] = std::ranges::unique(claims);
  claims.erase(first, last);
  return claims.size() <= kSectionClaimsMax;
}

template <class Claims>
void append(Claims& out, const Claims& more) {
  out.insert(out.end(), more.begin(), more.end());
}

// The greater counters of both, ascending by replica.
void join_contexts(const Section& a, const Section& b, std::pmr::vector<Dot>& out) {
  append(out, a.context);
  append(out, b.context);
  std::ranges::sort(out);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i + 1 < out.size() && out[i + 1].replica == out[i].replica) continue;
    out[kept++] = out[i];
  }
  out.resize(kept);
}

// In both, or in one and not known to be overwritten by the other. False: one dot, two values.
bool join_values(const Section& a, std::span<const DottedValue> in_a, const Section& b,
                 std::span<const DottedValue> in_b, std::pmr::vector<DottedValue>& out) {
  out.clear();
  std::size_t i = 0, j = 0;
  while (i < in_a.size() || j < in_b.size()) {
    const bool only_a = j == in_b.size() || (i < in_a.size() && in_a[i].dot < in_b[j].dot);
    const bool only_b = i == in_a.size() || (j < in_b.size() && in_b[j].dot < in_a[i].dot);
    if (only_a) {
      if (!b.knows(in_a[i].dot)) out.push_back(in_a[i]);
      ++i;
    } else if (only_b) {
      if (!a.knows(in_b[j].dot)) out.push_back(in_b[j]);
      ++j;
    } else {
      if (in_a[i].value != in_b[j].value) return false;
      out.push_back(in_a[i]);
      ++i;
      ++j;
    }
  }
  return true;
}

}  // namespace

Errc Section::settle() {
  bool fits = settle_one(names);  // each is put in order, also when one before does not fit
  fits = settle_one(counters) && fits;
  fits = settle_one(moves) && fits;
  fits = settle_one(revocations) && fits;
  fits = settle_one(uses) && fits;
  return fits && context.size() <= kContextReplicasMax ? Errc::ok : Errc::too_large;
}

Section restricted(const Section& section, std::span<const PropertyKey> keys) {
  Section out(section.keys.get_allocator().resource());
  out.node = section.node;
  out.context = section.context;
  out.names = section.names;
  out.counters = section.counters;
  out.moves = section.moves;
  out.revocations = section.revocations;
  out.uses = section.uses;
  std::size_t at = 0;
  for (const PropertyKey& key : keys) {
    while (at < section.keys.size() && section.keys[at] < key) ++at;
    if (at == section.keys.size()) break;
    if (section.keys[at] == key)
      static_cast<void>(out.add(key, section.states[at].schema_version, section.values_of(at)));
  }
  return out;
}

Result<Section> joined(const Section& a, const Section& b) {
  std::pmr::memory_resource* memory = a.keys.get_allocator().resource();
  Section out(memory);
  out.node = a.node;
  join_contexts(a, b, out.context);
  std::pmr::vector<DottedValue> both(memory);
  std::size_t i = 0, j = 0;
  while (i < a.keys.size() || j < b.keys.size()) {
    const bool has_a = i < a.keys.size() && (j == b.keys.size() || a.keys[i] <= b.keys[j]);
    const bool has_b = j < b.keys.size() && (i == a.keys.size() || b.keys[j] <= a.keys[i]);
    const PropertyKey& key = has_a ? a.keys[i] : b.keys[j];
    const std::uint32_t version = has_a ? a.states[i].schema_version : b.states[j].schema_version;
    if (has_a && has_b && version != b.states[j].schema_version)
      return fail(Errc::invalid_argument, "a property in two versions of its schema");
    if (has_a && has_b) {
      if (!join_values(a, a.values_of(i), b, b.values_of(j), both))
        return fail(Errc::invalid_argument, "one dot, two values");
    } else {
      // What does not show a property says nothing of what was overwritten in it.
      const auto only = has_a ? a.values_of(i) : b.values_of(j);
      both.assign(only.begin(), only.end());
    }
    if (const Errc e = out.add(key, version, both); e != Errc::ok) return fail(e, "join beyond a limit");
    i += has_a ? 1 : 0;
    j += has_b ? 1 : 0;
  }
  append(out.names, a.names);
  append(out.names, b.names);
  append(out.counters, a.counters);
  append(out.counters, b.counters);
  append(out.moves, a.moves);
  append(out.moves, b.moves);
  append(out.revocations, a.revocations);
  append(out.revocations, b.revocations);
  append(out.uses, a.uses);
  append(out.uses, b.uses);
  if (const Errc e = out.settle(); e != Errc::ok) return fail(e, "join beyond a limit");
  return out;
}

}  // namespace wn::sync
