// The state machine's image: canonical Protobuf bytes of
//
//   message Image {
//     uint64 version = 1; uint64 applied = 2; fixed64 digest = 3; uint64 key_count = 4; uint64 session_count
//     = 5; repeated Pair pair = 6;        // ascending by key       Pair { bytes key = 1; bytes value = 2; }
//     repeated Session session = 7;  // ascending by last_used
//   }
//   Session { uint64 id = 1; uint64 sequence = 2; uint64 last_used = 3; uint64 status = 4; uint64 opened = 5;
//             bytes value = 6; uint64 micro_count = 7; repeated Micro micro = 8; }
//   Micro { uint64 found = 1; bytes value = 2; }
//
// Every field is written, zeros too, so that equal states give equal bytes.
#include <algorithm>
#include <vector>

#include "runtime/base/proto_wire.h"
#include "runtime/kv/contents.h"

namespace wn::kv {
namespace {

constexpr std::uint64_t kVersion = 1;

std::unexpected<Error> corrupt(const char* what) { return fail(Errc::corrupt, what); }

void write_session(const SessionTable::Session& session, std::vector<std::uint8_t>& body,
                   std::vector<std::uint8_t>& nested) {
  body.clear();
  ProtoWriter writer(body);
  writer.varint(1, session.id);
  writer.varint(2, session.sequence);
  writer.varint(3, session.last_used.value);
  writer.varint(4, static_cast<std::uint64_t>(session.reply.status));
  writer.varint(5, session.reply.session);
  writer.bytes(6, session.reply.value.view());
  writer.varint(7, session.reply.micro.size());
  for (const MicroResult& micro : session.reply.micro) {
    nested.clear();
    ProtoWriter inner(nested);
    inner.varint(1, micro.found ? 1 : 0);
    inner.bytes(2, micro.value.view());
    writer.bytes(8, nested);
  }
}

bool read_micro(ByteView bytes, MicroResult& micro) {
  ProtoReader reader(bytes);
  std::uint64_t found = 0;
  ByteView value;
  if (!reader.varint(1, found) || found > 1 || !reader.bytes(2, value) || !reader.done()) return false;
  if (value.size() > kValueBytesMax) return false;
  micro = {.found = found == 1, .value = Bytes::copy_of(value)};
  return true;
}

bool read_session(ByteView bytes, SessionTable::Session& session) {
  ProtoReader reader(bytes);
  std::uint64_t last_used = 0;
  std::uint64_t status = 0;
  std::uint64_t count = 0;
  ByteView value;
  if (!reader.varint(1, session.id) || !reader.varint(2, session.sequence) || !reader.varint(3, last_used) ||
      !reader.varint(4, status) || !reader.varint(5, session.reply.session) || !reader.bytes(6, value) ||
      !reader.varint(7, count)) {
    return false;
  }
  if (session.id == 0 || status == 0 || status >= kStatusEnd) return false;
  if (value.size() > kValueBytesMax || count > kMicroOperationsMax) return false;
  session.last_used = LogIndex{last_used};
  session.reply.status = static_cast<Status>(status);
  session.reply.value = Bytes::copy_of(value);
  for (std::uint64_t i = 0; i < count; ++i) {
    ByteView nested;
    if (!reader.bytes(8, nested) || !read_micro(nested, session.reply.micro.emplace_back())) return false;
  }
  return reader.done();
}

Result<void> read_pairs(ProtoReader& reader, std::uint64_t count, Contents& fresh) {
  Bytes previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    ByteView pair;
    ByteView key;
    ByteView value;
    if (!reader.bytes(6, pair)) return corrupt("image: a pair is missing or malformed");
    ProtoReader inner(pair);
    if (!inner.bytes(1, key) || !inner.bytes(2, value) || !inner.done())
      return corrupt("image: malformed pair");
    if (key.empty() || key.size() > kKeyBytesMax)
      return corrupt("image: a key's length is outside its limits");
    if (value.size() > kValueBytesMax) return corrupt("image: a value is too large");
    Bytes owned = Bytes::copy_of(key);
    if (i != 0 && !(previous < owned)) return corrupt("image: keys are not ascending");
    previous = owned;
    fresh.keys.put(owned, Bytes::copy_of(value));
  }
  return {};
}

Result<void> read_sessions(ProtoReader& reader, std::uint64_t count, Contents& fresh) {
  LogIndex previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    ByteView bytes;
    SessionTable::Session session;
    if (!reader.bytes(7, bytes) || !read_session(bytes, session)) return corrupt("image: malformed session");
    if (session.last_used <= previous || session.last_used > fresh.applied) {
      return corrupt("image: sessions are not in the order of their use");
    }
    if (fresh.sessions.find(session.id) != nullptr) return corrupt("image: a session is there twice");
    previous = session.last_used;
    SessionTable::Session& slot = fresh.sessions.open(session.id, session.last_used);
    slot.sequence = session.sequence;
    slot.reply = std::move(session.reply);
    fresh.sessions.used(slot, session.last_used);
  }
  return {};
}

}  // namespace

