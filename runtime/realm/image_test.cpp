// Images in chunks: the cut, and how a replica that comes back takes what it lacks.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/realm/image_chunks.h"
#include "runtime/realm/test_cluster.h"

namespace wn::realm {
namespace {

constexpr std::uint32_t kDocuments = 400;

Request include(std::uint64_t worknode, std::int64_t value) {
  Request r;
  r.function = Function::include;
  r.worknode = numbered(worknode);
  r.property = Property::tags;
  r.value = value;
  return r;
}

Options many(std::uint32_t worknodes = kDocuments + 10) {
  Options options;
  options.worknodes = worknodes;
  options.limits.gc_eviction_after_ns = 4'000'000'000;
  return options;
}

void fill(TestCluster& cluster, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t w = first; w <= last; ++w) {
    for (std::int64_t tag = 1; tag <= 8; ++tag) {
      REQUIRE(cluster.call(0, include(w, static_cast<std::int64_t>(w) * 100 + tag))->code == ReplyCode::done);
    }
  }
}

// Node 2 is away until it is evicted; meanwhile `changed` documents change.
void stay_away(TestCluster& cluster, std::uint64_t changed) {
  cluster.isolate(2);
  for (std::uint64_t w = 1; w <= changed; ++w) {
    REQUIRE(cluster.call(0, include(w, 7))->code == ReplyCode::done);
  }
  cluster.run(seconds(9));
  REQUIRE(cluster.count(TraceKind::realm_evicted) >= 2);
}

bool came_back(const TestCluster& cluster, TestNode& node) {
  return cluster.converged() && node.realm->replica() != ReplicaId{3};
}

TEST_CASE("an image that is cut into chunks and put together again is the same image") {
  for (const std::uint64_t documents : {0U, 1U, 60U}) {
    TestCluster cluster(2, many(70));
    if (documents > 0) fill(cluster, 1, documents);
    const Bytes image = cluster.node(0).realm->image();
    std::vector<Chunk> chunks;
    cut_image(image, chunks);
    CHECK(std::ranges::is_sorted(chunks, {}, &Chunk::label));
    std::vector<Chunk> carried;
    for (const Chunk& chunk : chunks) {
      std::vector<std::uint8_t> bytes;
      encode(chunk, bytes);
      REQUIRE(decode(bytes, carried.emplace_back()) == Errc::ok);
      CHECK(carried.back().id == chunk.id);
    }
    std::ranges::reverse(carried);
    Bytes again;
    REQUIRE(assemble(carried, again) == Errc::ok);
    CHECK(again == image);
    carried.push_back(carried.front());
    CHECK(assemble(carried, again) == Errc::corrupt);
  }
}

TEST_CASE("one more change changes few chunks") {
  TestCluster cluster(1, many(70));
  fill(cluster, 1, 60);
  const auto ids = [&] {
    std::vector<Chunk> chunks;
    cut_image(cluster.node(0).realm->image(), chunks);
    std::vector<sync::ItemId> out;
    for (const Chunk& chunk : chunks) {
      if (chunk.label.section == kDocumentSection || chunk.label.section == 2) out.push_back(chunk.id);
    }
    std::ranges::sort(out);
    return out;
  };
  const auto before = ids();
  REQUIRE(cluster.call(0, include(5, 7))->code == ReplyCode::done);
  const auto after = ids();
  std::vector<sync::ItemId> fresh;
  std::ranges::set_difference(after, before, std::back_inserter(fresh));
  CHECK(fresh.size() == 1);
}

TEST_CASE("bytes that are no image are cut blindly, and damaged chunks have another name") {
  TestCluster cluster(1, many(70));
  fill(cluster, 1, 20);
  const Bytes image = cluster.node(0).realm->image();
  std::vector<Chunk> chunks;
  cut_image(image, chunks);
  for (std::uint64_t k = 0; k < 2000; ++k) {
    Draw draw = Random(5).at("test.image", 0, k);
    std::vector<std::uint8_t> bytes(image.data(), image.data() + image.size());
    for (std::uint64_t n = draw.below(4); n-- > 0;)
      bytes[draw.below(bytes.size())] = static_cast<std::uint8_t>(draw.below(256));
    if (draw.below(2) == 0) bytes.resize(1 + draw.below(bytes.size()));
    std::vector<Chunk> out;
    const Bytes damaged = Bytes::copy_of(ByteView(bytes));
    cut_image(damaged, out);
    Bytes again;
    REQUIRE(assemble(out, again) == Errc::ok);
    CHECK(again == damaged);
    std::vector<std::uint8_t> one;
    const Chunk& chunk = chunks[draw.below(chunks.size())];
    encode(chunk, one);
    one[draw.below(one.size())] ^= static_cast<std::uint8_t>(1 + draw.below(255));
    Chunk other;
    if (decode(one, other) == Errc::ok) CHECK(other.id != chunk.id);
  }
}

TEST_CASE("a replica that comes back with most documents takes those that changed alone") {
  TestCluster cluster(3, many());
  fill(cluster, 1, kDocuments);
  cluster.run(seconds(3));
  REQUIRE(cluster.converged());
  stay_away(cluster, kDocuments / 100);
  cluster.heal();
  cluster.run(seconds(6));
  REQUIRE(came_back(cluster, cluster.node(2)));
  const std::uint64_t image = cluster.node(0).realm->image().size();
  const std::uint64_t carried =
      cluster.sent_bytes(MessageKind::image_part) + cluster.sent_bytes(MessageKind::image_request);
  INFO("image " << image << ", carried " << carried);
  CHECK(carried * 20 < image);  // 1% changed; the names and the small pieces come on top
}

TEST_CASE("a replica that comes back with nothing takes the whole, once") {
  TestCluster cluster(3, many());
  cluster.isolate(2);
  fill(cluster, 1, kDocuments);
  stay_away(cluster, 0);
  cluster.heal();
  cluster.run(seconds(6));
  REQUIRE(came_back(cluster, cluster.node(2)));
  const std::uint64_t image = cluster.node(0).realm->image().size();
  const std::uint64_t carried =
      cluster.sent_bytes(MessageKind::image_part) + cluster.sent_bytes(MessageKind::image_request);
  INFO("image " << image << ", carried " << carried);
  CHECK(carried < image + image / 2);
}

// The one that let it in is away, and holds what it has done again; the other has never heard of it.
TEST_CASE("what was done alone is not done twice, though the one that let us in is away") {
  Options options;
  options.worknodes = 10;
  options.limits.gc_eviction_after_ns = 2'000'000'000;
  TestCluster cluster(3, options);
  cluster.run(seconds(1));
  cluster.isolate(2);
  Request alone = include(5, 7);
  alone.function = Function::append;
  alone.property = Property::text;
  REQUIRE(cluster.call(2, alone)->code == ReplyCode::done);
  cluster.run(seconds(6));
  REQUIRE(cluster.count(TraceKind::realm_evicted) >= 2);
  cluster.cut(0, 1);
  cluster.join(0, 2);
  cluster.run(seconds(1));
  REQUIRE(cluster.node(2).realm->replica() != ReplicaId{3});
  REQUIRE(cluster.read(0, 5, Property::text) == std::vector<std::int64_t>{7});
  cluster.cut(0, 2);
  cluster.join(1, 2);
  cluster.run(milliseconds(2500));  // it is denied for longer than its patience, and asks for another image
  cluster.heal();
  cluster.run(seconds(8));
  CHECK(cluster.converged());
  CHECK(cluster.read(1, 5, Property::text) == std::vector<std::int64_t>{7});
}

TEST_CASE("images come through a network that loses and repeats") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    TestCluster cluster(3, many(130), seed);
    fill(cluster, 1, 120);
    cluster.run(seconds(3));
    stay_away(cluster, 10);
    cluster.heal();
    cluster.run(seconds(20), 200'000);
    cluster.run(seconds(5));
    CHECK(came_back(cluster, cluster.node(2)));
  }
}

