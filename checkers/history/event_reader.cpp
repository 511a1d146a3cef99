#include "checkers/history/event_reader.h"

#include <algorithm>

namespace wn::checkers {
namespace {

constexpr std::string_view kBlank = " \t\r,";
constexpr std::string_view kLogMark = "jepsen.util";

std::string_view after_blanks(std::string_view text) {
  const std::size_t at = text.find_first_not_of(kBlank);
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

}  // namespace

void Balance::add(std::string_view text, bool edn) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted_) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted_ = false;
      }
      continue;
    }
    if (c == '"') quoted_ = true;
    if (c == '{' || c == '[' || c == '(') ++depth_;
    if (c == '}' || c == ']' || c == ')') --depth_;
    if (edn && c == '\\') ++i;
    if (edn && c == ';') return;
  }
}

std::unexpected<Error> EventReader::refuse(Errc code, std::size_t column, std::string message) const {
  std::uint64_t line = source_.number();
  if (joining_) {
    line = breaks_.front().second;
  } else if (!breaks_.empty() && column > 0) {
    auto after =
        std::ranges::upper_bound(breaks_, column - 1, {}, &std::pair<std::size_t, std::uint64_t>::first);
    if (after != breaks_.begin()) --after;
    line = after->second;
    column -= after->first;
  }
  return fail(Error{.code = code,
                    .message = std::move(message),
                    .at = {.file = source_.name(),
                           .line = static_cast<std::uint32_t>(line),
                           .column = static_cast<std::uint32_t>(column)}});
}

// Told from the first line that is not blank.
EventReader::Form EventReader::form_of(std::string_view line, std::size_t& at) {
  at = line.find_first_not_of(kBlank);
  std::string_view text = line.substr(at);
  if (line.find(kLogMark) != std::string_view::npos || text.starts_with("INFO ")) return Form::log;
  if (text[0] == '#' && text.find('{') == std::string_view::npos && text.find_first_of("_") != 1) {
    return Form::intervals;
  }
  if (text[0] == '(' || text[0] == '#' || text[0] == ';') return Form::edn;
  if (text[0] == '[') {
    text = after_blanks(text.substr(1));
    if (text.empty()) return Form::undecided;
    if (text[0] != '{') return Form::edn;
  }
  if (text[0] != '{') return looks_like_interval(text) ? Form::intervals : Form::unknown;
  text = after_blanks(text.substr(1));
  if (text.empty()) return Form::undecided;
  if (text[0] != '"') return text[0] == ':' ? Form::edn : Form::json;
  const std::size_t quote = text.find('"', 1);
  if (quote == std::string_view::npos) return Form::json;
  text = after_blanks(text.substr(quote + 1));
  return text.empty() || text[0] == ':' ? Form::json : Form::edn;
}

Result<bool> EventReader::next() {
  while (true) {
    if (at_ < line_.size()) {
      auto event = piece();
      if (!event || *event) return event;
      continue;
    }
    auto more = next_line();
    if (!more || !*more) return more;
  }
}

Result<bool> EventReader::end() {
  if (joining_) return refuse(Errc::bad_input, fault_.column, fault_.message);
  if (form_ == Form::unknown || (form_ == Form::undecided && close_ == 0)) {
    return fail(Error{.code = Errc::bad_input,
                      .message = "the file is empty; expected one operation a line, as JSON or EDN",
                      .at = {.file = source_.name(), .line = 1, .column = 1}});
  }
  return false;
}

