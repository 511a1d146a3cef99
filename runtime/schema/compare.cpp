#include "runtime/schema/compare.h"

#include <algorithm>

#include "runtime/schema/laws.h"

namespace wn::schema {
namespace {

Compatibility weight_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::none:
      return Compatibility::identical;
    case ChangeKind::added:
    case ChangeKind::dropped:
    case ChangeKind::renamed:
    case ChangeKind::deprecated:
      return Compatibility::additive;
    case ChangeKind::default_changed:
    case ChangeKind::number_changed:
    case ChangeKind::moved:
    case ChangeKind::kind_changed:
      return Compatibility::needs_lens;
    default:
      return Compatibility::forbidden;
  }
}

bool same_shape(const FieldSpec& a, const FieldSpec& b) {
  return a.kind == b.kind && a.element == b.element && a.nested == b.nested;
}

class Pair {
 public:
  Pair(const Schema& older, const Schema& newer) : older_(older), newer_(newer) {}

  Comparison run() {
    if (older_.type != newer_.type || older_.type_name != newer_.type_name) note(ChangeKind::other_type, {});
    if (older_.version >= newer_.version) note(ChangeKind::gap, {});
    for (const FieldSpec& field : older_.fields) {
      const FieldSpec* same = newer_.find(field.number);
      same == nullptr ? dropped(field) : kept(field, *same);
    }
    for (const FieldSpec& field : newer_.fields) {
      if (older_.find(field.number) == nullptr) added(field);
    }
    if (newer_.version == older_.version.next()) {
      for (const LensStep& step : newer_.lens.steps) {
        if (step.to) note(ChangeKind::moved, step.from, true);
      }
      if (const auto refusal = check_lens(older_, newer_)) {
        note(ChangeKind::lens_refused, newer_.lens.steps[refusal->step].from).lens = *refusal;
      }
    }
    return std::move(out_);
  }

 private:
  Change& note(ChangeKind kind, FieldNumber number, bool by_lens = false) {
    out_.verdict = std::max(out_.verdict, weight_of(kind));
    out_.changes.push_back({kind, number, older_.version, newer_.version, by_lens, {}});
    return out_.changes.back();
  }

  void kept(const FieldSpec& a, const FieldSpec& b) {
    if (!same_shape(a, b)) {
      note(ChangeKind::number_reused, a.number);
      return;
    }
    if (a.since != b.since) note(ChangeKind::since_rewritten, a.number);
    if (a.name != b.name) note(ChangeKind::renamed, a.number);
    if (a.deprecated != b.deprecated) note(ChangeKind::deprecated, a.number);
    if (a.default_value != b.default_value) {
      note(ChangeKind::default_changed, a.number, has_step(a.number, LensKind::default_fill));
    }
  }

  // A field whose name lives on under a fresh number has moved, not vanished.
  void dropped(const FieldSpec& a) {
    const FieldSpec* heir = newer_.find(a.name);
    if (heir == nullptr || older_.find(heir->number) != nullptr) {
      if (!moves(a.number)) note(ChangeKind::dropped, a.number);
      return;
    }
    const auto kind = same_shape(a, *heir) ? ChangeKind::number_changed : ChangeKind::kind_changed;
    note(kind, a.number, moves(a.number));
  }

  void added(const FieldSpec& b) { note(ChangeKind::added, b.number); }

  bool has_step(FieldNumber from, LensKind kind) const {
    return std::ranges::any_of(newer_.lens.steps,
                               [&](const LensStep& s) { return s.from == from && s.kind == kind; });
  }
  bool moves(FieldNumber from) const {
    return std::ranges::any_of(newer_.lens.steps, [&](const LensStep& s) { return s.from == from && s.to; });
  }

  const Schema& older_;
  const Schema& newer_;
  Comparison out_;
};

// What only the whole chain shows: when numbers began, and which of them lenses emptied or filled.
class Chain {
 public:
  Chain(std::span<const Schema> chain, Comparison& out) : chain_(chain), out_(out) {}

  void run() {
    beginnings();
    std::size_t growth = 0;
    for (const Schema& schema : chain_) {
      for (const LensStep& step : schema.lens.steps) {
        const bool prefix = step.kind == LensKind::split || step.kind == LensKind::join;
        growth += prefix ? step.key.size() : 0;
        if (growth > kGrowthBytesMax) note(ChangeKind::prefixes_too_long, step.from, {}, schema.version);
      }
    }
    for (std::size_t i = 1; i < chain_.size(); ++i) {
      for (const LensStep& step : chain_[i].lens.steps) numbers(i, step);
    }
  }

