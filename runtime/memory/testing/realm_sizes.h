#pragma once
// A realm as the size classes have to serve it: the tree of some worknodes and their documents, the real ones
// of runtime/crdt and runtime/tree, in a memory resource of the caller's. What a worknode holds, drawn by
// key: a title, a status and an owner always; a counter and tags often; notes, a nested map and a blob now
// and then. For tests and benches: what it asks of its memory is the measured histogram of sizes.
#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/causality/causal_context.h"
#include "runtime/crdt/document.h"
#include "runtime/tree/tree.h"

namespace wn::memory::testing {

class SampleRealm {
 public:
  SampleRealm(std::uint32_t worknodes, std::pmr::memory_resource* memory)
      : seen_(memory), tree_({.nodes_max = worknodes + 16}, memory), effects_(memory), documents_(memory) {
    documents_.reserve(worknodes);
    for (std::uint32_t i = 0; i < worknodes; ++i) add(i, memory);
  }
  // The state as it is at rest, without what applying an operation needs.
  std::size_t worknodes() const { return documents_.size(); }

 private:
  using Type = crdt::Type;

  crdt::Write write() {
    const causality::Dot dot{ReplicaId{1}, ++dots_};
    return {.dot = dot, .stamp = {causality::HlcTime{dots_}, ReplicaId{1}}, .seen = &seen_};
  }
  void set(crdt::Document& document, std::vector<crdt::Step> path, const crdt::Value& value) {
    WN_CHECK(document.set(path, value, write()) == Errc::ok);
  }
  static std::string words(Draw& draw, std::uint64_t least, std::uint64_t most) {
    std::string out(least + draw.below(most - least + 1), 'x');
    return out;
  }
  void add(std::uint32_t i, std::pmr::memory_resource* memory) {
    const causality::Dot dot{ReplicaId{1}, ++dots_};
    WN_CHECK(seen_.add(dot) == Errc::ok);
    const WorknodeId node = tree::worknode_id(dot);
    const WorknodeId parent =
        i < 20 ? tree::kRootId : nodes_[random_.at("realm.parent", i).below(i / 20 + 1)];
    nodes_.push_back(node);
    const tree::Operation created{
        .stamp = {causality::HlcTime{dots_}, ReplicaId{1}}, .node = node, .parent = parent, .type = 1};
    WN_CHECK(tree_.apply({&created, 1}, effects_).has_value());
    tree_.truncate_before(created.stamp);
    fill(documents_.emplace_back(options_, memory), i);
  }
  void fill(crdt::Document& document, std::uint32_t i) {
    Draw draw = random_.at("realm.document", i);
    set(document, {{Type::lww, "title"}}, crdt::Value::of(std::string_view(words(draw, 8, 48))));
    set(document, {{Type::lww, "status"}}, crdt::Value::of(static_cast<std::int64_t>(draw.below(4))));
    set(document, {{Type::lww, "owner"}}, crdt::Value::of(std::string_view(words(draw, 16, 16))));
    if (draw.below(2) == 0) {
      const crdt::Step votes[] = {{Type::pn_counter, "votes"}};
      WN_CHECK(document.add(votes, 1, write()) == Errc::ok);
    }
    const std::uint64_t tags = draw.below(4);
    for (std::uint64_t t = 0; t < tags; ++t) {
      const crdt::Step set_path[] = {{Type::set, "tags"}};
      WN_CHECK(document.insert(set_path, crdt::Value::of(static_cast<std::int64_t>(draw.below(1000))),
                               write()) == Errc::ok);
    }
    if (draw.below(10) == 0) {
      set(document, {{Type::lww, "notes"}}, crdt::Value::of(std::string_view(words(draw, 40, 400))));
    }
    if (draw.below(5) == 0) {
      set(document, {{Type::map, "place"}, {Type::lww, "room"}}, crdt::Value::of("north"));
      set(document, {{Type::map, "place"}, {Type::lww, "seat"}}, crdt::Value::of(std::int64_t{12}));
    }
    if (draw.below(30) == 0)
      set(document, {{Type::lww, "blob"}}, crdt::Value::of(std::string_view(words(draw, 500, 4000))));
  }

  Random random_{5};
  std::uint64_t dots_ = 0;
  crdt::Options options_;
  causality::CausalContext seen_;
  tree::Tree tree_;
  tree::Effects effects_;
  std::pmr::vector<crdt::Document> documents_;
  std::vector<WorknodeId> nodes_;  // the builder's own notes, on the heap
};

}  // namespace wn::memory::testing
