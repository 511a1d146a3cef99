// The list itself.
#include "runtime/crdt/text.h"

#include <algorithm>
#include <bit>

#include "runtime/base/check.h"

namespace wn::crdt {

namespace {

std::uint32_t hash_of(const ElementName& name) {
  std::uint64_t h = name.dot.counter * 0x9E3779B97F4A7C15ULL;
  h ^= (std::uint64_t{name.dot.replica.value} << 32 | name.offset) * 0xC2B2AE3D27D4EB4FULL;
  h ^= h >> 29;
  h *= 0xBF58476D1CE4E5B9ULL;
  return static_cast<std::uint32_t>(h >> 32);
}

}  // namespace

std::uint64_t Text::held_bytes() const {
  std::uint64_t bytes = nodes_.capacity() * sizeof(Node) + blocks_.capacity() * sizeof(Block) +
                        index_.capacity() * sizeof(std::uint32_t) + waiting_.capacity() * sizeof(Waiting);
  for (const Waiting& w : waiting_) bytes += w.item.capacity();
  return bytes;
}

std::uint32_t Text::find(const ElementName& name) const {
  if (index_.empty()) return kNone;
  const std::size_t mask = index_.size() - 1;
  for (std::size_t at = hash_of(name) & mask; index_[at] != 0; at = (at + 1) & mask) {
    if (nodes_[index_[at] - 1].name() == name) return index_[at] - 1;
  }
  return kNone;
}

void Text::index_insert(std::uint32_t node) {
  if ((nodes_.size() + 1) * 3 > index_.size() * 2) {
    index_.assign(std::bit_ceil(nodes_.size() * 2 + 6), 0);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (i != node) index_insert(i);
    }
  }
  const std::size_t mask = index_.size() - 1;
  std::size_t at = hash_of(nodes_[node].name()) & mask;
  while (index_[at] != 0) at = (at + 1) & mask;
  index_[at] = node + 1;
}

bool Text::above(std::uint32_t a, const Node& b) const {
  const Node& x = nodes_[a];
  return std::tie(x.lamport, x.replica, x.counter, x.offset) >
         std::tie(b.lamport, b.replica, b.counter, b.offset);
}

// The node of the visible element at a position, from the nearer end.
std::uint32_t Text::at_visible(std::uint32_t position) const {
  WN_CHECK_LT(position, visible_);
  std::uint32_t b = head_;
  std::uint32_t before = 0;  // visible elements in front of block b
  if (position < visible_ / 2) {
    for (; before + blocks_[b].visible <= position; b = blocks_[b].next) before += blocks_[b].visible;
  } else {
    b = tail_;
    before = visible_ - blocks_[b].visible;
    for (; before > position; before -= blocks_[b].visible) b = blocks_[b].prev;
  }
  const Block& block = blocks_[b];
  for (std::uint32_t i = 0; i < block.count; ++i) {
    if (nodes_[block.items[i]].deleted()) continue;
    if (before++ == position) return block.items[i];
  }
  WN_CHECK(false);
  return kNone;
}

std::uint32_t Text::after(std::uint32_t node) const {
  std::uint32_t b = head_;
  std::uint32_t i = 0;
  if (node != kNone) {
    b = nodes_[node].block;
    const Block& block = blocks_[b];
    i = static_cast<std::uint32_t>(std::find(block.items, block.items + block.count, node) - block.items) + 1;
    if (i == block.count) {
      b = block.next;
      i = 0;
    }
  }
  return b == kNone ? kNone : blocks_[b].items[i];
}

void Text::split(std::uint32_t b) {
  const auto fresh = static_cast<std::uint32_t>(blocks_.size());
  blocks_.emplace_back();
  Block& left = blocks_[b];
  Block& right = blocks_[fresh];
  // At the end of the list a block stays full: text is mostly appended.
  const std::uint32_t keep = left.next == kNone ? kBlockMax - 4 : kBlockMax / 2;
  right.count = left.count - keep;
  std::copy(left.items + keep, left.items + left.count, right.items);
  left.count = keep;
  for (std::uint32_t i = 0; i < right.count; ++i) {
    Node& node = nodes_[right.items[i]];
    node.block = fresh;
    right.visible += node.deleted() ? 0 : 1;
  }
  left.visible -= right.visible;
  right.prev = b;
  right.next = left.next;
  (left.next == kNone ? tail_ : blocks_[left.next].prev) = fresh;
  left.next = fresh;
}

