#include "runtime/memory/handle.h"

#include <string>

namespace wn::memory {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::stale_handle:
      return "the handle is stale: what it named was freed";
    case Fault::double_free:
      return "freed twice";
    case Fault::wrong_class:
      return "the handle names an item of another size class";
    case Fault::exhausted:
      return "the memory budget is used up";
    case Fault::too_large:
      return "larger than the largest item";
    case Fault::stale_region:
      return "the region was released";
    case Fault::no_region_left:
      return "the limit on regions is reached";
  }
  return "unknown";
}

Errc errc_of(Fault fault) {
  switch (fault) {
    case Fault::stale_handle:
    case Fault::double_free:
    case Fault::stale_region:
      return Errc::precondition;
    case Fault::wrong_class:
      return Errc::invalid_argument;
    case Fault::exhausted:
    case Fault::no_region_left:
      return Errc::overloaded;
    case Fault::too_large:
      return Errc::too_large;
  }
  return Errc::internal;
}

Error error_of(Fault fault) {
  return Error{.code = errc_of(fault), .message = std::string(to_string(fault))};
}

}  // namespace wn::memory
