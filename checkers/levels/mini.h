#pragma once
// The mini-transaction judge on what is read already. For this room and checkers/polygraph.
#include "checkers/history/budget.h"
#include "checkers/levels/explain.h"

namespace wn::checkers::levels {

inline constexpr std::string_view kNotMini = "mini: a write without a read";

// Two transactions that read and overwrote one version.
Verdict lost_update(const Explainer& explain, const UniqueHistory& unique, std::uint32_t a, std::uint32_t b,
                    std::uint32_t key);
// `unknown` with the signature kNotMini where the precondition does not hold.
Verdict judge_mini(const History& history, const UniqueHistory& unique, TxnModel model, TxnOrder order,
                   const Budget& budget);

}  // namespace wn::checkers::levels
