#include "scenarios/exhaustive/raft_tables.h"

#include "runtime/base/check.h"
#include "runtime/base/digest.h"

namespace wn::exhaustive {

namespace {

constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
constexpr std::uint32_t kMessagesMax = 1U << 19;  // the room that an action has for its argument

Sum sum_of(const Digest& digest) { return Sum{digest.low(), digest.high()}; }

// The bytes of a core under other names, by way of the core itself.
std::string renamed_core(std::string_view bytes, const RaftScope& scope, const Renaming& names) {
  raft::Options options;
  options.id = NodeId{static_cast<std::uint8_t>(bytes[0])};
  raft::State state(options, 0);
  raft::Configuration all;
  for (std::uint32_t n = 1; n <= scope.nodes; ++n) all.voters.push_back(NodeId{n});
  state.configurations.push_back({LogIndex{}, all});
  state.options.inflight_messages_max = 16;
  state.options.defect = Defect::commit_of_older_term;  // keeps the field that this one needs
  raft::HardState disk;
  decode_core(bytes, state, disk);
  return encode_core(state, disk, names, scope.reads != 0);
}

std::string renamed_message(std::string_view bytes, const RaftScope& scope, const Renaming& names) {
  std::vector<raft::Entry> entries;
  return encode_message(decode_message(bytes, entries), names, scope.reads != 0);
}

}  // namespace

Sum hash_of(std::string_view bytes) {
  Digest digest;
  digest.absorb(as_bytes(bytes));
  return sum_of(digest);
}

Sum hash_of(std::uint64_t a, std::uint64_t b) {
  Digest digest;
  digest.absorb(a);
  digest.absorb(b);
  return sum_of(digest);
}

void Memory::add(std::uint64_t key, std::uint32_t value) {
  if (2 * ++count_ > slots_.size()) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key == kEmpty) continue;
      std::size_t at = place(slot.key);
      while (slots_[at].key != kEmpty) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }
  std::size_t at = place(key);
  while (slots_[at].key != kEmpty) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {key, value};
}

RaftTables::RaftTables(const RaftScope& scope)
    : scope_(scope),
      names_(exhaustive::renamings(scope.nodes, scope.symmetry)),
      cores_(names_.size()),
      messages_(names_.size()) {
  WN_CHECK(scope.nodes >= 1 && scope.nodes <= kRaftNodesMax && scope.terms <= kRaftTermsMax);
  for (std::uint32_t n = 1; n <= scope.nodes; ++n) nodes_.emplace_back(scope, NodeId{n});
}

std::uint32_t RaftTables::newborn(std::uint32_t node) { return number_core(nodes_[node].newborn()); }

const Outcome& RaftTables::learn(std::uint64_t key, std::uint32_t node, std::uint32_t core, Deed deed,
                                 std::uint32_t argument) {
  const bool delivers = deed == Deed::deliver;
  const Stepped stepped =
      nodes_[node].step(cores_[core], deed, delivers ? 0 : static_cast<std::uint8_t>(argument),
                        delivers ? std::string_view(messages_[argument]) : std::string_view());
  Outcome out;
  out.core = number_core(stepped.core);
  out.leads_now =
      core_facts_[out.core].role == raft::Role::leader && core_facts_[core].role != raft::Role::leader;
  out.log_moved = core_facts_[out.core].log != core_facts_[core].log;
  for (const std::string& message : stepped.sent) out.sent.push_back(number_message(message));
  out.committed = encode_entries(stepped.committed);
  if (!stepped.committed.empty()) out.committed_from = stepped.committed.front().index.value;
  out.reads = stepped.reads;
  out.persists = stepped.persists;
  out.broken = stepped.broken;
  memory_.add(key, static_cast<std::uint32_t>(outcomes_.size()));
  outcomes_.push_back(std::move(out));
  return outcomes_.back();
}

std::uint32_t RaftTables::number_core(const std::string& bytes) {
  return cores_.number(bytes, [&](const std::string& core, Sum* to) {
    for (const Renaming& names : names_) *to++ = hash_of(renamed_core(core, scope_, names));
    CoreFacts& facts = core_facts_.emplace_back();
    facts.role = static_cast<raft::Role>(core[1] & 3);
    facts.term = static_cast<std::uint8_t>(core[2]);
    facts.voted_for = static_cast<std::uint8_t>(core[3]);
    facts.leader = static_cast<std::uint8_t>(core[4]);
    facts.commit = static_cast<std::uint8_t>(core[5]);
    facts.matched = static_cast<std::uint8_t>(core[6]);
    facts.counted = static_cast<std::uint8_t>(core[7] | core[8]);
    constexpr std::size_t kLog = 13;
    const auto log_bytes = static_cast<std::uint8_t>(core[kLog]);
    facts.log = core.substr(kLog + 1, log_bytes);
    if (facts.role == raft::Role::leader)
      facts.round = static_cast<std::uint8_t>(core[kLog + 1 + log_bytes + 1]);
  });
}

std::uint32_t RaftTables::number_message(const std::string& bytes) {
  const std::uint32_t number = messages_.number(bytes, [&](const std::string& message, Sum* to) {
    for (const Renaming& names : names_) *to++ = hash_of(renamed_message(message, scope_, names));
    message_facts_.push_back({.from = static_cast<std::uint8_t>(message[1] - 1),
                              .to = static_cast<std::uint8_t>(message[2] - 1),
                              .type = static_cast<raft::MessageType>(message[0]),
                              .term = static_cast<std::uint8_t>(message[3]),
                              .last = static_cast<std::uint8_t>(message[4] + message[9] / 2),
                              .commit = static_cast<std::uint8_t>(message[6])});
  });
  WN_CHECK_LT(number, kMessagesMax);
  return number;
}

std::uint32_t RaftTables::renamed(std::uint32_t message, std::size_t r) {
  if (r == 0) return message;
  const std::size_t at = message * names_.size() + r;
  if (at >= renamed_.size()) renamed_.resize((messages_.size() + 64) * names_.size(), kUnknown);
  if (renamed_[at] == kUnknown) {
    // By way of a copy: a new number moves the table.
    const std::uint32_t other = number_message(renamed_message(messages_[message], scope_, names_[r]));
    renamed_[at] = other;
  }
  return renamed_[at];
}

std::size_t RaftTables::bytes() const {
  return cores_.bytes() + messages_.bytes() + core_facts_.size() * sizeof(CoreFacts) +
         outcomes_.size() * (sizeof(Outcome) + 32) + memory_.bytes();
}

}  // namespace wn::exhaustive
