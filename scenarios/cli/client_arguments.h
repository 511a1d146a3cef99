#pragma once
// The lines of `worknode get|put|call|watch`, as values, checked.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/time.h"
#include "runtime/kv/command.h"
#include "runtime/realm/protocol.h"

namespace wn::scenarios {

struct ClientArguments {
  // Where and as whom.
  std::vector<std::string> servers;
  std::string config;
  std::string identity;
  std::string token;
  Duration deadline = seconds(5);
  std::string json;
  // What. One of the two services.
  bool kv = false;
  realm::Request request;
  kv::Command command;
  std::string worknode, property;  // as they were named
  // watch
  bool watch = false;
  Duration interval = milliseconds(100);
  std::uint64_t count = 0;  // values to tell; 0: no end
};

}  // namespace wn::scenarios
