#pragma once
// The files of reports/assets, as text inside the program.
#include <string_view>

namespace wn::reports {

extern const std::string_view k_report_html;
extern const std::string_view k_report_css;
extern const std::string_view k_dom_js;
extern const std::string_view k_data_js;
extern const std::string_view k_view_js;
extern const std::string_view k_clocks_js;
extern const std::string_view k_explain_js;
extern const std::string_view k_spacetime_js;
extern const std::string_view k_marks_js;
extern const std::string_view k_charts_js;
extern const std::string_view k_convergence_js;
extern const std::string_view k_gluing_js;
extern const std::string_view k_pointer_js;
extern const std::string_view k_page_js;
extern const std::string_view k_sweep_html;
extern const std::string_view k_sweep_css;
extern const std::string_view k_sweep_js;

}  // namespace wn::reports