// Puts the node right of `left` (kNone: at the beginning).
void Text::link_after(std::uint32_t left, std::uint32_t node) {
  if (head_ == kNone) {
    head_ = tail_ = 0;
    WN_CHECK(blocks_.empty());
    blocks_.emplace_back();
  }
  std::uint32_t b = left == kNone ? head_ : nodes_[left].block;
  if (blocks_[b].count == kBlockMax) {
    split(b);
    if (left != kNone) b = nodes_[left].block;
  }
  Block& block = blocks_[b];
  std::uint32_t* end = block.items + block.count;
  std::uint32_t* at = block.items;
  if (left != kNone) at = (end[-1] == left ? end - 1 : std::find(block.items, end, left)) + 1;
  std::copy_backward(at, end, end + 1);
  *at = node;
  ++block.count;
  nodes_[node].block = b;
  if (nodes_[node].deleted()) return;
  ++block.visible;
  ++visible_;
}

std::uint32_t Text::append_node(const Node& node, std::uint32_t left) {
  const auto at = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(node);
  index_insert(at);
  link_after(left, at);
  lamport_ = std::max(lamport_, node.lamport);
  return at;
}

bool Text::mark_node(Node& node, Dot mark) {
  if (std::tie(node.mark_counter, node.mark_replica) >= std::tie(mark.counter, mark.replica.value))
    return false;
  const bool was_visible = !node.deleted();
  node.mark_counter = mark.counter;
  node.mark_replica = mark.replica.value;
  if (!was_visible) return false;
  node.code = 0;  // what was deleted is not kept
  --blocks_[node.block].visible;
  --visible_;
  return true;
}

// ---- local ------------------------------------------------------------------------------------------------

TextRun Text::insert(std::uint32_t at, std::string_view utf8, std::uint32_t size, Dot dot) {
  std::uint32_t left = at == 0 ? kNone : at_visible(at - 1);
  TextRun run{.first = {.dot = dot}, .lamport = lamport_ + 1, .utf8 = utf8, .size = size};
  if (left != kNone) run.origin = nodes_[left].name();
  Node node;
  node.replica = dot.replica.value;
  node.counter = dot.counter;
  for (std::uint32_t i = 0; i < size; ++i) {
    node.offset = i;
    node.lamport = run.lamport + i;
    node.origin = left;
    WN_CHECK(wire::get_utf8(utf8, node.code));
    left = append_node(node, left);
  }
  return run;
}

namespace {

// Names in list order, told as runs.
class Erasures {
 public:
  Erasures(Dot mark, wire::Out* out) : mark_(mark), out_(out) {}
  void add(const ElementName& name) {
    if (out_ == nullptr) return;
    if (run_.size != 0 && name.dot == run_.first.dot && name.offset == run_.first.offset + run_.size) {
      ++run_.size;
      return;
    }
    flush();
    run_ = {.first = name, .size = 1, .mark = mark_};
  }
  void flush() {
    if (run_.size != 0) wire::put_erase(*out_, run_);
    run_ = {};
  }

 private:
  Dot mark_;
  wire::Out* out_;
  TextErase run_;
};

}  // namespace

void Text::erase(std::uint32_t at, std::uint32_t count, Dot mark, wire::Out* out) {
  Erasures erasures(mark, out);
  for (std::uint32_t node = at_visible(at); count != 0; node = after(node)) {
    if (nodes_[node].deleted()) continue;
    erasures.add(nodes_[node].name());
    mark_node(nodes_[node], mark);
    --count;
  }
  erasures.flush();
}

void Text::put_clear(Dot mark, wire::Out& out) const {
  Erasures erasures(mark, &out);
  each([&](std::uint32_t node) {
    if (!nodes_[node].deleted()) erasures.add(nodes_[node].name());
  });
  erasures.flush();
}

void Text::clear(Dot mark) {
  for (Node& node : nodes_) {
    if (!node.deleted()) mark_node(node, mark);
  }
}

std::string Text::utf8() const {
  std::string out;
  each([&](std::uint32_t node) {
    if (!nodes_[node].deleted()) wire::put_utf8(out, nodes_[node].code);
  });
  return out;
}

void Text::absorb_into(Digest& digest) const {
  each([&](std::uint32_t i) {
    const Node& node = nodes_[i];
    if (node.deleted()) return;
    digest.absorb(std::uint64_t{node.replica} << 32 | node.offset);
    digest.absorb(node.counter);
    digest.absorb(node.code);
  });
}

}  // namespace wn::crdt