Result<bool> EventReader::next_line() {
  std::string_view line;
  auto more = source_.next(line);
  if (!more) return more;
  if (!*more) return source_.growing() ? Result<bool>(false) : end();
  if (source_.number() == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (joining_) {
    balance_.add(line, edn());
    breaks_.emplace_back(joined_.size() + 1, source_.number());
    joined_ += ' ';
    joined_ += line;
    if (joined_.size() > line_max_) {
      return refuse(Errc::too_large, 1,
                    "this operation is longer than " + std::to_string(line_max_) + " bytes");
    }
    if (!balance_.closed()) return true;
    joining_ = false;
    line = joined_;
  } else {
    breaks_.clear();
    if (line.find_first_not_of(kBlank) == std::string_view::npos) return true;
  }
  if (form_ == Form::unknown || form_ == Form::undecided) {
    std::size_t at = 0;
    form_ = form_of(line, at);
    if (form_ == Form::unknown) {
      return refuse(Errc::bad_input, at + 1,
                    "expected '{' (an operation, as JSON or EDN), found " + printable(line[at]));
    }
    if (form_ == Form::intervals && intervals_ == nullptr) {
      return refuse(Errc::unsupported, at + 1, "intervals are not in order of time and cannot be streamed");
    }
  }
  line_ = line;
  at_ = 0;
  on_line_ = false;
  event_line_ = breaks_.empty() ? source_.number() : breaks_.front().second;
  return true;
}

// The operation that begins at at_ goes on in the next lines.
bool EventReader::starts(std::size_t& bad) {
  const bool may = close_ != 0 || !any_ || joined_any_;
  if (!may || joining_ || !breaks_.empty()) return false;
  balance_ = Balance();
  balance_.add(line_.substr(at_), edn());
  if (balance_.closed()) return false;
  joining_ = joined_any_ = true;
  // A blank for each character before it, so that columns stay what they are.
  joined_.assign(at_, ' ');
  joined_ += line_.substr(at_);
  breaks_.assign(1, {0, source_.number()});
  bad = at_ = line_.size();
  return true;
}

Result<bool> EventReader::piece() {
  if (form_ == Form::log) return log_line();
  if (form_ == Form::intervals) {
    std::size_t column = 1;
    std::string message;
    const bool fine = intervals_->add(line_, source_.number(), column, message);
    at_ = line_.size();
    any_ = true;
    if (!fine) return refuse(Errc::bad_input, column, std::move(message));
    return false;
  }
  const bool commas = edn() || close_ != 0;
  while (at_ < line_.size() &&
         (line_[at_] == ' ' || line_[at_] == '\t' || line_[at_] == '\r' || (commas && line_[at_] == ','))) {
    ++at_;
  }
  if (at_ >= line_.size()) return false;
  const char c = line_[at_];
  if (edn() && c == ';') {
    at_ = line_.size();
    return false;
  }
  if ((c == '[' || (c == '(' && edn())) && close_ == 0 && !any_) {
    close_ = c == '[' ? ']' : ')';
    ++at_;
    return false;
  }
  if (close_ != 0 && c == close_) {
    close_ = 0;
    ++at_;
    return false;
  }
  if (form_ == Form::undecided) {  // the bracket is behind us; what comes decides
    std::size_t bad = 0;
    fault_ = {static_cast<std::uint32_t>(at_ + 1), "this operation never ends"};
    if (starts(bad)) return false;
  }
  if (form_ == Form::json && on_line_ && close_ == 0) {
    return refuse(Errc::bad_input, at_ + 1, "expected the end of the line, found " + printable(c));
  }
  if (edn() && c != '{' && c != '#') {
    return refuse(Errc::bad_input, at_ + 1, "expected an operation (a map), found " + printable(c));
  }
  return operation();
}

Result<bool> EventReader::operation() {
  FastLine fast;
  std::size_t length = 0;
  if (fast_ && scan_fast(line_.substr(at_), edn(), fast, length) &&
      assembler_.add_fast(fast, edn(), event_line_)) {
    at_ += length;
    any_ = on_line_ = true;
    return assembler_.event() != Assembler::Event::none;
  }
  return slow_operation();
}

Result<bool> EventReader::slow_operation() {
  tree_.reset(line_.size());
  fault_ = {};
  const auto parse = [&](auto&& parser) {
    parser.skip_to(at_);
    const std::uint32_t root = parser.value();
    return std::pair(root, parser.at());
  };
  const auto [root, after] =
      edn() ? parse(EdnLine(line_, tree_, fault_)) : parse(JsonLine(line_, tree_, fault_));
  if (root == kNoNode) {
    std::size_t bad = 0;
    if (after >= line_.size() && starts(bad)) return false;
    return refuse(Errc::bad_input, fault_.column, fault_.message);
  }
  if (tree_.at(root).kind != ValueNode::Kind::map) {
    return refuse(Errc::bad_input, tree_.at(root).column, "expected an operation (a map)");
  }
  if (auto fault = assembler_.add(tree_, root, event_line_)) {
    return refuse(Errc::bad_input, fault->column, std::move(fault->message));
  }
  at_ = after;
  any_ = on_line_ = true;
  return assembler_.event() != Assembler::Event::none;
}

// "INFO  jepsen.util - 2 :invoke :cas [1 2]": process, type, function, value. Lines without the mark are of
// other things.
Result<bool> EventReader::log_line() {
  const std::size_t mark = line_.find(kLogMark);
  const std::size_t begin = at_;
  at_ = line_.size();
  if (mark == std::string_view::npos || mark < begin) return false;
  std::size_t from = mark + kLogMark.size();
  from = std::min(line_.find_first_not_of(" \t", from), line_.size());
  if (from < line_.size() && line_[from] == '-') ++from;
  tree_.reset(line_.size());
  fault_ = {};
  EdnLine parser(line_, tree_, fault_);
  parser.skip_to(from);
  parser.skip_blanks();
  const bool process =
      !parser.done() && (parser.peek() == ':' || (parser.peek() >= '0' && parser.peek() <= '9'));
  if (!process) return false;
  std::uint32_t nodes[4] = {kNoNode, kNoNode, kNoNode, kNoNode};
  for (std::uint32_t& node : nodes) {
    parser.skip_blanks();
    if (parser.done()) break;
    node = parser.value();
    if (node == kNoNode) return refuse(Errc::bad_input, fault_.column, fault_.message);
  }
  FieldNodes fields{.process = nodes[0], .type = nodes[1], .f = nodes[2], .value = nodes[3]};
  any_ = true;
  if (auto fault = assembler_.add(tree_, fields, nodes[0], event_line_)) {
    return refuse(Errc::bad_input, fault->column, std::move(fault->message));
  }
  return assembler_.event() != Assembler::Event::none;
}

}  // namespace wn::checkers
