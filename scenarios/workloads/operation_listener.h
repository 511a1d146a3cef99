#pragma once
// What a simulated client host tells about its operations: the recorder turns it into a history. Calls come
// in the order in which things happen in the world; `process` is a Jepsen process: one operation open at a
// time, and retired for good after an info outcome (the host goes on as a fresh process with a fresh
// session).
#include <cstdint>
#include <vector>

#include "checkers/history/operation.h"
#include "faults/plan/plan.h"
#include "runtime/base/bytes.h"

namespace wn::scenarios {

// The k-th process that a client node hosts (k from 0) has the number node + k * kProcessStride.
inline constexpr std::uint32_t kProcessStride = 10'000;

struct OperationResult {
  checkers::Outcome outcome = checkers::Outcome::info;
  // get, when ok: whether the key was there and the decimal elements that it held: one after put or cas, one
  // more for each append since.
  bool found = false;
  std::vector<std::int64_t> elements;
  // txn, when ok: one list for each micro-operation, in order; that of an append is empty.
  std::vector<std::vector<std::int64_t>> reads;
  std::uint32_t attempts = 0;  // requests sent
  bool first_try = false;      // answered by the first server asked, at the first attempt
};

class OperationListener {
 public:
  virtual ~OperationListener() = default;
  virtual void on_invoke(std::uint32_t process, const faults::Operation& operation) = 0;
  virtual void on_complete(std::uint32_t process, const faults::Operation& operation,
                           const OperationResult& result) = 0;
  // What a replica glued when partitions healed: the sections' bytes and the certificate's.
  virtual void on_glued(NodeId, const Bytes&, const Bytes&) {}
};

}  // namespace wn::scenarios
