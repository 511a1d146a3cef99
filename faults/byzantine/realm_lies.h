#pragma once
// Lies that know what a realm's frames say (runtime/realm/messages.h). Each takes a letter that the honest
// process wants to send and gives what is sent instead, or besides; empty: this lie has nothing to say about
// it. Pure but for what RealmLies remembers of what it has seen. Internal to the room. One thread.
#include <map>
#include <optional>
#include <vector>

#include "faults/byzantine/letter.h"
#include "faults/byzantine/pen.h"
#include "runtime/base/ids.h"
#include "runtime/base/random.h"
#include "runtime/base/time.h"
#include "runtime/realm/update.h"

namespace wn::byzantine {

inline constexpr std::size_t kTokensMax = 16;        // captured from clients' requests
inline constexpr std::size_t kSybilUpdatesMax = 64;  // in one message
inline constexpr std::size_t kHugeBytes = 64U << 10;

class RealmLies {
 public:
  RealmLies(NodeId self, const std::optional<Signing>& signing) : self_(self) {
    if (signing) pen_.emplace(self, *signing);
  }

  // What came in: tokens that clients show, updates of others.
  void learn(const Letter& letter);

  // All times of the letter, and of the liar's own updates in it, are `ahead` later. `history`: of the second
  // histories that the liar signs, which one (Pen).
  std::optional<Letter> later(const Letter& letter, Duration ahead, std::uint32_t history);
  // The liar's own updates in another version: in a history there is one other version of each, whoever asks.
  std::optional<Letter> other_version(const Letter& letter, std::uint64_t share_ppm, const Random& random,
                                      std::uint32_t history);
  // One field has another value; where that is in what the liar has signed, it signs again.
  std::optional<Letter> mutated_and_signed(const Letter& letter, Draw& draw) const;
  // One more update in the name of another replica, the next in its order.
  std::optional<Letter> forged_update(const Letter& letter, Draw& draw) const;
  // A false accusation of another replica. None: nothing signed by another was seen.
  std::optional<Letter> accusation(Draw& draw) const;
  // A request with a token of somebody else, sometimes altered. None: no token was seen.
  std::optional<Letter> forged_request(Draw& draw) const;
  // Says that it knows nothing, so that everything is sent.
  std::optional<Letter> asks_for_all(const Letter& letter) const;
  // In the name of a replica that nobody knows.
  std::optional<Letter> stranger(const Letter& letter, Draw& draw) const;
  // The part of an image with one other byte.
  std::optional<Letter> corrupted_image(const Letter& letter, Draw& draw) const;

 private:
  struct Seen {  // of a replica, the last
    realm::Update update;
    std::optional<chain::Sealed> seal;
    Bytes deps;
  };
  void learn_update(const Bytes& bytes, const chain::Block* block);

  NodeId self_;
  std::optional<Pen> pen_;
  std::vector<Bytes> tokens_;
  std::map<ReplicaId, Seen> latest_;
};

// Any kind of frame: one field of it has another value of its type. None: not a frame.
std::optional<Letter> mutated(const Letter& letter, Draw& draw);
// A frame of that type with bytes that mean nothing.
Letter huge(std::uint8_t type, Draw& draw);
// It answers somebody's question.
bool is_answer(std::uint8_t type);
bool is_image_part(std::uint8_t type);

}  // namespace wn::byzantine
