#pragma once
// Assembler: pairs invocations with completions and checks the shape of every value. Feed it the parsed lines
// in order; each call gives a fault (column and message) or nothing, and then event() says what the line was.
//
// Operations stand in the caller's vector, in order of invocation; with `recycle` the place of a completed
// one is used again by a later line, so that the vector holds what is open and no more.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "checkers/history/fast_line.h"
#include "checkers/history/history.h"
#include "checkers/history/process_table.h"
#include "checkers/history/value_tree.h"

namespace wn::checkers {

// Where the fields of an operation stand in a tree.
struct FieldNodes {
  std::uint32_t process = kNoNode, type = kNoNode, f = kNoNode, key = kNoNode, value = kNoNode,
                time = kNoNode;
};

class Assembler {
 public:
  enum class Event : std::uint8_t { none, invoke, complete };

  Assembler(Interner& atoms, std::vector<Operation>& operations, bool recycle)
      : atoms_(atoms), operations_(operations), recycle_(recycle) {}
  // `root` must be a map. `line` is the number of the line, for messages about earlier ones.
  std::optional<ParseFault> add(const ValueTree& tree, std::uint32_t root, std::uint64_t line);
  std::optional<ParseFault> add(const ValueTree& tree, const FieldNodes& fields, std::uint32_t root,
                                std::uint64_t line);
  // False: nothing was done, and the other add() has to look at this line.
  bool add_fast(const FastLine& fast, bool edn, std::uint64_t line);

  Event event() const { return event_; }
  std::uint32_t place() const { return place_; }  // of the operation of the last event
  std::uint64_t positions() const { return positions_; }
  std::uint64_t process_bytes() const { return processes_.bytes(); }
  // Memory of micro-operations, which History::bytes() does not see, and of the table of processes.
  std::uint64_t extra_bytes() const { return txn_bytes_ + processes_.bytes(); }

 private:
  enum class Type : std::uint8_t { none, invoke, ok, fail, info };
  using Fault = std::optional<ParseFault>;
  using State = HistoryProcess::State;

  static Type type_named(std::string_view name);
  bool is_txn(std::uint32_t node) const;
  Fault at(std::uint32_t node, std::string message) const;
  Fault invoke(const FieldNodes& line, HistoryProcess& process, Function function, std::uint64_t number);
  Fault complete(const FieldNodes& line, HistoryProcess& process, Type type, Function function,
                 std::uint64_t number);
  Fault result(const FieldNodes& line, Operation& op);
  Fault read_txn(std::uint32_t node, bool completed, std::vector<MicroOperation>& out);
  Fault read_micro(std::uint32_t node, bool completed, MicroOperation& out);
  std::string_view name(std::uint32_t node) const;  // of a text or keyword, without the colon; else ""
  Atom atom(std::uint32_t node) { return intern_value(*tree_, node, atoms_); }

  Operation& open(HistoryProcess& process, Function function, std::uint64_t line);
  void close(HistoryProcess& process, Operation& op, Type type, std::uint64_t line);
  void settle();

  bool fast_invoke(const FastLine& fast, bool edn, HistoryProcess& process, Function function,
                   std::uint64_t line);
  bool fast_complete(const FastLine& fast, bool edn, HistoryProcess& process, Type type, Function function,
                     std::uint64_t line);
  bool fast_result(const FastLine& fast, bool edn, Operation& op);
  bool fast_atom(const FastValue& value, bool edn, Atom& out);
  bool fast_list(std::string_view list, bool edn);  // into scratch_
  bool fast_txn(const FastValue& value, bool edn, bool completed, std::vector<MicroOperation>& micros);
  bool fast_micro(FastCursor& cursor, bool edn, bool completed, MicroOperation& micro);

  Interner& atoms_;
  std::vector<Operation>& operations_;
  bool recycle_;
  const ValueTree* tree_ = nullptr;
  ProcessTable processes_;
  std::vector<Atom> scratch_;
  std::vector<MicroOperation> micros_;
  std::vector<std::uint32_t> vacant_;
  Event event_ = Event::none;
  std::uint32_t place_ = 0;
  std::uint64_t positions_ = 0;
  std::uint64_t txn_bytes_ = 0;
};

bool takes_argument(Function f);

}  // namespace wn::checkers
