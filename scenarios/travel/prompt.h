#pragma once
// The debugger's commands, one line each, and what they answer: `worknode replay RUN --prompt`. The same for
// a person at a terminal and for a script; an error is one line and changes nothing.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/travel/traveller.h"

namespace wn::travel {

inline constexpr std::size_t kBreakpointsMax = 32;

struct PromptOptions {
  // The story of the run up to a moment; none: the command is refused.
  std::function<Result<std::string>(SimTime)> story;
};

class Prompt {
 public:
  Prompt(Traveller& traveller, PromptOptions options) : traveller_(traveller), options_(std::move(options)) {}

  // What the command answers: lines, or "error: …". Empty for an empty line.
  std::string obey(std::string_view line);
  bool over() const { return over_; }
  // "12.402s event 8121> "
  std::string mark() const;

 private:
  struct Breakpoint {
    int number = 0;
    std::string predicate;
  };
  Result<std::string> carry_out(const std::string& verb, const std::string& rest);
  Result<std::string> move(const std::string& verb, const std::string& rest);
  Result<std::string> look(const std::string& verb, const std::string& rest);
  Result<std::string> breaks(const std::string& rest);
  Result<std::string> go_on();
  Result<std::string> go_to(const std::string& rest);
  Result<std::string> arrived(const Result<Position>& position);

  Traveller& traveller_;
  PromptOptions options_;
  std::vector<Breakpoint> breakpoints_;
  int last_number_ = 0;
  bool over_ = false;
};

}  // namespace wn::travel
