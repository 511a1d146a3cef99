#include "checkers/history/duplicate_writes.h"

namespace wn::checkers {
namespace {

// A set of (key, value) with the operation that wrote it; open addressing.
class Written {
 public:
  // The operation that wrote it before, if any.
  std::optional<std::uint64_t> add(Atom key, Atom value, std::uint64_t operation) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    Slot& slot = find(pack(key, value));
    if (slot.operation != kFree) return slot.operation;
    slot = {pack(key, value), operation};
    ++used_;
    return {};
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t pair = 0, operation = kFree;
  };
  static std::uint64_t pack(Atom key, Atom value) { return std::uint64_t{key.id} << 32 | value.id; }
  Slot& find(std::uint64_t pair) {
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t mixed = pair * 0x9E3779B97F4A7C15ULL;
    std::size_t i = (mixed ^ (mixed >> 29)) & mask;
    while (slots_[i].operation != kFree && slots_[i].pair != pair) i = (i + 1) & mask;
    return slots_[i];
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    std::swap(old, slots_);
    for (const Slot& s : old) {
      if (s.operation != kFree) find(s.pair) = s;
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(256);
  std::size_t used_ = 0;
};

bool writes(Function f) {
  return f == Function::write || f == Function::put || f == Function::append || f == Function::cas ||
         f == Function::add || f == Function::enqueue || f == Function::push;
}

}  // namespace

std::optional<DuplicateWrite> find_duplicate_writes(const History& history) {
  Written written;
  const auto check = [&](Atom key, Atom value, std::uint64_t i) -> std::optional<DuplicateWrite> {
    const auto before = written.add(key, value, i);
    if (!before) return {};
    const auto line = [&](std::uint64_t o) { return history.places.line_of(history.operations[o].invoked); };
    return DuplicateWrite{*before, i, line(*before), line(i), key, value};
  };
  for (std::uint64_t i = 0; i < history.operations.size(); ++i) {
    const Operation& op = history.operations[i];
    if (writes(op.function)) {
      if (auto found = check(op.key, op.value, i)) return found;
    }
    for (const MicroOperation& m : op.txn) {
      if (!m.append && !m.write) continue;
      if (auto found = check(m.key, m.value, i)) return found;
    }
  }
  return {};
}

std::string describe(const History& history, const DuplicateWrite& d) {
  std::string out = "the value " + history.atoms.to_json(d.value) + " is written ";
  if (d.key != kNil) out += "to key " + history.atoms.to_json(d.key) + " ";
  out += "twice";
  if (d.first_line != 0 && d.second_line != 0) {
    out += d.first_line == d.second_line
               ? ", in line " + std::to_string(d.first_line)
               : ", in lines " + std::to_string(d.first_line) + " and " + std::to_string(d.second_line);
  }
  return out + "; this check needs unique values";
}

}  // namespace wn::checkers
