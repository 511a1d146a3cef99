// The text of a predicate as a tree: a recursive descent over its characters.
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <utility>

#include "runtime/base/time_text.h"
#include "scenarios/travel/term.h"
#include "scenarios/travel/words.h"

namespace wn::travel {
namespace {

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Parser {
 public:
  Parser(std::string_view text, bool& condition) : text_(text), condition_(condition) {}

  Result<std::unique_ptr<Term>> parse() {
    auto term = any_of(0);
    if (!term) return term;
    skip_blanks();
    if (at_ != text_.size()) return wrong("the end, && or ||");
    return term;
  }

 private:
  using Parsed = Result<std::unique_ptr<Term>>;

  std::unexpected<Error> wrong(std::string_view expected) const {
    return fail(Errc::bad_input, fmt::format("predicate, column {}: expected {}", at_ + 1, expected));
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(std::string_view mark) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(mark)) return false;
    at_ += mark.size();
    return true;
  }

  Parsed any_of(int depth) { return chain(depth, Term::Kind::any_of, "||"); }

  Parsed chain(int depth, Term::Kind kind, std::string_view between) {
    auto term = std::make_unique<Term>();
    term->kind = kind;
    do {
      auto next = kind == Term::Kind::any_of ? chain(depth, Term::Kind::all_of, "&&") : negation(depth);
      if (!next) return next;
      term->inside.push_back(*std::move(next));
    } while (take(between));
    if (term->inside.size() == 1) return std::move(term->inside.front());
    return term;
  }

  Parsed negation(int depth) {
    if (depth > kPredicateDepthMax) return fail(Errc::too_large, "predicate: nested too deeply");
    skip_blanks();
    const bool unequal = text_.substr(at_).starts_with("!=");
    if (!unequal && take("!")) {
      auto inner = negation(depth + 1);
      if (!inner) return inner;
      auto term = std::make_unique<Term>();
      term->kind = Term::Kind::none_of;
      term->inside.push_back(*std::move(inner));
      return term;
    }
    if (!take("(")) return compared();
    auto inner = any_of(depth + 1);
    if (inner && !take(")")) return wrong("a closing bracket");
    return inner;
  }

  Parsed compared() {
    auto term = std::make_unique<Term>();
    if (auto left = operand(term->left); !left) return fail(left.error());
    constexpr std::pair<std::string_view, Comparison> kMarks[] = {
        {"==", Comparison::equal},         {"!=", Comparison::unequal}, {"<=", Comparison::less_equal},
        {">=", Comparison::greater_equal}, {"<", Comparison::less},     {">", Comparison::greater}};
    for (const auto& [mark, comparison] : kMarks) {
      if (!take(mark)) continue;
      term->comparison = comparison;
      if (auto right = operand(term->right); !right) return fail(right.error());
      if (auto named = name_words(*term); !named) return fail(named.error());
      return term;
    }
    if (term->left.kind == Operand::Kind::word)
      return fail(Errc::bad_input, fmt::format("predicate: no kind of event is named {}", term->left.word));
    return term;
  }

  // "leader" beside raft_state.role is the role's number.
  Result<void> name_words(Term& term) {
    for (const auto& [field, word] : {std::pair(&term.left, &term.right), {&term.right, &term.left}}) {
      if (word->kind != Operand::Kind::word || field->kind != Operand::Kind::field) continue;
      const auto number = number_of_word(field->event, field->field_name, word->word);
      if (!number) {
        return fail(Errc::bad_input, fmt::format("predicate: {} is no {}", word->word, field->field_name));
      }
      word->kind = Operand::Kind::number;
      word->number = static_cast<std::int64_t>(*number);
    }
    return {};
  }

  Result<void> operand(Operand& out) {
    skip_blanks();
    if (at_ == text_.size()) return wrong("a value");
    const char first = text_[at_];
    if (first == '"' || first == '\'') return quoted(out);
    if (std::isdigit(static_cast<unsigned char>(first)) != 0 || first == '-') return number(out);
    if (!word_char(first)) return wrong("a value");
    return word(out);
  }

