#include "checkers/staleness/registers.h"

#include <algorithm>

namespace wn::checkers::staleness {
namespace {

struct Written {
  std::uint32_t key = 0;
  std::uint32_t value = 0;
  std::uint64_t operation = 0;
  std::uint32_t place = 0;  // in its register, once it is known to count
  bool seen = false;
};

class Reader {
 public:
  explicit Reader(const History& history) : history_(history), key_(history.atoms.size(), kNoKey) {}

  Registers run() {
    for (std::uint64_t o = 0; o < history_.operations.size(); ++o) collect(o);
    std::ranges::sort(writes_, {}, [](const Written& w) { return std::pair(w.key, w.value); });
    if (out_.refused != nullptr) return std::move(out_);
    for (auto& [read, key, value] : reads_) see(read, key, value);
    place();
    return std::move(out_);
  }

 private:
  static constexpr std::uint32_t kNoKey = ~std::uint32_t{0};
  struct Seen {
    RegisterRead read;
    std::uint32_t key = 0, value = 0;
  };

  std::uint32_t key_of(Atom key) {
    if (key_[key.id] == kNoKey) {
      key_[key.id] = static_cast<std::uint32_t>(out_.keys.size());
      out_.keys.push_back({.key = key, .writes = {RegisterWrite{}}, .reads = {}});
    }
    return key_[key.id];
  }
  void collect(std::uint64_t o) {
    const Operation& op = history_.operations[o];
    const std::uint32_t key = key_of(op.key);
    if (op.function == Function::write || op.function == Function::put) {
      if (op.value == kNil || history_.atoms.kind(op.value) == Interner::Kind::list)
        out_.refused = "a nil or a list is written";
      writes_.push_back({.key = key, .value = op.value.id, .operation = o});
    } else if (op.function == Function::read || op.function == Function::get) {
      if (op.outcome != Outcome::ok) return;
      Atom value = op.result;
      if (history_.atoms.kind(value) == Interner::Kind::list) {
        const auto list = history_.atoms.list_of(value);
        value = list.empty() ? kNil : list.back();
      }
      reads_.push_back({.read = {.operation = o, .begin = op.invoked + 1, .end = op.completed + 1},
                        .key = key,
                        .value = value.id});
    } else {
      out_.refused = "there are other functions than reads and writes";
    }
  }
  void flaw(const char* what, std::vector<std::uint64_t> operations) {
    if (!out_.flaw.has_value()) out_.flaw = {.signature = what, .operations = std::move(operations)};
  }
  void see(const RegisterRead& read, std::uint32_t key, std::uint32_t value) {
    if (value == kNil.id) return;
    const auto found = std::ranges::equal_range(writes_, std::pair(key, value), {},
                                                [](const Written& w) { return std::pair(w.key, w.value); });
    if (found.empty()) return flaw("staleness: a value from nowhere", {read.operation});
    if (found.size() > 1) {
      out_.refused = "a value is written twice into a key and read";
      return;
    }
    Written& w = *found.begin();
    const Operation& op = history_.operations[w.operation];
    if (op.outcome == Outcome::fail)
      return flaw("staleness: a value from nowhere", {w.operation, read.operation});
    if (read.end < op.invoked + 1)
      return flaw("staleness: a value from the future", {read.operation, w.operation});
    w.seen = true;
  }
  void place() {
    std::vector<std::uint32_t> by_time(writes_.size());
    for (std::uint32_t i = 0; i < by_time.size(); ++i) by_time[i] = i;
    std::ranges::sort(by_time, {}, [&](std::uint32_t i) { return writes_[i].operation; });
    for (const std::uint32_t i : by_time) {
      Written& w = writes_[i];
      const Operation& op = history_.operations[w.operation];
      const bool ok = op.outcome == Outcome::ok;
      if (!ok && !w.seen) continue;  // it never happened, which is the best for everybody
      Register& reg = out_.keys[w.key];
      w.place = static_cast<std::uint32_t>(reg.writes.size());
      const std::uint64_t end = ok ? op.completed + 1 : kNever;
      reg.writes.push_back({.operation = w.operation, .begin = op.invoked + 1, .end = end, .first_end = end});
    }
    if (out_.flaw.has_value() || out_.refused != nullptr) return;
    for (Seen& seen : reads_) {
      Register& reg = out_.keys[seen.key];
      if (seen.value != kNil.id) {
        const auto w = std::ranges::lower_bound(writes_, std::pair(seen.key, seen.value), {},
                                                [](const Written& x) { return std::pair(x.key, x.value); });
        seen.read.write = w->place;
      }
      RegisterWrite& write = reg.writes[seen.read.write];
      write.first_end = std::min(write.first_end, seen.read.end);
      ++write.reads;
      reg.reads.push_back(seen.read);
    }
  }

  const History& history_;
  Registers out_;
  std::vector<std::uint32_t> key_;
  std::vector<Written> writes_;
  std::vector<Seen> reads_;
};

}  // namespace

Registers read_registers(const History& history) { return Reader(history).run(); }

}  // namespace wn::checkers::staleness
