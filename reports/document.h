#pragma once
// One self-contained HTML file: head, styles, body, the data as JSON, and scripts that run as one function.
// Nothing is asked of a server: no outside resource, and an empty icon so that a browser does not ask either.
#include <string>
#include <string_view>
#include <vector>

namespace wn::reports {

struct Document {
  std::string_view title;  // any text; escaped here
  std::vector<std::string_view> styles;
  std::string_view body;
  std::string_view data;                  // JSON in which no "</" stands
  std::vector<std::string_view> scripts;  // after dom.js, which is always the first
};
std::string html_document(const Document& document);

}  // namespace wn::reports
