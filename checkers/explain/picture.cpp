#include "checkers/explain/picture.h"

#include <algorithm>
#include <array>
#include <optional>

#include "checkers/explain/explain.h"
#include "checkers/explain/svg.h"

namespace wn::checkers {
namespace {

using explain_room::escaped;
using explain_room::Sheet;

constexpr std::int64_t kLeft = 96, kRow = 34, kBarHeight = 22;
constexpr std::int64_t kTick = 76;  // between two neighbouring moments

// Moments are drawn by rank: what matters is who overlaps whom, not by how much.
class Ranks {
 public:
  Ranks(const History& history, const std::vector<std::uint64_t>& shown) {
    for (const std::uint64_t i : shown) {
      moments_.push_back(history.operations[i].invoked);
      if (history.operations[i].completed != kNever) moments_.push_back(history.operations[i].completed);
    }
    std::ranges::sort(moments_);
    moments_.erase(std::unique(moments_.begin(), moments_.end()), moments_.end());
  }
  std::int64_t x(std::uint64_t moment) const {
    if (moment == kNever) return end();
    return kLeft + kTick * (std::ranges::lower_bound(moments_, moment) - moments_.begin());
  }
  std::int64_t end() const { return kLeft + kTick * (static_cast<std::int64_t>(moments_.size()) + 1); }

 private:
  std::vector<std::uint64_t> moments_;
};

std::optional<std::size_t> place_of(const std::vector<std::uint64_t>& list, std::uint64_t operation) {
  const auto at = std::ranges::find(list, operation);
  if (at == list.end()) return std::nullopt;
  return static_cast<std::size_t>(at - list.begin());
}

std::int64_t draw_bars(Sheet& sheet, const History& history, const Verdict& verdict, std::int64_t top) {
  const std::vector<std::uint64_t> shown = operations_shown(history, verdict);
  const Ranks ranks(history, shown);
  std::vector<std::uint32_t> processes;
  for (const std::uint64_t i : shown) processes.push_back(history.operations[i].process);
  std::ranges::sort(processes);
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  for (std::size_t row = 0; row < processes.size(); ++row) {
    const std::int64_t y = top + kRow * static_cast<std::int64_t>(row);
    sheet.text(8, y + 15, "process " + std::to_string(processes[row]));
    sheet.line(kLeft, y + kBarHeight / 2, ranks.end(), y + kBarHeight / 2, "l");
  }
  for (const std::uint64_t i : shown) {
    const Operation& op = history.operations[i];
    const auto row = std::ranges::lower_bound(processes, op.process) - processes.begin();
    const std::int64_t y = top + kRow * row;
    const std::int64_t x = ranks.x(op.invoked);
    const auto placed = place_of(verdict.order.placed, i);
    const bool stuck = place_of(verdict.order.stuck, i).has_value() ||
                       (verdict.order.stuck.empty() && verdict.operations.size() <= 3 &&
                        place_of(verdict.operations, i).has_value());
    std::string css = stuck ? "stuck" : placed ? "placed" : "other";
    if (op.completed == kNever || op.outcome == Outcome::info) css += " open";
    const std::int64_t width = std::max<std::int64_t>(8, ranks.x(op.completed) - x);
    sheet.bar(x, y, width, kBarHeight, css, describe(history, i));
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(width / 7, 4));
    std::string label = operation_label(history, i, room + 6);
    if (placed) label = std::to_string(*placed + 1) + ". " + label;
    sheet.text(x + 4, y + 15, label);
  }
  return top + kRow * static_cast<std::int64_t>(processes.size()) + 12;
}

std::int64_t draw_order(Sheet& sheet, const History& history, const PartialOrder& order, std::int64_t y) {
  if (order.placed.empty()) return y;
  const std::size_t from = order.placed.size() - std::min<std::size_t>(order.placed.size(), 16);
  sheet.text(8, y + 12,
             "What can be ordered (" + std::to_string(order.placed.size()) + " operations" +
                 (from > 0 ? "; the last 16):" : "):"),
             "h");
  y += 30;
  for (std::size_t i = from; i < order.placed.size(); ++i, y += 17) {
    std::string words = std::to_string(i + 1) + ". " + operation_label(history, order.placed[i]);
    if (i < order.states.size() && !order.states[i].empty())
      words += "   -> " + order.states[i].substr(0, 80);
    sheet.text(16, y, words);
  }
  for (const std::uint64_t i : order.stuck) {
    sheet.text(16, y, "no place for: " + operation_label(history, i), "bad");
    y += 17;
  }
  return y + 10;
}

// Corners of a regular polygon would need sines; a cycle is drawn as two columns instead, down the left and
// up the right, which keeps every label readable.
std::int64_t draw_cycle(Sheet& sheet, const History& history, const Anomaly& anomaly, std::int64_t top) {
  std::vector<std::uint64_t> nodes;
  const std::size_t count = std::min(anomaly.links.size(), kOperationsShownMax);
  for (std::size_t i = 0; i < count; ++i) nodes.push_back(anomaly.links[i].from);
  const std::size_t left = (nodes.size() + 1) / 2;
  constexpr std::int64_t kWidth = 330, kGap = 190, kStep = 74, kHeight = 34;
  struct Place {
    std::int64_t x, y;
  };
  const auto place = [&](std::size_t i) -> Place {
    if (i < left) return {12, top + kStep * static_cast<std::int64_t>(i)};
    return {12 + kWidth + kGap, top + kStep * static_cast<std::int64_t>(nodes.size() - 1 - i)};
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto [x, y] = place(i);
    sheet.bar(x, y, kWidth, kHeight, "node",
              nodes[i] < history.operations.size() ? describe(history, nodes[i]) : "");
    sheet.text(x + 6, y + 21, operation_label(history, nodes[i], 44));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Place a = place(i), b = place((i + 1) % nodes.size());
    const Link& link = anomaly.links[i];
    std::int64_t x1 = a.x + kWidth / 2, y1 = a.y + kHeight, x2 = b.x + kWidth / 2, y2 = b.y;
    if (a.x == b.x && b.y < a.y) y1 = a.y, y2 = b.y + kHeight;
    if (a.x != b.x) {
      const bool right = a.x < b.x;
      x1 = right ? a.x + kWidth : a.x, x2 = right ? b.x : b.x + kWidth;
      y1 = a.y + kHeight / 2 + (right ? 6 : -6), y2 = b.y + kHeight / 2 + (right ? 6 : -6);
    }
    if (nodes.size() == 1) y2 = y1 + 16, x2 = x1;
    sheet.raw("<line x1=\"" + std::to_string(x1) + "\" y1=\"" + std::to_string(y1) + "\" x2=\"" +
              std::to_string(x2) + "\" y2=\"" + std::to_string(y2) +
              "\" class=\"a\" marker-end=\"url(#tip)\"><title>" + escaped(link.why) + "</title></line>\n");
    sheet.text((x1 + x2) / 2 + 6, (y1 + y2) / 2 + (a.x < b.x ? 14 : -2), link.kind, "h");
  }
  std::int64_t y = top + kStep * static_cast<std::int64_t>(std::max<std::size_t>(left, 1)) + 4;
  for (std::size_t i = 0; i < count; ++i, y += 17) {
    const Link& link = anomaly.links[i];
    sheet.text(16, y,
               "T" + std::to_string(link.from) + " < T" + std::to_string(link.to) + " (" + link.kind + ")" +
                   (link.why.empty() ? "" : ": " + link.why.substr(0, 160)));
  }
  return y + 14;
}

std::int64_t draw_anomaly(Sheet& sheet, const History& history, const Anomaly& anomaly, std::int64_t y) {
  sheet.text(8, y + 12, anomaly.type, "h");
  y += 28;
  if (!anomaly.links.empty()) return draw_cycle(sheet, history, anomaly, y);
  std::string_view words = anomaly.explanation;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find('\n'), words.size());
    sheet.text(16, y, words.substr(0, std::min<std::size_t>(end, 200)));
    words.remove_prefix(std::min(end + 1, words.size()));
    y += 17;
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(anomaly.operations.size(), 8); ++i, y += 17)
    sheet.text(16, y, operation_label(history, anomaly.operations[i], 160));
  return y + 10;
}

}  // namespace

