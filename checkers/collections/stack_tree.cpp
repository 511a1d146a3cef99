#include "checkers/collections/stack_tree.h"

#include <algorithm>

namespace wn::checkers::collections {

StackTree::StackTree(const std::vector<Times>& values) {
  while (leaves_ < values.size()) leaves_ *= 2;
  nodes_.resize(std::size_t{leaves_} * 2);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    Node& leaf = nodes_[leaves_ + i];
    leaf.in_from = values[i].in_from;
    leaf.in_to = values[i].in_to;
    leaf.out_to = values[i].out_to;
  }
  for (std::uint32_t n = leaves_ - 1; n > 0; --n) pull(n);
}

void StackTree::pull(std::uint32_t node) {
  const Node& a = nodes_[2 * node];
  const Node& b = nodes_[2 * node + 1];
  Node& n = nodes_[node];
  n.least_cover = std::min(a.least_cover, b.least_cover) + n.added;
  n.in_from = std::min(a.in_from, b.in_from);
  n.in_to = std::min(a.in_to, b.in_to);
  n.out_to = std::max(a.out_to, b.out_to);
}

void StackTree::remove(std::uint32_t place) {
  std::uint32_t n = leaves_ + place;
  nodes_[n].in_from = kForever;
  nodes_[n].in_to = kForever;
  nodes_[n].out_to = 0;
  for (n /= 2; n > 0; n /= 2) pull(n);
}

void StackTree::add(std::uint32_t from, std::uint32_t to, std::int32_t amount) {
  if (from < to) add({1, 0, leaves_}, from, to, amount);
}

void StackTree::add(const Range& at, std::uint32_t from, std::uint32_t to, std::int32_t amount) {
  Node& n = nodes_[at.node];
  if (from <= at.low && at.high <= to) {
    n.added += amount;
    n.least_cover += amount;
    return;
  }
  const std::uint32_t middle = at.low + (at.high - at.low) / 2;
  if (from < middle) add({2 * at.node, at.low, middle}, from, to, amount);
  if (to > middle) add({2 * at.node + 1, middle, at.high}, from, to, amount);
  n.least_cover = std::min(nodes_[2 * at.node].least_cover, nodes_[2 * at.node + 1].least_cover) + n.added;
}

std::uint32_t StackTree::first_free(std::uint32_t from, std::uint32_t to) const {
  return from < to ? first_free({1, 0, leaves_}, from, to, 0) : kNone;
}

std::uint32_t StackTree::first_free(const Range& at, std::uint32_t from, std::uint32_t to,
                                    std::int32_t above) const {
  const Node& n = nodes_[at.node];
  if (to <= at.low || at.high <= from || n.least_cover + above > 0) return kNone;
  if (at.high - at.low == 1) return at.low;
  const std::uint32_t middle = at.low + (at.high - at.low) / 2;
  const std::uint32_t left = first_free({2 * at.node, at.low, middle}, from, to, above + n.added);
  if (left != kNone) return left;
  return first_free({2 * at.node + 1, middle, at.high}, from, to, above + n.added);
}

std::uint32_t StackTree::first_in_to(std::uint32_t from, std::uint32_t to) const {
  std::uint32_t best = kForever;
  for (from += leaves_, to += leaves_; from < to; from /= 2, to /= 2) {
    if (from % 2 == 1) best = std::min(best, nodes_[from++].in_to);
    if (to % 2 == 1) best = std::min(best, nodes_[--to].in_to);
  }
  return best;
}

std::uint32_t StackTree::outermost(std::uint32_t from, std::uint32_t to, std::uint32_t in,
                                   std::uint32_t out) const {
  return outermost({1, 0, leaves_}, from, to, in, out);
}

std::uint32_t StackTree::outermost(const Range& at, std::uint32_t from, std::uint32_t to, std::uint32_t in,
                                   std::uint32_t out) const {
  const Node& n = nodes_[at.node];
  if (to <= at.low || at.high <= from || n.in_from >= in || n.out_to <= out) return kNone;
  if (at.high - at.low == 1) return at.low;
  const std::uint32_t middle = at.low + (at.high - at.low) / 2;
  // From the right: what is popped last stands there.
  const std::uint32_t right = outermost({2 * at.node + 1, middle, at.high}, from, to, in, out);
  if (right != kNone) return right;
  return outermost({2 * at.node, at.low, middle}, from, to, in, out);
}

}  // namespace wn::checkers::collections
