#pragma once
// What the files that see CLI11 share.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "scenarios/cli/arguments.h"

namespace wn::scenarios {

// Parses a line that begins with the command's name. Nothing: the options have their values. Otherwise the
// answer is already known: the help that was asked for, or what is wrong, in one line.
inline std::optional<Result<Arguments>> parse_line(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Arguments(HelpArguments{app.help()});
  } catch (const CLI::ParseError& error) {
    const std::string what = error.what();
    return fail(Errc::invalid_argument, app.get_name() + ": " + what.substr(0, what.find('\n')));
  }
  return std::nullopt;
}

}  // namespace wn::scenarios
