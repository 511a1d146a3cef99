#pragma once
// EventReader: the events of a history, one a call, from text in any of the forms that history_io.h names,
// told apart by content. What is read stands in the caller's interner and vector of operations (assembler.h).
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/history/assembler.h"
#include "checkers/history/interval_text.h"
#include "checkers/history/line_source.h"

namespace wn::checkers {

// Follows brackets over lines.
class Balance {
 public:
  void add(std::string_view text, bool edn);
  bool closed() const { return depth_ <= 0 && !quoted_; }

 private:
  int depth_ = 0;
  bool quoted_ = false;
};

class EventReader {
 public:
  // `intervals`: where lines of intervals go; without it such a file is refused.
  EventReader(LineSource source, std::uint64_t line_max, Assembler& assembler, IntervalText* intervals)
      : source_(std::move(source)), line_max_(line_max), assembler_(assembler), intervals_(intervals) {}

  // False at the end, or for now, when the source grows. After it, assembler.event() is an invocation or
  // completion.
  Result<bool> next();
  std::uint64_t line() const { return event_line_; }  // where the last event begins
  void slow_only() { fast_ = false; }
  LineSource& source() { return source_; }
  const LineSource& source() const { return source_; }
  std::unexpected<Error> refuse(Errc code, std::size_t column, std::string message) const;

 private:
  enum class Form : std::uint8_t { unknown, undecided, json, edn, log, intervals };

  Result<bool> next_line();  // into line_
  Result<bool> end();
  static Form form_of(std::string_view line, std::size_t& at);
  bool starts(std::size_t& bad);
  Result<bool> piece();  // the next thing of line_; true: an event
  Result<bool> operation();
  Result<bool> slow_operation();
  Result<bool> log_line();
  bool edn() const { return form_ == Form::edn; }

  LineSource source_;
  std::uint64_t line_max_;
  Assembler& assembler_;
  IntervalText* intervals_;
  Form form_ = Form::unknown;
  std::string_view line_;
  std::size_t at_ = 0;  // what of line_ has been read
  std::uint64_t event_line_ = 0;
  bool fast_ = true;
  bool any_ = false;      // an operation was read
  bool on_line_ = false;  // on this line
  char close_ = 0;        // what ends the vector or list that all operations stand in
  ValueTree tree_;
  ParseFault fault_;
  // An operation that goes on over lines, each with a blank in place of its newline.
  bool joining_ = false, joined_any_ = false;
  Balance balance_;
  std::string joined_;
  std::vector<std::pair<std::size_t, std::uint64_t>> breaks_;  // where in joined_ which line begins
};

}  // namespace wn::checkers
