#include <catch2/catch_test_macros.hpp>

#include "runtime/sync/test_pair.h"

namespace wn::sync {
namespace {

TEST_CASE("two sessions find the difference by each method, and by choice") {
  struct Shape {
    std::uint64_t common, asker, giver;
  };
  for (const Shape& shape :
       {Shape{0, 0, 0}, Shape{0, 1, 0}, Shape{0, 0, 1}, Shape{5, 0, 0}, Shape{100, 1, 1}, Shape{1000, 30, 5},
        Shape{3000, 0, 2000}, Shape{3000, 2000, 0}, Shape{0, 700, 700}, Shape{20000, 40, 40}}) {
    for (const auto method : {std::optional<Method>{}, std::optional(Method::symbols),
                              std::optional(Method::ranges), std::optional(Method::whole)}) {
      Options options;
      options.method = method;
      options.message_bytes_max = kMessageBytesMin;
      Pair pair(make_sets(shape.common, shape.asker, shape.giver), options);
      pair.run();
      INFO(shape.common << " " << shape.asker << " " << shape.giver << " method "
                        << (method ? static_cast<int>(*method) : -1) << " refusal "
                        << static_cast<int>(pair.asker.refusal()));
      CHECK(pair.right());
      CHECK(pair.giver.done());
      CHECK(pair.giver.missing().size() == shape.asker);
    }
  }
}

}  // namespace
}  // namespace wn::sync
