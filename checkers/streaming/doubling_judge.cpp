#include <algorithm>
#include <map>

#include "checkers/streaming/segment.h"
#include "checkers/streaming/stream_judge.h"

namespace wn::checkers {
namespace {

class Doubling final : public StreamJudge {
 public:
  Doubling(std::string claim, std::function<Verdict(const History&)> check, const DoublingOptions& options)
      : check_(std::move(check)), options_(options), next_(options.first) {
    verdict_.claim = std::move(claim);
  }

  void feed(const StreamEvent& event, const Interner& atoms) override {
    if (over_) return;
    const std::uint64_t shift = event.operation->invoked;
    if (event.kind == StreamEvent::Kind::invoke) {
      if (history_.operations.size() >= options_.operations_max) return give_up(event);
      where_[event.place] = history_.operations.size();
      history_.operations.push_back(translate(*event.operation, atoms, history_.atoms));
      history_.positions = shift + 1;
      return;
    }
    const auto it = where_.find(event.place);
    history_.operations[it->second] = translate(*event.operation, atoms, history_.atoms);
    history_.positions = event.operation->completed + 1;
    where_.erase(it);
    ++completed_;
    if (!options_.prefix_closed || completed_ < next_) return;
    next_ = completed_ * 2;
    look();
    if (verdict_.outcome == Outcome3::unknown)
      verdict_ = Verdict{.claim = verdict_.claim};  // it may yet be told
  }

  Outcome3 verdict_so_far() const override { return verdict_.outcome; }
  Verdict finish(const Interner&) override {
    if (!over_) look();
    return verdict_;
  }
  std::uint64_t bytes() const override { return history_.bytes() + where_.size() * 48; }
  void mark(AtomMarks&) const override {}

 private:
  void look() {
    verdict_ = check_(history_);
    over_ = verdict_.outcome == Outcome3::fail;
  }
  void give_up(const StreamEvent& event) {
    over_ = true;
    verdict_ = Verdict{.claim = verdict_.claim, .outcome = Outcome3::unknown};
    verdict_.explanation = "more than " + std::to_string(options_.operations_max) +
                           " operations, and this claim needs them all (line " + std::to_string(event.line) +
                           ")";
    history_ = History();
    where_.clear();
  }

  std::function<Verdict(const History&)> check_;
  DoublingOptions options_;
  std::uint64_t next_, completed_ = 0;
  bool over_ = false;
  Verdict verdict_;
  History history_;
  std::map<std::uint32_t, std::uint64_t> where_;  // open place -> operation
};

}  // namespace

std::unique_ptr<StreamJudge> judge_by_doubling(std::string claim,
                                               std::function<Verdict(const History&)> check,
                                               const DoublingOptions& options) {
  return std::make_unique<Doubling>(std::move(claim), std::move(check), options);
}

}  // namespace wn::checkers
