#include "scenarios/cluster/control.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "faults/plan/names.h"
#include "runtime/base/proto_wire.h"

namespace wn::cluster {
namespace {

constexpr std::size_t kNamesMax = 4096;  // nodes or links of one fault

void put(std::vector<std::uint8_t>& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

bool take(ByteView packed, std::vector<std::uint32_t>& out) {
  ProtoReader reader(packed);
  while (!reader.done()) {
    std::uint64_t value = 0;
    if (!reader.raw(value) || value > 0xFFFF'FFFF || out.size() == 2 * kNamesMax) return false;
    out.push_back(static_cast<std::uint32_t>(value));
  }
  return true;
}

bool known(std::uint64_t kind) {
  for (const faults::FaultKind known_kind : faults::all_fault_kinds()) {
    if (static_cast<std::uint64_t>(known_kind) == kind) return true;
  }
  return false;
}

bool read_fault(ProtoReader& reader, faults::Fault& fault) {
  std::uint64_t id = 0, kind = 0, at = 0, duration = 0, amount = 0, amount2 = 0;
  ByteView nodes, links;
  const bool whole = reader.varint(2, id) && reader.varint(3, kind) && reader.fixed64(4, at) &&
                     reader.fixed64(5, duration) && reader.bytes(6, nodes) && reader.bytes(7, links) &&
                     reader.fixed64(8, amount) && reader.fixed64(9, amount2);
  if (!whole || id > 0xFFFF'FFFF || !known(kind)) return false;
  fault.id = static_cast<std::uint32_t>(id);
  fault.kind = static_cast<faults::FaultKind>(kind);
  fault.at = SimTime{static_cast<std::int64_t>(at)};
  fault.duration = Duration{static_cast<std::int64_t>(duration)};
  fault.amount = static_cast<std::int64_t>(amount);
  fault.amount2 = static_cast<std::int64_t>(amount2);
  std::vector<std::uint32_t> numbers;
  if (!take(nodes, numbers)) return false;
  for (const std::uint32_t node : numbers) fault.nodes.push_back(NodeId{node});
  numbers.clear();
  if (!take(links, numbers) || numbers.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < numbers.size(); i += 2)
    fault.links.push_back({NodeId{numbers[i]}, NodeId{numbers[i + 1]}});
  return true;
}

bool is_fault(ControlKind kind) { return kind == ControlKind::begin_fault || kind == ControlKind::end_fault; }

}  // namespace

std::vector<std::uint8_t> encode(const Control& control) {
  std::vector<std::uint8_t> out;
  ProtoWriter writer(out);
  writer.varint(1, static_cast<std::uint64_t>(control.kind));
  if (is_fault(control.kind)) {
    const faults::Fault& fault = control.fault;
    std::vector<std::uint8_t> nodes, links;
    for (const NodeId node : fault.nodes) put(nodes, node.value);
    for (const faults::Link& link : fault.links) put(links, link.from.value), put(links, link.to.value);
    writer.varint(2, fault.id);
    writer.varint(3, static_cast<std::uint64_t>(fault.kind));
    writer.fixed64(4, static_cast<std::uint64_t>(fault.at.ns));
    writer.fixed64(5, static_cast<std::uint64_t>(fault.duration.ns));
    writer.bytes(6, nodes);
    writer.bytes(7, links);
    writer.fixed64(8, static_cast<std::uint64_t>(fault.amount));
    writer.fixed64(9, static_cast<std::uint64_t>(fault.amount2));
  }
  const auto* text = reinterpret_cast<const std::uint8_t*>(control.text.data());
  writer.bytes(10, ByteView(text, control.text.size()));
  return out;
}

Result<Control> decode_control(ByteView bytes) {
  ProtoReader reader(bytes);
  Control out;
  std::uint64_t kind = 0;
  ByteView text;
  const bool named = reader.varint(1, kind) && kind >= 1 && kind <= kControlKindMax;
  out.kind = static_cast<ControlKind>(named ? kind : 1);
  const bool whole = named && (!is_fault(out.kind) || read_fault(reader, out.fault)) &&
                     reader.bytes(10, text) && reader.done();
  if (!whole) return fail(Errc::bad_input, "not a message of a cluster's runner");
  out.text.assign(reinterpret_cast<const char*>(text.data()), text.size());
  return out;
}

Result<void> send_control(int socket, const Control& control) {
  const std::vector<std::uint8_t> bytes = encode(control);
  if (bytes.size() > kControlBytesMax) return fail(Errc::too_large, "a message of too many links");
  if (::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
    return fail(Errc::overloaded, "the other side does not read what it is told");
  return fail(Errc::cancelled, std::string("the other side is gone: ") + std::strerror(errno));
}

Result<Control> receive_control(int socket) {
  std::array<std::uint8_t, kControlBytesMax> bytes{};
  const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got > 0) return decode_control(ByteView(bytes.data(), static_cast<std::size_t>(got)));
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return fail(Errc::timed_out, "nothing is there");
  return fail(Errc::cancelled, "the other side is gone");
}

}  // namespace wn::cluster
