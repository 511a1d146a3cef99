#pragma once
// What runs have made on this machine, so that nothing stays when one of them dies: a file for each run in
// one folder, locked (flock) by the run while it lives. Whoever finds a file that is not locked removes what
// it lists, and the file.
//
// A line a thing: "space <name>" (a network namespace), "folder <path>" (of
// sockets), "scratch <path>" (of a run that is under way). Names that are
// not ours (kNamePrefix) are never touched, whatever a file says.
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "scenarios/cluster/command.h"

namespace wn::cluster {

// /run/worknode for root, else $XDG_RUNTIME_DIR/worknode, else a folder of this user under /tmp.
std::filesystem::path runtime_folder();

class Registry {
 public:
  // A new file of our own for the run of that name.
  static Result<Registry> open(const std::filesystem::path& folder, const std::string& run);
  Registry(Registry&& other) noexcept;
  Registry& operator=(Registry&& other) noexcept;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  // What is still listed stays listed for the next run.
  ~Registry();

  // Before the thing is made.
  Result<void> note(const std::string& kind, const std::string& name);
  // All that was noted is gone, and so is the file.
  void forget();
  int descriptor() const { return descriptor_; }

 private:
  Registry() = default;
  std::filesystem::path file_;
  int descriptor_ = -1;
};

struct Leftover {
  std::string run;
  std::vector<std::string> spaces;
  std::vector<std::string> folders;
};
// Removes what dead runs left. Says what that was; what cannot be removed stays listed.
std::vector<Leftover> remove_leftovers(const std::filesystem::path& folder, CommandLog& log);

}  // namespace wn::cluster
