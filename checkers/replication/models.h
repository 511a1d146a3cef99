#pragma once
// The sequential models, one key at a time. Private to this room.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/values.h"
#include "checkers/replication/lives.h"

namespace wn::checkers {

// An update of the key, as one life applied it.
struct KeyUpdate {
  std::uint32_t position = 0;  // among all that the life applied
  std::uint32_t update = 0;
  std::uint64_t operation = 0;  // in the history
  bool made_here = false;       // by this life
};
struct KeyRead {
  std::uint32_t before = 0;
  std::uint64_t operation = 0;
  bool once = true;  // the operation was carried out at no other time
};
struct KeyLife {
  bool blind = false;
  std::vector<KeyUpdate> updates;  // ascending by position
  std::vector<KeyRead> reads;      // ascending by before
};
struct KeyCase {
  Shape shape = Shape::other;
  std::vector<KeyLife> lives;
};

struct Complaint {
  const char* what = nullptr;             // nullptr: none
  std::vector<std::uint64_t> operations;  // the read last
};

// What one type promises. Updates and reads of one life come in order; a life begins with begin_life().
class Model {
 public:
  virtual ~Model() = default;
  // Before everything else: all updates of all lives, to learn what each saw when it was made.
  virtual void learn(const KeyLife&) {}
  virtual void begin_life(const KeyLife& life) = 0;
  virtual void apply(const KeyUpdate& update) = 0;
  virtual Complaint read(const KeyRead& read) = 0;
  // After everything else: is there one order?
  virtual Complaint order() { return {}; }
};

std::unique_ptr<Model> make_register(const History& history);
std::unique_ptr<Model> make_sequence(const History& history);
std::unique_ptr<Model> make_counter(const History& history);
std::unique_ptr<Model> make_set(const History& history, Shape shape);

}  // namespace wn::checkers
