#pragma once
// What message_sent's `type` numbers mean, for pictures and tables: "append", "vote-reply", "client-request".
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wn::scenarios {

std::vector<std::pair<std::uint64_t, std::string>> message_type_names();  // ascending

}  // namespace wn::scenarios
