#include "runtime/kv/state_machine.h"

#include <cstring>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/kv/contents.h"
#include "runtime/kv/hash.h"

namespace wn::kv {
namespace {

Reply refused(Status status) { return Reply{.status = status, .value = {}, .session = 0, .micro = {}}; }

// `list` with one more element, or an empty Bytes when that would be too large (elements are never empty).
Bytes joined(const Bytes* list, const Bytes& element) {
  if (list == nullptr || list->empty()) return element;
  const std::size_t size = list->size() + 1 + element.size();
  if (size > kValueBytesMax) return {};
  return Bytes::build(size, [&](std::uint8_t* to) {
    std::memcpy(to, list->data(), list->size());
    to[list->size()] = ' ';
    std::memcpy(to + list->size() + 1, element.data(), element.size());
  });
}

Reply get(const KeyTable& keys, const Command& command) {
  Reply reply;
  if (const Bytes* value = keys.find(command.key)) {
    reply.value = *value;
  } else {
    reply.status = Status::not_found;
  }
  return reply;
}

Reply cas(KeyTable& keys, const Command& command) {
  const Bytes* value = keys.find(command.key);
  if (value == nullptr) return refused(Status::not_found);
  if (*value != command.expected) {
    Reply reply = refused(Status::cas_mismatch);
    reply.value = *value;
    return reply;
  }
  keys.put(command.key, command.value);
  return {};
}

Reply append(KeyTable& keys, const Command& command) {
  Bytes list = joined(keys.find(command.key), command.value);
  if (list.empty()) return refused(Status::too_large);
  keys.put(command.key, std::move(list));
  return {};
}

// Computes everything aside, so that a transaction that turns out too large has no effect.
Reply txn(const KeyTable& keys, const Command& command, std::vector<std::pair<Bytes, Bytes>>& writes) {
  Reply reply;
  reply.micro.reserve(command.micro.size());
  std::size_t read_bytes = 0;
  for (const MicroOperation& micro : command.micro) {
    std::pair<Bytes, Bytes>* own = nullptr;
    for (auto& write : writes) {
      if (write.first == micro.key) own = &write;
    }
    const Bytes* seen = own != nullptr ? &own->second : keys.find(micro.key);
    if (!micro.append) {
      read_bytes += seen == nullptr ? 0 : seen->size();
      if (read_bytes > kTxnReadBytesMax) return refused(Status::too_large);
      reply.micro.push_back({.found = seen != nullptr, .value = seen == nullptr ? Bytes{} : *seen});
      continue;
    }
    Bytes list = joined(seen, micro.value);
    if (list.empty()) return refused(Status::too_large);
    if (own != nullptr) {
      own->second = std::move(list);
    } else {
      writes.emplace_back(micro.key, std::move(list));
    }
    reply.micro.push_back({.found = true, .value = {}});
  }
  return reply;
}

Reply execute(KeyTable& keys, const Command& command) {
  if (const Status status = validate(command); status != Status::ok) return refused(status);
  switch (command.kind) {
    case CommandKind::get:
      return get(keys, command);
    case CommandKind::put:
      keys.put(command.key, command.value);
      return {};
    case CommandKind::cas:
      return cas(keys, command);
    case CommandKind::remove:
      return keys.remove(command.key) ? Reply{} : refused(Status::not_found);
    case CommandKind::append:
      return append(keys, command);
    case CommandKind::txn: {
      std::vector<std::pair<Bytes, Bytes>> writes;
      Reply reply = txn(keys, command, writes);
      if (reply.status != Status::ok) return reply;
      for (auto& [key, value] : writes) keys.put(key, std::move(value));
      return reply;
    }
    case CommandKind::open_session:
      break;
  }
  return refused(Status::invalid);
}

Reply apply_in_session(Contents& contents, LogIndex index, const Command& command) {
  SessionTable::Session* session = contents.sessions.find(command.session);
  if (session == nullptr) {
    // The planted bug is the whole mistake of systems that keep the table in memory alone: it is not in the
    // image, and a session that is not known is taken for a new one.
    if (contents.options.defect != Defect::session_dedup_lost_on_restart)
      return refused(Status::session_expired);
    session = &contents.sessions.open(command.session, index);
  }
  if (command.sequence == 0) return refused(Status::invalid);
  if (command.sequence < session->sequence) return refused(Status::stale_sequence);
  // Defect retry_not_idempotent: what is sent again is done again (MongoDB 4.2.6, SERVER-48307).
  if (command.sequence > session->sequence || contents.options.defect == Defect::retry_not_idempotent) {
    session->reply = execute(contents.keys, command);
    session->sequence = command.sequence;
  }
  contents.sessions.used(*session, index);
  return session->reply;
}

}  // namespace

std::uint64_t digest_of(const Contents& contents) {
  std::uint64_t digest = mix(contents.applied.value, contents.keys.content_hash());
  digest = mix(digest, contents.keys.size());
  return mix(mix(digest, contents.sessions.content_hash()), contents.sessions.size());
}

StateMachine::StateMachine(const Options& options) : contents_(std::make_unique<Contents>(options)) {}
StateMachine::~StateMachine() = default;
StateMachine::StateMachine(StateMachine&&) noexcept = default;
StateMachine& StateMachine::operator=(StateMachine&&) noexcept = default;

Reply StateMachine::apply(LogIndex index, const Command& command) {
  skip(index);
  if (command.kind == CommandKind::open_session) {
    contents_->sessions.open(index.value, index);
    return Reply{.status = Status::ok, .value = {}, .session = index.value, .micro = {}};
  }
  if (command.session != 0) return apply_in_session(*contents_, index, command);
  return is_read(command) ? execute(contents_->keys, command) : refused(Status::invalid);
}

void StateMachine::skip(LogIndex index) {
  WN_CHECK_GT(index, contents_->applied);
  contents_->applied = index;
}

Reply StateMachine::read(const Command& command) const {
  if (!is_read(command)) return refused(Status::invalid);
  if (const Status status = validate(command); status != Status::ok) return refused(status);
  // Defect reads_find_nothing, the canary that every sweep must see.
  if (contents_->options.defect == Defect::reads_find_nothing) return get(KeyTable{}, command);
  if (command.kind == CommandKind::get) return get(contents_->keys, command);
  std::vector<std::pair<Bytes, Bytes>> none;
  return txn(contents_->keys, command, none);
}

LogIndex StateMachine::applied() const { return contents_->applied; }
std::uint64_t StateMachine::state_digest() const { return digest_of(*contents_); }
std::size_t StateMachine::keys() const { return contents_->keys.size(); }
std::size_t StateMachine::sessions() const { return contents_->sessions.size(); }

Bytes StateMachine::export_image() const { return encode_image(*contents_); }

Result<void> StateMachine::import_image(ByteView image) {
  auto fresh = std::make_unique<Contents>(contents_->options);
  if (auto decoded = decode_image(image, *fresh); !decoded) return decoded;
  contents_ = std::move(fresh);
  return {};
}

}  // namespace wn::kv
