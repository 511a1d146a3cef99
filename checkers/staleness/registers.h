#pragma once
// Registers: the operations of each key, writes with the reads that saw them. Private to this room.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers::staleness {

inline constexpr std::uint64_t kInitialOperation = ~std::uint64_t{0};

// Positions; the initial value's write begins and ends before all.
struct RegisterWrite {
  std::uint64_t operation = kInitialOperation;
  std::uint64_t begin = 0, end = 0;
  std::uint64_t first_end = 0;  // the earliest end among it and its reads: by then it has taken effect
  std::uint32_t reads = 0;
};
struct RegisterRead {
  std::uint64_t operation = 0;
  std::uint64_t begin = 0, end = 0;
  std::uint32_t write = 0;
};

// Positions are those of the history, one up. Reads ascend by begin; writes too, the initial one first.
struct Register {
  Atom key;
  std::vector<RegisterWrite> writes;
  std::vector<RegisterRead> reads;
};

struct Flawed {
  const char* signature = nullptr;
  std::vector<std::uint64_t> operations;
};

struct Registers {
  std::vector<Register> keys;
  const char* refused = nullptr;
  std::optional<Flawed> flaw;
};

Registers read_registers(const History& history);

}  // namespace wn::checkers::staleness
