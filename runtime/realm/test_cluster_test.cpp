#include "runtime/realm/test_cluster.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <memory_resource>

#include "runtime/capability/crypto.h"

namespace wn::realm {

TestCluster::TestCluster(std::uint32_t nodes, Options options, std::uint64_t seed)
    : options_(std::move(options)), random_(seed) {
  if (options_.worknodes == 0) options_.worknodes = 12;
  options_.fan_out = 3;
  options_.members.clear();
  for (std::uint32_t i = 1; i <= nodes; ++i) {
    options_.members.push_back(NodeId{i});
    if (!options_.identity) continue;
    capability::Seed secret;
    secret.bytes.fill(static_cast<std::uint8_t>(i));
    options_.identity->members.emplace_back(NodeId{i}, capability::KeyPair(secret).public_key());
  }
  nodes_.resize(nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) {
    nodes_[i].id = NodeId{i + 1};
    start(nodes_[i]);
  }
}

Moment TestCluster::moment(const TestNode& node) const {
  return {.now = now_, .wall = WallTime{} + seconds(1'000'000) + (now_ - Instant{}) + node.wall_offset};
}

void TestCluster::start(TestNode& node) {
  Options options = options_;
  options.node = node.id;
  if (options.identity) options.identity->secret.bytes.fill(static_cast<std::uint8_t>(node.id.value));
  node.realm = std::make_unique<Realm>(options, std::pmr::new_delete_resource());
  if (!node.image.empty()) REQUIRE(node.realm->restore_image(node.image.view()) == Errc::ok);
  for (const Bytes& record : node.journal) REQUIRE(node.realm->replay(record.view()) == Errc::ok);
  node.realm->begin(moment(node), node.effects);
  carry_out(node);
}

void TestCluster::crash(std::uint32_t i) {
  std::erase_if(flying_, [&](const InFlight& f) { return f.message.to == nodes_[i].id; });
  start(nodes_[i]);
}

void TestCluster::take_image(std::uint32_t i) {
  nodes_[i].image = nodes_[i].realm->image();
  nodes_[i].journal.clear();
}

void TestCluster::isolate(std::uint32_t node) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (i != node) cut(i, node);
  }
}

// As the host does, with a disk that is always in time.
void TestCluster::carry_out(TestNode& node) {
  if (node.effects.replace_journal) {
    node.image = node.realm->image();
    node.journal.clear();
  } else {
    for (Bytes& record : node.effects.journal) node.journal.push_back(std::move(record));
  }
  for (Outgoing& out : node.effects.sends) {
    if (tamper) tamper(node.id, out);
    sent_bytes_[static_cast<std::size_t>(out.kind)] += out.payload.size();
    Draw draw = random_.at("test.network", 0, draws_++);
    if (draw.chance_ppm(loss_ppm_)) continue;
    const std::uint32_t copies = draw.chance_ppm(loss_ppm_) ? 2 : 1;
    for (std::uint32_t k = 0; k < copies; ++k) {
      const Instant due = now_ + microseconds(draw.between(200, 3000));
      flying_.push_back({.due = due, .from = node.id, .message = out});
    }
  }
  for (Answer& answer : node.effects.answers) node.answers.push_back(std::move(answer));
  node.notes.insert(node.notes.end(), node.effects.notes.begin(), node.effects.notes.end());
  for (Glued& glued : node.effects.glued) node.glued.push_back(std::move(glued));
  node.effects.clear();
}

std::optional<Reply> TestCluster::call(std::uint32_t i, Request request, std::uint32_t client) {
  if (request.operation == 0) request.operation = ++operations_;
  auto reply = nodes_[i].realm->execute(moment(nodes_[i]), NodeId{client}, request, nodes_[i].effects);
  carry_out(nodes_[i]);
  return reply;
}

void TestCluster::deliver_due() {
  std::vector<InFlight> due;
  std::erase_if(flying_, [&](InFlight& f) {
    if (f.due > now_) return false;
    due.push_back(std::move(f));
    return true;
  });
  std::ranges::stable_sort(due, {}, &InFlight::due);
  for (InFlight& f : due) {
    const std::uint32_t a = f.from.value - 1, b = f.message.to.value - 1;
    if (cuts_.contains({a, b})) continue;
    TestNode& to = nodes_[b];
    to.realm->receive(moment(to), f.from, f.message.kind, f.message.payload.view(), to.effects);
    carry_out(to);
  }
}

void TestCluster::tick_due() {
  for (TestNode& node : nodes_) {
    if (now_ < node.realm->next_deadline()) continue;
    node.realm->tick(moment(node), random_.at("test.tick", node.id.value, draws_++).u64(), node.effects);
    carry_out(node);
  }
}

void TestCluster::skip(Duration time) {
  const Instant end = now_ + time;
  while (now_ < end) {
    Instant next = end;
    for (const InFlight& f : flying_) next = std::min(next, f.due);
    for (const TestNode& node : nodes_) next = std::min(next, node.realm->next_deadline());
    now_ = std::max(next, now_ + microseconds(1));
    deliver_due();
    tick_due();
  }
}

void TestCluster::run(Duration time, std::uint32_t loss_ppm) {
  loss_ppm_ = loss_ppm;
  const Instant end = now_ + time;
  while (now_ < end) {
    now_ = now_ + milliseconds(5);
    deliver_due();
    tick_due();
  }
  loss_ppm_ = 0;
}

bool TestCluster::converged() const {
  return std::ranges::all_of(nodes_, [&](const TestNode& n) {
    return n.realm->updates() == nodes_[0].realm->updates() && n.realm->digest() == nodes_[0].realm->digest();
  });
}

std::vector<std::int64_t> TestCluster::read(std::uint32_t i, std::uint64_t worknode, Property property) {
  Request get;
  get.function = Function::get;
  get.worknode = numbered(worknode);
  get.property = property;
  const auto reply = call(i, get, 200);
  REQUIRE(reply.has_value());
  REQUIRE(reply->code == ReplyCode::done);
  return reply->items;
}

std::size_t TestCluster::count(TraceKind kind) const {
  std::size_t count = 0;
  for (const TestNode& node : nodes_) {
    count += static_cast<std::size_t>(std::ranges::count(node.notes, kind, &Note::kind));
  }
  return count;
}

}  // namespace wn::realm
