#include "reports/html.h"

#include "reports/assets.h"
#include "reports/encode.h"
#include "reports/page_data.h"
#include "runtime/base/markup.h"

namespace wn::reports {

std::string render_html(const ReportInput& input) {
  const std::string data = page_data(input);
  const std::string title =
      markup_escaped(std::string(checkers::to_string(input.outcome)) + " · " + input.plan.scenario +
                     " · seed " + std::to_string(input.plan.seed));
  std::string out;
  out.reserve(data.size() + (96U << 10));
  // An empty icon keeps a browser from asking a server for one.
  out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + title +
         "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"generator\" content=\"worknode\">\n<link rel=\"icon\" href=\"data:,\">\n<style>\n";
  out += k_report_css;
  out += "</style>\n</head>\n<body>\n";
  out += k_report_html;
  out += "<noscript>This report draws with JavaScript; the data are in this file.</noscript>\n";
  out += "<script type=\"application/json\" id=\"data\">" + data +
         "</script>\n<script>\n(() => {\n\"use strict\";\n";
  for (const std::string_view script :
       {k_data_js, k_view_js, k_clocks_js, k_explain_js, k_spacetime_js, k_marks_js, k_charts_js,
        k_convergence_js, k_gluing_js, k_pointer_js, k_page_js}) {
    out += script;
  }
  out += "})();\n</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace wn::reports
