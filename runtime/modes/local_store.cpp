#include "runtime/modes/local_store.h"

#include <algorithm>
#include <array>

#include "runtime/base/proto_flat.h"
#include "runtime/base/proto_wire.h"

namespace wn::modes {
namespace {

constexpr std::uint64_t kImageVersion = 1;
constexpr std::uint64_t kU32Max = ~std::uint32_t{0};

Bytes encode(const LocalOperation& operation) {
  constexpr std::size_t kFields = 7;
  std::array<std::uint8_t, kFields * kProtoFieldMax> room;
  ProtoFlat out(room);
  out.varint(1, operation.client.value);
  out.varint(2, operation.number);
  out.varint(3, static_cast<std::uint64_t>(operation.function));
  out.fixed64(4, operation.worknode.high);
  out.fixed64(5, operation.worknode.low);
  out.varint(6, operation.property);
  out.fixed64(7, static_cast<std::uint64_t>(operation.value));
  return Bytes::copy_of(out.view());
}

Errc decode(ByteView bytes, LocalOperation& out) {
  ProtoReader in(bytes);
  std::uint64_t client = 0, function = 0, property = 0, value = 0;
  if (!in.varint(1, client) || !in.varint(2, out.number) || !in.varint(3, function) ||
      !in.fixed64(4, out.worknode.high) || !in.fixed64(5, out.worknode.low) || !in.varint(6, property) ||
      !in.fixed64(7, value) || !in.done()) {
    return Errc::corrupt;
  }
  const auto put = static_cast<std::uint64_t>(LocalFunction::put);
  const auto add = static_cast<std::uint64_t>(LocalFunction::add);
  if (client > kU32Max || property > kU32Max || (function != put && function != add)) return Errc::corrupt;
  out.client = NodeId{static_cast<std::uint32_t>(client)};
  out.function = static_cast<LocalFunction>(function);
  out.property = static_cast<std::uint32_t>(property);
  out.value = static_cast<std::int64_t>(value);
  return Errc::ok;
}

}  // namespace

LocalStore::LocalStore(const LocalOptions& options, std::pmr::memory_resource* memory)
    : options_(options), entries_(memory), last_(memory) {}

bool LocalStore::took(NodeId client, std::uint64_t number) const {
  const auto last = last_.find(client);
  return last != last_.end() && last->second == number;
}

LocalAnswer LocalStore::execute(const LocalOperation& operation, std::vector<Bytes>& journal) {
  if (operation.function == LocalFunction::get) {
    const auto at = entries_.find({operation.worknode, operation.property});
    if (at == entries_.end()) return {};
    return {.error = Errc::ok, .found = true, .value = at->second};
  }
  const auto last = last_.find(operation.client);
  if (last != last_.end() && operation.number <= last->second) {
    return {.error = operation.number == last->second ? Errc::ok : Errc::precondition};
  }
  const Errc e = change(operation);
  if (e == Errc::ok) journal.push_back(encode(operation));
  return {.error = e};
}

Errc LocalStore::change(const LocalOperation& operation) {
  const Key key{operation.worknode, operation.property};
  const auto at = entries_.lower_bound(key);
  const bool found = at != entries_.end() && at->first == key;
  if (!found && entries_.size() >= options_.entries_max) return Errc::overloaded;
  auto last = last_.lower_bound(operation.client);
  const bool known = last != last_.end() && last->first == operation.client;
  if (!known && operation.number <= forgotten_) return Errc::timed_out;
  std::int64_t value = operation.value;
  if (operation.function == LocalFunction::add) {
    const std::int64_t before = found ? at->second : 0;
    if (__builtin_add_overflow(before, operation.value, &value)) return Errc::precondition;
  } else if (operation.function != LocalFunction::put) {
    return Errc::unsupported;
  }
  if (!known && last_.size() >= options_.clients_max) {
    if (const Errc e = make_room(operation.number); e != Errc::ok) return e;
    last = last_.lower_bound(operation.client);
  }
  // Found once: each place is a walk through a tree.
  if (found) {
    at->second = value;
  } else {
    entries_.emplace_hint(at, key, value);
  }
  if (known) {
    last->second = operation.number;
  } else {
    last_.emplace_hint(last, operation.client, operation.number);
  }
  return Errc::ok;
}

// For a client whose first change has this number: the one with the lowest is forgotten.
Errc LocalStore::make_room(std::uint64_t number) {
  const auto lowest = std::ranges::min_element(last_, {}, [](const auto& client) { return client.second; });
  if (lowest == last_.end() || lowest->second >= number) return Errc::overloaded;
  forgotten_ = std::max(forgotten_, lowest->second);
  last_.erase(lowest);
  return Errc::ok;
}

Errc LocalStore::replay(ByteView record) {
  LocalOperation operation;
  if (const Errc e = decode(record, operation); e != Errc::ok) return e;
  // Each record stands for a step that was taken: it has to be possible again.
  const auto last = last_.find(operation.client);
  if (last != last_.end() && operation.number <= last->second) return Errc::corrupt;
  return change(operation);
}

Bytes LocalStore::image() const {
  std::vector<std::uint8_t> bytes;
  ProtoWriter out(bytes);
  out.varint(1, kImageVersion);
  out.varint(2, entries_.size());
  for (const auto& [key, value] : entries_) {
    out.fixed64(3, key.worknode.high);
    out.fixed64(4, key.worknode.low);
    out.varint(5, key.property);
    out.fixed64(6, static_cast<std::uint64_t>(value));
  }
  out.varint(7, last_.size());
  for (const auto& [client, number] : last_) {
    out.varint(8, client.value);
    out.varint(9, number);
  }
  if (forgotten_ != 0) out.varint(10, forgotten_);
  return Bytes::copy_of(ByteView(bytes));
}

Errc LocalStore::restore_image(ByteView image) {
  ProtoReader in(image);
  std::uint64_t version = 0, entries = 0, clients = 0;
  decltype(entries_) read_entries(entries_.get_allocator());
  decltype(last_) read_last(last_.get_allocator());
  if (!in.varint(1, version) || version != kImageVersion || !in.varint(2, entries)) return Errc::corrupt;
  if (entries > options_.entries_max) return Errc::too_large;
  for (std::uint64_t i = 0; i < entries; ++i) {
    Key key;
    std::uint64_t property = 0, value = 0;
    if (!in.fixed64(3, key.worknode.high) || !in.fixed64(4, key.worknode.low) || !in.varint(5, property) ||
        property > kU32Max || !in.fixed64(6, value)) {
      return Errc::corrupt;
    }
    key.property = static_cast<std::uint32_t>(property);
    if (!read_entries.empty() && !(read_entries.rbegin()->first < key)) return Errc::corrupt;
    read_entries.emplace_hint(read_entries.end(), key, static_cast<std::int64_t>(value));
  }
  if (!in.varint(7, clients)) return Errc::corrupt;
  if (clients > options_.clients_max) return Errc::too_large;
  for (std::uint64_t i = 0; i < clients; ++i) {
    std::uint64_t client = 0, number = 0;
    if (!in.varint(8, client) || client > kU32Max || !in.varint(9, number)) return Errc::corrupt;
    const NodeId id{static_cast<std::uint32_t>(client)};
    if (!read_last.empty() && !(read_last.rbegin()->first < id)) return Errc::corrupt;
    read_last.emplace_hint(read_last.end(), id, number);
  }
  std::uint64_t forgotten = 0;
  if (!in.done() && (!in.varint(10, forgotten) || forgotten == 0 || !in.done())) return Errc::corrupt;
  entries_.swap(read_entries);
  last_.swap(read_last);
  forgotten_ = forgotten;
  return Errc::ok;
}

}  // namespace wn::modes
