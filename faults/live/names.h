#pragma once
// Names: the directory of a hurt node: which file each name leads to now, and which it will lead to after a
// power loss. Files are numbers here; each has one name on the outer disk, its visible one or, removed but
// not yet durably so, one in the graveyard.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/random.h"

namespace wn::live {

// Names that begin so are Hurt's own on the outer disk; the inner process may not use them.
inline constexpr const char* kOwnPrefix = "hurt.";

class Names {
 public:
  static constexpr std::uint32_t kMissing = 0;

  // A file that is there, durably.
  std::uint32_t found(const std::string& name);
  std::uint32_t find(const std::string& name) const;
  std::uint32_t create(const std::string& name);
  void rename(const std::string& from, const std::string& to);
  void remove(const std::string& name);

  std::uint64_t last_change() const { return first_change_ + changes_.size() - 1; }
  void synced(std::uint64_t upto);
  // The names after a power loss.
  std::map<std::string, std::uint32_t> lose_power(const Random& random) const;

  // Whether some name leads to it or may do so again.
  bool refers_to(std::uint32_t file) const;
  const std::map<std::string, std::uint32_t>& visible() const { return visible_; }

  static std::string graveyard(std::uint32_t file) { return kOwnPrefix + ("grave." + std::to_string(file)); }
  // Where a file steps while another takes its place under `name`.
  static std::string replaced(std::uint32_t file, const std::string& name) {
    return kOwnPrefix + ("over." + std::to_string(file) + "." + name);
  }
  // The name in such a name; "" for another one.
  static std::string replaced_name(const std::string& own);
  static bool own(const std::string& name) { return name.rfind(kOwnPrefix, 0) == 0; }

 private:
  struct Change {
    enum Kind { created, renamed, removed } kind = created;
    std::string name;
    std::string to;
    std::uint32_t file = kMissing;
  };
  static void apply(const Change& change, std::map<std::string, std::uint32_t>& names);

  std::map<std::string, std::uint32_t> visible_;
  std::map<std::string, std::uint32_t> durable_;
  std::vector<Change> changes_;
  std::uint64_t first_change_ = 1;
  std::uint32_t last_ = 0;
};

}  // namespace wn::live
