// Bytes of texts, inside the payload of a part:
//   1: run, repeated      { 1: replica 2: counter 3: offset 4: Lamport number 5, 6, 7: origin (replica,
//   counter,
//                           offset; 0, 0, 0 = the beginning) 8: UTF-8 [states: 9, 10: mark (replica,
//                           counter)] }
//   2: deletion, repeated { 1: replica 2: counter 3: offset 4: count 5, 6: mark }
//   3: states: a run that waits for what it stands on, repeated
#include "runtime/crdt/wire.h"

namespace wn::crdt::wire {

namespace {

bool get_dot_fields(In& reader, std::uint32_t field, bool optional, Dot& dot) {
  std::uint64_t replica = 0;
  if (!reader.varint(field, replica) || !reader.varint(field + 1, dot.counter)) return false;
  if (replica > 0xFFFFFFFFU || dot.counter > causality::kDotCounterMax) return false;
  dot.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
  return (replica == 0) == (dot.counter == 0) && (optional || replica != 0);
}

}  // namespace

void put_run(Out& out, const TextRun& run) {
  const Nest item(out, 1);
  out.varint(1, run.first.dot.replica.value);
  out.varint(2, run.first.dot.counter);
  out.varint(3, run.first.offset);
  out.varint(4, run.lamport);
  out.varint(5, run.origin.dot.replica.value);
  out.varint(6, run.origin.dot.counter);
  out.varint(7, run.origin.offset);
  out.bytes(8, as_bytes(run.utf8));
  if (!run.mark) return;
  out.varint(9, run.mark.replica.value);
  out.varint(10, run.mark.counter);
}

void put_erase(Out& out, const TextErase& erase) {
  const Nest item(out, 2);
  out.varint(1, erase.first.dot.replica.value);
  out.varint(2, erase.first.dot.counter);
  out.varint(3, erase.first.offset);
  out.varint(4, erase.size);
  out.varint(5, erase.mark.replica.value);
  out.varint(6, erase.mark.counter);
}

bool get_run(ByteView item, const Options& options, TextRun& run) {
  In reader(item);
  std::uint64_t offset = 0;
  std::uint64_t origin = 0;
  ByteView text;
  if (!get_dot_fields(reader, 1, false, run.first.dot) || !reader.varint(3, offset)) return false;
  if (!reader.varint(4, run.lamport) || run.lamport == 0 || run.lamport >= kLamportMax) return false;
  if (!get_dot_fields(reader, 5, true, run.origin.dot) || !reader.varint(7, origin)) return false;
  if (!reader.bytes(8, text)) return false;
  run.mark = {};
  if (!reader.done() && !get_dot_fields(reader, 9, false, run.mark)) return false;
  if (!reader.done() || origin >= options.text_insert_max || (!run.origin.dot && origin != 0)) return false;
  run.origin.offset = static_cast<std::uint32_t>(origin);
  run.utf8 = as_text(text);
  std::string_view left = run.utf8;
  std::uint32_t code = 0;
  for (run.size = 0; !left.empty(); ++run.size) {
    if (!get_utf8(left, code)) return false;
  }
  if (run.size == 0 || offset + run.size > options.text_insert_max || run.lamport + run.size >= kLamportMax) {
    return false;
  }
  run.first.offset = static_cast<std::uint32_t>(offset);
  return run.origin.dot != run.first.dot || run.origin.offset < run.first.offset;
}

bool get_erase(ByteView item, const Options& options, TextErase& erase) {
  In reader(item);
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  if (!get_dot_fields(reader, 1, false, erase.first.dot) || !reader.varint(3, offset)) return false;
  if (!reader.varint(4, size) || size == 0 || size > options.text_insert_max) return false;
  if (offset > options.text_insert_max || offset + size > options.text_insert_max) return false;
  erase.first.offset = static_cast<std::uint32_t>(offset);
  erase.size = static_cast<std::uint32_t>(size);
  return get_dot_fields(reader, 5, false, erase.mark) && reader.done();
}

void put_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xE0 | (code >> 12));
    } else {
      put(0xF0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3F));
    }
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

bool get_utf8(std::string_view& in, std::uint32_t& code) {
  if (in.empty()) return false;
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(in[i])}; };
  const std::uint32_t lead = byte(0);
  std::size_t size = 1;
  code = lead;
  if (lead >= 0x80) {
    if (lead < 0xC2 || lead > 0xF4) return false;
    size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (in.size() < size) return false;
    code = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return false;
      code = (code << 6) | (byte(i) & 0x3F);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  }
  in.remove_prefix(size);
  return true;
}

}  // namespace wn::crdt::wire
