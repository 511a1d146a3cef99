#pragma once
// Certificates of gluings on their way from a server of a run to its judges: a file beside the server's
// trace, one record for each gluing, each written by one call, so that kill -9 leaves whole ones and at most
// one that is cut, which the reader leaves out. Bounded: what comes after kGluedFileBytesMax is not kept.
#include <filesystem>
#include <vector>

#include "runtime/base/result.h"
#include "scenarios/runner/gluings.h"

namespace wn::cluster {

inline constexpr std::uint64_t kGluedFileBytesMax = 256U << 20;

class GluedFile {
 public:
  // Goes on behind what an earlier life of the server has written. Without a file all is left out.
  explicit GluedFile(const std::filesystem::path& file);
  GluedFile(const GluedFile&) = delete;
  GluedFile& operator=(const GluedFile&) = delete;
  ~GluedFile();
  void append(const scenarios::Gluing& gluing);

 private:
  int file_ = -1;
  std::uint64_t bytes_ = 0;
};

// In the order in which they were written; none where there is no file. Errors: one that cannot be read.
Result<std::vector<scenarios::Gluing>> read_glued_file(const std::filesystem::path& file);

}  // namespace wn::cluster
