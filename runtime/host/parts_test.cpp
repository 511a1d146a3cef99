#include "runtime/host/parts.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace wn::host {
namespace {

Bytes bytes_of(const std::string& text) { return Bytes::copy_of(text); }

TEST_CASE("parts: a record comes back as what it was, of the part that made it") {
  for (const Part part : {Part::realm, Part::local, Part::groups, Part::rpc}) {
    const Bytes record = tagged(part, bytes_of("\x0a\x01z"));
    const auto got = part_of(record.view());
    REQUIRE(got.has_value());
    CHECK(got->part == part);
    CHECK(Bytes::copy_of(got->bytes) == bytes_of("\x0a\x01z"));
  }
  CHECK_FALSE(part_of(bytes_of("\x07").view()).has_value());
  CHECK_FALSE(part_of(bytes_of("\x07\x01z").view()).has_value());
  CHECK_FALSE(part_of(bytes_of("\x07\x09z").view()).has_value());
}

TEST_CASE("parts: an image of the realm alone is plain, others come back whole or not at all") {
  PartImages images;
  images.realm = bytes_of("\x08\x01realm");
  CHECK(compose(images) == images.realm);
  for (const int which : {1, 2, 3, 4, 5, 6, 7}) {
    images = {};
    images.realm = bytes_of("\x08\x01realm");
    if ((which & 4) != 0) images.rpc = bytes_of("7");
    if ((which & 1) != 0) images.local = bytes_of("");
    if ((which & 2) != 0) images.groups = bytes_of("groups");
    const Bytes whole = compose(images);
    const auto back = decompose(whole.view());
    REQUIRE(back.has_value());
    CHECK(back->realm == images.realm);
    CHECK(back->local == images.local);
    CHECK(back->groups == images.groups);
    CHECK(back->rpc == images.rpc);
    for (std::size_t n = 1; n < whole.size(); ++n) {
      // Cut where a part ends, it is the image of one part less.
      const auto cut = decompose(whole.view().subspan(0, n));
      if (cut) CHECK(compose(*cut) == Bytes::copy_of(whole.view().subspan(0, n)));
    }
  }
}

}  // namespace
}  // namespace wn::host
