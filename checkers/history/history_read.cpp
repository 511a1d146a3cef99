#include "checkers/history/assembler.h"
#include "checkers/history/history_io.h"
#include "checkers/history/line_source.h"

namespace wn::checkers {
namespace {

enum class Form : std::uint8_t { unknown, json, edn };

// Told from the first line that is not blank.
Form form_of(std::string_view line, std::size_t& at) {
  constexpr std::string_view kBlank = " \t\r,";
  at = line.find_first_not_of(kBlank);
  if (at == std::string_view::npos) return Form::unknown;
  if (line[at] == '[' || line[at] == '(' || line[at] == '#' || line[at] == ';') return Form::edn;
  if (line[at] != '{') return Form::unknown;
  const std::size_t after = line.find_first_not_of(kBlank, at + 1);
  return after != std::string_view::npos && line[after] == ':' ? Form::edn : Form::json;
}

class Reader {
 public:
  Reader(LineSource source, std::string name, const ReadLimits& limits)
      : source_(std::move(source)), limits_(limits), name_(std::move(name)) {
    history_.source = name_;
  }

  Result<History> read() {
    std::string_view line;
    while (true) {
      auto more = source_.next(line);
      if (!more) return fail(more.error());
      if (!*more) break;
      if (source_.number() == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
      if (line.find_first_not_of(" \t\r,") == std::string_view::npos) continue;
      if (form_ == Form::unknown) {
        std::size_t at = 0;
        form_ = form_of(line, at);
        if (form_ == Form::unknown) {
          return refuse(Errc::bad_input,
                        {static_cast<std::uint32_t>(at + 1),
                         "expected '{' (an operation, as JSON or EDN), found " + printable(line[at])});
        }
      }
      tree_.reset(line.size());
      fault_ = {};
      const bool fine = form_ == Form::json ? json_line(line) : edn_line(line);
      if (!fine) return refuse(Errc::bad_input, fault_);
      const std::uint64_t held = history_.bytes() + assembler_.extra_bytes();
      if (held > limits_.memory_bytes_max) {
        return refuse(Errc::too_large,
                      {1, "the history needs more than " + std::to_string(limits_.memory_bytes_max) +
                              " bytes of memory"});
      }
    }
    if (form_ == Form::unknown) {
      return fail(Error{.code = Errc::bad_input,
                        .message = "the file is empty; expected one operation a line, as JSON or EDN",
                        .at = {.file = name_, .line = 1, .column = 1}});
    }
    return std::move(history_);
  }

 private:
  std::unexpected<Error> refuse(Errc code, const ParseFault& fault) const {
    return fail(Error{
        .code = code,
        .message = fault.message,
        .at = {.file = name_, .line = static_cast<std::uint32_t>(source_.number()), .column = fault.column}});
  }

  bool take(std::uint32_t root) {
    if (root == kNoNode) return false;
    if (tree_.at(root).kind != ValueNode::Kind::map) {
      fault_ = {tree_.at(root).column, "expected an operation (a map)"};
      return false;
    }
    if (auto fault = assembler_.add(tree_, root, source_.number())) {
      fault_ = std::move(*fault);
      return false;
    }
    return true;
  }

  bool json_line(std::string_view line) {
    JsonLine parser(line, tree_, fault_);
    if (!take(parser.value())) return false;
    parser.skip_blanks();
    if (parser.done()) return true;
    fault_ = {static_cast<std::uint32_t>(parser.at() + 1),
              "expected the end of the line, found " + printable(parser.peek())};
    return false;
  }

  // Op maps, perhaps several a line, perhaps all inside one vector or list.
  bool edn_line(std::string_view line) {
    EdnLine parser(line, tree_, fault_);
    while (true) {
      parser.skip_blanks();
      if (parser.done()) return true;
      const char c = parser.peek();
      if (c == '[' || c == '(') {
        if (close_ != 0 || !history_.operations.empty()) break;
        close_ = c == '[' ? ']' : ')';
        parser.advance();
      } else if (close_ != 0 && c == close_) {
        close_ = 0;
        parser.advance();
      } else if (c == '{' || c == '#') {
        if (!take(parser.value())) return false;
      } else {
        break;
      }
    }
    fault_ = {static_cast<std::uint32_t>(parser.at() + 1),
              "expected an operation (a map), found " + printable(parser.peek())};
    return false;
  }

  LineSource source_;
  ReadLimits limits_;
  std::string name_;
  History history_;
  Assembler assembler_{history_};
  ValueTree tree_;
  ParseFault fault_;
  Form form_ = Form::unknown;
  char close_ = 0;
};

}  // namespace

Result<History> read_history_file(const std::filesystem::path& path, const ReadLimits& limits) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(Error{.code = Errc::bad_input,
                      .message = "expected a file, found a directory",
                      .at = {.file = path.string()}});
  }
  auto source = LineSource::open_file(path.string(), limits.line_bytes_max, limits.text_bytes_max);
  if (!source) return fail(source.error());
  return Reader(std::move(*source), path.string(), limits).read();
}

Result<History> read_history_text(std::string_view text, const std::string& name, const ReadLimits& limits) {
  auto source = LineSource::open_text(text, name, limits.line_bytes_max, limits.text_bytes_max);
  if (!source) return fail(source.error());
  return Reader(std::move(*source), name, limits).read();
}

}  // namespace wn::checkers
