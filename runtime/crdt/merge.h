#pragma once
// Inside the room: takes in a delta or a state. check() reads all of it and changes nothing; apply() cannot
// fail.
#include "runtime/crdt/wire.h"

namespace wn::crdt {

class Merger {
 public:
  enum class Sort : std::uint8_t { delta, state };
  // `seen` may be null: then nothing counts as seen (a state that is looked at by itself).
  Merger(Document& document, CausalContext* seen) : store_(document), seen_(seen) {}

  Errc check(ByteView bytes, Sort sort);
  // REQUIRES check() of the same bytes.
  MergeReport apply(ByteView bytes);
  static std::unexpected<Error> refusal(Errc code);

 private:
  Errc check_part(const wire::PartView& part);
  void check_dot(Dot dot);
  void apply_part(const wire::PartView& part);
  void apply_entries(const wire::PartView& part);
  void apply_shares(const wire::PartView& part);
  void apply_text(const wire::PartView& part);
  void add_entry(const wire::PartView& part, Entry entry, const Value& value);
  std::size_t missing_steps(ByteView bytes) const;
  std::uint32_t find(const wire::PartView& part) const;
  std::uint32_t make(ByteView path);
  bool seen(Dot dot) const { return seen_ != nullptr && seen_->contains(dot); }
  void note(Dot dot);

  Store store_;
  CausalContext* seen_;
  std::size_t new_dots_ = 0;
  std::size_t strangers_ = 0;
  ReplicaId familiar_;  // the writer that was looked up last
  std::size_t steps_ = 0;
  std::uint32_t at_ = 0;  // the slot of the part at hand, 0 while it does not exist
  wire::PartView only_;   // the part of a delta of one
  std::size_t parts_ = 0;
  Entry entry_;  // of the part that was checked last: its last one
  Value value_;
  std::size_t entries_ = 0;  // all that were checked
  Share share_;              // likewise
  std::size_t shares_ = 0;
  Dot noted_;
  MergeReport report_;
};

}  // namespace wn::crdt
