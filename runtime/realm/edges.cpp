// What stands on the edges between sections: how far apart wall clocks are, as the syncs between replicas
// have measured it, and which registers stand for each other in the schemas that replicas know.
//
// A clock that jumps between two measurements makes a loop of them that does not close. So do two schemas
// that were published as the same version on two sides of a split: deltas carry a register's number, lenses
// lead it to its place in the oldest version, and the two ways give different answers.
#include <algorithm>
#include <utility>

#include "runtime/realm/rules.h"
#include "runtime/sync/glue_section.h"

namespace wn::realm {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

using Field = SectionReply::Field;

// Registers that stand for each other: those of one number (what travels names them by it), and those that
// are kept in one place. Where two sections agree about a register in both respects, nothing can come of it.
void put_lenses(std::uint32_t from, std::span<const Field> a, std::uint32_t to, std::span<const Field> b,
                std::pmr::vector<sync::LensPair>& out) {
  for (const Field& x : a) {
    for (const Field& y : b) {
      if ((x.number == y.number) != (x.place == y.place))
        out.push_back({.from = from, .to = to, .field_from = x.number, .field_to = y.number});
    }
  }
}

}  // namespace

// The answer was written between `asked` and now.
void read_clock(State& s, const Moment& moment, NodeId member, Instant asked, WallTime theirs) {
  const Duration way = moment.now - asked;
  const Duration offset = theirs - (moment.wall - way / 2);
  if (!s.options.glue || way < Duration{} || way.ns > kClockOffsetMaxNs || offset.ns > kClockOffsetMaxNs ||
      offset.ns < -kClockOffsetMaxNs)
    return;
  s.healing.clocks[member] = {
      .offset_ns = offset.ns, .error_ns = static_cast<std::uint64_t>(way.ns / 2 + 1), .at = moment.now};
}

// `slack`: how far apart the moments may be at which replicas keep their sections.
void tell_edges(const State& s, const Moment& moment, Duration slack, SectionReply& out) {
  for (const auto& [member, read] : s.healing.clocks) {
    const std::int64_t age = (moment.now - read.at + slack).ns;
    const auto drift = static_cast<std::uint64_t>(age / kMillion * kClockDriftPpm);
    const std::uint64_t error = read.error_ns + drift;
    if (error > static_cast<std::uint64_t>(kClockOffsetMaxNs)) continue;
    out.clocks.push_back({.member = member, .offset_ns = read.offset_ns, .error_ns = error});
  }
  const Versions::Known* newest = s.versions.find(0);
  if (newest == nullptr) return;
  for (const schema::FieldSpec& field : newest->schema.fields) {
    if (field.kind != schema::Kind::last_writer || out.fields.size() == kSectionFieldsMax) continue;
    out.fields.push_back({.number = field.number.value, .place = s.versions.place_of(field).value});
  }
  std::ranges::sort(out.fields, {}, &Field::number);
}

void put_edges(std::span<const SectionReply> told, sync::Cover& cover) {
  const auto place_of = [&](NodeId node) {
    return static_cast<std::uint32_t>(std::ranges::find(cover.sections, node, &sync::Section::node) -
                                      cover.sections.begin());
  };
  for (std::uint32_t i = 0; i < told.size(); ++i) {
    for (const SectionReply::Clock& clock : told[i].clocks) {
      const std::uint32_t to = place_of(clock.member);
      if (to == cover.sections.size() || to == i) continue;
      cover.clocks.push_back({.from = i, .to = to, .offset_ns = clock.offset_ns, .error_ns = clock.error_ns});
    }
    for (std::uint32_t j = i + 1; j < told.size(); ++j)
      put_lenses(i, told[i].fields, j, told[j].fields, cover.lenses);
  }
  std::ranges::sort(cover.clocks);
  std::ranges::sort(cover.lenses);
}

}  // namespace wn::realm
