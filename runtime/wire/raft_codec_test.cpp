#include "runtime/wire/raft_codec.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "runtime/base/crc32c.h"
#include "runtime/base/random.h"
#include "runtime/wire/raft.pb.h"

namespace wn::wire {
namespace {

// A message with its own storage of entries.
struct Sample {
  raft::Message message;
  std::vector<raft::Entry> entries;
};

raft::MemberList random_members(Draw& draw) {
  raft::MemberList members;
  std::uint32_t id = 0;
  for (std::uint64_t n = draw.below(6); n > 0; --n) {
    id += 1 + static_cast<std::uint32_t>(draw.below(draw.below(2) ? 3 : 300));
    members.push_back(NodeId{id});
  }
  return members;
}

std::uint64_t random_number(Draw& draw) { return draw.u64() >> draw.below(64); }

Bytes random_bytes(Draw& draw, std::uint64_t most) {
  const std::uint64_t size = draw.below(most + 1);
  return Bytes::build(size, [&](std::uint8_t* to) {
    for (std::uint64_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(draw.u64());
  });
}

Sample random_sample(std::uint64_t key) {
  Draw draw = Random(7).at("codec.sample", 0, key);
  Sample s;
  raft::Message& m = s.message;
  m.type = static_cast<raft::MessageType>(1 + draw.below(11));
  m.from = NodeId{1 + static_cast<std::uint32_t>(draw.below(300))};
  m.to = NodeId{1 + static_cast<std::uint32_t>(draw.u64() >> 33)};
  m.term = Term{random_number(draw)};
  m.log_index = LogIndex{random_number(draw) >> 1};
  m.log_term = Term{random_number(draw)};
  m.commit = LogIndex{random_number(draw)};
  m.reject = draw.below(2) != 0;
  m.leadership_transfer = draw.below(2) != 0;
  m.round = random_number(draw);
  m.offset = random_number(draw);
  m.length = static_cast<std::uint32_t>(random_number(draw));
  if (m.type == raft::MessageType::append) {
    for (std::uint64_t n = draw.below(5); n > 0; --n) {
      raft::Entry& e = s.entries.emplace_back();
      e.term = Term{random_number(draw)};
      e.index = m.log_index + s.entries.size();
      e.kind = static_cast<raft::EntryKind>(draw.below(3));
      e.data = random_bytes(draw, 300);
      e.checksum = crc32c(e.data.view());
    }
  }
  if (m.type == raft::MessageType::snapshot_chunk || m.type == raft::MessageType::snapshot_reply) {
    m.snapshot = {.index = LogIndex{random_number(draw)},
                  .term = Term{random_number(draw)},
                  .configuration = {random_members(draw), random_members(draw), random_members(draw)},
                  .bytes = random_number(draw),
                  .checksum = static_cast<std::uint32_t>(draw.u64())};
    m.data = random_bytes(draw, 2000);
  }
  return s;
}

void check_equal(const raft::Message& a, const raft::Message& b) {
  CHECK(a.type == b.type);
  CHECK(a.from == b.from);
  CHECK(a.to == b.to);
  CHECK(a.term == b.term);
  CHECK(a.log_index == b.log_index);
  CHECK(a.log_term == b.log_term);
  CHECK(a.commit == b.commit);
  CHECK(a.reject == b.reject);
  CHECK(a.leadership_transfer == b.leadership_transfer);
  CHECK(a.round == b.round);
  CHECK(a.snapshot == b.snapshot);
  CHECK(a.offset == b.offset);
  CHECK(a.length == b.length);
  CHECK(a.data == b.data);
  REQUIRE(a.entries.size() == b.entries.size());
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    CHECK(a.entries[i].term == b.entries[i].term);
    CHECK(a.entries[i].index == b.entries[i].index);
    CHECK(a.entries[i].kind == b.entries[i].kind);
    CHECK(a.entries[i].checksum == b.entries[i].checksum);
    CHECK(a.entries[i].data == b.entries[i].data);
  }
}

template <class Numbers>
raft::MemberList members_of(const Numbers& numbers) {
  raft::MemberList members;
  for (auto n : numbers) members.push_back(NodeId{n});
  return members;
}

// What libprotobuf makes of a payload, as a plain message.
Sample from_reference(const RaftMessage& r) {
  Sample s;
  raft::Message& m = s.message;
  m.type = static_cast<raft::MessageType>(r.type());
  m.from = NodeId{r.from()};
  m.to = NodeId{r.to()};
  m.term = Term{r.term()};
  m.log_index = LogIndex{r.log_index()};
  m.log_term = Term{r.log_term()};
  m.commit = LogIndex{r.commit()};
  m.reject = r.reject();
  m.leadership_transfer = r.leadership_transfer();
  m.round = r.round();
  m.offset = r.offset();
  m.length = r.length();
  m.data = Bytes::copy_of(r.data());
  for (const auto& e : r.entries()) {
    s.entries.push_back({Term{e.term()}, m.log_index + s.entries.size() + 1,
                         static_cast<raft::EntryKind>(e.kind()), e.checksum(), Bytes::copy_of(e.data())});
  }
  const auto& c = r.snapshot().configuration();
  m.snapshot = {.index = LogIndex{r.snapshot().index()},
                .term = Term{r.snapshot().term()},
                .configuration = {members_of(c.voters()), members_of(c.outgoing()), members_of(c.learners())},
                .bytes = r.snapshot().bytes(),
                .checksum = r.snapshot().checksum()};
  return s;
}

// Re-seals a payload, so that damage reaches the decoder behind the checksum.
Bytes framed(std::string_view payload, FrameType type) {
  return Bytes::build(kHeaderBytes + payload.size(), [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < payload.size(); ++i)
      to[kHeaderBytes + i] = static_cast<std::uint8_t>(payload[i]);
    seal_frame(to, type, payload.size());
  });
}
std::string_view payload_of(const Bytes& frame) { return frame.text().substr(kHeaderBytes); }

}  // namespace

