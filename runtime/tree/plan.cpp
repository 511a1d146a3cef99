#include "runtime/tree/plan.h"

#include <algorithm>
#include <new>

#include "runtime/tree/mix.h"

namespace wn::tree {

namespace {

std::uint64_t fingerprint_of(const Plan& plan, std::span<const WorknodeId> tops) {
  std::uint64_t print = 4;
  for (const Plan::Step& step : plan.steps()) {
    print = mix(print, static_cast<std::uint64_t>(step.kind) + (std::uint64_t{step.of} << 8));
    print = mix(print, step.filter.type + (std::uint64_t{step.property.value} << 32));
  }
  for (const WorknodeId& id : tops) print = mix(mix(print, id.high), id.low);
  return print | 1;
}

std::unexpected<Error> too_many_rows() {
  return fail(Errc::too_large, "the plan's rows exceed max_results: ask for fewer first rows");
}

}  // namespace

Result<std::uint32_t> Plan::add(Step step) {
  if (size_ == kStepsMax) return fail(Errc::too_large, "a plan has at most 8 steps");
  if (step.of >= size_ || steps_[step.of].kind == Kind::fetch) {
    return fail(Errc::invalid_argument, "a step works on the rows of an earlier step");
  }
  steps_[size_] = step;
  return size_++;
}
Result<std::uint32_t> Plan::children(std::uint32_t of, Filter filter) {
  return add({.kind = Kind::children, .of = of, .filter = filter, .property = {}});
}
Result<std::uint32_t> Plan::follow(std::uint32_t of, PropertyKey property) {
  return add({.kind = Kind::follow, .of = of, .filter = {}, .property = property});
}
Result<std::uint32_t> Plan::fetch(std::uint32_t of, PropertyKey property) {
  return add({.kind = Kind::fetch, .of = of, .filter = {}, .property = property});
}

PlanAnswer::PlanAnswer(std::pmr::memory_resource* memory) : steps(memory) {
  steps.reserve(kStepsMax);
  for (std::uint32_t i = 0; i < kStepsMax; ++i) steps.emplace_back(memory);
}

PlanRunner::PlanRunner(const Tree& tree, QueryLimits limits, std::pmr::memory_resource* memory)
    : tree_(tree),
      limits_(limits),
      query_(tree, limits, memory),
      ids_(memory),
      values_(memory),
      named_(memory),
      slots_(memory),
      rank_(memory),
      by_id_(memory) {}

Result<void> PlanRunner::run(CallBudget& budget, const Plan& plan, std::span<const WorknodeId> tops,
                             const PropertySource& source, const PlanPage& page, PlanAnswer& answer) {
  for (StepAnswer& step : answer.steps) {
    step.rows.clear();
    step.links.clear();
    step.values.clear();
  }
  answer.next = {};
  fingerprint_ = fingerprint_of(plan, tops);
  if (Result<void> started = query_.start(budget, page.from, fingerprint_); !started) return started;
  if (tops.size() > limits_.parents_max) return fail(Errc::too_large, "more ids than parents_max");
  const bool cut = page.from || page.first_rows_max != PlanPage{}.first_rows_max;
  if (cut && (plan.steps().size() < 2 || plan.steps()[1].kind != Plan::Kind::children)) {
    return fail(Errc::invalid_argument, "only a plan that begins with the children of the tops has pages");
  }
  if (page.first_rows_max == 0) return fail(Errc::invalid_argument, "a page has at least one first row");
  rows_ = 0;
  visits_ = 0;
  try {
    for (std::uint32_t i = 0; i < tops.size(); ++i) {
      const Result<NodeIndex> top = query_.place_of(tops[i], nullptr);
      if (!top) return std::unexpected(top.error());
      answer.steps[0].rows.push_back({.node = tops[i], .type = tree_.nodes()[*top].type, .group = i});
    }
    for (std::uint32_t i = 1; i < plan.steps().size(); ++i) {
      if (Result<void> ran = run_step(plan, i, source, page, answer); !ran) return ran;
    }
  } catch (const std::bad_alloc&) {
    return fail(Errc::overloaded, "the query's memory is used up");
  }
  return {};
}

Result<void> PlanRunner::run_step(const Plan& plan, std::uint32_t number, const PropertySource& source,
                                  const PlanPage& page, PlanAnswer& answer) {
  const Plan::Step& step = plan.steps()[number];
  StepAnswer& out = answer.steps[number];
  const StepAnswer& of = answer.steps[step.of];
  switch (step.kind) {
    case Plan::Kind::tops:
      return {};
    case Plan::Kind::children:
      return children(step, number == 1 ? &page : nullptr, answer, out);
    case Plan::Kind::follow:
      return follow(step, source, of, out);
    case Plan::Kind::fetch:
      read(of, step.property, source, out.values);
      return {};
  }
  return {};
}

Result<void> PlanRunner::push(StepAnswer& out, const Row& row) {
  if (rows_ == limits_.max_results) return too_many_rows();
  ++rows_;
  out.rows.push_back(row);
  return {};
}

// `first_page` for the step that is cut into pages, else nothing.
Result<void> PlanRunner::children(const Plan::Step& step, const PlanPage* first_page, PlanAnswer& answer,
                                  StepAnswer& out) {
  const StepAnswer& of = answer.steps[step.of];
  const NodeTable& nodes = tree_.nodes();
  const Cursor from = first_page != nullptr ? first_page->from : Cursor{};
  for (std::uint32_t i = from ? from.position : 0; i < of.rows.size(); ++i) {
    const bool resumes = from && i == from.position;
    const Result<NodeIndex> parent = query_.place_of(of.rows[i].node, resumes ? &from : nullptr);
    if (!parent) return std::unexpected(parent.error());
    if (Result<void> gathered = query_.gather(*parent, visits_); !gathered) return gathered;
    for (const Query::Found& child : query_.found_) {
      const std::uint32_t type = nodes[child.node].type;
      if (step.filter.type != 0 && type != step.filter.type) continue;
      if (resumes && child.id <= from.after) continue;
      if (first_page != nullptr && out.rows.size() == first_page->first_rows_max) {
        const Row& last = out.rows.back();
        answer.next = {.query = fingerprint_,
                       .position = i,
                       .after = last.group == i ? last.node : WorknodeId{},
                       .in_trash = query_.in_trash(of.rows[i].node)};
        return {};
      }
      if (Result<void> room = push(out, {.node = child.id, .type = type, .group = i}); !room) return room;
    }
  }
  return {};
}

void PlanRunner::read(const StepAnswer& of, PropertyKey property, const PropertySource& source,
                      std::pmr::vector<PropertyValue>& values) {
  ids_.clear();
  ids_.reserve(of.rows.size());
  for (const Row& row : of.rows) ids_.push_back(row.node);
  values.assign(ids_.size(), PropertyValue{});
  source.read(ids_, property, values);
}

// named_ = the distinct worknodes that the values name; links = by value, the position in it or kNoRow.
void PlanRunner::distinct(std::span<const PropertyValue> values, std::pmr::vector<std::uint32_t>& links) {
  std::size_t slots = 16;
  while (slots < 2 * values.size()) slots *= 2;
  slots_.assign(slots, 0);
  named_.clear();
  links.assign(values.size(), kNoRow);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind != PropertyValue::Kind::worknode) continue;
    const WorknodeId id = values[i].worknode;
    std::size_t at = mix(id.low ^ tree_.options().hash_key, id.high) & (slots - 1);
    while (slots_[at] != 0 && named_[slots_[at] - 1] != id) at = (at + 1) & (slots - 1);
    if (slots_[at] == 0) {
      named_.push_back(id);
      slots_[at] = static_cast<std::uint32_t>(named_.size());
    }
    links[i] = slots_[at] - 1;
  }
}

Result<void> PlanRunner::follow(const Plan::Step& step, const PropertySource& source, const StepAnswer& of,
                                StepAnswer& out) {
  read(of, step.property, source, values_);
  distinct(values_, out.links);
  by_id_.clear();
  for (std::uint32_t i = 0; i < named_.size(); ++i) {
    if (!tree_.is_deleted(named_[i]).value_or(true)) by_id_.push_back(i);
  }
  std::sort(by_id_.begin(), by_id_.end(), [this](auto a, auto b) { return named_[a] < named_[b]; });
  rank_.assign(named_.size(), kNoRow);
  for (std::uint32_t row = 0; row < by_id_.size(); ++row) {
    const WorknodeId id = named_[by_id_[row]];
    rank_[by_id_[row]] = row;
    const std::uint32_t type = tree_.nodes()[tree_.nodes().find(id)].type;
    if (Result<void> room = push(out, {.node = id, .type = type, .group = 0}); !room) return room;
  }
  for (std::uint32_t& link : out.links) {
    if (link != kNoRow) link = rank_[link];
  }
  return {};
}

}  // namespace wn::tree
