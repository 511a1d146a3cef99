#include "runtime/crdt/vet.h"

#include "runtime/crdt/slot.h"
#include "runtime/crdt/text.h"
#include "runtime/crdt/types.h"
#include "runtime/crdt/wire.h"

namespace wn::crdt {
namespace {

bool own_part(const wire::PartView& part, Dot dot, const Options& options) {
  wire::In body(part.payload);
  ByteView item;
  while (body.bytes(1, item)) {
    if (part.leaf == Type::text) {
      TextRun run;
      if (!wire::get_run(item, options, run) || run.first.dot != dot) return false;
    } else if (is_counter(part.leaf)) {
      Share share;
      Amounts by;
      if (!wire::get_share(item, part.leaf, share, by) || share.dot() != dot) return false;
    } else {
      Entry entry;
      Value value;
      if (!wire::get_entry(item, part.leaf, options, dot, entry, value) || entry.dot() != dot) return false;
    }
  }
  return true;  // what it overwrites or erases may be anybody's
}

bool part_names_from(const wire::PartView& part, Dot first, const Options& options) {
  const auto later = [&](Dot dot) { return dot.replica == first.replica && dot.counter >= first.counter; };
  wire::In body(part.payload);
  ByteView item;
  while (body.bytes(1, item)) continue;  // what it brings: speaks_for()
  if (part.leaf == Type::text) {
    TextRun run;
    while (body.bytes(2, item)) continue;
    while (body.bytes(3, item)) {
      if (!wire::get_run(item, options, run) || later(run.first.dot)) return true;
    }
    return false;
  }
  Dot dot;
  while (!is_counter(part.leaf) && body.bytes(2, item)) {
    if (!wire::get_dot(item, dot) || later(dot)) return true;
  }
  return false;
}

}  // namespace

bool names_from(ByteView delta, Dot first, const Options& options) {
  wire::In reader(delta);
  Dot header;
  if (!wire::get_header(reader, header)) return true;
  wire::PartView part;
  while (!reader.done()) {
    if (!wire::get_part(reader, options, part) || part_names_from(part, first, options)) return true;
  }
  return false;
}

bool speaks_for(ByteView delta, Dot dot, const Options& options) {
  wire::In reader(delta);
  Dot header;
  if (!wire::get_header(reader, header) || header != dot) return false;
  wire::PartView part;
  while (!reader.done()) {
    if (!wire::get_part(reader, options, part) || !own_part(part, dot, options)) return false;
  }
  return true;
}

}  // namespace wn::crdt
