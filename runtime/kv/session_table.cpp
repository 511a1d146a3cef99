#include "runtime/kv/session_table.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/kv/hash.h"

namespace wn::kv {
namespace {

std::uint64_t hash_session(const SessionTable::Session& session) {
  std::uint64_t hash = mix(session.id, session.sequence);
  hash = mix(hash, session.last_used.value);
  hash = mix(hash, static_cast<std::uint64_t>(session.reply.status));
  hash = mix(hash, session.reply.session);
  if (!session.reply.value.empty()) hash = hash_bytes(session.reply.value.view(), hash);
  for (const MicroResult& micro : session.reply.micro) {
    hash = hash_bytes(micro.value.view(), mix(hash, micro.found ? 1 : 2));
  }
  return hash;
}

}  // namespace

SessionTable::SessionTable(std::uint32_t sessions_max) : sessions_max_(std::max(1U, sessions_max)) {
  sessions_.emplace_back();
}

SessionTable::Session* SessionTable::find(std::uint64_t id) {
  const std::uint32_t* slot = slot_of_.find(id);
  return slot == nullptr ? nullptr : &sessions_[*slot];
}

void SessionTable::unlink(Session& session) {
  sessions_[session.older].newer = session.newer;
  sessions_[session.newer].older = session.older;
}

void SessionTable::link_newest(std::uint32_t slot) {
  Session& anchor = sessions_[0];
  sessions_[slot].older = anchor.older;
  sessions_[slot].newer = 0;
  sessions_[anchor.older].newer = slot;
  sessions_[0].older = slot;
}

SessionTable::Session& SessionTable::open(std::uint64_t id, LogIndex index) {
  WN_CHECK(!slot_of_.contains(id));
  std::uint32_t slot = 0;
  if (slot_of_.size() < sessions_max_) {
    slot = static_cast<std::uint32_t>(sessions_.size());
    sessions_.emplace_back();
  } else {
    slot = sessions_[0].newer;
    Session& oldest = sessions_[slot];
    content_hash_ -= oldest.hash;
    slot_of_.erase(oldest.id);
    unlink(oldest);
    oldest = Session{};
  }
  Session& session = sessions_[slot];
  session.id = id;
  slot_of_[id] = slot;
  link_newest(slot);
  used(session, index);
  return session;
}

void SessionTable::used(Session& session, LogIndex index) {
  const auto slot = static_cast<std::uint32_t>(&session - sessions_.data());
  content_hash_ -= session.hash;
  session.last_used = index;
  session.hash = hash_session(session);
  content_hash_ += session.hash;
  if (sessions_[0].older == slot) return;
  unlink(session);
  link_newest(slot);
}

}  // namespace wn::kv
