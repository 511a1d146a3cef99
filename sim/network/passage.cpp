#include "sim/network/passage.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/base/random.h"

namespace wn::sim {

using faults::FaultKind;

namespace {

Duration serialization(std::uint64_t bytes, std::uint64_t bytes_per_second) {
  if (bytes_per_second == 0) return {};
  const unsigned __int128 ns = static_cast<unsigned __int128>(bytes) * 1'000'000'000U / bytes_per_second;
  const unsigned __int128 cap = static_cast<std::uint64_t>(Duration::max().ns);
  return {static_cast<std::int64_t>(std::min(ns, cap))};
}

Duration latency(const faults::NetworkPlan& plan, Draw& draw) {
  const std::int64_t beyond = std::max<std::int64_t>(0, (plan.latency_mean - plan.latency_min).ns);
  Duration out = plan.latency_min + Duration{draw.exponential(std::max<std::int64_t>(beyond, 1))};
  if (beyond == 0) out = plan.latency_min;
  // Nothing is drawn after what can never come about, so it need not be drawn.
  if ((plan.tail_ppm | plan.loss_ppm | plan.duplicate_ppm) == 0) return out;
  if (draw.chance_ppm(plan.tail_ppm)) out = out * plan.tail_factor;
  return out;
}

std::uint64_t parts(std::int64_t ppm) { return static_cast<std::uint64_t>(std::max<std::int64_t>(ppm, 0)); }

struct Effects {
  Passage* passage;
  Duration extra;
  bool duplicated = false;
  std::uint64_t bytes_per_second = 0;
};

void apply(const PacketFault& fault, const Random& random, std::uint64_t message, Effects& out) {
  Draw draw = random.at("net.fault", fault.id, message);
  switch (fault.kind) {
    case FaultKind::packet_loss:
      out.passage->lost |= draw.chance_ppm(parts(fault.amount));
      return;
    case FaultKind::packet_duplicate:
      out.duplicated |= draw.chance_ppm(parts(fault.amount));
      return;
    case FaultKind::packet_reorder:
      if (draw.chance_ppm(parts(fault.amount)))
        out.extra = out.extra + Duration{static_cast<std::int64_t>(draw.below(parts(fault.amount2) + 1))};
      return;
    case FaultKind::packet_corrupt:
      out.passage->corrupted |= draw.chance_ppm(parts(fault.amount));
      return;
    case FaultKind::packet_delay:
      out.extra = out.extra + Duration{std::max<std::int64_t>(fault.amount, 0)};
      return;
    case FaultKind::packet_rate:
      if (fault.amount > 0 && (out.bytes_per_second == 0 || parts(fault.amount) < out.bytes_per_second))
        out.bytes_per_second = parts(fault.amount);
      return;
    default:
      return;  // not a fault of single frames
  }
}

}  // namespace

std::uint64_t link_seed(std::uint64_t world_seed, NodeId from, NodeId to) {
  std::uint64_t z = world_seed + (std::uint64_t{from.value} << 32 | to.value) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

Duration latency_of(const faults::NetworkPlan& plan, const Random& random, std::uint64_t message) {
  Draw draw = random.at("net.passage", 0, message);
  return latency(plan, draw);
}

Passage decide_passage(const faults::NetworkPlan& plan, PacketFaults faults, const Random& random,
                       std::uint64_t message, SimTime now, SimTime busy_until, std::size_t bytes) {
  Passage out;
  Draw draw = random.at("net.passage", 0, message);
  const Duration first = latency(plan, draw);
  Effects effects{&out, {}, false, plan.bandwidth_bytes_per_second};
  if ((plan.loss_ppm | plan.duplicate_ppm) != 0) {
    out.lost = draw.chance_ppm(plan.loss_ppm);
    effects.duplicated = draw.chance_ppm(plan.duplicate_ppm);
  }
  for (const PacketFault& fault : faults.everywhere) apply(fault, random, message, effects);
  for (const PacketFault& fault : faults.here) apply(fault, random, message, effects);
  out.leaves = now;
  if (effects.bytes_per_second != 0) {
    out.serialized = true;
    out.leaves = std::max(now, busy_until) + serialization(bytes, effects.bytes_per_second);
  }
  out.arrival[0] = out.leaves + first + effects.extra;
  if (effects.duplicated) {
    out.copies = 2;
    Draw again = random.at("net.duplicate", 0, message);
    out.arrival[1] = out.leaves + latency(plan, again) + effects.extra;
  }
  return out;
}

Bytes corrupted_copy(const Bytes& frame, const Random& random, std::uint64_t message) {
  Draw draw = random.at("net.corrupt", 0, message);
  const std::uint64_t bits = frame.size() * 8;
  const std::uint64_t flips = 1 + draw.below(std::min<std::uint64_t>(8, bits));
  // A stride of at most bits / flips: no place is visited twice.
  const std::uint64_t first = draw.below(bits);
  const std::uint64_t stride = 1 + draw.below(std::max<std::uint64_t>(1, bits / flips));
  return Bytes::build(frame.size(), [&](std::uint8_t* to) {
    std::memcpy(to, frame.data(), frame.size());
    for (std::uint64_t i = 0; i < flips; ++i) {
      const std::uint64_t bit = (first + i * stride) % bits;
      to[bit / 8] = static_cast<std::uint8_t>(to[bit / 8] ^ (1U << (bit % 8)));
    }
  });
}

std::uint32_t trace_checksum(ByteView bytes) {
  const auto word_at = [&](std::size_t i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
  };
  const auto fold = [](std::uint64_t a, std::uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  std::uint64_t state = 0x9E3779B97F4A7C15ULL ^ bytes.size();
  std::size_t i = 0;
  for (; i + 16 <= bytes.size(); i += 16) {
    state = fold(word_at(i) ^ 0xA0761D6478BD642FULL ^ state, word_at(i + 8) ^ 0xE7037ED1A0B428DBULL);
  }
  // Up to 15 bytes are left. A word that ends with the last byte is read at once and shifted into place.
  std::uint64_t tail[2] = {0, 0};
  std::uint64_t* last = tail;
  if (i + 8 <= bytes.size()) {
    tail[0] = word_at(i);
    i += 8;
    last = tail + 1;
  }
  if (const std::size_t left = bytes.size() - i; left != 0 && bytes.size() >= 8) {
    *last = word_at(bytes.size() - 8) >> (8 * (8 - left));
  } else {
    for (std::size_t b = 0; b < left; ++b) *last |= std::uint64_t{bytes[i + b]} << (8 * b);
  }
  state = fold(tail[0] ^ 0x8EBC6AF09C88C6E3ULL ^ state, tail[1] ^ 0x589965CC75374CC3ULL);
  state = fold(state ^ 0x1D8E4E27C47D124FULL, 0xEB44ACCAB455D165ULL);
  return static_cast<std::uint32_t>(state ^ state >> 32);
}

}  // namespace wn::sim
