#pragma once
// Lies that know what a realm's frames say (runtime/realm/messages.h). Each takes a letter that the honest
// process wants to send and gives what is sent instead, or besides; empty: this lie has nothing to say about
// it. Pure but for what RealmLies remembers of what it has seen. Internal to the room. One thread.
#include <map>
#include <optional>
#include <vector>

#include "faults/byzantine/letter.h"
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
  explicit RealmLies(NodeId self) : self_(self) {}

  // What came in: tokens that clients show, updates of others.
  void learn(const Letter& letter);

  // All times of the letter, and of the liar's own updates in it, are `ahead` later.
  std::optional<Letter> later(const Letter& letter, Duration ahead) const;
  // The liar's own updates in another version: of each counter there is one other version, whoever asks.
  std::optional<Letter> other_version(const Letter& letter, std::uint64_t share_ppm,
                                      const Random& random) const;
  // One more update in the name of another replica, the next in its order.
  std::optional<Letter> forged_update(const Letter& letter, Draw& draw) const;
  // A request with a token of somebody else, sometimes altered. None: no token was seen.
  std::optional<Letter> forged_request(Draw& draw) const;
  // Says that it knows nothing, so that everything is sent.
  std::optional<Letter> asks_for_all(const Letter& letter) const;
  // In the name of a replica that nobody knows.
  std::optional<Letter> stranger(const Letter& letter, Draw& draw) const;
  // The part of an image with one other byte.
  std::optional<Letter> corrupted_image(const Letter& letter, Draw& draw) const;

 private:
  NodeId self_;
  std::vector<Bytes> tokens_;
  std::map<ReplicaId, realm::Update> latest_;  // of each other replica, the one with the greatest counter
};

// Any kind of frame: one field of it has another value of its type. None: not a frame.
std::optional<Letter> mutated(const Letter& letter, Draw& draw);
// A frame of that type with bytes that mean nothing.
Letter huge(std::uint8_t type, Draw& draw);
// It answers somebody's question.
bool is_answer(std::uint8_t type);
bool is_image_part(std::uint8_t type);

}  // namespace wn::byzantine
