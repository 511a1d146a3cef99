#include "scenarios/exhaustive/crdt_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "runtime/base/check.h"

namespace wn::exhaustive {

namespace {

constexpr std::uint32_t kRefused = Memory::kNone - 1;

constexpr const char* kWrongRefusal = "Semantics: an operation is refused, or taken, against the type's rule";
constexpr const char* kWrongRead = "Semantics: a replica reads what its type does not promise";
constexpr const char* kWrongOrder = "Semantics: letters of a text changed their order";
constexpr const char* kRepeated = "Idempotence: a delta that was delivered again changed something";
constexpr const char* kRefusedPeer = "Replication: what an honest peer says was refused";
constexpr const char* kDiverged = "Convergence: two replicas know the same and differ";
constexpr const char* kWrongTogether =
    "Semantics: replicas that know the same read what their type does not promise";

// Whether the letters that both have stand in one order.
bool agree(std::string a, std::string b) {
  const std::string all = a;
  std::erase_if(a, [&](char c) { return b.find(c) == std::string::npos; });
  std::erase_if(b, [&](char c) { return all.find(c) == std::string::npos; });
  return a == b;
}

std::string sorted_if(bool yes, std::string text) {
  if (yes) std::ranges::sort(text);
  return text;
}

// Whether all replicas are alike: ties of registers and places in a text are decided by the replica's number.
bool are_alike(const CrdtScope& scope) {
  if (scope.type == crdt::Type::lww || scope.type == crdt::Type::map || scope.type == crdt::Type::text)
    return false;
  return scope.type != crdt::Type::bounded || scope.replicas <= 2;  // "the next replica"
}

}  // namespace

CrdtModel::CrdtModel(const CrdtScope& scope)
    : scope_(scope), options_{.defect = scope.defect}, spec_(scope.type, scope.replicas) {
  WN_CHECK(scope.replicas >= 1 && scope.replicas <= kCrdtReplicasMax);
  WN_CHECK(scope.operations <= kCrdtOperationsMax && scope.joins <= kCrdtJoinsMax);
  std::vector<std::uint32_t> names(scope.replicas);
  std::iota(names.begin(), names.end(), 0U);
  do {
    names_.push_back(names);
  } while (scope.symmetry && are_alike(scope) && std::ranges::next_permutation(names).found);
}

Hash128 CrdtModel::start(std::vector<std::uint32_t>& to) {
  WN_CHECK(sequences_.empty());
  for (std::uint32_t n = 0; n < scope_.replicas; ++n) {
    sequences_.push_back({.before = kNoEvent, .act = {.replica = n}});
    hash_sequence();
    to.push_back(n);
  }
  return hash_of_state(to);
}

void CrdtModel::hash_sequence() {
  const auto number = static_cast<std::uint32_t>(sequences_.size() - 1);
  const Sequence& s = sequences_[number];
  for (std::size_t r = 0; r < names_.size(); ++r) {
    Digest digest;
    const auto absorb = [&](std::uint32_t sequence) {
      const Sum& sum = hashes_[sequence * names_.size() + r];
      digest.absorb(sum[0]);
      digest.absorb(sum[1]);
    };
    digest.absorb(s.before == kNoEvent ? names_[r][s.act.replica] : std::uint64_t{16} + s.act.deed);
    if (s.before != kNoEvent) {
      absorb(s.before);
      if (s.act.deed == CrdtAction::operate) {
        digest.absorb(s.act.argument);
      } else {
        absorb(s.act.argument);
      }
    }
    hashes_.push_back(Sum{digest.low(), digest.high()});
  }
}

Hash128 CrdtModel::hash_of_state(Words state) const {
  Hash128 least;
  for (std::size_t r = 0; r < names_.size(); ++r) {
    Sum sum{};
    for (const std::uint32_t s : state) sum += hashes_[s * names_.size() + r];
    if (r == 0 || sum[0] < least.low || (sum[0] == least.low && sum[1] < least.high))
      least = {sum[0], sum[1]};
  }
  return least;
}

bool CrdtModel::redo(CrdtReplica& replica, std::uint32_t sequence) const {
  const Sequence& s = sequences_[sequence];
  if (s.before == kNoEvent) return true;
  if (!redo(replica, s.before)) return false;
  switch (s.act.deed) {
    case CrdtAction::operate: {
      std::vector<std::uint8_t> delta;
      const char letter = spec_.event(sequence).letter;
      return replica.perform(crdt_operations(scope_.type)[s.act.argument], letter, s.clock, delta) ==
             Errc::ok;
    }
    case CrdtAction::deliver:
      return replica.take(sequences_[s.act.argument].delta);
    case CrdtAction::join: {
      const auto other = built(s.act.argument);
      return other && replica.join(*other);
    }
  }
  return false;
}

std::optional<CrdtReplica> CrdtModel::built(std::uint32_t sequence) const {
  std::optional<CrdtReplica> out;
  out.emplace(scope_, options_, sequences_[sequence].act.replica);
  if (!redo(*out, sequence)) out.reset();
  return out;
}

std::uint32_t CrdtModel::step(std::uint32_t sequence, const CrdtAction& act) {
  const std::uint64_t key =
      std::uint64_t{sequence} << 32 | static_cast<std::uint64_t>(act.deed) << 30 | act.argument;
  std::uint32_t known = steps_.find(key);
  if (known == Memory::kNone) {
    known = learn(sequence, act);
    steps_.add(key, known);
  }
  return known;
}

std::uint32_t CrdtModel::learn(std::uint32_t sequence, const CrdtAction& act) {
  const auto number = static_cast<std::uint32_t>(sequences_.size());
  WN_CHECK_LE(number, kCrdtArgumentMax);
  Sequence now = sequences_[sequence];
  now.before = sequence;
  now.act = act;
  now.delta.clear();
  auto replica = built(sequence);
  WN_CHECK(replica.has_value());  // it was when that sequence was new
  if (act.deed == CrdtAction::operate) {
    CrdtEvent event{.replica = act.replica, .code = act.argument, .time = ++now.clock};
    const bool may = spec_.perform(now.known, now.text, number, event);
    const CrdtOperation& does = crdt_operations(scope_.type)[act.argument];
    const bool done = replica->perform(does, event.letter, event.time, now.delta) == Errc::ok;
    if (!may && !done) return kRefused;
    if (may != done && is_judged(now.known)) now.broken = kWrongRefusal;
    if (!done && now.broken == nullptr) return kRefused;
    spec_.note(number, std::move(event));
    spec_.learn(now.known, number);
    now.own.push_back(number);
  } else if (act.deed == CrdtAction::deliver) {
    spec_.learn(now.known, act.argument);
    now.clock = std::max(now.clock, spec_.event(act.argument).time);
    if (!replica->take(sequences_[act.argument].delta)) now.broken = kRefusedPeer;
  } else {
    const Sequence& other = sequences_[act.argument];
    take_in(now.known, other.known);
    now.clock = std::max(now.clock, other.clock);
    ++now.joins;
    const auto there = built(act.argument);
    if (!there || !replica->join(*there)) now.broken = kRefusedPeer;
  }
  if (scope_.type == crdt::Type::text) now.text = replica->read();
  sequences_.push_back(std::move(now));
  hash_sequence();
  if (sequences_.back().broken == nullptr) {
    const char* claim = judge(*replica, sequences_.back());
    // All that was ever delivered comes once more; whatever that does, nobody sees this replica again.
    const std::string before = replica->state();
    for (const std::uint32_t event : sequences_.back().known.events) {
      if (claim != nullptr) break;
      if (!replica->take(sequences_[event].delta)) claim = kRefusedPeer;
      if (replica->state() != before) claim = kRepeated;
    }
    sequences_.back().broken = claim;
  }
  return number;
}

const char* CrdtModel::judge(const CrdtReplica& replica, const Sequence& now) const {
  replica.check();
  const bool text = scope_.type == crdt::Type::text;
  if (is_judged(now.known) && sorted_if(text, replica.read()) != spec_.reads(now.known)) return kWrongRead;
  return text ? judge_order(now) : nullptr;
}

const char* CrdtModel::judge_order(const Sequence& now) const {
  if (!agree(sequences_[now.before].text, now.text)) return kWrongOrder;
  if (now.act.deed == CrdtAction::join && !agree(sequences_[now.act.argument].text, now.text))
    return kWrongOrder;
  if (now.act.deed != CrdtAction::operate) return nullptr;
  const char letter = spec_.event(now.own.back()).letter;
  const CrdtAct act = crdt_operations(scope_.type)[now.act.argument].act;
  if (act == CrdtAct::front && !now.text.starts_with(letter)) return kWrongOrder;
  if (act == CrdtAct::back && !now.text.ends_with(letter)) return kWrongOrder;
  return nullptr;
}

const char* CrdtModel::judge_pair(std::uint32_t a, std::uint32_t b) {
  if (a > b) std::swap(a, b);
  const std::uint64_t key = std::uint64_t{a} << 32 | b;
  if (pairs_.find(key) != Memory::kNone) return nullptr;
  auto x = built(a), y = built(b), again = built(a);
  if (!x || !y || !again || !again->join(*y) || !y->join(*x)) return kRefusedPeer;
  CrdtKnowledge both = sequences_[a].known;
  take_in(both, sequences_[b].known);
  const std::string reads = again->read();
  if (!is_judged(both)) return nullptr;
  if (reads != y->read() || !(again->digest() == y->digest())) return kDiverged;
  const bool text = scope_.type == crdt::Type::text;
  if (sorted_if(text, reads) != spec_.reads(both)) return kWrongTogether;
  if (text && (!agree(sequences_[a].text, reads) || !agree(sequences_[b].text, reads))) return kWrongOrder;
  pairs_.add(key, 0);
  return nullptr;
}

void CrdtModel::attempt(Words state, const CrdtAction& act, Sink& sink) {
  const std::uint32_t after = step(state[act.replica], act);
  if (after == kRefused) return;
  if (const char* claim = sequences_[after].broken) return sink.broken(pack(act), claim);
  for (std::uint32_t n = 0; n < scope_.replicas; ++n) {
    if (n == act.replica) continue;
    if (const char* claim = judge_pair(after, state[n])) return sink.broken(pack(act), claim);
  }
  next_.assign(state.begin(), state.end());
  next_[act.replica] = after;
  sink.reached(pack(act), hash_of_state(next_));
}

void CrdtModel::expand(Words state, Sink& sink) {
  std::size_t operations = 0, joins = 0;
  for (const std::uint32_t s : state) {
    operations += sequences_[s].own.size();
    joins += sequences_[s].joins;
  }
  const auto codes = static_cast<std::uint32_t>(crdt_operations(scope_.type).size());
  for (std::uint32_t n = 0; n < scope_.replicas; ++n) {
    for (std::uint32_t code = 0; operations < scope_.operations && code < codes; ++code)
      attempt(state, {CrdtAction::operate, n, code}, sink);
    for (std::uint32_t other = 0; other < scope_.replicas; ++other) {
      if (other == n) continue;
      // By position: learning makes the table of sequences grow.
      const std::size_t said = sequences_[state[other]].own.size();
      for (std::size_t i = 0; i < said; ++i) {
        const std::uint32_t event = sequences_[state[other]].own[i];
        if (!std::ranges::binary_search(sequences_[state[n]].known.events, event))
          attempt(state, {CrdtAction::deliver, n, event}, sink);
      }
      const auto& mine = sequences_[state[n]].known.events;
      const auto& theirs = sequences_[state[other]].known.events;
      if (joins < scope_.joins && !std::ranges::includes(mine, theirs))
        attempt(state, {CrdtAction::join, n, state[other]}, sink);
    }
  }
}

void CrdtModel::apply(Words state, std::uint32_t packed, std::vector<std::uint32_t>& to) {
  const CrdtAction act = unpack_crdt(packed);
  to.assign(state.begin(), state.end());
  to[act.replica] = step(state[act.replica], act);
}

std::size_t CrdtModel::bytes() const {
  return sequences_.size() * 512 + hashes_.size() * sizeof(Sum) + steps_.bytes() + pairs_.bytes() +
         spec_.bytes();
}

std::vector<std::string> CrdtModel::tell(const std::vector<std::uint32_t>& path) {
  std::vector<std::string> out;
  std::vector<std::uint32_t> at(scope_.replicas);
  std::iota(at.begin(), at.end(), 0U);
  for (const std::uint32_t packed : path) {
    const CrdtAction act = unpack_crdt(packed);
    const std::uint32_t me = act.replica + 1;
    std::string line;
    const auto words = [&](std::uint32_t code) { return crdt_operations(scope_.type)[code].words; };
    if (act.deed == CrdtAction::operate) {
      line = fmt::format("r{} {}", me, words(act.argument));
    } else if (act.deed == CrdtAction::deliver) {
      const CrdtEvent& event = spec_.event(act.argument);
      line = fmt::format("r{} gets the delta of r{}'s operation {}, \"{}\"", me, event.replica + 1,
                         sequences_[act.argument].own.size(), words(event.code));
    } else {
      line = fmt::format("r{} takes in the whole state of r{}", me, sequences_[act.argument].act.replica + 1);
    }
    at[act.replica] = step(at[act.replica], act);
    const auto replica = built(at[act.replica]);
    if (replica) line += fmt::format("; it reads \"{}\"", replica->read());
    out.push_back(std::move(line));
  }
  if (!out.empty()) out.back() += together(at);
  return out;
}

// What two that differ, or read together what they should not, would read.
std::string CrdtModel::together(Words state) {
  for (const std::uint32_t a : state) {
    for (const std::uint32_t b : state) {
      if (a >= b || judge_pair(a, b) == nullptr) continue;
      auto x = built(a), y = built(b), again = built(a);
      if (!x || !y || !again || !again->join(*y) || !y->join(*x)) return "; one refuses the other's state";
      CrdtKnowledge both = sequences_[a].known;
      take_in(both, sequences_[b].known);
      return fmt::format("; after an exchange of states r{} reads \"{}\" and r{} \"{}\", promised is \"{}\"",
                         sequences_[a].act.replica + 1, again->read(), sequences_[b].act.replica + 1,
                         y->read(), spec_.reads(both));
    }
  }
  for (const std::uint32_t s : state) {
    if (sequences_[s].broken == kWrongRead)
      return fmt::format("; promised is \"{}\"", spec_.reads(sequences_[s].known));
  }
  return "";
}

}  // namespace wn::exhaustive
