#pragma once
// What the files that write JSON share.
#include <nlohmann/json.hpp>
#include <string>

#include "checkers/history/verdict.h"

namespace wn::scenarios {

using Json = nlohmann::ordered_json;

// Text from outside may be no UTF-8: such bytes are replaced, never thrown over.
inline std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}
inline std::string page(const Json& json) { return dump(json, 2) + "\n"; }

Json verdict_json(const checkers::Verdict& verdict);

}  // namespace wn::scenarios
