#include "faults/live/links.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wn::live {

using faults::Fault;
using faults::FaultKind;

namespace {

std::uint64_t parts(std::int64_t ppm) { return static_cast<std::uint64_t>(std::max<std::int64_t>(ppm, 0)); }

Duration time_on_wire(std::uint64_t bytes, std::uint64_t bytes_per_second) {
  const unsigned __int128 ns = static_cast<unsigned __int128>(bytes) * 1'000'000'000U / bytes_per_second;
  const unsigned __int128 cap = static_cast<std::uint64_t>(Duration::max().ns);
  return {static_cast<std::int64_t>(std::min(ns, cap))};
}

}  // namespace

Bytes with_flipped_bits(const Bytes& frame, Draw draw) {
  const std::uint64_t bits = frame.size() * 8;
  const std::uint64_t flips = 1 + draw.below(std::min<std::uint64_t>(8, bits));
  const std::uint64_t first = draw.below(bits);
  const std::uint64_t stride = 1 + draw.below(bits / flips);  // no place twice
  return Bytes::build(frame.size(), [&](std::uint8_t* to) {
    std::memcpy(to, frame.data(), frame.size());
    for (std::uint64_t i = 0; i < flips; ++i) {
      const std::uint64_t bit = (first + i * stride) % bits;
      to[bit / 8] = static_cast<std::uint8_t>(to[bit / 8] ^ (1U << (bit % 8)));
    }
  });
}

std::optional<Way> Links::way_of(const faults::Link& link) const {
  if (link.from == link.to) return std::nullopt;
  if (link.from == options_.self) return Way::out;
  if (link.to == options_.self && options_.incoming) return Way::in;
  return std::nullopt;
}

// A fault that names a link twice counts there twice, at its beginning and at its end.
template <class Each>
void Links::each_link(const Fault& fault, Each&& each) {
  for (const faults::Link& named : fault.links) {
    const std::optional<Way> way = way_of(named);
    if (way) each(links_[{*way, *way == Way::out ? named.to : named.from}]);
  }
}

void Links::begin(const Fault& fault) {
  const Packet packet{fault.id, fault.kind, fault.amount, fault.amount2};
  if (fault.links.empty()) {  // all links; a partition of no links is no partition
    if (fault.kind == FaultKind::packet_clog) {
      ++clogged_everywhere_;
    } else if (fault.kind != FaultKind::partition) {
      everywhere_.push_back(packet);
    }
    return;
  }
  each_link(fault, [&](Link& link) {
    if (fault.kind == FaultKind::partition) {
      ++link.blocked;
    } else if (fault.kind == FaultKind::packet_clog) {
      ++link.clogged;
    } else {
      link.packets.push_back(packet);
    }
  });
}

void Links::end(const Fault& fault, Instant now) {
  const auto erase = [&](std::vector<Packet>& list) {
    std::erase_if(list, [&](const Packet& p) { return p.id == fault.id; });
  };
  if (fault.links.empty()) {
    if (fault.kind == FaultKind::packet_clog) {
      if (--clogged_everywhere_ != 0) return;
      for (auto& [key, link] : links_) unclog(link, now);
    } else if (fault.kind != FaultKind::partition) {
      erase(everywhere_);
    }
    return;
  }
  each_link(fault, [&](Link& link) {
    if (fault.kind == FaultKind::partition) {
      --link.blocked;
    } else if (fault.kind == FaultKind::packet_clog) {
      --link.clogged;
      unclog(link, now);
    } else {
      erase(link.packets);
    }
  });
}

void Links::unclog(Link& link, Instant now) {
  if (link.clogged != 0 || clogged_everywhere_ != 0) return;
  for (Parcel& parcel : std::exchange(link.held, {}))
    late_.emplace(Order{now, ++last_late_}, std::move(parcel));
}

bool Links::untouched(Way way, NodeId peer) const {
  if (peer == options_.self || peer.value >= kStrangersFirst) return true;
  if (way == Way::in && !options_.incoming) return true;
  if (!everywhere_.empty() || clogged_everywhere_ != 0) return false;
  return !links_.contains({way, peer});
}

Random Links::random_of(Key key) const {
  const std::uint64_t from = key.way == Way::out ? options_.self.value : key.peer.value;
  const std::uint64_t to = key.way == Way::out ? key.peer.value : options_.self.value;
  return Random(options_.seed).child("live.link", 0, from << 32 | to);
}

