#pragma once
// Lattice: which anomaly is a special case of which, which consistency model is stronger than which, and
// which model forbids what. Three small acyclic relations; everything else is reachability in them.
// Sources: Adya 1999 (PL-1 … PL-SS, G0 … G2), Adya, Liskov & O'Neil 2000, Cerone, Bernardi & Gotsman 2015
// (read atomic … snapshot isolation), Bailis et al. 2013 (monotonic atomic view, session guarantees), Daudjee
// & Salem 2004 (strong session), Kingsbury & Alvaro 2020 (process and real-time variants).
//
// Names: the friendly ones ("read-committed"); Adya's ("PL-2") are accepted and translated.
#include <string>
#include <string_view>
#include <vector>

namespace wn::checkers::isolation {

using Names = std::vector<std::string>;  // sorted, without repetition

bool is_model(std::string_view name);
bool is_anomaly(std::string_view name);
std::string friendly_model(std::string_view name);  // the name itself when it has no other
Names all_models();
Names all_anomalies();

// What must not be seen if all of `models` hold and none of `anomalies` may occur. REQUIRES known names.
Names prohibited(const Names& models, const Names& anomalies);
// The anomaly itself and all that it is a special case of.
Names implied_by(std::string_view anomaly);

struct Boundary {
  Names weakest;   // models ruled out that imply no other one ruled out
  Names stronger;  // the others ruled out
};
Boundary ruled_out_by(const Names& anomalies);

}  // namespace wn::checkers::isolation