TEST_CASE("raft codec: a message survives the way there and back") {
  RaftDecoder decoder;
  for (std::uint64_t key = 0; key < 3000; ++key) {
    Sample s = random_sample(key);
    s.message.entries = s.entries;
    const Bytes frame = encode(s.message);
    raft::Message back;
    REQUIRE(decoder.decode(frame, back) == Errc::ok);
    check_equal(s.message, back);
    CHECK(encode(back) == frame);
  }
}

TEST_CASE("raft codec: libprotobuf reads the same fields from our bytes") {
  for (std::uint64_t key = 0; key < 1000; ++key) {
    Sample s = random_sample(key);
    s.message.entries = s.entries;
    const Bytes frame = encode(s.message);
    RaftMessage reference;
    REQUIRE(reference.ParseFromString(std::string(payload_of(frame))));
    Sample back = from_reference(reference);
    back.message.entries = back.entries;
    check_equal(s.message, back.message);
  }
}

TEST_CASE("raft codec: we read the same fields from libprotobuf's bytes") {
  RaftDecoder decoder;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    Sample s = random_sample(key);
    s.message.entries = s.entries;
    RaftMessage reference;
    REQUIRE(reference.ParseFromString(std::string(payload_of(encode(s.message)))));
    const std::string theirs = reference.SerializeAsString();
    raft::Message back;
    REQUIRE(decoder.decode(framed(theirs, FrameType{static_cast<std::uint8_t>(s.message.type)}), back) ==
            Errc::ok);
    check_equal(s.message, back);
  }
}

