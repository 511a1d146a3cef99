// Gluing, step by step.
#include "runtime/sync/glue.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/sync/glue_rules.h"

namespace wn::sync {
namespace {

// Of what is measured; a loop's sums stay within 64 bits.
constexpr std::int64_t kClockMax = std::int64_t{1} << 55;

bool ends_fit(std::uint32_t from, std::uint32_t to, std::size_t count) {
  return from < count && to < count && from != to;
}

template <class Items>
bool ascending(const Items& items) {
  return std::ranges::adjacent_find(items, [](const auto& a, const auto& b) { return !(a < b); }) ==
         items.end();
}

// Sections are in order by construction (Section::add) or by decoding; edges are foreign.
Errc checked(const Cover& cover) {
  const std::size_t count = cover.sections.size();
  if (count > kSectionsMax || cover.clocks.size() > kEdgeFactsMax || cover.lenses.size() > kEdgeFactsMax ||
      cover.twists.size() > kEdgeFactsMax)
    return Errc::too_large;
  for (const ClockOffset& c : cover.clocks) {
    if (!ends_fit(c.from, c.to, count) || c.offset_ns > kClockMax || c.offset_ns < -kClockMax ||
        c.error_ns > static_cast<std::uint64_t>(kClockMax))
      return Errc::invalid_argument;
  }
  for (const LensPair& l : cover.lenses) {
    if (!ends_fit(l.from, l.to, count)) return Errc::invalid_argument;
  }
  for (std::size_t i = 0; i < cover.twists.size(); ++i) {
    const Twist& t = cover.twists[i];
    const bool again = i > 0 && cover.twists[i - 1].from == t.from && cover.twists[i - 1].to == t.to;
    if (!ends_fit(t.from, t.to, count) || t.from > t.to || again) return Errc::invalid_argument;
  }
  return ascending(cover.clocks) && ascending(cover.lenses) && ascending(cover.twists)
             ? Errc::ok
             : Errc::invalid_argument;
}

void add_loops(const Cover& cover, const Nerve& nerve, Gluing& out) {
  const SectionSet all = ~SectionSet{0};
  Obstruction clock = nothing_yet(ObstructionKind::clock, nerve.memory);
  if (clock_loop(cover, all, clock, out.clocks)) out.obstructions.push_back(std::move(clock));
  Obstruction lens = nothing_yet(ObstructionKind::lens, nerve.memory);
  if (lens_loop(cover, all, lens)) out.obstructions.push_back(std::move(lens));
  Obstruction twist = nothing_yet(ObstructionKind::twist, nerve.memory);
  if (!twist_loop(cover, all, twist)) return;
  twist.limit = is_cocycle(cover, nerve, twist.detail) ? 1 : 0;
  out.obstructions.push_back(std::move(twist));
}

}  // namespace

std::string_view to_string(ObstructionKind kind) {
  switch (kind) {
    case ObstructionKind::name:
      return "name";
    case ObstructionKind::counter:
      return "counter";
    case ObstructionKind::move:
      return "move";
    case ObstructionKind::revocation:
      return "revocation";
    case ObstructionKind::equivocation:
      return "equivocation";
    case ObstructionKind::lens:
      return "lens";
    case ObstructionKind::clock:
      return "clock";
    case ObstructionKind::twist:
      return "twist";
  }
  return "unknown";
}

Gluing::Gluing(std::pmr::memory_resource* memory)
    : edges(memory), obstructions(memory), maximal(memory), clocks(memory) {}

Result<Gluing> glue(const Cover& cover, const GlueOptions& options, std::pmr::memory_resource* memory) {
  if (const Errc e = checked(cover); e != Errc::ok) return fail(e, "not a cover within its limits");
  Gluing out(memory);
  out.sections = static_cast<std::uint32_t>(cover.sections.size());
  Nerve nerve(memory);
  if (const Errc e = build_nerve(cover, options.max_properties_per_overlap, nerve); e != Errc::ok)
    return fail(e, "an overlap is beyond max_properties_per_overlap");
  for (const EdgeReport& edge : nerve.edges) out.radius = std::max<std::uint64_t>(out.radius, edge.distance);
  out.acyclic = acyclic(nerve);
  if (!out.acyclic) {
    out.triangles = triangles_of(nerve);
    out.loops = loops_of(nerve);
  }
  std::pmr::vector<Rule> rules(memory);
  if (const Errc e = rules_of(cover, nerve, options.defect, rules); e != Errc::ok)
    return fail(e, "a cycle beyond kWitnessesMax");
  out.obstructions_cut = nerve.equivocations_cut;
  add_loops(cover, nerve, out);
  for (const Rule& rule : rules) {
    if (out.obstructions.size() == kObstructionsMax) {
      out.obstructions_cut = true;
      break;
    }
    Obstruction found = explained(rule);
    if (!found.witnesses.empty()) out.obstructions.push_back(std::move(found));
  }
  for (const Obstruction& o : out.obstructions) {
    if (o.witnesses.size() > kWitnessesMax || o.loop.size() > kWitnessesMax)
      return fail(Errc::too_large, "a witness beyond kWitnessesMax");
  }
  Maximal maximal = maximal_sets(cover, rules, memory);
  out.maximal = std::move(maximal.sets);
  out.maximal_cut = maximal.cut;
  if (!out.maximal.empty()) out.serve = out.maximal.front();
  out.edges = std::move(nerve.edges);
  return out;
}

}  // namespace wn::sync
