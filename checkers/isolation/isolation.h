#pragma once
// Isolation of list-append transactions (Adya 1999; Kingsbury & Alvaro, "Elle", VLDB 2020): reads of whole
// lists recover the order of versions; write-write, write-read, read-write and real-time edges make a graph
// whose cycles are anomalies. Claim: "isolation", level: strict serializability.
//
// Sound: `fail` is a proof. An info transaction counts only as far as somebody saw its appends; a `fail`
// transaction's append that is seen is G1a. Incomplete where version orders are not recoverable (appends
// nobody read). Signatures: "isolation: G0", "G1a", "G1b", "G1c", "G-single", "G2", each but G1a/G1b also
// with "-realtime" when the cycle needs a real-time edge; "isolation: internal", "isolation: incompatible
// order", "isolation: duplicate append", "isolation: value from nowhere". Single get/append operations of the
// history count as transactions of one micro-operation.
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

Verdict check_strict_serializable(const History& history);

}  // namespace wn::checkers
