#pragma once
// What clients ask of a realm: fills in an operation of which process, time and function are drawn. Private
// to this room (workload.h is the way in).
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/random.h"
#include "scenarios/workloads/workload.h"

namespace wn::scenarios {

class RealmMaker {
 public:
  // All must outlive the maker; plan.tokens must be complete, and plan.operations hold the publications.
  RealmMaker(const WorkloadSpec& spec, std::span<const MixShare> mix, const faults::Plan& plan);

  void fill(faults::Operation& operation, Draw& draw, std::int64_t& next_value);
  const std::set<std::uint32_t>& properties() const { return properties_; }  // that the mix writes

 private:
  static constexpr std::size_t kRecentMax = 4;
  static constexpr std::size_t kCreatedMax = 64;
  // Elements lately put into one set, or numbers of worknodes.
  struct Recent {
    std::array<std::int64_t, kRecentMax> values{};
    std::size_t count = 0;
    void push(std::int64_t value) { values[count++ % kRecentMax] = value; }
    std::int64_t any(Draw& draw) const { return values[draw.below(std::min(count, kRecentMax))]; }
  };

  std::uint32_t first_tree_key(Draw& draw) const;
  std::uint32_t any_worknode(Draw& draw) const;  // a created one too
  std::uint32_t movable(Draw& draw) const;       // not the root
  void fill_value(faults::Operation& operation, Draw& draw, std::int64_t& next_value);
  void fill_tree(faults::Operation& operation, Draw& draw, std::int64_t& next_value);
  void fill_local(faults::Operation& operation, Draw& draw, std::int64_t& next_value);
  void fill_strong(faults::Operation& operation, Draw& draw, std::int64_t& next_value);
  void fill_modes(faults::Operation& operation, Draw& draw, std::int64_t& next_value);
  std::uint32_t token_of(NodeId client, Draw& draw) const;
  std::uint32_t schema_of(const faults::Operation& operation) const;

  const WorkloadSpec& spec_;
  const faults::Plan& plan_;
  std::vector<NodeId> servers_;
  bool bounded_ = false;
  std::set<std::uint32_t> properties_;
  std::map<std::uint32_t, Recent> included_;
  std::map<std::uint32_t, Recent> strong_;  // values lately asked for
  Recent trashed_;
  std::vector<std::uint32_t> created_;
  std::map<NodeId, std::vector<std::uint32_t>> tokens_;  // by holder, beyond its first
  std::vector<std::pair<SimTime, std::uint32_t>> published_;
};

// Where in a run of a realm the clients fall silent, and where they read everything once more. `reads`: how
// many final reads the busiest client has.
struct RealmTimes {
  SimTime stop;
  SimTime final_reads;
};
RealmTimes realm_times(const faults::Plan& plan, std::uint64_t reads);

// One read by one client of each server, of each property in use of each worknode in use.
void append_final_reads(const RealmMaker& maker, const WorkloadSpec& spec, const faults::Plan& plan,
                        SimTime at, std::vector<faults::Operation>& out);

// Of the workload "modes": one read of each STRONG register in use, and each client's of the LOCAL properties
// of its server.
void append_final_reads_of_modes(const WorkloadSpec& spec, const faults::Plan& plan, SimTime at,
                                 std::vector<faults::Operation>& out);

// Versions 2 and 3 of the schema, published by the first client at a third and two thirds of the workload.
void append_publications(const WorkloadSpec& spec, const faults::Plan& plan, SimTime stop,
                         std::vector<faults::Operation>& out);

}  // namespace wn::scenarios
