#include "checkers/history/interval_text.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

namespace wn::checkers {
namespace {

struct Word {
  std::string_view text;
  std::size_t column = 1;
};

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  std::size_t at = 0;
  while (words.size() < 7) {
    at = line.find_first_not_of(" \t\r", at);
    if (at == std::string_view::npos) break;
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back({line.substr(at, end - at), at + 1});
    at = end;
  }
  return words;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return n;
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// Functions whose value is what they saw.
bool gives_value(Function f) {
  return f == Function::read || f == Function::get || f == Function::dequeue || f == Function::pop;
}

}  // namespace

bool looks_like_interval(std::string_view line) {
  const std::vector<Word> words = words_of(line);
  if (words.size() != 4 && words.size() != 5) return false;
  const std::size_t f = words.size() - 4;
  return is_name(words[f].text) && (f == 0 || number_of(words[0].text)) && number_of(words[f + 2].text) &&
         number_of(words[f + 3].text);
}

bool IntervalText::add(std::string_view line, std::uint64_t number, std::size_t& column,
                       std::string& message) {
  const std::vector<Word> words = words_of(line);
  if (words.empty() || words[0].text.starts_with('#')) return true;
  const auto refuse = [&](const Word& word, std::string why) {
    column = word.column;
    message = std::move(why);
    return false;
  };
  if (words.size() != 4 && words.size() != 5) {
    return refuse(words[0], "expected \"[process] function value start end\"");
  }
  const std::size_t f = words.size() - 4;
  const auto process = f == 0 ? static_cast<std::int64_t>(operations_.size()) : number_of(words[0].text);
  if (!process || *process < 0 || *process >= 0xFFFFFFFFLL) {
    return refuse(words[0], "expected \"process\" to be a number from 0 to 4294967294");
  }
  if (!is_name(words[f].text)) return refuse(words[f], "expected the name of a function");
  const auto start = number_of(words[f + 2].text), end = number_of(words[f + 3].text);
  if (!start || *start < 0) return refuse(words[f + 2], "expected a time, a whole number from 0");
  if (!end || *end < 0) return refuse(words[f + 3], "expected a time, a whole number from 0");
  if (*end < *start) return refuse(words[f + 3], "this operation ends before it starts");
  if (operations_.size() >= kOperationsMax) return refuse(words[0], "more than 200,000,000 operations");
  const std::string_view text = words[f + 1].text;
  const auto n = number_of(text);
  const Atom value = text == "nil" || text == "null" ? kNil : n ? atoms_.number(*n) : atoms_.text(text);
  Operation& op = operations_.emplace_back();
  op.process = static_cast<std::uint32_t>(*process);
  op.function = function_named(words[f].text);
  op.outcome = Outcome::ok;
  (gives_value(op.function) ? op.result : op.value) = value;
  op.invoked_ns = *start;
  op.completed_ns = *end;
  lines_.push_back(number);
  return true;
}

void IntervalText::finish(History& history) {
  // (time, 0 invocation or 1 completion, operation)
  struct Moment {
    std::int64_t time;
    std::uint32_t operation;
    bool completion;
  };
  std::vector<Moment> moments;
  moments.reserve(operations_.size() * 2);
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    moments.push_back({operations_[i].invoked_ns, i, false});
    moments.push_back({operations_[i].completed_ns, i, true});
  }
  std::ranges::sort(moments, [](const Moment& a, const Moment& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.completion != b.completion) return b.completion;
    return a.operation < b.operation;
  });
  std::vector<std::uint32_t> place(operations_.size());
  history.atoms = std::move(atoms_);
  history.operations.reserve(operations_.size());
  for (const Moment& m : moments) {
    if (m.completion) {
      history.operations[place[m.operation]].completed = history.positions++;
      continue;
    }
    place[m.operation] = static_cast<std::uint32_t>(history.operations.size());
    Operation& op = history.operations.emplace_back(std::move(operations_[m.operation]));
    history.places.add(history.positions, lines_[m.operation]);
    op.invoked = history.positions++;
  }
}

}  // namespace wn::checkers
