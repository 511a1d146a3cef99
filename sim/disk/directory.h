#pragma once
// Directory: names to files, as seen and as durable. Creations, renames and removals since the last
// sync_directory survive a power loss each by itself or not; a rename is atomic.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/random.h"

namespace wn::sim {

class Directory {
 public:
  using Names = std::map<std::string, std::uint32_t>;

  const Names& names() const { return names_; }
  // kMissing when there is no such file.
  static constexpr std::uint32_t kMissing = 0;
  std::uint32_t find(const std::string& name) const;

  void create(const std::string& name, std::uint32_t inode);
  // REQUIRES that the (old) name is there.
  void rename(const std::string& from, const std::string& to);
  void remove(const std::string& name);
  void sync();
  // `random` belongs to this directory and this power loss. True when something was forgotten.
  bool lose_power(const Random& random);
  // Seen, or still durable, or waiting to be either: its bytes must be kept.
  bool refers_to(std::uint32_t inode) const;

 private:
  struct Change {
    enum Kind { created, renamed, removed } kind;
    std::string name;
    std::string to;
    std::uint32_t inode;
  };
  Names names_;
  Names durable_;
  std::vector<Change> unsynced_;
};

}  // namespace wn::sim
