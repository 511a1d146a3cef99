#include "checkers/explain/svg.h"

#include <algorithm>

#include "runtime/base/markup.h"

namespace wn::checkers::explain_room {
namespace {

constexpr std::string_view kStyle =
    "<style>text{font:12px "
    "sans-serif;fill:#222}.h{font-weight:bold;font-size:14px}.s{font-size:10px;fill:#666}"
    ".l{stroke:#ddd}.a{stroke:#555;fill:none;stroke-width:1.5}.placed{fill:#bfe3c0;stroke:#5a9e5d}"
    ".stuck{fill:#f5b5ae;stroke:#c0392b;stroke-width:2}.other{fill:#e3e3e3;stroke:#aaa}"
    ".open{stroke-dasharray:4 3}.node{fill:#eef3fb;stroke:#5b7db1}.bad{fill:#c0392b}</style>"
    "<defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" "
    "markerHeight=\"7\" "
    "orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#555\"/></marker></defs>";

// Wide enough for any sans-serif face; SVG has no way to ask.
constexpr std::int64_t kCharacterWidth = 7;

}  // namespace

std::string escaped(std::string_view text) {
  std::string out = markup_escaped(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = ' ';
  }
  return out;
}

void Sheet::reach(std::int64_t x, std::int64_t y) {
  width_ = std::max(width_, x + 12);
  height_ = std::max(height_, y + 12);
}

void Sheet::text(std::int64_t x, std::int64_t y, std::string_view words, std::string_view css_class) {
  reach(x + static_cast<std::int64_t>(words.size()) * kCharacterWidth, y);
  body_ += "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" class=\"" +
           std::string(css_class) + "\">" + escaped(words) + "</text>\n";
}

void Sheet::bar(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height,
                std::string_view css_class, std::string_view hint) {
  reach(x + width, y + height);
  body_ += "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
           std::to_string(width) + "\" height=\"" + std::to_string(height) + "\" rx=\"3\" class=\"" +
           std::string(css_class) + "\"><title>" + escaped(hint) + "</title></rect>\n";
}

void Sheet::line(std::int64_t x1, std::int64_t y1, std::int64_t x2, std::int64_t y2,
                 std::string_view css_class) {
  reach(std::max(x1, x2), std::max(y1, y2));
  body_ += "<line x1=\"" + std::to_string(x1) + "\" y1=\"" + std::to_string(y1) + "\" x2=\"" +
           std::to_string(x2) + "\" y2=\"" + std::to_string(y2) + "\" class=\"" + std::string(css_class) +
           "\"/>\n";
}

std::string Sheet::finish() const {
  const std::string width = std::to_string(width_), height = std::to_string(height_);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
         "\" viewBox=\"0 0 " + width + " " + height + "\">" + std::string(kStyle) +
         "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" + body_ + "</svg>\n";
}

}  // namespace wn::checkers::explain_room
