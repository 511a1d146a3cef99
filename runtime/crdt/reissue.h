#pragma once
// Reissue: what a replica that was evicted while it was away brings back. Its own deltas beyond the cut are
// known to nobody and refused by everybody; each is rewritten as a delta of a fresh replica against the
// installed state, so that the work survives and no event is counted twice.
//
//   Reissue again(before, installed, old_id, cut, fresh);
//   for (own delta with counter > cut, ascending) { again.rewrite(delta, out); installed.merge(out, seen);
//   send(out); }
//
// What changes in a delta. Dots (old, n > cut) become (fresh, n - cut), in marks, overwritten dots, text
// origins too. Stamps stay: an old write still loses to a newer one. A counter's share is reduced by what the
// cut already holds of it; a removal of the own share ends both. Text goes after the installed text in
// Lamport order and stands on the nearest element to its left that still exists.
//
// Escrow: rights that the old id held at the cut stay with it, stranded, and cover what it had spent since;
// the fresh id may show negative rights until it is given some. The value is never below zero. The fresh
// replica's next dot is (fresh, last own counter - cut + 1): nothing may be written before. Thread rule: one
// thread.
#include "runtime/crdt/document.h"

namespace wn::crdt {

struct Share;
struct Amounts;
struct TextRun;
namespace wire {
struct PartView;
class Out;
}  // namespace wire

class Reissue {
 public:
  // `before`: the evicted replica's own document; `installed`: a peer's, which holds everything up to the
  // cut. One Reissue for each document; both must outlive it.
  Reissue(const Document& before, const Document& installed, ReplicaId old_id, std::uint64_t cut,
          ReplicaId fresh);

  // Appends the rewritten delta. REQUIRES the own deltas in ascending order, none left out.
  // bad_input: no delta; precondition: not one of the old id beyond the cut.
  [[nodiscard]] Errc rewrite(ByteView delta, std::vector<std::uint8_t>& out);

 private:
  // What a counter's chain held at the cut.
  struct Base {
    std::vector<std::uint8_t> path;
    std::uint32_t peer = 0;
    std::uint64_t born = 0;
    std::int64_t total = 0;
    std::int64_t spent = 0;
  };
  bool ours(Dot dot) const { return dot.replica == old_ && dot.counter > cut_; }
  Dot moved(Dot dot) const { return ours(dot) ? Dot{fresh_, dot.counter - cut_} : dot; }
  void rewrite_part(const wire::PartView& part, Dot header, wire::Out& out);
  void rewrite_share(const wire::PartView& part, Share share, const Amounts& by, wire::Out& out);
  Amounts base_of(const wire::PartView& part, const Share& share, const Amounts& by);
  void rewrite_run(const wire::PartView& part, TextRun run, wire::Out& out) const;

  const Document& before_;
  const Document& installed_;
  ReplicaId old_;
  std::uint64_t cut_;
  ReplicaId fresh_;
  std::vector<Base> bases_;
  std::uint64_t lamport_ = 0;  // above every text of `installed` when it was installed
};

}  // namespace wn::crdt
