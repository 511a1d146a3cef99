#pragma once
// Asker: the side of a session that leads and learns the difference. Internal to the room; the contract is
// session.h.
#include <optional>

#include "runtime/sync/session.h"

namespace wn::sync {

class Asker {
 public:
  Asker(const Options& options, const View& view, const Nonce& nonce, std::pmr::memory_resource* memory);
  void step(Instant now, ByteView message, Effects& effects);

  bool done() const { return phase_ == Phase::over && refusal_ == Errc::ok; }
  Errc refusal() const { return refusal_; }
  std::span<const ItemId> missing() const { return missing_; }
  std::span<const std::uint32_t> surplus() const { return surplus_; }
  const Stats& stats() const { return stats_; }

 private:
  enum class Phase : std::uint8_t { hello, report, symbols, ranges, items, settle, over };
  // A list of the peer's in the message at hand, against a run of our items.
  struct Merge {
    std::uint64_t left = 0;
    std::size_t own = 0;
    std::size_t own_end = 0;  // the rest of ours up to here is surplus
    bool any = false;
    ItemId last;  // of the list, if any
  };

  struct Open {
    Range range;
    std::uint64_t theirs = 0;
    std::uint64_t ours = 0;
    bool list = false;  // list what is left
  };

  // asker.cpp: the course of things
  void begin();
  bool accept(ByteView message);
  void ask(Instant now, std::size_t& work, Effects& effects);
  void refuse(Errc why);
  bool answered(std::size_t& work);
  bool take_report(std::size_t& work);
  Measured measure();
  void decide();
  void go_on_by(Method method);
  void conclude();
  bool compare(const Range& range, std::span<const Part> parts);
  // asker_ways.cpp: the three ways
  bool take_symbols(std::size_t& work);
  bool decode_symbols(std::size_t& work);
  bool take_ranges(std::size_t& work);
  bool take_range(const Open& about);
  void reconsider();
  bool take_items(std::size_t& work);
  bool merge(std::size_t& work);
  void found_missing(const ItemId& item);
  void found_surplus(std::size_t place);
  void forget_found();
  // asker_questions.cpp: what is asked
  bool question(Frame& frame, std::size_t& work);
  void ask_symbols(Frame& frame);
  bool ask_ranges(Frame& frame, std::size_t& work);
  bool tell_surplus(Frame& frame, std::size_t& work);

  Options options_;
  const View* view_;
  Nonce nonce_;
  std::pmr::memory_resource* memory_;

  Phase phase_ = Phase::hello;
  Errc refusal_ = Errc::ok;
  Stats stats_;
  std::uint32_t beginnings_ = 0;
  std::uint64_t session_ = 0;
  std::uint64_t token_ = 0;
  std::uint64_t theirs_ = 0;  // their items
  Fingerprint their_sum_;
  std::optional<KeyedView> keyed_;
  std::optional<Encoder> encoder_;
  std::optional<Decoder> decoder_;
  std::uint64_t guess_ = 0;
  std::uint32_t wanted_ = 0;          // symbols
  std::uint64_t symbols_budget_ = 0;  // bytes; then another way is cheaper
  std::uint64_t symbol_bytes_ = 0;

  // The question under way, and the answer at hand.
  std::uint64_t request_ = 0;
  std::uint32_t attempts_ = 0;
  Instant asked_at_;
  std::vector<std::uint8_t> asked_;
  std::vector<std::uint8_t> inbox_;
  Frame answer_;
  Cursor at_{{}};
  bool busy_ = false;
  bool unread_ = false;  // nothing of the answer has been read yet
  bool due_ = true;      // the next question is to be asked
  bool asking_ = false;  // it is being written, in slices, into body_
  std::vector<std::uint8_t> body_;

  std::pmr::vector<Open> open_;       // ranges that differ, the next to ask about last
  std::pmr::vector<Open> questions_;  // those that the question under way is about
  std::size_t answered_ = 0;
  std::uint64_t in_question_ = 0;  // their items in open ranges
  Measured level_;                 // of the parts compared since the last choice
  Merge merge_;
  bool merging_ = false;

  std::pmr::vector<ItemId> missing_;
  std::pmr::vector<std::uint32_t> surplus_;
  Fingerprint balance_;  // our sum, made theirs by what was found
  std::uint64_t listed_ = 0;
  std::uint64_t told_ = 0;
};

}  // namespace wn::sync
