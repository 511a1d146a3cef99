#include "runtime/schema/registry.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/schema/registry_state.h"

namespace wn::schema {
namespace {

std::string name_of(TypeId type, Version version) {
  return "schema of type " + std::to_string(type.value) + " version " + std::to_string(version.value);
}

}  // namespace

std::string_view to_string(ConflictKind kind) {
  static constexpr std::string_view kNames[] = {"none", "two-schemas", "chain-broken", "crowded"};
  return kNames[static_cast<std::size_t>(kind)];
}

Registry::Registry(const Limits& limits, std::pmr::memory_resource* memory)
    : limits_(limits), memory_(memory), entries_(memory), types_(memory), crowded_(memory) {}

bool Registry::before(const Entry& a, const Entry& b) {
  if (a.type != b.type) return a.type < b.type;
  if (a.version != b.version) return a.version < b.version;
  if (a.at != b.at) return a.at < b.at;
  return a.table.digest() < b.table.digest();
}

bool Registry::ascends(const Incoming& a, const Incoming& b) {
  if (a.schema.type != b.schema.type) return a.schema.type < b.schema.type;
  if (a.schema.version != b.schema.version) return a.schema.version < b.schema.version;
  if (a.at != b.at) return a.at < b.at;
  return a.digest < b.digest;
}

const Registry::Entry* Registry::winner(TypeId type, Version version) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), std::pair{type, version},
                                   [](const Entry& e, const std::pair<TypeId, Version>& key) {
                                     return std::pair{e.type, e.version} < key;
                                   });
  return at != entries_.end() && at->type == type && at->version == version ? &*at : nullptr;
}

Result<void> Registry::publish(const Schema& schema, causality::Stamp at, std::vector<std::uint8_t>& delta) {
  if (auto ok = check(schema, limits_); !ok) return ok;
  std::vector<Incoming> one;
  one.push_back({schema, digest_of(schema), at, {}});
  schema::encode(schema, one.front().bytes);
  if (one.front().bytes.size() > kSchemaBytesMax) {
    return fail(Errc::too_large, name_of(schema.type, schema.version) + " takes more than 1 MiB");
  }
  if (const Entry* there = winner(schema.type, schema.version)) {
    if (there->table.digest() != one.front().digest) {
      return fail(Errc::already_exists, name_of(schema.type, schema.version) + " exists with other content");
    }
    one.front().at = there->at;
    encode_delta(one.front(), delta);
    return {};
  }
  if (schema.version != newest(schema.type).next()) {
    return fail(Errc::precondition, name_of(schema.type, schema.version) + " does not follow version " +
                                        std::to_string(newest(schema.type).value));
  }
  std::vector<Schema> versions = chain(schema.type);
  versions.push_back(schema);
  const Comparison comparison = compare_all(versions);
  if (const Change* obstacle = comparison.first_obstacle()) {
    return fail(Errc::precondition, name_of(schema.type, schema.version) + ": " + obstacle->to_string());
  }
  if (auto ok = make_room(one); !ok) return ok;
  encode_delta(one.front(), delta);
  insert(one.front());
  refresh(schema.type);
  return {};
}

// types_max is judged on the whole of what arrives, before any of it is taken.
Result<void> Registry::make_room(std::span<const Incoming> candidates) const {
  std::size_t fresh = 0;
  TypeId last;
  for (const Incoming& incoming : candidates) {  // ascending by type
    if (incoming.schema.type == last) continue;
    last = incoming.schema.type;
    fresh += std::ranges::none_of(types_, [&](const Type& t) { return t.type == last; }) ? 1 : 0;
  }
  if (types_.size() + fresh <= limits_.types_max) return {};
  return fail(Errc::overloaded, "more types than types_max = " + std::to_string(limits_.types_max));
}

Result<bool> Registry::merge(ByteView delta) {
  std::vector<Incoming> candidates;
  std::vector<Crowd> crowds;
  if (auto ok = decode(delta, candidates, crowds); !ok) return std::unexpected(std::move(ok.error()));
  if (auto ok = make_room(candidates); !ok) return std::unexpected(std::move(ok.error()));
  bool news = false;
  for (const Incoming& incoming : candidates) {
    if (!insert(incoming)) continue;
    news = true;
    refresh(incoming.schema.type);
  }
  for (const Crowd& crowd : crowds) news = mark_crowded(crowd) || news;
  return news;
}

Result<bool> Registry::merge(const Registry& other) {
  std::vector<std::uint8_t> bytes;
  other.encode(bytes);
  return merge(ByteView(bytes));
}

// Of one candidate the earliest stamp counts.
bool Registry::insert(const Incoming& incoming) {
  const auto [type, version] = std::pair{incoming.schema.type, incoming.schema.version};
  const auto same = std::ranges::find_if(entries_, [&](const Entry& e) {
    return e.type == type && e.version == version && e.table.digest() == incoming.digest;
  });
  if (same != entries_.end()) {
    if (same->at <= incoming.at) return false;
    entries_.erase(same);
  }
  Entry entry{type, version, incoming.at, Table(incoming.schema, incoming.digest, limits_, memory_),
              std::pmr::vector<std::uint8_t>(incoming.bytes.begin(), incoming.bytes.end(), memory_)};
  entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), entry, before), std::move(entry));
  const bool last_fell = trim(type, version);
  const bool kept = std::ranges::any_of(entries_, [&](const Entry& e) {
    return e.type == type && e.version == version && e.table.digest() == incoming.digest;
  });
  return kept || last_fell;
}