  Result<void> quoted(Operand& out) {
    const char mark = text_[at_++];
    const std::size_t end = text_.find(mark, at_);
    if (end == text_.npos) return wrong("a closing quote");
    out.kind = Operand::Kind::word;
    out.word = text_.substr(at_, end - at_);
    at_ = end + 1;
    return {};
  }

  Result<void> number(Operand& out) {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && (word_char(text_[at_]) || text_[at_] == '.')) ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    out.kind = Operand::Kind::number;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.number);
    if (error == std::errc{} && end == digits.data() + digits.size()) return {};
    const auto time = parse_duration(digits);
    if (!time) {
      at_ = begin;
      return wrong("a number, or a time such as 250ms");
    }
    out.number = time->ns;
    return {};
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && word_char(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // "n2" or "2".
  static NodeId node_of(std::string_view text) {
    if (text.starts_with('n')) text.remove_prefix(1);
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc{} && !text.empty() && end == text.data() + text.size() ? NodeId{id} : kNobody;
  }

  Result<void> word(Operand& out) {
    const std::string_view head = name();
    if (head == "node" && take(":")) return wrong("which node, as in node 2: raft.term");
    if (head == "node") {
      skip_blanks();
      const std::size_t before = at_;
      if (const NodeId node = node_of(name()); node) {
        if (!take(":")) return wrong("a colon");
        return path(out, node);
      }
      at_ = before;
      return about_events(out, Operand::Kind::event_node);
    }
    if (head == "at") return about_events(out, Operand::Kind::event_at);
    if (head == "event") return about_events(out, Operand::Kind::event_number);
    if (const NodeId node = head.starts_with('n') ? node_of(head) : kNobody; node) {
      if (take(":") || take(".")) return path(out, node);
      out.number = node.value;
      return {};
    }
    if (const auto kind = kind_named(head)) return field(out, *kind);
    // Words may have dashes: "power-loss".
    const std::size_t begin = at_ - head.size();
    while (at_ < text_.size() && (word_char(text_[at_]) || text_[at_] == '-')) ++at_;
    out.kind = Operand::Kind::word;
    out.word = text_.substr(begin, at_ - begin);
    return {};
  }

  Result<void> about_events(Operand& out, Operand::Kind kind) {
    condition_ = false;
    out.kind = kind;
    return {};
  }

  Result<void> path(Operand& out, NodeId node) {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (word_char(text_[at_]) || text_[at_] == '.')) ++at_;
    if (at_ == begin) return wrong("a name, as in node 2: raft.term");
    out.kind = Operand::Kind::node_value;
    out.node = node;
    out.path = text_.substr(begin, at_ - begin);
    return {};
  }

  Result<void> field(Operand& out, TraceKind kind) {
    condition_ = false;
    out.kind = Operand::Kind::field;
    out.event = kind;
    out.field = kEventItself;
    if (at_ == text_.size() || text_[at_] != '.') return {};
    ++at_;
    out.field_name = name();
    const TraceKindInfo* info = trace_kind_info(kind);
    std::string known;
    for (std::size_t f = 0; f < info->fields.size(); ++f) {
      if (info->fields[f].empty()) continue;
      if (info->fields[f] == out.field_name) out.field = f;
      known += (known.empty() ? "" : ", ") + std::string(info->fields[f]);
    }
    if (out.field != kEventItself) return {};
    return fail(Errc::bad_input, fmt::format("predicate: {} has no field {}; it has {}", info->name,
                                             out.field_name, known.empty() ? "none" : known));
  }

  std::string_view text_;
  bool& condition_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<Term>> parse_term(std::string_view text, bool& condition) {
  return Parser(text, condition).parse();
}

}  // namespace wn::travel
