#include "runtime/wire/client_codec.h"

#include "runtime/base/check.h"
#include "runtime/wire/protobuf_format.h"

namespace wn::wire {
namespace {

// ---- writing
// -----------------------------------------------------------------------------------------------

template <class Sink>
void put(Sink& sink, const kv::MicroOperation& micro) {
  put_varint(sink, 1, micro.append ? 1 : 0);
  put_bytes(sink, 2, micro.key.view());
  put_bytes(sink, 3, micro.value.view());
}

template <class Sink>
void put(Sink& sink, const kv::Command& command) {
  put_varint(sink, 1, command.session);
  put_varint(sink, 2, command.sequence);
  put_varint(sink, 3, static_cast<std::uint64_t>(command.kind));
  put_bytes(sink, 4, command.key.view());
  put_bytes(sink, 5, command.value.view());
  put_bytes(sink, 6, command.expected.view());
  for (const kv::MicroOperation& micro : command.micro) {
    put_message(sink, 7, [&](auto& inner) { put(inner, micro); });
  }
}

template <class Sink>
void put_ids(Sink& sink, std::uint32_t field, const std::vector<NodeId>& ids) {
  if (ids.empty()) return;
  put_message(sink, field, [&](auto& inner) {
    for (NodeId id : ids) inner.varint(id.value);
  });
}

template <class Sink>
void put(Sink& sink, const kv::ClientRequest& request) {
  put_varint(sink, 1, request.operation);
  put_varint(sink, 2, request.attempt);
  put_varint(sink, 3, static_cast<std::uint64_t>(request.kind));
  put_message(sink, 4, [&](auto& inner) { put(inner, request.command); });
  put_ids(sink, 5, request.voters);
  put_ids(sink, 6, request.learners);
  put_varint(sink, 7, request.target.value);
}

template <class Sink>
void put(Sink& sink, const kv::Reply& reply) {
  put_varint(sink, 1, static_cast<std::uint64_t>(reply.status));
  put_bytes(sink, 2, reply.value.view());
  put_varint(sink, 3, reply.session);
  for (const kv::MicroResult& micro : reply.micro) {
    put_message(sink, 4, [&](auto& inner) {
      put_varint(inner, 1, micro.found ? 1 : 0);
      put_bytes(inner, 2, micro.value.view());
    });
  }
}

template <class Sink>
void put(Sink& sink, const kv::ClientReply& reply) {
  put_varint(sink, 1, reply.operation);
  put_varint(sink, 2, reply.attempt);
  put_varint(sink, 3, static_cast<std::uint64_t>(reply.code));
  put_varint(sink, 4, reply.leader.value);
  put_message(sink, 5, [&](auto& inner) { put(inner, reply.reply); });
}

template <class Message>
Bytes frame_of(const Message& message, FrameType type) {
  Measure measure;
  put(measure, message);
  WN_CHECK_LE(measure.size(), kPayloadBytesMax);
  return Bytes::build(kHeaderBytes + measure.size(), [&](std::uint8_t* to) {
    Writer writer(to + kHeaderBytes);
    put(writer, message);
    WN_CHECK(writer.at() == to + kHeaderBytes + measure.size());
    seal_frame(to, type, measure.size());
  });
}

// ---- reading
// -----------------------------------------------------------------------------------------------

constexpr std::uint32_t tag(std::uint32_t field, WireType type) {
  return field << 3 | static_cast<std::uint32_t>(type);
}

// A Reader over a part of `whole` whose byte fields share its memory.
class SharingReader : public Reader {
 public:
  SharingReader(const Bytes& whole, ByteView part) : Reader(part), whole_(whole) {}
  bool shared(Bytes& out) {
    ByteView view;
    if (!bytes(view)) return false;
    out = view.empty() ? Bytes{}
                       : whole_.slice(static_cast<std::size_t>(view.data() - whole_.data()), view.size());
    return true;
  }
  const Bytes& whole() const { return whole_; }

