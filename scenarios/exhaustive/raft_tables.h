#pragma once
// What an exhaustive search of Raft has met, numbered: encoded cores, encoded messages, and what each deed
// does to each core. A core is a pure value, so the real one is stepped once for each pair of (core, deed),
// however many states of the cluster contain the pair; the rest of the search is arithmetic on these numbers.
// Source of the idea: Guerraoui & Yabandeh, "Model Checking a Networked System Without the Network" (NSDI
// 2011).
#include <map>
#include <string>
#include <vector>

#include "scenarios/exhaustive/raft_node.h"
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

// Hashes of parts add up, half by half, to the hash of the whole: order is no matter, and a step changes few
// parts.
using Sum [[gnu::vector_size(16)]] = std::uint64_t;

Sum hash_of(std::string_view bytes);
Sum hash_of(std::uint64_t a, std::uint64_t b);

// Byte strings by number, in order of first sight, with a hash for each renaming.
class Numbered {
 public:
  explicit Numbered(std::size_t renamings) : renamings_(renamings) {}
  // The number; `hashes(bytes, to)` is called for new ones.
  template <class Hashes>
  std::uint32_t number(const std::string& bytes, Hashes&& hashes) {
    const auto [at, is_new] = numbers_.try_emplace(bytes, static_cast<std::uint32_t>(items_.size()));
    if (is_new) {
      items_.push_back(&at->first);
      hashes_.resize(hashes_.size() + renamings_);
      hashes(at->first, hashes_.data() + hashes_.size() - renamings_);
    }
    return at->second;
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }
  const std::string& operator[](std::uint32_t number) const { return *items_[number]; }
  const Sum* hashes(std::uint32_t number) const { return hashes_.data() + number * renamings_; }
  std::size_t bytes() const { return items_.size() * (160 + renamings_ * sizeof(Sum)); }

 private:
  std::size_t renamings_;
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> items_;
  std::vector<Sum> hashes_;
};

struct CoreFacts {
  raft::Role role = raft::Role::follower;
  std::uint8_t term = 0;
  std::uint8_t round = 0;
  std::uint8_t voted_for = 0;  // from 1; 0 is nobody
  std::uint8_t leader = 0;     // likewise
  std::uint8_t commit = 0;
  std::uint8_t matched = 0;
  std::uint8_t counted = 0;  // who has answered this candidate: a bit for each number from 1
  std::string log;           // encode_log
};

struct MessageFacts {
  std::uint8_t from = 0;  // from 0
  std::uint8_t to = 0;
  raft::MessageType type{};
  std::uint8_t term = 0;
  std::uint8_t last = 0;  // of an append: the index of its last entry, or of the one before it
  std::uint8_t commit = 0;
};

struct Outcome {
  std::uint32_t core = 0;
  bool leads_now = false;
  bool log_moved = false;
  std::vector<std::uint32_t> sent;   // in order, possibly with repetitions
  std::string committed;             // encode_entries
  std::uint64_t committed_from = 0;  // its first index
  std::vector<raft::ReadReady> reads;
  std::uint32_t persists = 0;
  const char* broken = nullptr;
};

// (core, deed with its argument) -> number of its outcome: one open-addressing table.
class Memory {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  Memory() : slots_(std::size_t{1} << 12) {}
  std::uint32_t find(std::uint64_t key) const {
    for (std::size_t at = place(key);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].key == key) return slots_[at].value;
      if (slots_[at].key == kEmpty) return kNone;
    }
  }
  void add(std::uint64_t key, std::uint32_t value);
  std::size_t bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kEmpty;
    std::uint32_t value = 0;
  };
  std::size_t place(std::uint64_t key) const {
    return (key * 0x9E3779B97F4A7C15ULL >> 20) & (slots_.size() - 1);
  }
  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

class RaftTables {
 public:
  explicit RaftTables(const RaftScope& scope);

  std::size_t renamings() const { return names_.size(); }
  const Renaming& names(std::size_t i) const { return names_[i]; }
  std::uint32_t newborn(std::uint32_t node);
  // `message`: what is delivered; else `argument` of RaftNode::step.
  const Outcome& outcome(std::uint32_t node, std::uint32_t core, Deed deed, std::uint32_t argument) {
    const std::uint64_t key = std::uint64_t{core} << 32 | static_cast<std::uint64_t>(deed) << 24 | argument;
    const std::uint32_t known = memory_.find(key);
    return known != Memory::kNone ? outcomes_[known] : learn(key, node, core, deed, argument);
  }
  // The number of a message under the renaming `r`.
  std::uint32_t renamed(std::uint32_t message, std::size_t r);
  const CoreFacts& core(std::uint32_t number) const { return core_facts_[number]; }
  const MessageFacts& message(std::uint32_t number) const { return message_facts_[number]; }
  const Numbered& cores() const { return cores_; }
  const Numbered& messages() const { return messages_; }
  std::uint64_t steps() const { return outcomes_.size(); }  // of real cores
  std::size_t bytes() const;

 private:
  const Outcome& learn(std::uint64_t key, std::uint32_t node, std::uint32_t core, Deed deed,
                       std::uint32_t argument);
  std::uint32_t number_core(const std::string& bytes);
  std::uint32_t number_message(const std::string& bytes);

  RaftScope scope_;
  std::vector<Renaming> names_;
  std::vector<RaftNode> nodes_;
  Numbered cores_;
  Numbered messages_;
  std::vector<CoreFacts> core_facts_;
  std::vector<MessageFacts> message_facts_;
  std::vector<std::uint32_t> renamed_;  // by message and renaming; kUnknown until asked
  std::vector<Outcome> outcomes_;
  Memory memory_;
};

}  // namespace wn::exhaustive
