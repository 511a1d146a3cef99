#pragma once
// Inside the room: one local mutation, from its checks to its delta.
#include <optional>

#include "runtime/crdt/wire.h"

namespace wn::crdt {

// Checks of a caller's path, without and with a change to the document.
Errc check_path(const Options& options, Path path);
// Room for the steps of the path that are missing. REQUIRES a fresh dot.
Errc check_room(const Store& store, Path path, const Write& write);
Errc check_value(const Options& options, const Value& value);

// Writes the delta of one mutation; does nothing when the caller wants none.
class DeltaOut {
 public:
  DeltaOut(const Write& write, const Store& store) : store_(store) {
    if (write.delta == nullptr) return;
    out_.emplace(*write.delta);
    wire::put_header(*out_, write.dot);
  }
  // A part about one slot: `payload(out)` writes what is in it.
  template <class Payload>
  void part(std::uint32_t slot, Payload&& payload) {
    if (!out_) return;
    const wire::Nest part(*out_, 4);
    wire::put_path(*out_, store_, slot);
    const wire::Nest body(*out_, 2);
    payload(*out_);
  }
  void close() { out_.reset(); }  // all of it is in the caller's vector

 private:
  const Store& store_;
  std::optional<wire::Out> out_;
};

// Puts one entry in the place of all that the slot holds, and says so in the delta.
void overwrite(Store& store, std::uint32_t slot, const Write& write, const Value* value);

}  // namespace wn::crdt
