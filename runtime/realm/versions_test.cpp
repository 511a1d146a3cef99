// Clients of three versions of the schema at one realm.
#include "runtime/realm/versions.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/realm/properties.h"
#include "runtime/realm/realm.h"
#include "runtime/realm/stock_schema.h"
#include "runtime/realm/test_cluster.h"
#include "runtime/schema/view.h"

namespace wn::realm {
namespace {

Request put(std::uint64_t worknode, std::int64_t value, std::uint32_t version) {
  Request r;
  r.function = Function::put;
  r.worknode = numbered(worknode);
  r.value = value;
  r.schema_version = version;
  return r;
}

Request get(std::uint64_t worknode, std::uint32_t version, Property property = Property::title) {
  Request r;
  r.function = Function::get;
  r.worknode = numbered(worknode);
  r.property = property;
  r.schema_version = version;
  return r;
}

Request publish(std::int64_t version) {
  Request r;
  r.function = Function::publish;
  r.value = version;
  return r;
}

using Items = std::vector<std::int64_t>;

TEST_CASE(
    "versions: a replica that does not know a version yet refuses its requests, and later serves them") {
  TestCluster cluster(2);
  cluster.run(seconds(1));
  REQUIRE(cluster.call(0, publish(2))->code == ReplyCode::done);
  CHECK(cluster.call(0, put(3, 5, 2))->code == ReplyCode::done);
  const auto early = cluster.call(1, put(3, 6, 2));
  CHECK((early->code == ReplyCode::refused && early->error == Errc::unsupported));
  CHECK(cluster.call(1, get(3, 2))->error == Errc::unsupported);
  cluster.run(seconds(2));
  CHECK(cluster.call(1, put(3, 7, 2))->code == ReplyCode::done);
  CHECK(cluster.call(1, get(3, 3))->error == Errc::unsupported);
}

TEST_CASE("versions: versions are published one after the other, the first is there from the start") {
  TestCluster cluster(1);
  CHECK(cluster.call(0, publish(1))->code == ReplyCode::done);
  CHECK(cluster.call(0, publish(3))->error == Errc::precondition);
  CHECK(cluster.call(0, publish(2))->code == ReplyCode::done);
  CHECK(cluster.call(0, publish(3))->code == ReplyCode::done);
  CHECK(cluster.call(0, publish(4))->error == Errc::invalid_argument);
}

TEST_CASE("versions: each reads what each other wrote, at every replica, over crashes and images") {
  TestCluster cluster(3);
  cluster.run(seconds(1));
  REQUIRE(cluster.call(0, put(5, -40, 1))->code == ReplyCode::done);  // before anything is published
  REQUIRE(cluster.call(0, publish(2))->code == ReplyCode::done);
  REQUIRE(cluster.call(0, publish(3))->code == ReplyCode::done);
  cluster.run(seconds(2));
  for (std::uint32_t writer = 1; writer <= 3; ++writer) {
    REQUIRE(cluster.call(writer - 1, put(writer, 100 + writer, writer))->code == ReplyCode::done);
  }
  cluster.run(seconds(2));
  REQUIRE(cluster.converged());
  const auto all_read = [&] {
    for (std::uint32_t node = 0; node < 3; ++node) {
      for (std::uint32_t reader = 0; reader <= 3; ++reader) {
        INFO("replica " << node << ", version " << reader);
        CHECK(cluster.call(node, get(5, reader))->items == Items{-40});
        for (std::uint32_t writer = 1; writer <= 3; ++writer) {
          CHECK(cluster.call(node, get(writer, reader))->items == Items{100 + writer});
        }
      }
    }
  };
  all_read();
  cluster.crash(0);
  cluster.take_image(1);
  cluster.crash(1);
  all_read();
}

TEST_CASE("versions: concurrent writes by two versions meet as one register, whoever knows what when") {
  for (std::uint32_t late = 1; late <= 3; ++late) {
    TestCluster cluster(3, {}, late);
    cluster.run(seconds(1));
    cluster.isolate(2);  // knows the first version alone
    REQUIRE(cluster.call(0, publish(2))->code == ReplyCode::done);
    REQUIRE(cluster.call(0, publish(3))->code == ReplyCode::done);
    cluster.run(seconds(2));
    REQUIRE(cluster.call(2, put(4, 1, 1))->code == ReplyCode::done);
    REQUIRE(cluster.call(0, put(4, 2, late))->code == ReplyCode::done);
    cluster.run(seconds(1));
    cluster.heal();
    cluster.run(seconds(3));
    CHECK(cluster.converged());
    const Items there = cluster.call(0, get(4, 3))->items;
    REQUIRE(there.size() == 1);
    for (std::uint32_t node = 0; node < 3; ++node) {
      for (std::uint32_t reader = 0; reader <= 3; ++reader)
        CHECK(cluster.call(node, get(4, reader))->items == there);
    }
  }
}

// What is stored is what the schema room would make of the client's own write: the two ways round a merge
// meet.
TEST_CASE("versions: a write over the lenses is the translation of the write without them") {
  auto* const memory = std::pmr::new_delete_resource();
  schema::Registry registry({}, memory);
  for (std::uint32_t version = 1; version <= kStockVersions; ++version) {
    std::vector<std::uint8_t> delta;
    REQUIRE(registry.publish(stock_schema(version), {causality::HlcTime{version}, ReplicaId{1}}, delta));
  }
  Versions versions(memory);
  versions.learn(registry);
  REQUIRE(versions.newest() == kStockVersions);
  Options options;
  for (std::uint32_t version = 1; version <= kStockVersions; ++version) {
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-7}, INT64_MAX, INT64_MIN}) {
      const causality::Dot dot{ReplicaId{1}, 1};
      const causality::Stamp stamp{causality::HlcTime{1000}, ReplicaId{1}};
      Properties properties(options, memory);
      crdt::CausalContext seen(memory);
      std::vector<std::uint8_t> stored;
      REQUIRE(properties.write(put(1, value, version), versions,
                               {.dot = dot, .stamp = stamp, .seen = &seen, .delta = &stored}) == Errc::ok);

      const Versions::Known& as = *versions.find(version);
      crdt::Options plain;
      crdt::Document document(plain, memory);
      crdt::CausalContext own(memory);
      std::vector<std::uint8_t> written;
      const schema::FieldSpec& title = *as.schema.find("title");
      const auto text = std::to_string(value);
      const auto done =
          schema::View(as.schema, as.table, as.to, document)
              .set(title.number,
                   title.element == schema::ScalarKind::string ? schema::ValueView::of(std::string_view(text))
                                                               : schema::ValueView::of(value),
                   {.dot = dot, .stamp = stamp, .seen = &own, .delta = &written});
      REQUIRE(done.has_value());
      std::vector<std::uint8_t> translated;
      REQUIRE(versions.find(kStoredVersion)->to.translate(written, translated).has_value());
      INFO("version " << version << ", value " << value);
      CHECK(translated == stored);
      Items items;
      for (std::uint32_t reader = 1; reader <= kStockVersions; ++reader) {
        items.clear();
        const auto found = properties.read(get(1, reader), versions, items);
        CHECK((found.has_value() && *found && items == Items{value}));
      }
    }
  }
}

TEST_CASE("versions: every write is held against the schema of its version") {
  Options options;
  options.limits.max_properties = 5;  // the first version has six fields: a realm without properties
  TestCluster cluster(1, options);
  CHECK(cluster.call(0, put(3, 1, 0))->error == Errc::unsupported);
  CHECK(cluster.call(0, put(3, 1, 1))->error == Errc::unsupported);
  CHECK(cluster.call(0, get(3, 0))->error == Errc::unsupported);
  CHECK(cluster.call(0, publish(1))->error == Errc::too_large);
  Request create;
  create.function = Function::create;
  create.worknode = numbered(900);
  create.other = numbered(1);
  CHECK(cluster.call(0, create)->code == ReplyCode::done);
}

}  // namespace
}  // namespace wn::realm