 private:
  // `since` names the first version that had the number.
  void beginnings() {
    for (const Schema& schema : chain_) {
      for (const FieldSpec& field : schema.fields) {
        const auto first =
            std::ranges::find_if(chain_, [&](const Schema& s) { return s.find(field.number); });
        if (first->version != field.since) {
          note(ChangeKind::since_rewritten, field.number, first->version, schema.version);
        }
      }
    }
  }

  void numbers(std::size_t at, const LensStep& step) {
    if (!step.to) return;
    const bool empties = step.kind != LensKind::hoist && step.kind != LensKind::split;
    const bool fills = step.kind != LensKind::wrap && step.kind != LensKind::join;
    for (std::size_t later = at; empties && later < chain_.size(); ++later) {
      if (chain_[later].find(step.from)) {
        note(ChangeKind::number_retired, step.from, chain_[at].version, chain_[later].version);
      }
    }
    for (std::size_t earlier = 0; fills && earlier < at; ++earlier) {
      if (chain_[earlier].find(step.to)) {
        note(ChangeKind::target_existed, step.to, chain_[earlier].version, chain_[at].version);
      }
    }
  }

  void note(ChangeKind kind, FieldNumber number, Version older, Version newer) {
    out_.verdict = std::max(out_.verdict, weight_of(kind));
    out_.changes.push_back({kind, number, older, newer, false, {}});
  }

  std::span<const Schema> chain_;
  Comparison& out_;
};

// A change between distant versions is answered for when the neighbours on the way moved or refilled it.
bool bridged(std::span<const Schema> chain, std::size_t from, std::size_t to, const Change& change) {
  for (std::size_t i = from + 1; i <= to; ++i) {
    for (const LensStep& step : chain[i].lens.steps) {
      const bool right = change.kind == ChangeKind::default_changed ? step.kind == LensKind::default_fill
                                                                    : static_cast<bool>(step.to);
      if (step.from == change.number && right) return true;
    }
  }
  return false;
}

}  // namespace

std::string_view to_string(Compatibility compatibility) {
  static constexpr std::string_view kNames[] = {"identical", "additive", "needs-lens", "forbidden"};
  return kNames[static_cast<std::size_t>(compatibility)];
}

std::string_view to_string(ChangeKind kind) {
  static constexpr std::string_view kNames[] = {"none",           "added",
                                                "dropped",        "renamed",
                                                "deprecated",     "default-changed",
                                                "number-changed", "kind-changed",
                                                "number-reused",  "since-rewritten",
                                                "other-type",     "lens-refused",
                                                "number-retired", "target-existed",
                                                "address-shared", "gap",
                                                "moved",          "prefixes-too-long"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string Change::to_string() const {
  std::string out = "field " + std::to_string(number.value) + " between versions " +
                    std::to_string(older.value) + " and " + std::to_string(newer.value) + ": " +
                    std::string(schema::to_string(kind));
  if (kind == ChangeKind::lens_refused) out += " (" + lens.to_string() + ")";
  return out;
}

const Change* Comparison::first_obstacle() const {
  const auto at = std::ranges::find_if(changes, [](const Change& c) {
    const Compatibility weight = weight_of(c.kind);
    return weight == Compatibility::forbidden || (weight == Compatibility::needs_lens && !c.by_lens);
  });
  return at == changes.end() ? nullptr : &*at;
}

bool Comparison::publishable() const { return first_obstacle() == nullptr; }

Comparison compare(const Schema& older, const Schema& newer) { return Pair(older, newer).run(); }

Comparison compare_all(std::span<const Schema> chain) {
  Comparison out;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].version.value != i + 1) {
      out.verdict = Compatibility::forbidden;
      out.changes.push_back({ChangeKind::gap, {}, chain[i].version.previous(), chain[i].version, false, {}});
      return out;
    }
  }
  for (std::size_t i = 0; i < chain.size(); ++i) {
    for (std::size_t j = i + 1; j < chain.size(); ++j) {
      Comparison pair = compare(chain[i], chain[j]);
      out.verdict = std::max(out.verdict, pair.verdict);
      for (Change& change : pair.changes) {
        change.by_lens = change.by_lens || bridged(chain, i, j, change);
        out.changes.push_back(std::move(change));
      }
    }
  }
  Chain(chain, out).run();
  if (out.publishable()) {
    if (const auto fault = check_laws(chain)) {
      out.verdict = Compatibility::forbidden;
      out.changes.push_back({ChangeKind::address_shared, fault->number, fault->from, fault->to, false, {}});
    }
  }
  return out;
}

}  // namespace wn::schema
