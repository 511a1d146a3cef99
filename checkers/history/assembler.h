#pragma once
// Assembler: pairs invocations with completions and checks the shape of every value. Feed it the parsed lines
// in order; each call gives a fault (column and message) or nothing.
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/value_tree.h"

namespace wn::checkers {

class Assembler {
 public:
  explicit Assembler(History& history) : history_(history) {}
  // `root` must be a map. `line` is the number of the line, for messages about earlier ones.
  std::optional<ParseFault> add(const ValueTree& tree, std::uint32_t root, std::uint64_t line);
  // Memory of micro-operations, which History::bytes() does not see, and of the table of processes.
  std::uint64_t extra_bytes() const { return txn_bytes_ + processes_.size() * 64; }

 private:
  enum class Type : std::uint8_t { invoke, ok, fail, info };
  struct Line {
    std::uint32_t process = kNoNode, type = kNoNode, f = kNoNode, key = kNoNode, value = kNoNode,
                  time = kNoNode;
  };
  struct Process {
    std::uint32_t operation = 0;
    std::uint64_t line = 0;
    enum class State : std::uint8_t { free, open, retired } state = State::free;
  };
  using Fault = std::optional<ParseFault>;

  Fault at(std::uint32_t node, std::string message) const;
  Fault invoke(const Line& line, Process& process, std::uint32_t id, Function function, std::uint64_t number);
  Fault complete(const Line& line, Process& process, Type type, Function function, std::uint64_t number);
  Fault result(const Line& line, Operation& op);
  Fault read_txn(std::uint32_t node, bool completed, std::vector<MicroOperation>& out);
  Fault read_micro(std::uint32_t node, bool completed, MicroOperation& out);
  std::string_view name(std::uint32_t node) const;  // of a text or keyword, without the colon; else ""
  Atom atom(std::uint32_t node) { return intern_value(*tree_, node, history_.atoms); }

  History& history_;
  const ValueTree* tree_ = nullptr;
  std::map<std::uint32_t, Process> processes_;
  std::uint64_t txn_bytes_ = 0;
};

}  // namespace wn::checkers
