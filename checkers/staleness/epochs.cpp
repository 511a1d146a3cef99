#include "checkers/staleness/epochs.h"

#include <algorithm>

namespace wn::checkers::staleness {

Epochs::Epochs(const Register& reg, std::uint32_t k, const EpochRules& rules)
    : reg_(reg),
      k_(k),
      rules_(rules),
      first_read_(reg.writes.size() + 1, 0),
      reads_of_(reg.reads.size()),
      write_mark_(reg.writes.size(), 0),
      read_mark_(reg.reads.size(), 0),
      top_write_(reg.writes.size()),
      top_read_(reg.reads.size()) {
  for (const RegisterRead& r : reg.reads) ++first_read_[r.write + 1];
  for (std::size_t w = 0; w < reg.writes.size(); ++w) first_read_[w + 1] += first_read_[w];
  std::vector<std::uint32_t> at(first_read_.begin(), first_read_.end() - 1);
  for (std::uint32_t r = 0; r < reg.reads.size(); ++r) reads_of_[at[reg.reads[r].write]++] = r;
  by_effect_.resize(reg.writes.size());
  for (std::uint32_t w = 0; w < by_effect_.size(); ++w) by_effect_[w] = w;
  std::ranges::sort(by_effect_, {}, [&](std::uint32_t w) { return std::pair(effect(w), w); });
  top_effect_ = by_effect_.size();
}

std::uint64_t Epochs::effect(std::uint32_t write) const {
  return rules_.readers_count ? reg_.writes[write].first_end : reg_.writes[write].end;
}

void Epochs::dead_end(std::uint32_t write, const std::vector<std::uint64_t>& others) {
  witness_.clear();
  if (reg_.writes[write].operation != kInitialOperation) witness_.push_back(reg_.writes[write].operation);
  for (const std::uint64_t o : others) {
    if (o != kInitialOperation) witness_.push_back(o);
  }
}

Epochs::Trial Epochs::attempt(std::uint32_t last, std::uint64_t limit) {
  ++trial_;
  taken_writes_.clear();
  taken_reads_.clear();
  std::size_t write = top_write_;
  std::size_t read = top_read_;
  const std::uint64_t end = steps_ + limit;
  for (std::uint32_t w = last;;) {
    if (steps_ > end) return Trial::longer;
    write_mark_[w] = trial_;
    taken_writes_.push_back(w);
    const std::uint64_t by = effect(w);
    while (write > 0 && gone(write_mark_[write - 1])) {
      --write;
      ++steps_;
    }
    if (rules_.later_writes && write > 0 && reg_.writes[write - 1].begin > by) {
      dead_end(w, {reg_.writes[write - 1].operation});
      return Trial::dead;
    }
    for (std::uint32_t i = first_read_[w]; i < first_read_[w + 1]; ++i) {
      ++steps_;
      if (gone(read_mark_[reads_of_[i]])) continue;
      read_mark_[reads_of_[i]] = trial_;
      taken_reads_.push_back(reads_of_[i]);
    }
    std::uint32_t forced = kGone;
    for (; rules_.later_reads && read > 0; --read) {
      ++steps_;
      std::uint32_t& mark = read_mark_[read - 1];
      if (gone(mark)) continue;
      const RegisterRead& r = reg_.reads[read - 1];
      if (r.begin <= by) break;
      if (k_ == 1 || (forced != kGone && forced != r.write)) {
        dead_end(w, {r.operation});
        return Trial::dead;
      }
      forced = r.write;
      mark = trial_;
      taken_reads_.push_back(static_cast<std::uint32_t>(read - 1));
    }
    if (forced == kGone) break;
    w = forced;
  }
  return Trial::works;
}

Epochs::Answer Epochs::run(const Budget& budget) {
  std::vector<std::uint32_t> choices;
  for (std::uint64_t epochs = 0;; ++epochs) {
    while (top_write_ > 0 && write_mark_[top_write_ - 1] == kGone) --top_write_;
    while (top_read_ > 0 && read_mark_[top_read_ - 1] == kGone) --top_read_;
    if (top_write_ == 0) return Answer::yes;
    if (epochs % 1024 == 0 && (budget.stopped() || steps_ > budget.steps)) return Answer::stopped;
    choices.clear();
    // Those that may be the last had not taken effect for certain when the last one began.
    while (top_effect_ > 0 && write_mark_[by_effect_[top_effect_ - 1]] == kGone) --top_effect_;
    const std::uint64_t begins = reg_.writes[top_write_ - 1].begin;
    for (std::size_t i = top_effect_; i > 0 && effect(by_effect_[i - 1]) >= begins; --i) {
      ++steps_;
      if (write_mark_[by_effect_[i - 1]] != kGone) choices.push_back(by_effect_[i - 1]);
    }
    if (!rules_.try_all) choices.resize(1);
    bool worked = false;
    for (std::uint64_t limit = 64; !worked && !choices.empty(); limit *= 2) {
      std::size_t kept = 0;
      for (const std::uint32_t choice : choices) {
        const Trial t = attempt(choice, limit);
        if (steps_ > budget.steps) return Answer::stopped;
        if (t == Trial::longer) choices[kept++] = choice;
        worked = t == Trial::works;
        if (worked) break;
      }
      if (!worked) choices.resize(kept);
    }
    if (!worked) return Answer::no;
    for (const std::uint32_t w : taken_writes_) write_mark_[w] = kGone;
    for (const std::uint32_t r : taken_reads_) read_mark_[r] = kGone;
  }
}

}  // namespace wn::checkers::staleness
