#pragma once
// What one value of a configuration says against another. Pure. Thread rule: values.
#include <optional>
#include <string>
#include <string_view>

#include "runtime/daemon/config.h"

namespace wn::daemon {

struct Contradiction {
  std::string_view section;  // where to look, "" is the whole file
  std::string_view key;
  std::string message;
};
// None: a daemon can be made of it.
std::optional<Contradiction> first_contradiction(const Config& config);

}  // namespace wn::daemon
