#include "checkers/replication/replication.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "checkers/replication/lives.h"
#include "checkers/replication/models.h"

namespace wn::checkers {
namespace {

bool reads(const Operation& op) { return op.function == Function::get; }

class Judge {
 public:
  Judge(const History& history, const Lives& lives, std::uint32_t stride)
      : history_(history), lives_(lives), keys_(history.operations.size(), kNoUpdate) {
    verdict_.claim = "replication";
    std::map<std::uint32_t, std::uint64_t> numbers;
    std::map<Atom, std::uint32_t> by_name;
    for (std::uint64_t i = 0; i < history.operations.size(); ++i) {
      const Operation& op = history.operations[i];
      const std::uint32_t client = stride == 0 ? op.process : op.process % stride;
      by_asker_[{client, ++numbers[client]}] = i;
      if (history.atoms.kind(op.key) != Interner::Kind::text) continue;
      const KeyName name = parse_key(history.atoms.text_of(op.key));
      if (name.mode != KeyMode::eventual || name.shape == Shape::other) continue;
      const auto [at, fresh] = by_name.try_emplace(op.key, static_cast<std::uint32_t>(cases_.size()));
      if (fresh) cases_.push_back({.shape = name.shape, .lives = {}});
      keys_[i] = at->second;
    }
  }

  Verdict judge() {
    if (lives_.full()) {
      verdict_.outcome = Outcome3::unknown;
      verdict_.signature = "replication: too large";
      verdict_.explanation = "more updates times replicas than the limit of memory allows";
      return verdict_;
    }
    acknowledged();
    sort_out();
    for (const KeyCase& key : cases_) {
      if (verdict_.outcome == Outcome3::fail) break;
      judge_key(key);
    }
    if (verdict_.outcome == Outcome3::pass && judged_ == 0)
      verdict_.explanation = "vacuous: no read of which the trace tells what was visible to it";
    return verdict_;
  }

 private:
  void fail(const Complaint& complaint) {
    if (verdict_.outcome == Outcome3::fail || complaint.what == nullptr) return;
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = std::string("replication: ") + complaint.what;
    for (const std::uint64_t operation : complaint.operations) {
      if (!verdict_.operations.empty()) verdict_.explanation += "\n";
      verdict_.operations.push_back(operation);
      verdict_.explanation += describe(history_, operation);
    }
  }
  // kNoUpdate-like: no such operation of an EVENTUAL property.
  std::optional<std::uint64_t> operation_of(const Served& asked) const {
    const auto at = by_asker_.find(asked);
    if (at == by_asker_.end() || keys_[at->second] == kNoUpdate) return std::nullopt;
    return at->second;
  }

  // What was acknowledged was applied and kept, what was refused was not.
  void acknowledged() {
    enum : std::uint8_t { kApplied = 1, kLost = 2 };
    std::vector<std::uint8_t> fate(history_.operations.size(), 0);
    for (const LiveUpdate& update : lives_.updates()) {
      if (const auto operation = operation_of(update.asked))
        fate[*operation] |= update.lost ? kLost : kApplied;
    }
    std::set<std::uint64_t> forgotten, kept;
    for (const Served& asked : lives_.forgotten_reads()) {
      if (const auto operation = operation_of(asked)) forgotten.insert(*operation);
    }
    for (const Life& life : lives_.all()) {
      for (const ServedRead& read : life.reads) {
        if (const auto operation = operation_of(read.asked)) kept.insert(*operation);
      }
    }
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      const Operation& op = history_.operations[i];
      if (keys_[i] == kNoUpdate) continue;
      if (reads(op)) {
        if (op.outcome == Outcome::ok && forgotten.contains(i) && !kept.contains(i))
          fail({.what = "a read showed what was forgotten", .operations = {i}});
        continue;
      }
      if (op.outcome == Outcome::fail && (fate[i] & kApplied) != 0)
        fail({.what = "a refused update was applied", .operations = {i}});
      if (op.outcome != Outcome::ok || (fate[i] & kApplied) != 0) continue;
      fail({.what = fate[i] == 0 ? "an acknowledged update was never applied"
                                 : "an acknowledged update was forgotten",
            .operations = {i}});
    }
  }

