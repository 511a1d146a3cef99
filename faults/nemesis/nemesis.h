#pragma once
// Nemesis: one way to hurt a system, as a pure function from chance to faults.
//
// A nemesis proposes *incidents*: a few faults that belong together (the five cuts of a swizzle-clog, the
// restarts of a rolling restart). It looks at the scene (nodes, fault model, what the incident may last) and
// draws from keyed chance; it never looks at other incidents. The budget (budget.h) then admits an incident
// whole or not at all, so that the union stays inside the scenario's fault model, and the swarm (swarm.h)
// composes them in time.
//
// Sources of the shapes: Jepsen nemesis.clj (majorities ring, bridge, one-way, strobe), FoundationDB's
// swizzle-clog, TigerBeetle's packet_simulator partition modes and ClusterFaultAtlas.
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/random.h"

namespace wn::faults {

// What a nemesis may see. All spans ascend.
struct Scene {
  std::vector<NodeId> servers;  // first voters
  std::vector<NodeId> spares;
  std::vector<NodeId> clients;
  std::vector<NodeId> replicas;  // servers and spares
  FaultModel model;
  std::vector<NodeId> disk_faulty;  // the fixed set, drawn per seed, whose disks may rot, misdirect or lie
  std::vector<NodeId> liars;        // the fixed set, drawn per seed, that may lie
  SimTime end;                      // everything but never-healed faults is over by then
  Duration skew_room;               // how far any wall clock may still be stepped
  Duration duration;                // of the whole run
  Service service = Service::kv;
  std::span<const Operation> operations;  // of the plan, ascending by time; none: they are not drawn yet
};
Scene scene_of(const Plan& plan, const Random& random);

// How hard: drawn once per seed and nemesis by the swarm.
struct Intensity {
  Duration length_min = milliseconds(200);
  Duration length_max = seconds(5);
  std::uint32_t strength_ppm = 500'000;  // 0 … 1,000,000 of the nemesis's own scale
};

struct Incident {
  SimTime at;
  std::vector<Fault> faults;          // ids are given later
  std::vector<Deviation> deviations;  // likewise
};

struct Nemesis {
  std::string_view name;    // "partition-ring"
  std::string_view family;  // "partition": a scenario may name either
  std::string_view words;   // one line for `worknode list faults`
  Duration interval;        // mean time between incidents unless the scenario says otherwise
  Duration length_min;      // of one fault
  Duration length_max;
  // Appends one incident beginning at incident.at; may leave it empty when the scene has no room for it.
  void (*propose)(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident);
  // False when the model rules it out altogether.
  bool (*allowed)(const Scene& scene);
  bool stock = true;  // part of the swarm unless named; never-healed ones and lies are asked for by name
};

// All nemeses, in a fixed order.
std::span<const Nemesis> nemeses();
const Nemesis* find_nemesis(std::string_view name);
bool is_nemesis_family(std::string_view family);

}  // namespace wn::faults
