#pragma once
// Plan: a query of several steps answered in one call, so that "the tasks of these projects, and their
// owners" is one charge on the call budget and one pass, not a loop.
//
//   Plan plan;                                    // list projects with their tasks and the tasks' owners
//   const Result<std::uint32_t> projects = plan.children(Plan::kTops, {.type = kProject});
//   const Result<std::uint32_t> tasks = plan.children(*projects, {.type = kTask});
//   const Result<std::uint32_t> owners = plan.follow(*tasks, kOwner);
//   const Result<std::uint32_t> names = plan.fetch(*owners, kName);
//
// Steps work on the rows of an earlier step; step 0 (kTops) is the worknodes that the call names:
//   children  rows: the children of each row, by that row, then by id; Row::group is the row's index
//   follow    rows: the distinct living worknodes that a property of the rows names, by id; links[i] is the
//             index of the one that row i names, or kNoRow
//   fetch     no rows: values[i] is the property of row i
//
// Limits: kStepsMax steps; all rows together at most QueryLimits::max_results. A long answer is cut at the
// first step: `first_rows_max` rows of step 1 and whatever belongs to them, and a cursor for the next rows
// (query.h says what cursors promise). REQUIRES then that step 1 are the children of the tops.
// Errors: those of query.h; too_large also when the rows exceed max_results: ask for fewer first rows.
// Thread rule: the tree's.
#include <array>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/tree/query.h"

namespace wn::tree {

inline constexpr std::uint32_t kStepsMax = 8;
inline constexpr std::uint32_t kNoRow = 0xFFFFFFFFU;

class Plan {
 public:
  static constexpr std::uint32_t kTops = 0;
  enum class Kind : std::uint8_t { tops, children, follow, fetch };
  struct Step {
    Kind kind = Kind::tops;
    std::uint32_t of = 0;
    Filter filter;
    PropertyKey property;
  };

  // The number of the new step. Errc::invalid_argument when `of` is no earlier step with rows, too_large at
  // kStepsMax.
  Result<std::uint32_t> children(std::uint32_t of, Filter filter = {});
  Result<std::uint32_t> follow(std::uint32_t of, PropertyKey property);
  Result<std::uint32_t> fetch(std::uint32_t of, PropertyKey property);
  std::span<const Step> steps() const { return {steps_.data(), size_}; }

 private:
  Result<std::uint32_t> add(Step step);
  std::array<Step, kStepsMax> steps_{};
  std::uint32_t size_ = 1;
};

struct StepAnswer {
  explicit StepAnswer(std::pmr::memory_resource* memory) : rows(memory), links(memory), values(memory) {}
  std::pmr::vector<Row> rows;              // tops, children, follow
  std::pmr::vector<std::uint32_t> links;   // follow: by row of the step that it follows
  std::pmr::vector<PropertyValue> values;  // fetch: by row of the step that it fetches for
};

struct PlanAnswer {
  explicit PlanAnswer(std::pmr::memory_resource* memory);
  std::pmr::vector<StepAnswer> steps;  // kStepsMax of them, by step; overwritten by each run
  Cursor next;
};

struct PlanPage {
  std::uint32_t first_rows_max = 0xFFFFFFFFU;
  Cursor from = {};
};

class PlanRunner {
 public:
  // REQUIRES that the tree outlives it. `memory` serves its scratch.
  PlanRunner(const Tree& tree, QueryLimits limits, std::pmr::memory_resource* memory);

  Result<void> run(CallBudget& budget, const Plan& plan, std::span<const WorknodeId> tops,
                   const PropertySource& source, const PlanPage& page, PlanAnswer& answer);

 private:
  Result<void> run_step(const Plan& plan, std::uint32_t number, const PropertySource& source,
                        const PlanPage& page, PlanAnswer& answer);
  Result<void> children(const Plan::Step& step, const PlanPage* first_page, PlanAnswer& answer,
                        StepAnswer& out);
  Result<void> follow(const Plan::Step& step, const PropertySource& source, const StepAnswer& of,
                      StepAnswer& out);
  Result<void> push(StepAnswer& out, const Row& row);
  void read(const StepAnswer& of, PropertyKey property, const PropertySource& source,
            std::pmr::vector<PropertyValue>& values);
  void distinct(std::span<const PropertyValue> values, std::pmr::vector<std::uint32_t>& links);

  const Tree& tree_;
  QueryLimits limits_;
  Query query_;
  std::uint64_t fingerprint_ = 0;
  std::uint32_t rows_ = 0;
  std::uint32_t visits_ = 0;
  std::pmr::vector<WorknodeId> ids_;
  std::pmr::vector<PropertyValue> values_;
  std::pmr::vector<WorknodeId> named_;     // distinct, in order of first mention
  std::pmr::vector<std::uint32_t> slots_;  // open addressing: 0 = empty, else position in named_ + 1
  std::pmr::vector<std::uint32_t> rank_;   // of named_: row, or kNoRow
  std::pmr::vector<std::uint32_t> by_id_;
};

}  // namespace wn::tree
