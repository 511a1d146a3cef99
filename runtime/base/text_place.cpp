#include "runtime/base/text_place.h"

#include <algorithm>

namespace wn {
namespace {

constexpr std::size_t kShownMax = 160;
constexpr std::size_t kExpectedMax = 12;

std::string_view line_of(std::string_view text, std::uint32_t line) {
  std::size_t from = 0;
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', from);
    if (end == std::string_view::npos) return {};
    from = end + 1;
  }
  std::string_view found = text.substr(from, text.find('\n', from) - from);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Edit distance (Levenshtein), of short words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Error error_with_caret(Errc code, std::string message, std::string_view text, SourcePlace at) {
  Error error{.code = code, .message = std::move(message), .at = std::move(at)};
  const std::string_view line = line_of(text, error.at.line);
  if (error.at.line == 0 || error.at.column == 0 || line.empty() || line.size() > kShownMax) return error;
  const std::string number = std::to_string(error.at.line);
  std::string caret;
  std::uint32_t column = 1;
  for (std::size_t i = 0; i < line.size() && column < error.at.column; ++i) {
    if (i > 0 && continues(line[i])) continue;
    caret += line[i] == '\t' ? '\t' : ' ';
    ++column;
  }
  error.message += "\n  " + number + " | " + std::string(line) + "\n  " + std::string(number.size(), ' ') +
                   " | " + caret + "^";
  return error;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::min<std::size_t>(word.size(), 60) / 3 + 1;
  for (const std::string& candidate : known) {
    if (word.size() > 100) break;
    const std::size_t d = distance(word, candidate);
    if (d < best_distance || (d == best_distance && best == nullptr)) {
      best = &candidate;
      best_distance = d;
    }
  }
  if (best != nullptr) return "; did you mean \"" + *best + "\"?";
  if (known.empty() || known.size() > kExpectedMax) return "";
  std::string text = "; expected one of ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i > 0 ? ", " : "") + known[i];
  return text;
}

std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) return i;
  }
  return std::string_view::npos;
}

SourcePlace place_in(std::string_view text, std::size_t offset, const std::string& file) {
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  const std::size_t newline = before.rfind('\n');
  const std::string_view in_line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  const auto column = std::count_if(in_line.begin(), in_line.end(), [](char c) { return !continues(c); });
  return {file, line, static_cast<std::uint32_t>(column + 1)};
}

}  // namespace wn