// Keeps the least kCandidatesMax of a version. True when that was not known to be crowded.
bool Registry::trim(TypeId type, Version version) {
  const auto first =
      std::ranges::find_if(entries_, [&](const Entry& e) { return e.type == type && e.version == version; });
  const auto end = std::find_if(first, entries_.end(),
                                [&](const Entry& e) { return e.type != type || e.version != version; });
  if (end - first <= static_cast<std::ptrdiff_t>(kCandidatesMax)) return false;
  entries_.erase(first + kCandidatesMax, end);
  return mark_crowded({type, version});
}

bool Registry::mark_crowded(Crowd crowd) {
  const auto at = std::lower_bound(crowded_.begin(), crowded_.end(), crowd);
  if (at != crowded_.end() && *at == crowd) return false;
  crowded_.insert(at, crowd);
  return true;
}

// Follows the winners of a type as far as they fit each other.
void Registry::refresh(TypeId type) {
  Type state{type, Version{}, {}};
  std::vector<Schema> versions;
  for (Version next{1}; const Entry* entry = winner(type, next); next = next.next()) {
    auto schema = schema::decode(entry->bytes, limits_);
    WN_CHECK(schema.has_value());
    versions.push_back(std::move(*schema));
  }
  // Nearly always all of it holds.
  std::size_t length = versions.size();
  for (bool holds = false; !holds && length != 0;) {
    const Comparison comparison = compare_all(std::span(versions).first(length));
    const Change* obstacle = comparison.first_obstacle();
    holds = obstacle == nullptr;
    if (!holds) {
      state.obstacle = *obstacle;
      --length;
    }
  }
  state.newest = Version{static_cast<std::uint32_t>(length)};
  const auto at = std::lower_bound(types_.begin(), types_.end(), type,
                                   [](const Type& t, TypeId id) { return t.type < id; });
  if (at != types_.end() && at->type == type) {
    *at = state;
  } else {
    types_.insert(at, state);
  }
}

Version Registry::newest(TypeId type) const {
  const auto at = std::lower_bound(types_.begin(), types_.end(), type,
                                   [](const Type& t, TypeId id) { return t.type < id; });
  return at != types_.end() && at->type == type ? at->newest : Version{};
}

const Table* Registry::table(TypeId type, Version version) const {
  const Entry* entry = winner(type, version);
  return entry ? &entry->table : nullptr;
}

Result<Schema> Registry::schema(TypeId type, Version version) const {
  const Entry* entry = winner(type, version);
  if (entry == nullptr) return fail(Errc::not_found, name_of(type, version) + " is not known here");
  return schema::decode(entry->bytes, limits_);
}

std::vector<Schema> Registry::chain(TypeId type) const {
  std::vector<Schema> out;
  const Version last = newest(type);
  for (Version v{1}; v <= last; v = v.next()) {
    auto next = schema(type, v);
    WN_CHECK(next.has_value());
    out.push_back(std::move(*next));
  }
  return out;
}

Result<Schema> Registry::find(const Digest& digest) const {
  for (const Entry& entry : entries_) {
    if (entry.table.digest() == digest) return schema::decode(entry.bytes, limits_);
  }
  return fail(Errc::not_found, "no schema with digest " + digest.to_hex());
}

std::vector<Conflict> Registry::conflicts() const {
  std::vector<Conflict> out;
  for (const Entry& entry : entries_) {
    const Entry* first = winner(entry.type, entry.version);
    if (first == &entry) continue;
    out.push_back({ConflictKind::two_schemas,
                   entry.type,
                   entry.version,
                   first->table.digest(),
                   entry.table.digest(),
                   entry.at,
                   {}});
  }
  for (const Type& type : types_) {
    if (type.obstacle.kind == ChangeKind::none) continue;
    const Version at = type.newest.next();
    out.push_back({ConflictKind::chain_broken,
                   type.type,
                   at,
                   winner(type.type, at)->table.digest(),
                   {},
                   {},
                   type.obstacle});
  }
  for (const Crowd& crowd : crowded_) {
    const Entry* first = winner(crowd.type, crowd.version);
    out.push_back({ConflictKind::crowded,
                   crowd.type,
                   crowd.version,
                   first ? first->table.digest() : Digest{},
                   {},
                   {},
                   {}});
  }
  return out;
}

Digest Registry::digest() const {
  Digest digest;
  digest.absorb(entries_.size());
  for (const Entry& entry : entries_) {
    digest.absorb(std::uint64_t{entry.type.value} << 32 | entry.version.value);
    digest.absorb(entry.at.time.value);
    digest.absorb(entry.at.replica.value);
    digest.absorb(entry.table.digest().low());
    digest.absorb(entry.table.digest().high());
  }
  digest.absorb(crowded_.size());
  for (const Crowd& crowd : crowded_) {
    digest.absorb(std::uint64_t{crowd.type.value} << 32 | crowd.version.value);
  }
  return digest;
}

}  // namespace wn::schema
