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

}  // namespace

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
