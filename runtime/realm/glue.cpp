// Healing as gluing: when members that were cut off are heard of again, each replica keeps the section that
// it has at that moment; the one with the smallest number on its side asks all for theirs, glues them and
// tells what fits (runtime/sync/glue.h). Nothing of the replicated state depends on it: updates spread as
// always.
#include "runtime/sync/glue.h"

#include <algorithm>
#include <set>

#include "runtime/base/digest.h"
#include "runtime/realm/rules.h"
#include "runtime/tree/query.h"

namespace wn::realm {
namespace {

constexpr std::int64_t kSilentAfter = 12;  // gossip intervals without news: it counts as cut off
constexpr std::int64_t kAskAfter = 3;      // until everybody has heard, and kept a section

Duration intervals(const State& s, std::int64_t count) { return s.options.gossip_interval * count; }

bool silent(const State& s, const Members::Member& m, Instant now) {
  return m.node != s.options.node && m.as_of && now - *m.as_of > intervals(s, kSilentAfter);
}

bool back(const State& s, const Moment& moment, NodeId node, Instant news) {
  const Members::Member* m = s.members.find(node);
  return m != nullptr && m->replica && silent(s, *m, moment.now) &&
         moment.now - news < intervals(s, kSilentAfter);
}

bool first_on_its_side(const State& s, Instant now) {
  return std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
    return m.node >= s.options.node || !m.replica || !m.as_of || silent(s, m, now);
  });
}

void capture(State& s, const Moment& moment, Effects& effects) {
  const bool fresh = s.healing.captured && moment.now - s.healing.captured_at < intervals(s, kSilentAfter);
  if (fresh) return;
  s.healing.captured.reset();
  s.healing.captured_at = moment.now;
  std::optional<Bytes> section = section_of(s);
  if (!section) return effects.sometimes.push_back("realm: a section beyond its limits is not glued");
  s.healing.captured.emplace().section = std::move(*section);
  tell_edges(s, moment, intervals(s, kSilentAfter), *s.healing.captured);
}

// What all sections know is agreed; every replica shows every key.
sync::Cover cover_of(const State& s, std::span<const sync::Section> sections) {
  const auto agreed = [&](causality::Dot dot) {
    return std::ranges::all_of(sections, [&](const sync::Section& each) { return each.knows(dot); });
  };
  std::pmr::set<sync::PropertyKey> keys(s.memory);
  for (const sync::Section& each : sections) {
    for (std::size_t k = 0; k < each.keys.size(); ++k) {
      if (!std::ranges::all_of(each.values_of(k), agreed, &sync::DottedValue::dot)) keys.insert(each.keys[k]);
    }
  }
  sync::Cover cover(s.memory);
  std::vector<sync::DottedValue> values;
  for (const sync::Section& each : sections) {
    sync::Section& out = cover.sections.emplace_back(s.memory);
    out.node = each.node;
    out.context = each.context;
    std::size_t at = 0;
    for (const sync::PropertyKey& key : keys) {
      values.clear();
      while (at < each.keys.size() && each.keys[at] < key) ++at;
      if (at < each.keys.size() && each.keys[at] == key) {
        for (const sync::DottedValue& v : each.values_of(at)) {
          if (!agreed(v.dot)) values.push_back(v);
        }
      }
      static_cast<void>(out.add(key, 1, values));  // less than was decoded
    }
    std::ranges::copy_if(each.names, std::back_inserter(out.names),
                         [&](const sync::NameClaim& claim) { return !agreed(claim.dot); });
    out.counters = each.counters;
    out.moves = each.moves;
    out.revocations = each.revocations;
    out.uses = each.uses;
  }
  return cover;
}

void glue_sections(State& s, Effects& effects) {
  Healing& h = s.healing;
  std::vector<std::pair<sync::Section, SectionReply>> told;
  for (SectionReply& reply : h.sections) {
    sync::Section section(s.memory);
    if (sync::decode(reply.section.view(), section) == Errc::ok)
      told.emplace_back(std::move(section), std::move(reply));
  }
  h.sections.clear();
  h.awaited.clear();
  h.request = 0;
  if (told.size() < 2) return;
  std::ranges::sort(told, {}, [](const auto& each) { return each.first.node; });
  std::vector<sync::Section> sections;
  std::vector<SectionReply> replies;
  for (auto& [section, reply] : told) {
    sections.push_back(std::move(section));
    replies.push_back(std::move(reply));
  }
  sync::Cover cover = cover_of(s, sections);
  put_edges(replies, cover);
  const auto gluing = sync::glue(
      cover,
      {.max_properties_per_overlap = s.options.limits.max_properties_per_overlap, .defect = s.options.defect},
      s.memory);
  if (!gluing) {
    effects.sometimes.push_back("realm: sections beyond a limit were not glued");
    return;
  }
  std::vector<std::uint8_t> bytes, certificate;
  encode(cover, bytes);
  const std::size_t obstructions = encode_certificate(*gluing, cover, certificate);
  Digest checksum;
  checksum.absorb(ByteView(certificate));
  note(s, effects, TraceKind::sections_glued, sections.size(), gluing->radius, obstructions, checksum.low());
  effects.sometimes.push_back(gluing->glued() ? Claim("realm: sections glued")
                                              : Claim("realm: sections do not glue"));
  for (const sync::Obstruction& o : gluing->obstructions) {
    if (o.kind == sync::ObstructionKind::clock)
      effects.sometimes.push_back("realm: a loop of clocks does not close");
    if (o.kind == sync::ObstructionKind::lens)
      effects.sometimes.push_back("realm: a loop of lenses does not close");
  }
  effects.glued.push_back(
      {.sections = Bytes::copy_of(ByteView(bytes)), .certificate = Bytes::copy_of(ByteView(certificate))});
}

}  // namespace

