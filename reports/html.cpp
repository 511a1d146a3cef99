#include "reports/html.h"

#include "reports/assets.h"
#include "reports/document.h"
#include "reports/page_data.h"

namespace wn::reports {

std::string render_html(const ReportInput& input) {
  const std::string title = std::string(checkers::to_string(input.outcome)) + " · " + input.plan.scenario +
                            " · seed " + std::to_string(input.seed.value_or(input.plan.seed));
  const std::string data = page_data(input);
  return html_document(
      {.title = title,
       .styles = {k_report_css},
       .body = k_report_html,
       .data = data,
       .scripts = {k_data_js, k_view_js, k_clocks_js, k_explain_js, k_spacetime_js, k_marks_js, k_charts_js,
                   k_convergence_js, k_gluing_js, k_pointer_js, k_page_js}});
}

}  // namespace wn::reports
