#pragma once
// The part of plan_check that concerns a realm: its knobs, its tokens, its operations, and what a plan of
// another service may not carry. Private to this room.
#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::faults {

// REQUIRES that the nodes have been checked.
Result<void> check_realm(const Plan& plan);

namespace detail {
// What is wrong with an operation of a realm (REQUIRES a function of the realm), or of the other service;
// nullptr: nothing.
const char* realm_problem(const Plan& plan, const Operation& operation);
const char* kv_problem(const Operation& operation);
}  // namespace detail

}  // namespace wn::faults