void watch_for_healing(State& s, const Moment& moment, NodeId from, Instant asked,
                       std::span<const SyncUpdates::Age> ages, Effects& effects) {
  if (!s.options.glue || s.evicted) return;
  bool healing = back(s, moment, from, asked);
  for (const SyncUpdates::Age& age : ages) healing = healing || back(s, moment, age.member, asked - age.age);
  if (!healing) return;
  const bool leads = first_on_its_side(s, moment.now);
  capture(s, moment, effects);
  if (leads && s.healing.request == 0)
    s.healing.ask_at = std::min(s.healing.ask_at, moment.now + intervals(s, kAskAfter));
}

void on_section_request(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  SectionRequest m;
  if (!s.options.glue || s.evicted || s.members.find(from) == nullptr || decode(payload, m) != Errc::ok)
    return;
  capture(s, moment, effects);
  if (!s.healing.captured) return;
  SectionReply reply = *s.healing.captured;
  reply.request = m.request;
  effects.sends.push_back({.to = from, .kind = MessageKind::section, .payload = encode(reply)});
}

void on_section(State& s, NodeId from, ByteView payload, Effects& effects) {
  Healing& h = s.healing;
  SectionReply m;
  if (h.request == 0 || decode(payload, m) != Errc::ok || m.request != h.request) return;
  const auto at = std::ranges::find(h.awaited, from);
  sync::Section section(s.memory);
  // In its own name alone: a section says who gave it.
  if (at == h.awaited.end() || sync::decode(m.section.view(), section) != Errc::ok || section.node != from)
    return;
  h.awaited.erase(at);
  h.sections.push_back(std::move(m));
  if (h.awaited.empty()) glue_sections(s, effects);
}

void glue_upkeep(State& s, const Moment& moment, Effects& effects) {
  Healing& h = s.healing;
  if (h.request != 0 && moment.now >= h.give_up) glue_sections(s, effects);
  if (s.evicted || h.request != 0 || moment.now < h.ask_at) return;
  h.ask_at = Instant::max();
  capture(s, moment, effects);
  if (!h.captured) return;
  h.request = ++s.last_request;
  h.give_up = moment.now + s.options.answer_timeout * 2;
  h.sections.assign(1, *h.captured);
  h.awaited.clear();
  for (const Members::Member& m : s.members.all()) {
    if (m.node == s.options.node || !m.replica) continue;
    h.awaited.push_back(m.node);
    effects.sends.push_back({.to = m.node,
                             .kind = MessageKind::section_request,
                             .payload = encode(SectionRequest{.request = h.request})});
  }
}

void remember_use(State& s, std::uint64_t token, WallTime at) {
  if (!s.options.glue || at < WallTime{}) return;
  std::deque<TokenUse>& uses = s.healing.uses;
  if (uses.size() == kTokenUsesMax) uses.pop_front();
  const std::uint64_t latest = s.known().of(s.self);
  const causality::Dot dot{.replica = latest == 0 ? ReplicaId{} : s.self, .counter = latest};
  uses.push_back({.token = token, .at = at, .dot = dot});
}

bool name_taken(const State& s, WorknodeId worknode, std::int64_t title) {
  if (s.options.unique_names == 0) return false;
  const std::uint64_t name = static_cast<std::uint64_t>(title) % s.options.unique_names;
  const WorknodeId parent = s.oracle->parent_of(worknode);
  if (!parent) return false;
  tree::QueryLimits limits;
  limits.max_results = at_most_u32(s.options.limits.max_results);
  limits.visits_max = at_most_u32(s.options.limits.query_visits_max);
  tree::CallBudget budget(1);
  tree::Query query(s.tree, limits, s.memory);
  tree::Answer answer(s.memory);
  if (!query.children(budget, std::span(&parent, 1), {}, {}, answer)) return false;
  return std::ranges::any_of(answer.rows, [&](const tree::Row& row) {
    return row.node != worknode && name_of(s, row.node) == name;
  });
}

}  // namespace wn::realm
