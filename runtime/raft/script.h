#pragma once
// Golden scripts: text in, text out. A script is a list of commands, each followed by "----" and what it is
// expected to print; see testdata/*.txt for examples and script.cpp for the verbs.
#include <string>
#include <string_view>

namespace wn::raft::testing {

// The script again, with each command's output as it is now.
std::string run_script(std::string_view text);

}  // namespace wn::raft::testing
