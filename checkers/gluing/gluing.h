#pragma once
// Certificates of gluing, re-checked from the sections alone. Claim: "gluing".
//
// Nothing of the solver is used: the bytes are decoded here, and each statement is checked the plain way:
//   edges         which sections overlap and differ, by how many dots, and the fingerprints' difference
//   acyclic       by a heaviest spanning tree of the overlaps (Bernstein and Goodman 1981)
//   loops         the rank of the triangles over GF(2)
//   obstructions  the witnesses are claims of just those sections, and violate what they are said to; a loop
//                 is one, does not close, and a twist is a cocycle when it is said to be
//   completeness  what all sections together violate is told, each name, counter, token and property of it;
//                 of moves, lenses, clocks and twists: at least one. "Glued" means nothing is violated.
//   maximal sets  each is consistent and no section can be added; up to kExhaustiveMax sections, no set is
//                 missing
//   clocks        the readings fit all offsets
// An answer that says that it was cut is checked for what it tells.
//
// Signatures: "gluing: " and "bytes", "wrong edges", "wrong nerve", "a false obstruction", "an obstruction is
// missing", "wrong sections to serve", "readings do not fit", "no certificate" (a replica told of gluing, and
// nothing was recorded), "told otherwise" (the trace says something else than the certificate).
// Thread rule: values.
#include <map>
#include <string>

#include "checkers/history/verdict.h"
#include "runtime/base/bytes.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

inline constexpr std::size_t kExhaustiveMax = 10;

struct CertificateCheck {
  std::string wrong;  // empty: all holds; else the signature's second half
  std::string detail;
  bool glued = false;
  std::uint64_t sections = 0, radius = 0, obstructions = 0;
};
CertificateCheck check_certificate(ByteView cover, ByteView certificate);

// What is told in a trace as a certificate's checksum.
std::uint64_t certificate_checksum(ByteView certificate);

class GluingChecker {
 public:
  void on_event(const TraceEvent& event);  // sections_glued
  // What was recorded of a gluing; in any order.
  void on_certificate(ByteView cover, ByteView certificate);
  // Without any gluing: pass, and the explanation begins with "vacuous: ".
  Verdict verdict() const;

 private:
  struct Told {
    std::uint64_t sections = 0, radius = 0, obstructions = 0, position = 0;
    std::int64_t at_ns = 0;
    NodeId node;
  };
  std::multimap<std::uint64_t, Told> told_;         // by checksum
  std::map<std::uint64_t, CertificateCheck> seen_;  // likewise
  std::uint64_t position_ = 0;
};

}  // namespace wn::checkers