  // By key and life.
  void sort_out() {
    const std::size_t count = lives_.all().size();
    for (KeyCase& key : cases_) key.lives.resize(count);
    std::map<std::uint64_t, std::uint32_t> times;  // that a read was carried out
    for (std::size_t l = 0; l < count; ++l) {
      const Life& life = lives_.all()[l];
      for (KeyCase& key : cases_) key.lives[l].blind = life.blind;
      for (std::uint32_t p = 0; p < life.applied.size(); ++p) {
        const LiveUpdate& update = lives_.updates()[life.applied[p]];
        const auto operation = operation_of(update.asked);
        if (!operation || reads(history_.operations[*operation])) continue;
        cases_[keys_[*operation]].lives[l].updates.push_back({.position = p,
                                                              .update = life.applied[p],
                                                              .operation = *operation,
                                                              .made_here = update.life == l});
      }
      for (const ServedRead& read : life.reads) {
        const auto operation = operation_of(read.asked);
        if (!operation || !reads(history_.operations[*operation])) continue;
        ++times[*operation];
        cases_[keys_[*operation]].lives[l].reads.push_back({.before = read.before, .operation = *operation});
      }
    }
    for (KeyCase& key : cases_) {
      for (KeyLife& life : key.lives) {
        for (KeyRead& read : life.reads) read.once = times[read.operation] == 1;
      }
    }
  }

  std::unique_ptr<Model> model_of(Shape shape) const {
    switch (shape) {
      case Shape::number:
        return make_register(history_);
      case Shape::sequence:
        return make_sequence(history_);
      case Shape::counter:
      case Shape::bounded:
        return make_counter(history_);
      default:
        return make_set(history_, shape);
    }
  }

  void judge_key(const KeyCase& key) {
    const std::unique_ptr<Model> model = model_of(key.shape);
    for (const KeyLife& life : key.lives) model->learn(life);
    struct Times {
      std::uint32_t all = 0, wrong = 0;
      Complaint first;
    };
    std::map<std::uint64_t, Times> several;
    for (const KeyLife& life : key.lives) {
      model->begin_life(life);
      std::size_t next = 0;
      for (const KeyRead& read : life.reads) {
        for (; next < life.updates.size() && life.updates[next].position < read.before; ++next)
          model->apply(life.updates[next]);
        if (history_.operations[read.operation].outcome != Outcome::ok) continue;
        if (life.blind) {
          if (!read.once) ++several[read.operation].all;
          continue;
        }
        ++judged_;
        Complaint complaint = model->read(read);
        if (read.once) {
          fail(complaint);
          continue;
        }
        Times& times = several[read.operation];
        ++times.all;
        if (complaint.what != nullptr && ++times.wrong == 1) times.first = std::move(complaint);
      }
      for (; next < life.updates.size(); ++next) model->apply(life.updates[next]);
    }
    for (const auto& [operation, times] : several) {
      if (times.wrong == times.all) fail(times.first);
    }
    fail(model->order());
  }

  const History& history_;
  const Lives& lives_;
  std::map<Served, std::uint64_t> by_asker_;  // operation
  std::vector<std::uint32_t> keys_;           // of each operation: its case
  std::vector<KeyCase> cases_;
  std::uint64_t judged_ = 0;
  Verdict verdict_;
};

}  // namespace

struct ReplicationChecker::State {
  ReplicationFacts facts;
  Lives lives;
};

ReplicationChecker::ReplicationChecker(ReplicationFacts facts)
    : state_(std::make_unique<State>(State{facts, Lives(facts.updates_max)})) {}
ReplicationChecker::~ReplicationChecker() = default;
ReplicationChecker::ReplicationChecker(ReplicationChecker&&) noexcept = default;
ReplicationChecker& ReplicationChecker::operator=(ReplicationChecker&&) noexcept = default;

void ReplicationChecker::on_event(const TraceEvent& event) { state_->lives.on_event(event); }

Verdict ReplicationChecker::verdict(const History& history) const {
  return Judge(history, state_->lives, state_->facts.process_stride).judge();
}

}  // namespace wn::checkers
