#include <algorithm>
#include <utility>

#include "checkers/history/assembler.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

// (position, operation * 2 + completion): the events of the history in real-time order.
std::vector<std::pair<std::uint64_t, std::uint64_t>> events_of(const History& history) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> events;
  events.reserve(history.operations.size() * 2);
  for (std::uint64_t i = 0; i < history.operations.size(); ++i) {
    const Operation& op = history.operations[i];
    events.emplace_back(op.invoked, i * 2);
    if (op.completed != kNever) events.emplace_back(op.completed, i * 2 + 1);
  }
  std::ranges::sort(events);
  return events;
}

struct Words {
  std::string_view open, index, time, process, type, f, key, value, nil, quote, keyword, comma, close;
};
constexpr Words kJson{"{",         "\"index\":", ",\"time\":",  ",\"process\":", ",\"type\":\"",
                      ",\"f\":\"", ",\"key\":",  ",\"value\":", "null",          "\"",
                      "\"",        ",",          "}\n"};
constexpr Words kEdn{"{",         ":index ", ", :time ", ", :process ", ", :type :", ", :f :", ", :key ",
                     ", :value ", "nil",     "",         ":",           " ",         "}\n"};

class Writer {
 public:
  Writer(const History& history, const Words& words, bool edn)
      : history_(history), words_(words), edn_(edn) {}

  std::string write() {
    const auto events = events_of(history_);
    out_.reserve(events.size() * 96);
    for (std::size_t i = 0; i < events.size(); ++i) {
      const std::uint64_t id = events[i].second;
      line(i, history_.operations[id / 2], id % 2 != 0);
    }
    return std::move(out_);
  }

 private:
  void line(std::size_t index, const Operation& op, bool completion) {
    out_ += words_.open;
    out_ += words_.index;
    out_ += std::to_string(index);
    const std::int64_t at = completion ? op.completed_ns : op.invoked_ns;
    if (at != kNoTime) {
      out_ += words_.time;
      out_ += std::to_string(at);
    }
    out_ += words_.process;
    out_ += std::to_string(op.process);
    out_ += words_.type;
    out_ += completion ? to_string(op.outcome) : "invoke";
    out_ += words_.quote;
    out_ += words_.f;
    out_ += to_string(op.function);
    out_ += words_.quote;
    out_ += words_.key;
    atom(op.key);
    out_ += words_.value;
    value(op, completion && op.outcome == Outcome::ok);
    out_ += words_.close;
  }

  void value(const Operation& op, bool ok) {
    switch (op.function) {
      case Function::txn:
        txn(op, ok);
        return;
      case Function::cas:
        out_ += "[";
        atom(op.expected);
        out_ += words_.comma;
        atom(op.value);
        out_ += "]";
        return;
      default:
        atom(ok && !takes_argument(op.function) ? op.result : op.value);
        return;
    }
  }

  void txn(const Operation& op, bool ok) {
    out_ += "[";
    bool first = true;
    for (const MicroOperation& m : op.txn) {
      if (!first) out_ += words_.comma;
      first = false;
      out_ += "[";
      out_ += words_.keyword;
      out_ += m.append ? "append" : m.write ? "w" : "r";
      out_ += words_.quote;
      out_ += words_.comma;
      atom(m.key);
      out_ += words_.comma;
      if (m.append || m.write) {
        atom(m.value);
      } else if (ok && m.list) {
        list(*m.list);
      } else {
        atom(ok && m.seen ? *m.seen : kNil);
      }
      out_ += "]";
    }
    out_ += "]";
  }

  void list(std::span<const Atom> elements) {
    out_ += "[";
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i != 0) out_ += words_.comma;
      atom(elements[i]);
    }
    out_ += "]";
  }

  void atom(Atom a) {
    const Interner& atoms = history_.atoms;
    if (a == kNil) {
      out_ += words_.nil;
    } else if (edn_ && atoms.kind(a) == Interner::Kind::list) {
      list(atoms.list_of(a));
    } else if (edn_ && atoms.kind(a) == Interner::Kind::other) {
      out_ += atoms.text_of(a);
    } else {
      atoms.append_json(a, out_);
    }
  }

  const History& history_;
  const Words& words_;
  bool edn_;
  std::string out_;
};

}  // namespace

std::string write_jsonl(const History& history) { return Writer(history, kJson, false).write(); }
std::string write_edn(const History& history) { return Writer(history, kEdn, true).write(); }

}  // namespace wn::checkers