TEST_CASE(
    "raft codec: damage behind a good checksum is refused or gives another valid message, never a crash") {
  RaftDecoder decoder;
  std::uint64_t refused = 0;
  for (std::uint64_t key = 0; key < 60; ++key) {
    Sample s = random_sample(key);
    s.message.entries = s.entries;
    const Bytes frame = encode(s.message);
    std::string payload(payload_of(frame));
    const auto type = FrameType{static_cast<std::uint8_t>(s.message.type)};
    raft::Message back;
    for (std::size_t size = 0; size < payload.size(); ++size) {
      if (decoder.decode(framed(std::string_view(payload).substr(0, size), type), back) != Errc::ok)
        ++refused;
    }
    for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
      payload[bit / 8] = static_cast<char>(payload[bit / 8] ^ (1 << (bit % 8)));
      if (decoder.decode(framed(payload, type), back) == Errc::ok) {
        CHECK(back.entries.size() <= kEntriesPerFrameMax);
      } else {
        ++refused;
      }
      payload[bit / 8] = static_cast<char>(payload[bit / 8] ^ (1 << (bit % 8)));
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("raft codec: random payloads of every type are survived") {
  RaftDecoder decoder;
  const Random random(3);
  for (std::uint64_t i = 0; i < 30'000; ++i) {
    Draw draw = random.at("codec.noise", 0, i);
    std::string noise(draw.below(60), '\0');
    for (char& c : noise) c = static_cast<char>(draw.u64() & (draw.below(2) ? 0xFF : 0x7F));
    raft::Message back;
    (void)decoder.decode(framed(noise, FrameType{static_cast<std::uint8_t>(draw.below(40))}), back);
  }
  SUCCEED();
}

TEST_CASE("raft codec: each limit and each rule has its refusal") {
  RaftDecoder decoder;
  raft::Message back;
  RaftMessage good;
  good.set_type(7);
  good.set_from(1);
  good.set_to(2);
  const auto decode = [&](const RaftMessage& m, FrameType type = FrameType{7}) {
    return decoder.decode(framed(m.SerializeAsString(), type), back);
  };
  CHECK(decode(good) == Errc::ok);
  SECTION("type of frame and of message differ") { CHECK(decode(good, FrameType{8}) == Errc::bad_input); }
  SECTION("unknown type") { CHECK(decode(good, FrameType{12}) == Errc::bad_input); }
  SECTION("nobody as sender") {
    good.set_from(0);
    CHECK(decode(good) == Errc::bad_input);
  }
  SECTION("an index at the end of the numbers") {
    good.set_log_index(~std::uint64_t{0});
    CHECK(decode(good) == Errc::bad_input);
  }
  SECTION("an entry whose checksum is not its data's") {
    auto* e = good.add_entries();
    e->set_data("abc");
    CHECK(decode(good) == Errc::bad_input);
    e->set_checksum(crc32c(as_bytes("abc")));
    CHECK(decode(good) == Errc::ok);
  }
  SECTION("an unknown kind of entry") {
    good.add_entries()->set_kind(3);
    CHECK(decode(good) == Errc::bad_input);
  }
  SECTION("too many entries") {
    for (std::size_t i = 0; i < kEntriesPerFrameMax; ++i) good.add_entries();
    CHECK(decode(good) == Errc::ok);
    good.add_entries();
    CHECK(decode(good) == Errc::too_large);
  }
  SECTION("an entry over the limit") {
    const std::string data(raft::kEntryBytesMax + 1, 'x');
    auto* e = good.add_entries();
    e->set_data(data);
    e->set_checksum(crc32c(as_bytes(data)));
    CHECK(decode(good) == Errc::bad_input);
  }
  SECTION("members that are not ascending, or are too many") {
    auto* c = good.mutable_snapshot()->mutable_configuration();
    for (std::uint32_t i = 1; i <= raft::kMembersMax; ++i) c->add_voters(i);
    CHECK(decode(good) == Errc::ok);
    c->add_voters(100);
    CHECK(decode(good) == Errc::bad_input);
    c->clear_voters();
    c->add_voters(2);
    c->add_voters(2);
    CHECK(decode(good) == Errc::bad_input);
  }
}

TEST_CASE("raft codec: entries share the frame's memory") {
  Sample s;
  s.message = {.type = raft::MessageType::append, .from = NodeId{1}, .to = NodeId{2}};
  s.entries.push_back({.term = Term{1}, .index = LogIndex{1}, .data = Bytes::copy_of("hello")});
  s.entries[0].checksum = crc32c(s.entries[0].data.view());
  s.message.entries = s.entries;
  const Bytes frame = encode(s.message);
  RaftDecoder decoder;
  raft::Message back;
  REQUIRE(decoder.decode(frame, back) == Errc::ok);
  REQUIRE(back.entries.size() == 1);
  CHECK(back.entries[0].data.data() > frame.data());
  CHECK(back.entries[0].data.data() < frame.data() + frame.size());
}

}  // namespace wn::wire
