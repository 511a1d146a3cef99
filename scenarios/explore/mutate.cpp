#include "scenarios/explore/mutate.h"

#include <algorithm>
#include <array>

#include "faults/plan/names.h"

namespace wn::explore {
namespace {

using faults::Deviation;
using faults::DeviationKind;
using faults::Fault;

constexpr std::uint64_t kChangesMax = 4;
constexpr std::int64_t kAddedMax = 6;
constexpr Duration kNear = milliseconds(300);

class Mutation {
 public:
  Mutation(Trial& trial, const Material& material, Draw& draw)
      : trial_(trial), material_(material), draw_(draw) {}

  void change() {
    switch (draw_.below(12)) {
      case 0:
      case 1:
        return move();
      case 2:
      case 3:
        return add();
      case 4:
        return take_away();
      case 5:
      case 6:
        return overlap();
      case 7:
        return stretch();
      case 8:
        return rename();
      case 9:
        return splice();
      case 10:
        return deviate();
      default:
        return reseed();
    }
  }

 private:
  bool empty() const { return trial_.faults.empty(); }
  Fault& any() { return trial_.faults[draw_.below(trial_.faults.size())]; }

  SimTime clamped(SimTime at) const {
    at.ns =
        std::clamp<std::int64_t>(at.ns, 0, std::max<std::int64_t>(0, material_.end.ns - milliseconds(1).ns));
    at.ns -= at.ns % milliseconds(1).ns;
    return at;
  }
  // Near something new three times of four, else anywhere.
  SimTime moment() {
    const std::uint64_t choice = draw_.below(4);
    if (choice == 0 || material_.moments.empty())
      return clamped(
          SimTime{static_cast<std::int64_t>(draw_.below(static_cast<std::uint64_t>(material_.end.ns) + 1))});
    const Moment& near = material_.moments[draw_.below(material_.moments.size())];
    const std::int64_t distance = draw_.exponential(kNear.ns);
    return clamped(SimTime{draw_.below(3) == 0 ? near.at.ns + distance : near.at.ns - distance});
  }
  void fit(Fault& fault) {
    if (fault.duration == Duration::max()) return;
    fault.duration = std::max(Duration{}, std::min(fault.duration, material_.end - fault.at));
  }

  void move() {
    if (empty()) return add();
    Fault& fault = any();
    fault.at = moment();
    fit(fault);
  }
  void add() {
    if (material_.fresh == nullptr || material_.fresh->faults.empty()) return deviate();
    const auto& pool = material_.fresh->faults;
    const std::uint64_t count = 1 + draw_.below(kAddedMax);
    const std::uint64_t first = draw_.below(pool.size());
    const bool placed = draw_.below(2) == 0;
    const SimTime at = moment();
    for (std::uint64_t i = 0; i < count && first + i < pool.size(); ++i) {
      Fault fault = pool[first + i];
      if (placed) fault.at = clamped(at + (fault.at - pool[first].at));
      fit(fault);
      trial_.faults.push_back(std::move(fault));
    }
  }
  void take_away() {
    if (empty()) return add();
    const std::uint64_t size = trial_.faults.size();
    const std::uint64_t first = draw_.below(size);
    const std::uint64_t count = 1 + draw_.below(std::max<std::uint64_t>(1, size / 4));
    const auto from = trial_.faults.begin() + static_cast<std::ptrdiff_t>(first);
    trial_.faults.erase(from, from + static_cast<std::ptrdiff_t>(std::min(count, size - first)));
  }
  // Two faults at about the same time, and one time of two on the same node.
  void overlap() {
    if (trial_.faults.size() < 2) return add();
    const Fault& one = any();
    Fault copy = any();
    const Duration room = std::min(std::max(one.duration, milliseconds(50)), seconds(2));
    const std::int64_t spread = room.ns / milliseconds(1).ns;
    copy.at = clamped(one.at + milliseconds(draw_.between(-spread, spread)));
    const bool same_place = draw_.below(2) == 0;
    if (same_place && copy.nodes.size() == 1 && one.nodes.size() == 1) copy.nodes = one.nodes;
    fit(copy);
    if (draw_.below(2) == 0) {
      trial_.faults.push_back(std::move(copy));
    } else {
      any() = std::move(copy);
    }
  }
  void stretch() {
    if (empty()) return add();
    Fault& fault = any();
    if (fault.duration == Duration::max() || fault.duration == Duration{}) return;
    fault.duration = draw_.below(2) == 0 ? fault.duration * 2 : fault.duration / 2;
    fault.duration = std::max(fault.duration, milliseconds(1));
    fit(fault);
  }
  // Two servers change places, in one fault or in all.
  void rename() {
    if (empty() || material_.fresh == nullptr) return;
    std::vector<NodeId> servers;
    for (const faults::NodePlan& node : material_.fresh->nodes) {
      if (node.role == faults::NodeRole::server) servers.push_back(node.id);
    }
    if (servers.size() < 2) return;
    const NodeId a = servers[draw_.below(servers.size())];
    const NodeId b = servers[draw_.below(servers.size())];
    const auto other = [&](NodeId id) { return id == a ? b : id == b ? a : id; };
    const auto exchange = [&](Fault& fault) {
      for (NodeId& node : fault.nodes) node = other(node);
      std::ranges::sort(fault.nodes);
      for (faults::Link& link : fault.links) link = {other(link.from), other(link.to)};
    };
    if (draw_.below(2) == 0) return exchange(any());
    const SimTime from = moment();
    for (Fault& fault : trial_.faults) {
      if (fault.at >= from) exchange(fault);
    }
  }
  // The beginning of this one and the rest of another.
  void splice() {
    if (material_.other == nullptr) return add();
    const SimTime at = moment();
    std::erase_if(trial_.faults, [&](const Fault& f) { return f.at >= at; });
    for (const Fault& fault : material_.other->faults) {
      if (fault.at >= at) trial_.faults.push_back(fault);
    }
  }
  void deviate() {
    if (!trial_.deviations.empty() && draw_.below(3) == 0) {
      trial_.deviations.erase(trial_.deviations.begin() +
                              static_cast<std::ptrdiff_t>(draw_.below(trial_.deviations.size())));
      return;
    }
    if (material_.moments.empty()) return;
    const Moment& near = material_.moments[draw_.below(material_.moments.size())];
    if (near.node.value == 0) return;
    Deviation hold;
    hold.kind = DeviationKind::delay_process;
    hold.from = near.node;
    hold.at = clamped(near.at - Duration{draw_.exponential(milliseconds(50).ns)});
    hold.amount = milliseconds(std::int64_t{1} << draw_.below(9));
    if (hold.at + hold.amount <= material_.end) trial_.deviations.push_back(hold);
  }
  void reseed() { trial_.seed = draw_.u64(); }

  Trial& trial_;
  const Material& material_;
  Draw& draw_;
};

}  // namespace

Trial mutated(const Trial& parent, const Material& material, Draw& draw) {
  Trial trial = parent;
  Mutation mutation(trial, material, draw);
  for (std::uint64_t n = 1 + draw.below(kChangesMax); n > 0; --n) mutation.change();
  put_in_order(trial);
  if (trial.faults.size() > kMutatedFaultsMax) trial.faults.resize(kMutatedFaultsMax);
  return trial;
}

}  // namespace wn::explore
