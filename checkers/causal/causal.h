#pragma once
// Causal consistency, from the history alone, by bad patterns (A. Bouajjani, C. Enea, R. Guerraoui, J. Hamza,
// "On verifying causal consistency", POPL 2017): a history of registers with unique values is causally
// consistent if and only if none of them occurs. Claim: "causal".
//
// co: session order, reads-from and, where it is told which replica serves whom, what that replica had served
// before (real time at one place: ClientRules::homes), closed under transitivity
// (checkers/history/causal_order.h).
//   a read shows a value that nobody put, or that was refused (ThinAirRead)
//                                          "causal: a value from nowhere"
//   co has a cycle (CyclicCO)              "causal: an effect before its cause"
//   a put comes causally before a read that shows nothing (WriteCOInitRead)
//                                          "causal: a value that must be there is missing"
//   … and causally after the put that the read shows (WriteCORead)
//                                          "causal: an overwritten value came back"
//   convergent: puts that reads put into one order, and co, have a cycle (CyclicCF): replicas decide between
//   concurrent puts differently, or against causality
//                                          "causal: concurrent writes in two orders"
// Sets, maps and sequences, whose elements are put in once (add-wins):
//   an element that must be there, and that nobody has asked to take out, is not
//                                          "causal: an element that must be there is missing"
//   one is there though it was taken out by who had seen it, causally before
//                                          "causal: a removed element came back"
//
// Decided exactly: registers with unique values and known outcomes, both levels (a fail is a proof, a pass is
// one too). A put of unknown outcome counts when it was seen. Sound only: sets, maps, sequences. Not judged:
// counters (they show no writer), keys whose values repeat or that know other functions; causal memory (CM).
// Whether an order of concurrent puts is *right* is no question of causality: only that there is one.
//
// Time O(n * k), n operations, k writing sessions, and O(reads * elements) for sets; memory 4 * n * k bytes,
// bounded by `cells_max`: beyond it `unknown`. In the spirit of AWDIT (Møldrup, Pavlogiannis, PLDI 2025).
#include "checkers/history/causal_order.h"
#include "checkers/history/client_history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

struct CausalFacts {
  ClientRules clients;
  bool convergent = true;  // CCv; else CC
  std::uint64_t cells_max = CausalOrder::kCellsMax;
};

Verdict check_causal(const History& history, const CausalFacts& facts);

}  // namespace wn::checkers
