#pragma once
// What replicas glued in a run: kept beside the history, judged by checkers/gluing, and written as
// certificates.jsonl: a line for each gluing with what it says and, as hexadecimal text, the bytes that the
// checker reads.
#include <string>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn::scenarios {

inline constexpr std::size_t kGluingsMax = 65'536;  // in one run; later ones are not kept

struct Gluing {
  NodeId node;
  SimTime at;
  Bytes sections;
  Bytes certificate;
  std::string says;  // gluing_json(), from the end of the run on
};

// One JSON object: node, at_ns, and what the certificate says (checkers/gluing/picture.h).
std::string gluing_json(const Gluing& gluing);
std::string certificates_jsonl(const std::vector<Gluing>& gluings);

}  // namespace wn::scenarios
