#include "reports/document.h"

#include "reports/assets.h"
#include "runtime/base/markup.h"

namespace wn::reports {

std::string html_document(const Document& document) {
  std::string out;
  out.reserve(document.data.size() + (96U << 10));
  out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" +
         markup_escaped(document.title) +
         "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"generator\" content=\"worknode\">\n<link rel=\"icon\" href=\"data:,\">\n<style>\n";
  for (const std::string_view style : document.styles) out += style;
  out += "</style>\n</head>\n<body>\n";
  out += document.body;
  out += "<noscript>This report draws with JavaScript; the data are in this file.</noscript>\n";
  out += "<script type=\"application/json\" id=\"data\">";
  out += document.data;
  out += "</script>\n<script>\n(() => {\n\"use strict\";\n";
  out += k_dom_js;
  for (const std::string_view script : document.scripts) out += script;
  out += "})();\n</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace wn::reports
