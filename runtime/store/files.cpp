// Names of the store's files: `log-<number>`, `snap-<index>-<term>` (16 hexadecimal digits each, so that
// names sort as numbers do), `mark`, and the two images on their way, `saving.tmp` and `receiving.tmp`.
#include "runtime/store/state.h"

namespace wn::store {
namespace {

constexpr std::size_t kDigits = 16;

void add_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(value >> shift) & 15U];
}

bool take_hex(const std::string& name, std::size_t at, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = at; i < at + kDigits; ++i) {
    const char c = name[i];
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string segment_name(std::uint64_t number) {
  std::string name = "log-";
  add_hex(name, number);
  return name;
}

std::string snapshot_name(LogIndex index, Term term) {
  std::string name = "snap-";
  add_hex(name, index.value);
  name += '-';
  add_hex(name, term.value);
  return name;
}

const char* transfer_name(bool receiving) { return receiving ? "receiving.tmp" : "saving.tmp"; }

bool parse_segment_name(const std::string& name, std::uint64_t& number) {
  return name.size() == 4 + kDigits && name.starts_with("log-") && take_hex(name, 4, number);
}

bool parse_snapshot_name(const std::string& name, LogIndex& index, Term& term) {
  return name.size() == 6 + 2 * kDigits && name.starts_with("snap-") && name[5 + kDigits] == '-' &&
         take_hex(name, 5, index.value) && take_hex(name, 6 + kDigits, term.value);
}

}  // namespace wn::store
