#include "scenarios/exhaustive/raft_codec.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"

namespace wn::exhaustive {

namespace {

using raft::Entry;
using raft::EntryKind;
using raft::Message;
using raft::Progress;
using raft::ProgressState;
using raft::Role;
using raft::State;

class Writer {
 public:
  explicit Writer(const Renaming& names) : names_(names) { out_.reserve(96); }
  void number(std::uint64_t value) {
    WN_CHECK_LT(value, 256U);
    out_.push_back(static_cast<char>(value));
  }
  void node(NodeId id) { number(names_[id.value]); }
  void nodes(const raft::MemberList& list) {
    std::uint64_t mask = 0;
    for (NodeId id : list) mask |= std::uint64_t{1} << names_[id.value];
    number(mask);
  }
  void text(const std::string& text) {
    number(text.size());
    out_ += text;
  }
  std::uint8_t name(NodeId id) const { return names_[id.value]; }
  std::string take() { return std::move(out_); }

 private:
  const Renaming& names_;
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  std::uint8_t number() {
    WN_CHECK(!left_.empty());
    const auto value = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return value;
  }
  NodeId node() { return NodeId{number()}; }
  raft::MemberList nodes() {
    const std::uint8_t mask = number();
    raft::MemberList out;
    for (std::uint32_t id = 1; id <= kRaftNodesMax; ++id) {
      if ((mask >> id & 1) != 0) out.push_back(NodeId{id});
    }
    return out;
  }
  bool done() const { return left_.empty(); }