std::string verdict_svg(const History& history, const Verdict& verdict) {
  Sheet sheet;
  const std::string claim = verdict.claim.empty() ? std::string("the claim") : verdict.claim;
  if (verdict.outcome == Outcome3::pass) {
    sheet.text(8, 20, claim + " holds: " + std::to_string(history.operations.size()) + " operations", "h");
    return sheet.finish();
  }
  sheet.text(
      8, 20,
      verdict.signature.empty() ? claim + ": " + std::string(to_string(verdict.outcome)) : verdict.signature,
      "h");
  std::int64_t y = 36;
  if (verdict.anomalies.empty()) {
    y = draw_bars(sheet, history, verdict, y);
    y = draw_order(sheet, history, verdict.order, y);
  }
  const std::size_t shown = std::min(verdict.anomalies.size(), kAnomaliesShownMax);
  for (std::size_t i = 0; i < shown; ++i) y = draw_anomaly(sheet, history, verdict.anomalies[i], y);
  if (shown < verdict.anomalies.size())
    sheet.text(8, y + 12, "… and " + std::to_string(verdict.anomalies.size() - shown) + " more anomalies");
  return sheet.finish();
}

std::string verdict_html(const History& history, const Verdict& verdict, const std::string& title) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title) +
         "</title>\n<style>body{font:14px "
         "sans-serif;margin:24px}pre{background:#f6f6f6;padding:12px;overflow:auto}"
         ".p{overflow:auto}</style></head><body>\n<h1>" +
         escaped(title) + "</h1>\n<p>" + escaped(std::string(to_string(verdict.outcome))) + ", " +
         std::to_string(history.operations.size()) + " operations</p>\n<div class=\"p\">\n" +
         verdict_svg(history, verdict) + "</div>\n<pre>" + escaped(explain(history, verdict)) +
         "</pre>\n</body></html>\n";
}

}  // namespace wn::checkers
