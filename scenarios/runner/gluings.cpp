#include "scenarios/runner/gluings.h"

#include <nlohmann/json.hpp>

#include "checkers/gluing/gluing.h"
#include "checkers/gluing/picture.h"

namespace wn::scenarios {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// Sets are lists of places.
Json places(std::uint64_t set) {
  Json out = Json::array();
  for (std::uint32_t i = 0; i < 64; ++i) {
    if ((set >> i & 1) != 0) out.push_back(i);
  }
  return out;
}

Json obstruction_json(const checkers::GluingPicture::Obstruction& o) {
  Json out;
  out["kind"] = o.kind;
  out["says"] = o.says;
  out["edges"] = o.edges;
  out["witnesses"] = Json::array();
  for (const auto& w : o.witnesses) {
    out["witnesses"].push_back(
        {{"replica", w.replica}, {"counter", w.counter}, {"says", w.says}, {"carriers", places(w.carriers)}});
  }
  return out;
}

Json json_of(const Gluing& gluing) {
  Json out;
  out["node"] = gluing.node.value;
  out["at_ns"] = gluing.at.ns;
  const auto picture = checkers::picture_of(gluing.sections.view(), gluing.certificate.view());
  if (!picture) return out;
  out["sections"] = picture->nodes;
  out["glued"] = picture->glued;
  out["radius"] = picture->radius;
  out["acyclic"] = picture->acyclic;
  out["loops"] = picture->loops;
  out["edges"] = Json::array();
  for (const auto& e : picture->edges)
    out["edges"].push_back(Json::array({e.from, e.to, e.differs ? 1 : 0, e.distance}));
  out["obstructions"] = Json::array();
  for (const auto& o : picture->obstructions) out["obstructions"].push_back(obstruction_json(o));
  out["maximal"] = Json::array();
  for (const std::uint64_t set : picture->maximal) out["maximal"].push_back(places(set));
  out["serve"] = places(picture->serve);
  return out;
}

}  // namespace

std::string gluing_json(const Gluing& gluing) { return json_of(gluing).dump(); }

std::string certificates_jsonl(const std::vector<Gluing>& gluings) {
  std::string out;
  for (const Gluing& gluing : gluings) {
    Json line = json_of(gluing);
    line["checksum"] = std::to_string(checkers::certificate_checksum(gluing.certificate.view()));
    line["sections_bytes"] = hex(gluing.sections.view());
    line["certificate_bytes"] = hex(gluing.certificate.view());
    out += line.dump() + "\n";
  }
  return out;
}

}  // namespace wn::scenarios
