#pragma once
// toml++ as this project uses it: without exceptions, and total on damaged text. For the .cpp files that
// parse.
//
// toml++ 3.3 asserts on some damaged headers ("[%]") that its next lines would refuse politely, and with
// NDEBUG it promises the compiler that they never come. So its assertions are off here, and so is the
// promise; the fuzz tests of those files (run under the sanitizers too) stand in for them.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
