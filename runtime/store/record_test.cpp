#include "runtime/store/record.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "runtime/base/crc32c.h"
#include "runtime/base/random.h"
#include "runtime/store/log_shape.h"
#include "runtime/store/test_disk.h"

namespace wn::store {
namespace {

std::string hex(ByteView bytes) {
  std::string out;
  for (std::uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

TEST_CASE("store: the bytes of a record are those of FORMAT.md") {
  raft::Entry entry = test::Harness::make(300, 2, "hi");
  entry.kind = raft::EntryKind::noop;
  std::vector<std::uint8_t> payload;
  encode(entry, payload);
  CHECK(hex(payload) == "08ac021002180125" + [&] {
    std::string le;
    for (int i = 0; i < 4; ++i) {
      const std::uint8_t byte = static_cast<std::uint8_t>(entry.checksum >> (8 * i));
      le += hex({&byte, 1});
    }
    return le;
  }() + "2a026869");

  std::vector<std::uint8_t> out;
  Header header;
  header.type = RecordType::truncate;
  header.sequence = 0x0102;
  header.batch = 0x0101;
  header.chain = 0xAABBCCDD;
  header.owner = NodeId{7};
  encode_truncate(LogIndex{5}, payload);
  append_record(out, header, payload);
  CHECK(hex(ByteView(out).subspan(8)) ==
        "02000000"          // length
        "03000100"          // type, version
        "0201000000000000"  // sequence
        "0101000000000000"  // batch
        "ddccbbaa"          // chain
        "07000000"          // owner
        "0805");
  // Computed by another program (bitwise CRC-32C over the fields above).
  CHECK(hex(ByteView(out).first(8)) == "433427e476a08459");
}

TEST_CASE("store: payloads come back as they were and nothing else decodes") {
  const SegmentHead head{3, 99, {Term{7}, NodeId{2}}, LogIndex{50}, Term{6}};
  std::vector<std::uint8_t> bytes;
  encode(head, bytes);
  SegmentHead got;
  REQUIRE(decode(bytes, got));
  CHECK(got.previous_sequence == 99);
  CHECK(got.hard_state == head.hard_state);
  CHECK(got.last_term == Term{6});
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(decode(ByteView(bytes).first(length), got));
  bytes.push_back(0);
  CHECK_FALSE(decode(bytes, got));

  raft::SnapshotMeta meta = test::Harness::meta(9, 3, Bytes::copy_of("x"));
  meta.configuration.learners = {NodeId{8}};
  encode(meta, bytes);
  raft::SnapshotMeta meta_got;
  REQUIRE(decode(bytes, meta_got));
  CHECK(meta_got == meta);
}

TEST_CASE("store: decoders are total on random bytes") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Draw draw = Random(seed).at("test.bytes");
    std::vector<std::uint8_t> bytes(draw.below(48));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(draw.u64() & (draw.below(2) == 0 ? 0x1F : 0xFF));
    SegmentHead head;
    raft::HardState hard_state;
    raft::Entry entry;
    Mark mark;
    raft::SnapshotMeta meta;
    LogIndex index;
    Term term;
    decode(bytes, head);
    decode(bytes, hard_state);
    decode(bytes, entry);
    decode(bytes, mark);
    decode(bytes, meta);
    decode_truncate(bytes, index);
    decode_base(bytes, index, term);
    REQUIRE_FALSE(read_record(bytes, seed % 60));
  }
}

TEST_CASE("store: a log's shape knows terms as a plain list does") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    LogShape shape;
    std::vector<std::uint64_t> terms{0};  // terms[i] of entry base + i
    std::uint64_t base = 0;
    std::uint64_t term = 1;
    for (std::uint32_t i = 0; i < 100; ++i) {
      Draw draw = Random(seed).at("test.shape", i);
      const std::uint64_t last = base + terms.size() - 1;
      if (draw.below(3) != 0 || last == base) {
        term += draw.below(2);
        shape.append(LogIndex{last + 1}, Term{term});
        terms.push_back(term);
      } else if (draw.below(2) == 0) {
        const std::uint64_t from = base + 1 + draw.below(last - base);
        shape.truncate(LogIndex{from});
        terms.resize(from - base);
      } else {
        const std::uint64_t to = base + 1 + draw.below(last - base);
        shape.forget_to(LogIndex{to});
        terms.erase(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(to - base));
        base = to;
      }
      REQUIRE(shape.base().value == base);
      REQUIRE(shape.last().value == base + terms.size() - 1);
      for (std::size_t k = 0; k < terms.size(); ++k)
        REQUIRE(shape.term_of(LogIndex{base + k}).value == terms[k]);
    }
  }
}

}  // namespace
}  // namespace wn::store
