#pragma once
// The puts into each key, session by session: what checkers without real time look for the nearest one in.
#include <cstdint>
#include <vector>

#include "checkers/history/client_history.h"

namespace wn::checkers {

// The puts into one key by one session, in its order; never empty.
struct SessionPuts {
  std::uint32_t session = 0;
  std::vector<std::uint32_t> steps;
};

// By key; within a key by session, ascending.
std::vector<std::vector<SessionPuts>> puts_by_key(const ClientHistory& history);

// The last of them among the first `known` steps of their session; kNoStep: there is none.
std::uint32_t last_put_of(const ClientHistory& history, const SessionPuts& puts, std::uint32_t known);

}  // namespace wn::checkers
