#pragma once
// What a certificate says, for people: who agrees with whom, and what stands against gluing. Reading is not
// checking (gluing.h). Thread rule: values.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/bytes.h"

namespace wn::checkers {

struct GluingPicture {
  struct Edge {  // by place
    std::uint64_t from = 0, to = 0;
    bool differs = false;
    std::uint64_t distance = 0;  // differing dots; 0 where the certificate left it out
  };
  struct Witness {
    std::uint64_t replica = 0, counter = 0;  // the operation
    std::string says;                        // "w5 is called 17"
    std::uint64_t carriers = 0;              // bit i: section i
  };
  struct Obstruction {
    std::string kind, says;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> edges;
    std::vector<Witness> witnesses;
  };
  std::vector<std::uint64_t> nodes;  // that gave the sections
  bool glued = false, acyclic = false;
  std::uint64_t radius = 0, loops = 0, serve = 0;
  std::vector<Edge> edges;
  std::vector<Obstruction> obstructions;
  std::vector<std::uint64_t> maximal;
};

// Nothing: bytes that cannot be read.
std::optional<GluingPicture> picture_of(ByteView cover, ByteView certificate);

}  // namespace wn::checkers
