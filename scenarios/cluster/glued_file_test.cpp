// Certificates reach the judges whole, over restarts and kills.
#include "scenarios/cluster/glued_file.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

scenarios::Gluing gluing_of(std::uint32_t node, std::size_t size) {
  return {.node = NodeId{node},
          .at = SimTime{1000 + node},
          .sections = Bytes::copy_of(std::string(size, 's')),
          .certificate = Bytes::copy_of("certificate " + std::to_string(node)),
          .says = {}};
}

TEST_CASE("gluings are read as they were written, over restarts, and a cut one is left out") {
  const fs::path file = fs::temp_directory_path() / ("wn-glued-" + std::to_string(::getpid()));
  fs::remove(file);
  CHECK(read_glued_file(file)->empty());
  {
    GluedFile(file).append(gluing_of(1, 3));
  }
  {
    GluedFile again(file);
    again.append(gluing_of(2, 0));
    again.append(gluing_of(3, 100'000));
  }
  const auto all = read_glued_file(file);
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 3);
  for (std::uint32_t n = 1; n <= 3; ++n) {
    CHECK((*all)[n - 1].node == NodeId{n});
    CHECK((*all)[n - 1].at == SimTime{1000 + n});
    CHECK((*all)[n - 1].certificate.text() == "certificate " + std::to_string(n));
  }
  CHECK((*all)[2].sections.size() == 100'000);
  fs::resize_file(file, fs::file_size(file) - 1);
  CHECK(read_glued_file(file)->size() == 2);
  fs::remove(file);
}

}  // namespace
}  // namespace wn::cluster