Bytes encode_image(const Contents& contents) {
  std::vector<const KeyTable::Item*> sorted;
  sorted.reserve(contents.keys.size());
  std::size_t bytes = 64;
  for (const KeyTable::Item& item : contents.keys.items()) {
    sorted.push_back(&item);
    bytes += item.key.size() + item.value.size() + 16;
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->key < b->key; });

  std::vector<std::uint8_t> out;
  out.reserve(bytes);
  ProtoWriter writer(out);
  writer.varint(1, kVersion);
  writer.varint(2, contents.applied.value);
  writer.fixed64(3, digest_of(contents));
  writer.varint(4, contents.keys.size());
  writer.varint(5, contents.sessions.size());
  for (const KeyTable::Item* item : sorted) {
    const std::size_t size = 2 + proto::varint_size(item->key.size()) + item->key.size() +
                             proto::varint_size(item->value.size()) + item->value.size();
    writer.head(6, size);
    writer.bytes(1, item->key.view());
    writer.bytes(2, item->value.view());
  }
  std::vector<std::uint8_t> body;
  std::vector<std::uint8_t> nested;
  contents.sessions.visit([&](const SessionTable::Session& session) {
    write_session(session, body, nested);
    writer.bytes(7, body);
  });
  return Bytes::copy_of(out);
}

Result<void> decode_image(ByteView image, Contents& fresh) {
  if (image.size() > kImageBytesMax) return fail(Errc::too_large, "image: above its limit");
  ProtoReader reader(image);
  std::uint64_t version = 0;
  std::uint64_t applied = 0;
  std::uint64_t digest = 0;
  std::uint64_t key_count = 0;
  std::uint64_t session_count = 0;
  if (!reader.varint(1, version)) return corrupt("image: not an image");
  if (version != kVersion) return fail(Errc::unsupported, "image: of another version");
  if (!reader.varint(2, applied) || !reader.fixed64(3, digest) || !reader.varint(4, key_count) ||
      !reader.varint(5, session_count)) {
    return corrupt("image: malformed head");
  }
  if (session_count > fresh.options.sessions_max) return corrupt("image: more sessions than the table holds");
  fresh.applied = LogIndex{applied};
  if (auto pairs = read_pairs(reader, key_count, fresh); !pairs) return pairs;
  if (auto sessions = read_sessions(reader, session_count, fresh); !sessions) return sessions;
  if (!reader.done()) return corrupt("image: bytes after the end");
  if (digest_of(fresh) != digest) return corrupt("image: its contents do not match its digest");
  if (fresh.options.defect == Defect::session_dedup_lost_on_restart) {
    fresh.sessions = SessionTable(fresh.options.sessions_max);
  }
  return {};
}

}  // namespace wn::kv
