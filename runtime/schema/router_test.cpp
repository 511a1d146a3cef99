#include "runtime/schema/router.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/schema/compare.h"
#include "runtime/schema/test_chains.h"

namespace wn::schema {
namespace {

using namespace std::string_view_literals;

Router router(const std::vector<Schema>& chain, std::uint32_t target) {
  return Router(chain, Version{target}, std::pmr::new_delete_resource());
}

// One thing that can be stored: a value at an address, or an element of a set at an address.
struct Item {
  FieldNumber number;
  bool keyed = false;
  std::string key;
  bool is_element = false;
  Value value;
  friend auto operator<=>(const Item&, const Item&) = default;
};

Item routed(const Router& r, Item item) {
  const Place from{item.number, item.is_element ? Kind::set : Kind::last_writer, item.keyed, item.key};
  std::string element = item.value.bytes;
  const bool text = item.is_element && item.value.kind == ScalarKind::string;
  const Route route = text ? r.route_element(from, element) : r.route(from);
  for (const ValueStep& s : route.values.span()) item.value = rewrite(s, item.value.view());
  if (text) item.value.bytes = element;
  const std::string key(route.place.key);
  item.number = route.place.number;
  item.keyed = route.place.keyed;
  item.key = key;
  return item;
}

// Every address that a chain speaks of, and some that it does not, with values of the small scope.
std::vector<Item> items_of(const std::vector<Schema>& chain) {
  std::vector<std::string> keys{"other"};
  for (const Schema& schema : chain) {
    for (const LensStep& s : schema.lens.steps) {
      if (!s.key.empty()) keys.push_back(s.key);
    }
  }
  std::vector<Value> values{Value::of(std::int64_t{0}),  Value::of(std::int64_t{7}),
                            Value::of(std::int64_t{60}), Value::of("7"sv),
                            Value::of("soon"sv),         Value::of(true)};
  std::vector<Item> out;
  for (std::uint32_t n = 1; n <= 12; ++n) {
    for (const Value& v : values) {
      out.push_back({FieldNumber{n}, false, {}, false, v});
      for (const std::string& k : keys) out.push_back({FieldNumber{n}, true, k, false, v});
    }
    for (const std::string& k : keys) {
      for (const char* tail : {"", "a", "b"}) {
        out.push_back({FieldNumber{n}, false, {}, true, Value::of(std::string_view(k + tail))});
      }
    }
    out.push_back({FieldNumber{n}, false, {}, true, Value::of("plain"sv)});
  }
  return out;
}

// Idempotent, independent of the way, and one-to-one between the shapes of any two versions.
void check_laws(const std::vector<Schema>& chain) {
  const auto versions = static_cast<std::uint32_t>(chain.size());
  std::vector<Router> to;
  for (std::uint32_t v = 1; v <= versions; ++v) to.push_back(router(chain, v));
  const auto items = items_of(chain);
  for (const Router& u : to) {
    std::vector<Item> shape;
    for (const Item& item : items) shape.push_back(routed(u, item));
    std::sort(shape.begin(), shape.end());
    shape.erase(std::unique(shape.begin(), shape.end()), shape.end());
    for (const Item& item : shape) REQUIRE(routed(u, item) == item);  // idempotent
    for (const Router& v : to) {
      std::vector<Item> images;
      for (const Item& item : shape) {
        images.push_back(routed(v, item));
        REQUIRE(routed(u, images.back()) == item);  // GetPut and PutGet: there and back again
      }
      for (const Item& item : items) {
        INFO("field " << item.number.value << " key " << item.key << " holds " << item.value.bytes
                      << " to version " << v.target().value << " over " << u.target().value);
        REQUIRE(routed(v, routed(u, item)) == routed(v, item));
      }
      std::sort(images.begin(), images.end());
      REQUIRE(std::adjacent_find(images.begin(), images.end()) == images.end());
    }
  }
}

TEST_CASE("router: there and back again, over three versions with one lens of each common sort") {
  const auto chain = test::three_versions();
  REQUIRE(compare_all(chain).publishable());
  check_laws(chain);
}

TEST_CASE("router: what a version stored is found where another version looks for it") {
  const auto chain = test::three_versions();
  const Router three = router(chain, 3);
  const Item minutes{FieldNumber{2}, false, {}, false, Value::of(std::int64_t{2})};
  CHECK(routed(three, minutes) == Item{FieldNumber{8}, false, {}, false, Value::of("120"sv)});
  const Item title{FieldNumber{1}, false, {}, false, Value::of("x"sv)};
  CHECK(routed(three, title) == Item{FieldNumber{7}, true, "title", false, Value::of("x"sv)});
  const Item label{FieldNumber{3}, false, {}, true, Value::of("l:red"sv)};
  CHECK(routed(three, label) == Item{FieldNumber{6}, false, {}, true, Value::of("red"sv)});
  const Item unknown{FieldNumber{99}, false, {}, false, Value::of("x"sv)};
  CHECK(routed(three, unknown) == unknown);
  CHECK_FALSE(three.moves(FieldNumber{4}));
}

TEST_CASE("router: every chain that may be published keeps the laws") {
  const Random random(45);
  std::vector<std::uint32_t> used(kLensKindsEnd);
  for (std::uint32_t round = 0; round < 150; ++round) {
    Draw draw = random.at("chain", round);
    const auto chain = test::random_chain(draw, used);
    const std::string told = test::told(chain);
    INFO(told);
    check_laws(chain);
  }
  for (std::size_t kind = 3; kind <= 10; ++kind) CHECK(used[kind] > 0);
}

}  // namespace
}  // namespace wn::schema
