// One suite for every method of the seam (runtime/backend), run against the simulated and the real Backend,
// bare and, where frames are concerned, over QUIC.
#include <catch2/catch_template_test_macros.hpp>

#include "scenarios/conformance/arms.h"
#include "scenarios/conformance/bodies.h"
#include "scenarios/conformance/disk_bodies.h"

namespace wn::conformance {
namespace {

using Simulated = SimulatedArm<Bare>;
using Real = RealArm<Bare>;
using SimulatedQuic = SimulatedArm<OverQuic>;
using RealQuic = RealArm<OverQuic>;
using SimulatedHurt = SimulatedArm<OverHurt>;
using RealHurt = RealArm<OverHurt>;

TEMPLATE_TEST_CASE("conformance: a disk keeps what was synced", "", Simulated, Real, SimulatedHurt,
                   RealHurt) {
  TestType arm;
  disk_keeps_what_was_synced(arm);
}
TEMPLATE_TEST_CASE("conformance: a disk speaks of missing files and fills holes with zeros", "", Simulated,
                   Real, SimulatedHurt, RealHurt) {
  TestType arm;
  disk_speaks_of_missing_files_and_holes(arm);
}
TEMPLATE_TEST_CASE("conformance: a disk renames over files and lists names in order", "", Simulated, Real,
                   SimulatedHurt, RealHurt) {
  TestType arm;
  disk_renames_replace_and_lists_are_sorted(arm);
}
TEMPLATE_TEST_CASE("conformance: a disk completes the operations of one file in order", "", Simulated, Real,
                   SimulatedHurt, RealHurt) {
  TestType arm;
  disk_completes_one_file_in_order(arm);
}
TEMPLATE_TEST_CASE("conformance: a disk reads back what many writes left", "", Simulated, Real, SimulatedHurt,
                   RealHurt) {
  TestType arm;
  disk_reads_back_what_many_writes_left(arm);
}
TEMPLATE_TEST_CASE("conformance: a disk refuses what the seam forbids", "", Simulated, Real, SimulatedHurt,
                   RealHurt) {
  TestType arm;
  disk_refuses_what_the_seam_forbids(arm);
}
TEMPLATE_TEST_CASE("conformance: timers fire once and not early", "", Simulated, Real, SimulatedQuic,
                   RealQuic, SimulatedHurt, RealHurt) {
  TestType arm;
  timers_fire_once_and_not_early(arm);
}
TEMPLATE_TEST_CASE("conformance: timers of the past fire at once, but not from inside of a call", "",
                   Simulated, Real, SimulatedHurt, RealHurt) {
  TestType arm;
  timers_of_the_past_fire_at_once_but_not_from_inside(arm);
}
TEMPLATE_TEST_CASE("conformance: the two clocks advance together", "", Simulated, Real, SimulatedHurt,
                   RealHurt) {
  TestType arm;
  clocks_advance_together(arm);
}
TEMPLATE_TEST_CASE("conformance: frames reach a peer and come back whole", "", Simulated, Real, SimulatedQuic,
                   RealQuic, SimulatedHurt, RealHurt) {
  TestType arm;
  frames_reach_a_peer_and_come_back_whole(arm);
}
TEMPLATE_TEST_CASE("conformance: a full network refuses, and takes frames again", "", Simulated, Real,
                   SimulatedQuic, RealQuic, SimulatedHurt, RealHurt) {
  TestType arm;
  a_full_network_refuses_and_recovers(arm);
}
TEMPLATE_TEST_CASE("conformance: draws of different numbers and purposes differ", "", Simulated, Real,
                   SimulatedHurt, RealHurt) {
  TestType arm;
  draws_differ(arm);
}
TEMPLATE_TEST_CASE("conformance: the probe is heard", "", Simulated, Real, SimulatedQuic, RealQuic,
                   SimulatedHurt, RealHurt) {
  TestType arm;
  the_probe_is_heard(arm);
}
TEMPLATE_TEST_CASE("conformance: commands come in order, after the start", "", Simulated, Real, SimulatedQuic,
                   RealQuic, SimulatedHurt, RealHurt) {
  TestType arm;
  commands_come_in_order(arm);
}
TEMPLATE_TEST_CASE("conformance: a process that starts again has no timers of the one before", "", Simulated,
                   Real, SimulatedHurt, RealHurt) {
  TestType arm;
  a_restarted_process_starts_clean(arm);
}

}  // namespace
}  // namespace wn::conformance
