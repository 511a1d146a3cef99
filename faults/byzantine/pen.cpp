#include "faults/byzantine/pen.h"

namespace wn::byzantine {

using chain::Block;
using chain::Header;

bool Pen::second(std::uint32_t history, Block& block, const Change& change) {
  Header header = block.seal.header;
  if (header.node != self_) return false;
  const std::pair<std::uint32_t, std::uint32_t> of{history, header.writer.value};
  const auto before = links_.find({of, header.first - 1});
  bool changed = before != links_.end();
  std::vector<Bytes> updates = block.updates;
  for (Bytes& bytes : updates) {
    realm::Update update;
    if (decode(bytes.view(), update) != Errc::ok || !change(update)) continue;
    std::vector<std::uint8_t> out;
    encode(update, out);
    bytes = Bytes::copy_of(ByteView(out));
    changed = true;
  }
  if (!changed || links_.size() >= kSecondBlocksMax) return false;
  if (before != links_.end()) header.previous = before->second;
  realm::Update last;
  if (decode(updates.back().view(), last) == Errc::ok) header.time = last.time.value;
  header.content = chain::content_of(block.deps.view(), updates);
  links_[{of, header.last()}] = chain::hash_of(header);
  block.updates = std::move(updates);
  block.seal = chain::seal(header, key_);
  return true;
}

bool Pen::sign_again(Block& block) const {
  if (block.seal.header.node != self_) return false;
  block.seal.header.content = chain::content_of(block.deps.view(), block.updates);
  block.seal = chain::seal(block.seal.header, key_);
  return true;
}

Block Pen::forged_after(const chain::Sealed& last, const Bytes& deps, const Bytes& update) const {
  Block block;
  Header header = last.header;
  header.first = last.header.last() + 1;
  header.count = 1;
  header.previous = chain::hash_of(last.header);
  realm::Update made;
  if (decode(update.view(), made) == Errc::ok) header.time = made.time.value;
  block.deps = deps;
  block.updates = {update};
  header.content = chain::content_of(block.deps.view(), block.updates);
  block.seal = chain::seal(header, key_);
  return block;
}

std::optional<Bytes> Pen::false_proof(const chain::Sealed& of_other) const {
  if (of_other.header.node == self_) return std::nullopt;
  Header other = of_other.header;
  other.time += 1;
  const auto proof = chain::make_proof(of_other, chain::seal(other, key_));
  if (!proof) return std::nullopt;
  return chain::encode(*proof);
}

}  // namespace wn::byzantine
