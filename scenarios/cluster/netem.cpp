#include "scenarios/cluster/netem.h"

#include <algorithm>
#include <set>

#include "faults/plan/names.h"
#include "runtime/base/check.h"

namespace wn::cluster {
namespace {

using faults::Fault;
using faults::FaultKind;
using faults::Link;

constexpr std::uint64_t kMillion = 1'000'000;

// 123456 ppm: "12.3456%"
std::string percent(std::uint64_t ppm) {
  const std::string rest = std::to_string(10'000 + ppm % 10'000).substr(1);
  return std::to_string(ppm / 10'000) + "." + rest + "%";
}

std::uint64_t amount_of(const Fault& fault) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(fault.amount, 0));
}

// Of two independent chances.
std::uint64_t either(std::uint64_t a, std::uint64_t b) { return a + b - a * b / kMillion; }

bool on(const Fault& fault, const Link* link) {
  if (fault.links.empty()) return true;
  return link != nullptr && std::ranges::find(fault.links, *link) != fault.links.end();
}

Command tc(const NetPlan& net, const std::vector<std::string>& words) {
  Command out{"tc", "-n", net.hub};
  out.insert(out.end(), words.begin(), words.end());
  return out;
}

void append_words(Command& command, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t gap = std::min(text.find(' ', at), text.size());
    command.push_back(text.substr(at, gap - at));
    at = gap + 1;
  }
}

}  // namespace

bool Netem::does(FaultKind kind) {
  return kind == FaultKind::packet_loss || kind == FaultKind::packet_duplicate ||
         kind == FaultKind::packet_corrupt || kind == FaultKind::packet_delay ||
         kind == FaultKind::packet_rate;
}

bool Netem::in_force(std::uint32_t fault) const {
  return std::ranges::find(faults_, fault, &Fault::id) != faults_.end();
}

// All faults together, in netem's words; empty: none.
std::string Netem::words(const Link* link) const {
  std::uint64_t loss = 0, duplicate = 0, corrupt = 0, delay = 0, rate = 0;
  for (const Fault& fault : faults_) {
    if (!on(fault, link)) continue;
    const std::uint64_t amount = amount_of(fault);
    const std::uint64_t ppm = std::min(amount, kMillion);
    if (fault.kind == FaultKind::packet_loss) loss = either(loss, ppm);
    if (fault.kind == FaultKind::packet_duplicate) duplicate = either(duplicate, ppm);
    if (fault.kind == FaultKind::packet_corrupt) corrupt = either(corrupt, ppm);
    if (fault.kind == FaultKind::packet_delay) delay += amount;
    if (fault.kind == FaultKind::packet_rate) rate = rate == 0 ? amount : std::min(rate, amount);
  }
  std::string out;
  if (delay != 0) out += " delay " + std::to_string(delay / 1000) + "us";
  if (loss != 0) out += " loss " + percent(loss);
  if (duplicate != 0) out += " duplicate " + percent(duplicate);
  if (corrupt != 0) out += " corrupt " + percent(corrupt);
  if (rate != 0) out += " rate " + std::to_string(rate * 8) + "bit";
  return out.empty() ? out : out.substr(1);
}

std::map<std::string, Netem::Device> Netem::devices() const {
  std::map<std::string, Device> out;
  const auto device_of = [&](const Seat& seat) {
    return seat.space == net_.clients ? std::string("clients") : faults::node_name(seat.node);
  };
  if (const std::string all = words(nullptr); !all.empty()) {
    for (const Seat& seat : net_.seats) out[device_of(seat)][Path{}] = all;
  }
  std::set<Link> links;
  for (const Fault& fault : faults_) links.insert(fault.links.begin(), fault.links.end());
  for (const Link& link : links) {
    const Seat* from = net_.find(link.from);
    const Seat* to = net_.find(link.to);
    if (from == nullptr || to == nullptr || link.from == link.to) continue;
    out[device_of(*to)][Path{.from = from->address, .to = to->address}] = words(&link);
  }
  return out;
}

Result<std::vector<Command>> Netem::change() {
  const std::map<std::string, Device> next = devices();
  for (const auto& [device, paths] : next) {
    if (paths.size() - paths.count(Path{}) > kNetemLinksMax)
      return fail(Errc::overloaded, "more links into " + device + " are hurt than one device has bands for");
  }
  std::vector<Command> out;
  for (const auto& [device, paths] : now_) {
    const auto at = next.find(device);
    if (at == next.end() || at->second != paths)
      out.push_back(tc(net_, {"qdisc", "del", "dev", device, "root"}));
  }
  for (const auto& [device, paths] : next) {
    const auto before = now_.find(device);
    if (before != now_.end() && before->second == paths) continue;
    const std::size_t bands = 1 + paths.size() - paths.count(Path{});
    Command root = tc(net_, {"qdisc", "add", "dev", device, "root", "handle", "1:", "prio", "bands",
                             std::to_string(std::max<std::size_t>(bands, 2)), "priomap"});
    for (int i = 0; i < 16; ++i) root.emplace_back("0");
    out.push_back(std::move(root));
    std::size_t band = 1;
    for (const auto& [path, netem] : paths) {
      const std::string id = "1:" + std::to_string(path == Path{} ? 1 : ++band);
      Command child = tc(net_, {"qdisc", "add", "dev", device, "parent", id, "netem"});
      append_words(child, netem);
      out.push_back(std::move(child));
      if (path == Path{}) continue;
      out.push_back(
          tc(net_, {"filter", "add", "dev",           device,   "parent", "1:",  "protocol",        "ip",
                    "prio",   "1",   "u32",           "match",  "ip",     "src", path.from + "/32", "match",
                    "ip",     "dst", path.to + "/32", "flowid", id}));
    }
  }
  now_ = next;
  return out;
}

Result<std::vector<Command>> Netem::begin(const Fault& fault) {
  WN_CHECK(does(fault.kind));
  if (in_force(fault.id)) return std::vector<Command>{};
  faults_.push_back(fault);
  auto out = change();
  if (!out) faults_.pop_back();
  return out;
}

std::vector<Command> Netem::end(std::uint32_t fault) {
  if (std::erase_if(faults_, [&](const Fault& f) { return f.id == fault; }) == 0) return {};
  auto out = change();
  WN_CHECK(out.has_value());  // fewer links than before
  return *std::move(out);
}

}  // namespace wn::cluster
