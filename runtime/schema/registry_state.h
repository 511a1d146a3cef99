#pragma once
// Internal to the room: a candidate on its way into a registry.
#include <span>
#include <vector>

#include "runtime/schema/registry.h"

namespace wn::schema {

struct Registry::Incoming {
  Schema schema;
  Digest digest;
  causality::Stamp at;
  std::vector<std::uint8_t> bytes;  // of the schema
};

}  // namespace wn::schema