TEST_CASE("a giver of damaged chunks is refused with a note, and another one asked") {
  for (const bool cold : {false, true}) {
    TestCluster cluster(3, many(130));
    if (cold) cluster.isolate(2);
    fill(cluster, 1, 120);
    if (!cold) cluster.run(seconds(3));
    stay_away(cluster, 10);
    std::uint64_t lies = 0;
    cluster.tamper = [&](NodeId from, Outgoing& message) {
      if (from != NodeId{1} || message.kind != MessageKind::image_part) return;
      ImagePart part;
      REQUIRE(decode(message.payload.view(), part) == Errc::ok);
      if (part.bytes.empty()) return;
      std::vector<std::uint8_t> bytes(part.bytes.data(), part.bytes.data() + part.bytes.size());
      bytes[bytes.size() / 2] ^= 1;
      part.bytes = Bytes::copy_of(ByteView(bytes));
      message.payload = encode(part);
      ++lies;
    };
    cluster.heal();
    for (int i = 0; i < 40 && !came_back(cluster, cluster.node(2)); ++i) cluster.run(seconds(1));
    CHECK(came_back(cluster, cluster.node(2)));
    const auto& notes = cluster.node(2).notes;
    const bool refused = std::ranges::any_of(notes, [](const Note& n) {
      return n.kind == TraceKind::realm_refused && n.field[0] == static_cast<std::uint64_t>(Errc::corrupt) &&
             n.field[2] == 1;
    });
    CHECK(refused == (lies > 0));
  }
}

TEST_CASE("an image put together without a chunk that was missing is not the giver's") {
  const auto diverges = [](Defect defect) {
    Options options = many(130);
    options.defect = defect;
    TestCluster cluster(3, options);
    fill(cluster, 1, 120);
    cluster.run(seconds(3));
    stay_away(cluster, 10);
    cluster.heal();
    cluster.run(seconds(8));
    return !came_back(cluster, cluster.node(2));
  };
  CHECK(!diverges(Defect::none));
  CHECK(diverges(Defect::chunk_skipped));
}

}  // namespace
}  // namespace wn::realm