void Links::apply(const Packet& packet, const Random& random, std::uint64_t number, Fate& fate,
                  std::uint64_t& bytes_per_second) const {
  Draw draw = random.at("net.fault", packet.id, number);
  switch (packet.kind) {
    case FaultKind::packet_loss:
      fate.lost |= draw.chance_ppm(parts(packet.amount));
      return;
    case FaultKind::packet_duplicate:
      fate.duplicated |= draw.chance_ppm(parts(packet.amount));
      return;
    case FaultKind::packet_reorder:
      if (draw.chance_ppm(parts(packet.amount)))
        fate.extra = fate.extra + Duration{static_cast<std::int64_t>(draw.below(parts(packet.amount2) + 1))};
      return;
    case FaultKind::packet_corrupt:
      fate.corrupted |= draw.chance_ppm(parts(packet.amount));
      return;
    case FaultKind::packet_delay:
      fate.extra = fate.extra + Duration{std::max<std::int64_t>(packet.amount, 0)};
      return;
    case FaultKind::packet_rate:
      if (packet.amount > 0 && (bytes_per_second == 0 || parts(packet.amount) < bytes_per_second))
        bytes_per_second = parts(packet.amount);
      return;
    default:
      return;
  }
}

Links::Fate Links::decide(const Link& link, const Random& random, Instant now, std::size_t bytes) const {
  Fate fate;
  std::uint64_t bytes_per_second = 0;
  for (const Packet& packet : everywhere_) apply(packet, random, link.number, fate, bytes_per_second);
  for (const Packet& packet : link.packets) apply(packet, random, link.number, fate, bytes_per_second);
  fate.leaves = now;
  if (bytes_per_second != 0) {
    fate.serialized = true;
    fate.leaves = std::max(now, link.busy_until) + time_on_wire(bytes, bytes_per_second);
  }
  // The copy takes its own time, as on a network: up to a millisecond more.
  Draw copy = random.at("net.duplicate", 0, link.number);
  fate.extra_of_copy = fate.extra + Duration{static_cast<std::int64_t>(copy.below(1'000'000))};
  return fate;
}

Errc Links::pass(Parcel parcel, Instant now, std::vector<Parcel>& go) {
  const Key key{parcel.way, parcel.peer};
  Link& link = links_[key];
  ++link.number;
  ++stats_.frames;
  if (link.blocked != 0) {
    ++stats_.blocked;
    return Errc::ok;
  }
  if (link.waiting >= options_.link_frames_max ||
      waiting_bytes_ + 2 * parcel.frame.size() > options_.delayed_bytes_max) {
    ++stats_.refused;
    return Errc::overloaded;
  }
  const Random random = random_of(key);
  const Fate fate = decide(link, random, now, parcel.frame.size());
  if (fate.serialized) link.busy_until = fate.leaves;
  if (fate.lost) {
    ++stats_.lost;
    return Errc::ok;
  }
  if (fate.corrupted && !parcel.frame.empty()) {
    ++stats_.corrupted;
    parcel.frame = with_flipped_bits(parcel.frame, random.at("net.corrupt", 0, link.number));
  }
  if (fate.duplicated) {
    ++stats_.duplicated;
    hand_on(link, parcel, fate.leaves + fate.extra_of_copy, now, go);
  }
  hand_on(link, std::move(parcel), fate.leaves + fate.extra, now, go);
  return Errc::ok;
}

void Links::hand_on(Link& link, Parcel parcel, Instant due, Instant now, std::vector<Parcel>& go) {
  const bool clogged = link.clogged != 0 || clogged_everywhere_ != 0;
  if (due <= now && !clogged) {
    go.push_back(std::move(parcel));
  } else {
    if (due > now) ++stats_.delayed;
    wait(link, std::move(parcel), due);
  }
}

void Links::wait(Link& link, Parcel parcel, Instant due) {
  ++link.waiting;
  waiting_bytes_ += parcel.frame.size();
  late_.emplace(Order{due, ++last_late_}, std::move(parcel));
}

std::optional<Instant> Links::due() const {
  if (late_.empty()) return std::nullopt;
  return late_.begin()->first.due;
}

std::optional<Parcel> Links::take_due(Instant now) {
  while (!late_.empty() && late_.begin()->first.due <= now) {
    auto node = late_.extract(late_.begin());
    Parcel parcel = std::move(node.mapped());
    Link& link = links_[{parcel.way, parcel.peer}];
    if (link.clogged != 0 || clogged_everywhere_ != 0) {
      ++stats_.held;
      link.held.push_back(std::move(parcel));
      continue;
    }
    --link.waiting;
    waiting_bytes_ -= parcel.frame.size();
    return parcel;
  }
  return std::nullopt;
}

}  // namespace wn::live
