#pragma once
// A verdict as a picture. Pure text: SVG 1.1 without scripts or outside references; texts from the history
// are escaped.
#include <string>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

// Bars over time for linearizability and its relatives, cycles for transactions. A pass is drawn as one line
// of text.
std::string verdict_svg(const History& history, const Verdict& verdict);

// A page with the picture and the prose of explain.h; `title`: what was judged for what.
std::string verdict_html(const History& history, const Verdict& verdict, const std::string& title);

}  // namespace wn::checkers
