#pragma once
// ClientHistory: a history sorted by session, with who saw what: the view of checkers that ask what a client
// may see after what (session guarantees, causal consistency, sequential consistency).
//
// A session is one client's operations in their order. Completed operations form the session's chain. A write
// whose outcome nobody knows is here only when somebody saw its value: it stands alone (a session of its
// own), after what its client had completed before, and before nothing. Refused operations are not here, but
// to see one's value is to see a value from nowhere (kThinAir).
//
// Follows-relation: what other clients of the same replica had completed there before (ClientRules::homes).
// Sees-relation: registers (put/write, get/read) by values: a value that is put twice into one key makes the
// key ambiguous: its operations are left out and counted in `ambiguous`. Sets, maps and sequences (include,
// exclude, nest, append) by elements; one that is put in twice gives no sight. Counters give none.
// A key with any other function (cas, …) is left out and counted too.
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/key_name.h"

namespace wn::checkers {

inline constexpr std::uint32_t kNoStep = ~std::uint32_t{0};
inline constexpr std::uint32_t kInitial = kNoStep;       // a read of what was there at first: nothing
inline constexpr std::uint32_t kThinAir = kNoStep - 1;   // a read of what nobody had put there
inline constexpr std::uint32_t kStepsMax = kNoStep - 2;  // more operations: CHECK

// (value, 0), or (key in the map, value): ids of atoms.
using Element = std::pair<std::uint32_t, std::uint32_t>;

struct ClientStep {
  enum class Act : std::uint8_t { read, put, include, exclude, add };
  std::uint64_t operation = 0;  // in the history
  std::uint32_t session = 0;
  std::uint32_t index = 0;  // in its session
  std::uint32_t key = 0;    // in ClientHistory::keys
  Act act = Act::read;
  Element element;                  // put, include, exclude
  std::int64_t amount = 0;          // add: by how much (a spend: below 0); read of a counter: what it showed
  std::uint32_t source = kInitial;  // read of a register: the put that it saw
  std::vector<Element> shown;       // read of a set, map or sequence: ascending
  std::vector<std::uint32_t> sees;  // other steps whose effect this one saw, each once a session
  std::vector<std::uint32_t> follows;  // steps of other sessions that were over here before this one began
  std::uint32_t after = kNoStep;       // a step that stands alone: the last one that it comes after
  std::uint64_t invoked = 0, completed = kNever;
};

struct ClientKey {
  Atom name;
  Shape shape = Shape::other;  // `number` for every register
  bool ambiguous = false;      // no step of it is here
  bool shrinks = false;        // a counter that somebody spends from
};

struct ClientRules {
  // Processes n, n + stride, n + 2 * stride … are one client; 0: each process is a client.
  std::uint32_t process_stride = 0;
  // Clients whose reads prove nothing: the replica that serves them began anew from another's state.
  std::set<std::uint32_t> muted;
  // Client -> the replica that serves it, for clients that never ask another. What one client completed there
  // comes before what another one begins there later: the replica knew it. Empty: clients share nothing.
  std::map<std::uint32_t, std::uint32_t> homes;
  // Which keys; all when empty.
  std::function<bool(const Interner& atoms, Atom key)> wanted;
};

struct ClientHistory {
  std::vector<ClientStep> steps;
  std::vector<std::vector<std::uint32_t>> sessions;  // steps, in order
  std::vector<std::uint32_t> clients;                // of each session, its client (process modulo stride)
  std::vector<ClientKey> keys;
  std::uint64_t ambiguous = 0;  // operations left out
  // Writes whose outcome nobody knows and whose effect nobody is seen to have seen. Of no session.
  std::vector<ClientStep> unknown;
};

ClientHistory client_history(const History& history, const ClientRules& rules);

// EVENTUAL keys of a realm.
bool is_eventual_key(const Interner& atoms, Atom key);

}  // namespace wn::checkers
