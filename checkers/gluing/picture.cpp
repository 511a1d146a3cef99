#include "checkers/gluing/picture.h"

#include "checkers/gluing/violations.h"

namespace wn::checkers {
namespace {

using namespace gluing;

// Worknodes are called by the low half of their id less 15, as plans and histories do (the root by 0).
std::string worknode(Number low) { return "w" + std::to_string(low <= 1 ? 0 : low - 15); }
std::string text(Number n) { return std::to_string(n); }

const char* kind_name(Number kind) {
  constexpr const char* kNames[] = {"",     "name",  "counter", "move", "revocation", "equivocation",
                                    "lens", "clock", "twist"};
  return kind < kKindEnd ? kNames[kind] : "unknown";
}

std::string says(const Obstruction& o) {
  switch (o.kind) {
    case kName:
      return "one name for two worknodes under " + worknode(o.subject[1]) + ": " + text(o.detail);
    case kCounter:
      return "more taken from the budget of " + worknode(o.subject[1]) + " than the " + text(o.limit) +
             " that there are";
    case kMove:
      return "moves that make a cycle together";
    case kRevocation:
      return "token " + text(o.detail) + " used after it was revoked elsewhere";
    case kEquivocation:
      return "one operation with two contents";
    case kLens:
      return "a loop of schema lenses takes field " + text(o.detail) + " to another one";
    case kClock:
      return "a loop of clock offsets does not add up within its errors, " + text(o.limit) + " ns";
    case kTwist:
      return "choice " + text(o.detail) + " turns round on a loop";
    default:
      return "";
  }
}

std::string says(const Obstruction& o, const Row<8>& w) {
  switch (o.kind) {
    case kName:
      return worknode(w[3]) + " is called " + text(w[6]);
    case kCounter:
      return "replica " + text(w[5]) + " has taken " + text(w[6]);
    case kMove:
      return worknode(w[3]) + " is under " + worknode(w[5]);
    case kRevocation:
      return (w[5] == 0 ? "revoked at " : "used at ") + text(w[6]) + " ns";
    case kEquivocation:
      return "content " + text(w[6]);
    default:
      return "";
  }
}

}  // namespace

std::optional<GluingPicture> picture_of(ByteView cover, ByteView certificate) {
  Cover sections;
  Certificate said;
  if (!decode(cover, sections) || !decode(certificate, said) || said.sections != sections.sections.size() ||
      said.overlaps.size() != said.sections || said.differing.size() != said.sections)
    return std::nullopt;
  GluingPicture out;
  for (const Section& s : sections.sections) out.nodes.push_back(s.node);
  out.glued = said.glued == 1;
  out.acyclic = said.acyclic == 1;
  out.radius = said.radius;
  out.loops = said.loops;
  out.serve = said.serve;
  for (Number i = 0; i < said.sections; ++i) {
    for (Number j = i + 1; j < said.sections; ++j) {
      if ((said.overlaps[i][0] >> j & 1) == 0) continue;
      out.edges.push_back({.from = i, .to = j, .differs = (said.differing[i][0] >> j & 1) != 0});
      for (const Row<8>& row : said.edges) {
        if (row[0] == i && row[1] == j) out.edges.back().distance = row[3];
      }
    }
  }
  for (const Obstruction& o : said.obstructions) {
    auto& shown = out.obstructions.emplace_back();
    shown.kind = kind_name(o.kind);
    shown.says = says(o);
    for (const Row<4>& step : o.loop) shown.edges.emplace_back(step[0], step[1]);
    for (const Row<8>& w : o.witnesses)
      shown.witnesses.push_back({.replica = w[0], .counter = w[1], .says = says(o, w), .carriers = w[7]});
  }
  for (const auto& [set] : said.maximal) out.maximal.push_back(set);
  return out;
}

}  // namespace wn::checkers