 private:
  const Bytes& whole_;
};

// A number in [1, end) of an enum.
template <class Enum>
bool read_enum(Reader& reader, std::uint8_t end, Enum& out) {
  std::uint32_t number = 0;
  if (!reader.number(number, end - 1U)) return false;
  if (number == 0) return reader.damaged();
  out = static_cast<Enum>(number);
  return true;
}

bool read_micro(const Bytes& whole, ByteView part, kv::MicroOperation& out) {
  SharingReader reader(whole, part);
  std::uint32_t field = 0;
  WireType type{};
  while (reader.next(field, type)) {
    switch (tag(field, type)) {
      case tag(1, WireType::varint):
        reader.boolean(out.append);
        break;
      case tag(2, WireType::bytes):
        reader.shared(out.key);
        break;
      case tag(3, WireType::bytes):
        reader.shared(out.value);
        break;
      default:
        if (field <= 3) return false;
        reader.skip(type);
    }
  }
  return reader.ok();
}

bool read_command(const Bytes& whole, ByteView part, kv::Command& out) {
  SharingReader reader(whole, part);
  std::uint32_t field = 0;
  WireType type{};
  ByteView micro;
  bool kind_seen = false;
  while (reader.next(field, type)) {
    switch (tag(field, type)) {
      case tag(1, WireType::varint):
        reader.varint(out.session);
        break;
      case tag(2, WireType::varint):
        reader.varint(out.sequence);
        break;
      case tag(3, WireType::varint):
        kind_seen = read_enum(reader, kv::kCommandKindEnd, out.kind);
        break;
      case tag(4, WireType::bytes):
        reader.shared(out.key);
        break;
      case tag(5, WireType::bytes):
        reader.shared(out.value);
        break;
      case tag(6, WireType::bytes):
        reader.shared(out.expected);
        break;
      case tag(7, WireType::bytes):
        if (!reader.bytes(micro)) break;
        if (out.micro.size() == kv::kMicroOperationsMax) return false;
        if (!read_micro(whole, micro, out.micro.emplace_back())) return false;
        break;
      default:
        if (field <= 7) return false;
        reader.skip(type);
    }
  }
  return reader.ok() && kind_seen;
}

void clear(kv::Command& command) {
  command.session = 0;
  command.sequence = 0;
  command.key = {};
  command.value = {};
  command.expected = {};
  command.micro.clear();
}

bool read_id(Reader& reader, std::vector<NodeId>& out) {
  std::uint32_t id = 0;
  if (!reader.number(id)) return false;
  if (id == 0 || out.size() == kv::kServersMax) return reader.damaged();
  out.push_back(NodeId{id});
  return true;
}

// Packed or one by one.
bool read_ids(Reader& reader, WireType type, std::vector<NodeId>& out) {
  if (type == WireType::varint) return read_id(reader, out);
  ByteView packed;
  if (type != WireType::bytes) return reader.damaged();
  if (!reader.bytes(packed)) return false;
  Reader inner(packed);
  while (!inner.at_end()) {
    if (!read_id(inner, out)) return reader.damaged();
  }
  return true;
}

bool read_request(const Bytes& frame, ByteView part, IncomingRequest& out) {
  Reader reader(part);
  kv::ClientRequest& request = out.request;
  std::uint32_t field = 0;
  WireType type{};
  ByteView command;
  bool kind_seen = false;
  while (reader.next(field, type)) {
    switch (tag(field, type)) {
      case tag(1, WireType::varint):
        reader.varint(request.operation);
        break;
      case tag(2, WireType::varint):
        reader.number(request.attempt);
        break;
      case tag(3, WireType::varint):
        kind_seen = read_enum(reader, kv::kRequestKindEnd, request.kind);
        break;
      case tag(4, WireType::bytes):
        if (!command.empty() || !reader.bytes(command)) return false;
        break;
      case tag(5, WireType::varint):
      case tag(5, WireType::bytes):
        read_ids(reader, type, request.voters);
        break;
      case tag(6, WireType::varint):
      case tag(6, WireType::bytes):
        read_ids(reader, type, request.learners);
        break;
      case tag(7, WireType::varint):
        reader.number(request.target.value);
        break;
      default:
        if (field <= 7) return false;
        reader.skip(type);
    }
  }
  if (!reader.ok() || !kind_seen || command.empty()) return false;
  out.command = frame.slice(static_cast<std::size_t>(command.data() - frame.data()), command.size());
  return read_command(frame, command, request.command);
}

bool read_result(const Bytes& whole, ByteView part, kv::MicroResult& out) {
  SharingReader reader(whole, part);
  std::uint32_t field = 0;
  WireType type{};
  while (reader.next(field, type)) {
    switch (tag(field, type)) {
      case tag(1, WireType::varint):
        reader.boolean(out.found);
        break;
      case tag(2, WireType::bytes):
        reader.shared(out.value);
        break;
      default:
        if (field <= 2) return false;
        reader.skip(type);
    }
  }
  return reader.ok();
}

bool read_reply(const Bytes& whole, ByteView part, kv::Reply& out) {
  SharingReader reader(whole, part);
  std::uint32_t field = 0;
  WireType type{};
  ByteView micro;
  bool status_seen = false;
  while (reader.next(field, type)) {
    switch (tag(field, type)) {
      case tag(1, WireType::varint):
        status_seen = read_enum(reader, kv::kStatusEnd, out.status);
        break;
      case tag(2, WireType::bytes):
        reader.shared(out.value);
        break;
      case tag(3, WireType::varint):
        reader.varint(out.session);
        break;
      case tag(4, WireType::bytes):
        if (!reader.bytes(micro)) break;
        if (out.micro.size() == kv::kMicroOperationsMax) return false;
        if (!read_result(whole, micro, out.micro.emplace_back())) return false;
        break;
      default:
        if (field <= 4) return false;
        reader.skip(type);
    }
  }
  return reader.ok() && status_seen;
}

bool read_client_reply(const Bytes& frame, ByteView part, kv::ClientReply& out) {
  Reader reader(part);
  std::uint32_t field = 0;
  WireType type{};
  ByteView reply;
  bool code_seen = false;
  while (reader.next(field, type)) {
    switch (tag(field, type)) {
      case tag(1, WireType::varint):
        reader.varint(out.operation);
        break;
      case tag(2, WireType::varint):
        reader.number(out.attempt);
        break;
      case tag(3, WireType::varint):
        code_seen = read_enum(reader, kv::kReplyCodeEnd, out.code);
        break;
      case tag(4, WireType::varint):
        reader.number(out.leader.value);
        break;
      case tag(5, WireType::bytes):
        if (!reply.empty() || !reader.bytes(reply)) return false;
        break;
      default:
        if (field <= 5) return false;
        reader.skip(type);
    }
  }
  return reader.ok() && code_seen && !reply.empty() && read_reply(frame, reply, out.reply);
}

}  // namespace

Bytes encode(const kv::Command& command) {
  Measure measure;
  put(measure, command);
  return Bytes::build(measure.size(), [&](std::uint8_t* to) {
    Writer writer(to);
    put(writer, command);
    WN_CHECK(writer.at() == to + measure.size());
  });
}

Errc decode(const Bytes& bytes, kv::Command& out) {
  clear(out);
  return read_command(bytes, bytes.view(), out) ? Errc::ok : Errc::bad_input;
}

Bytes encode(const kv::ClientRequest& request) { return frame_of(request, FrameType::client_request); }
Bytes encode(const kv::ClientReply& reply) { return frame_of(reply, FrameType::client_reply); }

Errc decode_opened(const Bytes& frame, const FrameView& view, IncomingRequest& out) {
  if (view.type != FrameType::client_request) return Errc::bad_input;
  clear(out.request.command);
  out.request.operation = 0;
  out.request.attempt = 0;
  out.request.voters.clear();
  out.request.learners.clear();
  out.request.target = kNobody;
  out.command = {};
  return read_request(frame, frame.view().subspan(kHeaderBytes), out) ? Errc::ok : Errc::bad_input;
}

Errc decode(const Bytes& frame, IncomingRequest& out) {
  FrameView view;
  if (const Errc error = open_frame(frame.view(), view); error != Errc::ok) return error;
  return decode_opened(frame, view, out);
}

Errc decode(const Bytes& frame, kv::ClientReply& out) {
  FrameView view;
  if (const Errc error = open_frame(frame.view(), view); error != Errc::ok) return error;
  if (view.type != FrameType::client_reply) return Errc::bad_input;
  out = kv::ClientReply{};
  return read_client_reply(frame, frame.view().subspan(kHeaderBytes), out) ? Errc::ok : Errc::bad_input;
}

}  // namespace wn::wire
