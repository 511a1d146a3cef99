#include "runtime/chain/cuts.h"

#include <algorithm>

namespace wn::chain {

const Cuts::Item* Cuts::find(ReplicaId writer) const {
  const auto at = std::ranges::lower_bound(items_, writer, {}, &Item::writer);
  return at != items_.end() && at->writer == writer ? &*at : nullptr;
}

std::uint64_t Cuts::of(ReplicaId writer) const {
  const Item* item = find(writer);
  return item == nullptr ? kNoCut : item->cut;
}

bool Cuts::liar(NodeId node) const {
  return std::ranges::any_of(items_, [&](const Item& item) { return item.node == node; });
}

bool Cuts::learn(const Proof& proof) {
  const Header& about = proof.about();
  auto at = std::ranges::lower_bound(items_, about.writer, {}, &Item::writer);
  if (at == items_.end() || at->writer != about.writer) {
    if (items_.size() == kCutsMax) return false;
    at = items_.insert(at, Item{.writer = about.writer, .node = about.node, .cut = kNoCut, .proof = {}});
  }
  if (proof.cut() > at->cut) return false;
  const Bytes bytes = encode(proof);
  if (proof.cut() == at->cut) {
    if (bytes < at->proof) at->proof = bytes;
    return false;
  }
  at->cut = proof.cut();
  at->proof = bytes;
  return true;
}

void Cuts::absorb_into(Digest& digest) const {
  for (const Item& item : items_) {
    digest.absorb(item.writer.value);
    digest.absorb(item.cut);
  }
}

}  // namespace wn::chain