 private:
  std::string_view left_;
};

std::uint8_t command_of(const Entry& entry) {
  if (entry.kind == EntryKind::noop) return 0;
  WN_CHECK(entry.kind == EntryKind::command && entry.data.size() == 1);
  return entry.data.data()[0];
}

void write_progress(Writer& to, const Progress& p, bool reads) {
  to.node(p.id);
  to.number(static_cast<std::uint64_t>(p.state) | (p.probe_sent ? 4U : 0U) | (p.poke ? 8U : 0U));
  to.number(p.match.value);
  to.number(p.next.value);
  to.number(reads ? p.acked_round : 0);
  to.number(p.poke_round);
  to.number(p.window.size());
  for (std::size_t i = 0; i < p.window.size(); ++i) to.number(p.window.at(i).value);
}

void read_progress(Reader& from, State& s) {
  const NodeId id = from.node();
  Progress& p = s.progress.emplace_back(id, LogIndex{1}, s.options.inflight_messages_max);
  const std::uint8_t flags = from.number();
  p.state = static_cast<ProgressState>(flags & 3U);
  p.probe_sent = (flags & 4U) != 0;
  p.poke = (flags & 8U) != 0;
  p.match = LogIndex{from.number()};
  p.next = LogIndex{from.number()};
  p.acked_round = from.number();
  p.poke_round = from.number();
  for (std::uint8_t left = from.number(); left > 0; --left) p.window.add(LogIndex{from.number()});
}

void write_leader(Writer& to, const State& s, bool reads) {
  WN_CHECK(s.change.phase == raft::ChangePhase::none && !s.transfer.active && !s.departing);
  to.number(s.term_start.value);
  to.number(s.round);
  to.number(reads ? s.confirmed_round : 0);
  to.number(s.count_replicas ? 1 : 0);
  // They matter to the two planted bugs that are late with the no-op.
  to.number(s.options.defect == Defect::commit_of_older_term ? s.lazily_sent.value : 0);
  std::array<const Progress*, kRaftNodesMax> order{};
  for (std::size_t i = 0; i < s.progress.size(); ++i) order[i] = &s.progress[i];
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(s.progress.size());
  std::sort(order.begin(), end,
            [&](const Progress* a, const Progress* b) { return to.name(a->id) < to.name(b->id); });
  to.number(s.progress.size());
  for (auto at = order.begin(); at != end; ++at) write_progress(to, **at, reads);
  to.number(s.reads.size());
  for (const raft::PendingRead& read : s.reads) {
    to.number(read.context);
    to.number(read.index.value);
    to.number(read.round);
  }
}

void read_leader(Reader& from, State& s) {
  s.term_start = LogIndex{from.number()};
  s.round = from.number();
  s.confirmed_round = from.number();
  s.count_replicas = from.number() != 0;
  s.lazily_sent = LogIndex{from.number()};
  for (std::uint8_t left = from.number(); left > 0; --left) read_progress(from, s);
  for (std::uint8_t left = from.number(); left > 0; --left) {
    raft::PendingRead& read = s.reads.emplace_back();
    read.context = from.number();
    read.index = LogIndex{from.number()};
    read.round = from.number();
  }
}

}  // namespace

std::vector<Renaming> renamings(std::uint32_t nodes, bool symmetry) {
  std::vector<Renaming> out = {kSameNames};
  Renaming names = kSameNames;
  const auto first = names.begin() + 1;
  while (symmetry && std::next_permutation(first, first + nodes)) out.push_back(names);
  return out;
}

std::string encode_entries(std::span<const Entry> entries) {
  std::string out;
  for (const Entry& entry : entries) {
    out.push_back(static_cast<char>(entry.term.value));
    out.push_back(static_cast<char>(command_of(entry)));
  }
  return out;
}

std::string encode_log(const raft::Log& log) {
  return encode_entries(log.span(log.first_index(), log.last_index()));
}

Entry make_entry(std::uint64_t index, std::uint8_t term, std::uint8_t command) {
  Entry entry;
  entry.term = Term{term};
  entry.index = LogIndex{index};
  if (command == 0) {
    entry.kind = EntryKind::noop;
  } else {
    entry.data = Bytes::copy_of(ByteView(&command, 1));
  }
  entry.checksum = crc32c(entry.data.view());
  return entry;
}

std::string encode_core(const State& s, const raft::HardState& disk, const Renaming& names, bool reads) {
  WN_CHECK(s.snapshot.index.value == 0 && s.configurations.size() == 1 && !s.incoming.active);
  WN_CHECK(s.handed_over == s.commit && s.durable_ticket == s.issued_ticket && s.marks.empty());
  Writer to(names);
  to.node(s.options.id);
  to.number(static_cast<std::uint64_t>(s.role) | (s.self_vote_pending ? 4U : 0U));
  to.number(s.term.value);
  to.node(s.voted_for);
  to.node(s.leader);
  to.number(s.commit.value);
  to.number(s.matched.value);
  // A new candidacy begins by clearing them.
  const bool counts_votes = s.role == Role::candidate || s.role == Role::pre_candidate;
  to.nodes(counts_votes ? s.granted : raft::MemberList{});
  to.nodes(counts_votes ? s.rejected : raft::MemberList{});
  to.number(s.hard_state_handed_over.term.value);
  to.node(s.hard_state_handed_over.voted_for);
  to.number(disk.term.value);
  to.node(disk.voted_for);
  to.text(encode_log(s.log));
  if (s.role == Role::leader) write_leader(to, s, reads);
  return to.take();
}

void decode_core(std::string_view bytes, State& s, raft::HardState& disk) {
  Reader from(bytes);
  WN_CHECK(from.node() == s.options.id);
  const std::uint8_t flags = from.number();
  s.role = static_cast<Role>(flags & 3U);
  s.self_vote_pending = (flags & 4U) != 0;
  s.term = Term{from.number()};
  s.voted_for = from.node();
  s.leader = from.node();
  s.commit = s.handed_over = LogIndex{from.number()};
  s.matched = LogIndex{from.number()};
  s.granted = from.nodes();
  s.rejected = from.nodes();
  s.hard_state_handed_over.term = Term{from.number()};
  s.hard_state_handed_over.voted_for = from.node();
  disk.term = Term{from.number()};
  disk.voted_for = from.node();
  s.log.reset(LogIndex{}, Term{});
  const std::uint8_t pairs = from.number() / 2;
  for (std::uint8_t i = 1; i <= pairs; ++i) {
    const std::uint8_t term = from.number();
    s.log.append(make_entry(i, term, from.number()));
  }
  s.durable_index = s.log.last_index();
  s.step_began = true;
  // Only a leader looks at it, and it counts again at no harm.
  s.count_replicas = true;
  s.progress.clear();
  s.reads.clear();
  if (s.role == Role::leader) read_leader(from, s);
  WN_CHECK(from.done());
}

std::string encode_message(const Message& m, const Renaming& names, bool reads) {
  const bool beats = m.type == raft::MessageType::heartbeat || m.type == raft::MessageType::heartbeat_reply;
  Writer to(names);
  to.number(static_cast<std::uint64_t>(m.type));
  to.node(m.from);
  to.node(m.to);
  to.number(m.term.value);
  to.number(m.log_index.value);
  to.number(m.log_term.value);
  to.number(m.commit.value);
  to.number((m.reject ? 1U : 0U) | (m.leadership_transfer ? 2U : 0U));
  to.number(reads || beats ? m.round : 0);
  to.text(encode_entries(m.entries));
  return to.take();
}

Message decode_message(std::string_view bytes, std::vector<Entry>& entries) {
  Reader from(bytes);
  Message m;
  m.type = static_cast<raft::MessageType>(from.number());
  m.from = from.node();
  m.to = from.node();
  m.term = Term{from.number()};
  m.log_index = LogIndex{from.number()};
  m.log_term = Term{from.number()};
  m.commit = LogIndex{from.number()};
  const std::uint8_t flags = from.number();
  m.reject = (flags & 1U) != 0;
  m.leadership_transfer = (flags & 2U) != 0;
  m.round = from.number();
  entries.clear();
  const std::uint8_t pairs = from.number() / 2;
  for (std::uint8_t i = 1; i <= pairs; ++i) {
    const std::uint8_t term = from.number();
    entries.push_back(make_entry(m.log_index.value + i, term, from.number()));
  }
  m.entries = entries;
  return m;
}

}  // namespace wn::exhaustive
