#pragma once
// WN_CHECK(condition): our bug when it fails; always on, in every build. One condition each.
// WN_CHECK_EQ and friends print both operands. A failed check prints one line and aborts: nothing after a
// broken invariant can be trusted. The world's faults are Result<T>, never CHECK.
#include <cstdint>
#include <source_location>
#include <type_traits>

namespace wn::detail {

[[noreturn]] void check_failed(const char* expression, const char* operands,
                               std::source_location where) noexcept;
[[noreturn]] void check_failed_numbers(const char* expression, std::int64_t left, std::int64_t right,
                                       std::source_location where) noexcept;

template <class T>
constexpr std::int64_t as_number(const T& v) {
  if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
    return static_cast<std::int64_t>(v);
  } else if constexpr (requires { v.value; }) {
    return static_cast<std::int64_t>(v.value);
  } else if constexpr (requires { v.ns; }) {
    return v.ns;
  } else {
    static_assert(std::is_integral_v<T>,
                  "WN_CHECK_EQ and its kin compare integers, enums, ids and times; use CHECK");
    return 0;
  }
}

}  // namespace wn::detail

#define WN_CHECK(condition)                                                             \
  do {                                                                                  \
    if (!(condition)) [[unlikely]]                                                      \
      ::wn::detail::check_failed(#condition, nullptr, std::source_location::current()); \
  } while (false)

#define WN_CHECK_OP(a, op, b)                                                                 \
  do {                                                                                        \
    const auto& wn_left = (a);                                                                \
    const auto& wn_right = (b);                                                               \
    if (!(wn_left op wn_right)) [[unlikely]]                                                  \
      ::wn::detail::check_failed_numbers(#a " " #op " " #b, ::wn::detail::as_number(wn_left), \
                                         ::wn::detail::as_number(wn_right),                   \
                                         std::source_location::current());                    \
  } while (false)
#define WN_CHECK_EQ(a, b) WN_CHECK_OP(a, ==, b)
#define WN_CHECK_NE(a, b) WN_CHECK_OP(a, !=, b)
#define WN_CHECK_LT(a, b) WN_CHECK_OP(a, <, b)
#define WN_CHECK_LE(a, b) WN_CHECK_OP(a, <=, b)
#define WN_CHECK_GT(a, b) WN_CHECK_OP(a, >, b)
#define WN_CHECK_GE(a, b) WN_CHECK_OP(a, >=, b)
