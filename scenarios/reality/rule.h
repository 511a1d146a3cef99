#pragma once
// The rules by name, and what a broken one says.
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/trace_event.h"

namespace wn::reality {

enum class Rule : std::uint8_t {
  time = 1,       // events are in order of true time
  life,           // nodes start when they are down, crash and pause when they are up
  down,           // a node that is down does nothing
  paused,         // a node that is paused does nothing
  number,         // messages of one link are numbered upwards
  unsent,         // what is delivered was sent
  too_fast,       // … at least the network's least latency before
  altered,        // … with the same bytes, unless a fault alters them
  copied,         // … and once, unless it was copied
  dropped,        // what was lost does not arrive
  early_timer,    // a timer fires when it is armed and its node's clock has come that far
  disk_unasked,   // a disk completes what it was asked for, once
  disk_order,     // … on one file in order
  term,           // terms of one life do not fall
  vote,           // one vote a term in one life
  commit,         // commits of one life do not fall; what is applied is committed
  apply_order,    // entries are applied one after the other
  entry_differs,  // what is committed or applied at one index is the same everywhere
  state_differs,  // … and so is the state after it
  client,         // an operation ends after it began, once
  unsynced,       // … and a write that is acknowledged has been synced by as many disks as that needs
};
std::string_view to_string(Rule rule);

struct Impossibility {
  Rule rule{};
  std::uint64_t position = 0;  // of the event, from 0
  SimTime at;
  NodeId node;
  std::string kind;   // "message_delivered"
  std::string field;  // "checksum"; "at" for times, "node" for who
  std::string says;
  // "event 1041 at 2.310400512s, n3, message_delivered, peer: n1 never sent it message 17 (unsent)"
  std::string to_string() const;
};

// Where the parts of the judge tell what they found.
class Findings {
 public:
  virtual ~Findings() = default;
  virtual void judged(Rule rule) = 0;
  virtual void impossible(Rule rule, const TraceEvent& event, std::string_view field, std::string says) = 0;
};

}  // namespace wn::reality
