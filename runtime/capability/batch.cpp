#include "runtime/capability/batch.h"

#include <algorithm>
#include <array>

#include "runtime/base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace wn::capability {
namespace {

constexpr std::size_t kWord = 64;

// Without branches: rows are allowed or not as chance has it.
bool row_allowed(const BatchRows& r, std::size_t i) {
  const bool has_rights = (r.needed[i] & ~r.held[i]) == 0;
  const bool begun = r.not_before[i] <= r.wall.ns, not_over = r.wall.ns < r.expires[i];
  const bool young = r.epoch[i] >= r.floor[i];
  const bool after_first = r.first[i] <= r.position[i], before_end = r.position[i] < r.end[i];
  return has_rights & begun & not_over & young & after_first & before_end;
}

std::uint64_t word_scalar(const BatchRows& r, std::size_t from, std::size_t to) {
  std::uint64_t word = 0;
  for (std::size_t i = from; i < to; ++i) word |= std::uint64_t{row_allowed(r, i)} << (i - from);
  return word;
}

void check_shapes(const BatchRows& r, std::span<std::uint64_t> allowed) {
  const std::size_t n = r.held.size();
  const std::array<std::size_t, 8> sizes{r.needed.size(), r.not_before.size(), r.expires.size(),
                                         r.epoch.size(),  r.floor.size(),      r.position.size(),
                                         r.first.size(),  r.end.size()};
  for (const std::size_t size : sizes) WN_CHECK_EQ(size, n);
  WN_CHECK_EQ(allowed.size(), (n + kWord - 1) / kWord);
}

void scalar(const BatchRows& r, std::span<std::uint64_t> allowed) {
  check_shapes(r, allowed);
  for (std::size_t w = 0; w < allowed.size(); ++w) {
    allowed[w] = word_scalar(r, w * kWord, std::min(r.held.size(), (w + 1) * kWord));
  }
}

#if defined(__x86_64__)

[[gnu::target("avx2")]] inline __m256i load4(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

// AVX2 compares signed numbers only, and has no "less or equal": what must hold and what must not are apart.
[[gnu::target("avx2")]] inline std::uint64_t allowed4(const BatchRows& r, std::size_t i, __m256i wall,
                                                      __m256i sign) {
  const __m256i missing = _mm256_andnot_si256(load4(&r.held[i]), load4(&r.needed[i]));
  const __m256i has_all = _mm256_cmpeq_epi64(missing, _mm256_setzero_si256());
  const __m256i early = _mm256_cmpgt_epi64(load4(&r.not_before[i]), wall);
  const __m256i in_time = _mm256_cmpgt_epi64(load4(&r.expires[i]), wall);
  const __m256i old = _mm256_cmpgt_epi64(_mm256_xor_si256(load4(&r.floor[i]), sign),
                                         _mm256_xor_si256(load4(&r.epoch[i]), sign));
  const __m256i place = _mm256_xor_si256(load4(&r.position[i]), sign);
  const __m256i before = _mm256_cmpgt_epi64(_mm256_xor_si256(load4(&r.first[i]), sign), place);
  const __m256i inside = _mm256_cmpgt_epi64(_mm256_xor_si256(load4(&r.end[i]), sign), place);
  const __m256i must = _mm256_and_si256(_mm256_and_si256(has_all, in_time), inside);
  const __m256i may_not = _mm256_or_si256(_mm256_or_si256(early, old), before);
  const __m256i yes = _mm256_andnot_si256(may_not, must);
  return static_cast<std::uint64_t>(_mm256_movemask_pd(_mm256_castsi256_pd(yes)));
}

[[gnu::target("avx2")]] void avx2(const BatchRows& r, std::span<std::uint64_t> allowed) {
  check_shapes(r, allowed);
  const __m256i wall = _mm256_set1_epi64x(r.wall.ns);
  const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
  const std::size_t whole = r.held.size() / kWord;
  for (std::size_t w = 0; w < whole; ++w) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kWord; i += 4) word |= allowed4(r, w * kWord + i, wall, sign) << i;
    allowed[w] = word;
  }
  if (whole < allowed.size()) allowed[whole] = word_scalar(r, whole * kWord, r.held.size());
}

[[gnu::target("avx512f")]] inline __m512i load8(const void* at) { return _mm512_loadu_si512(at); }

// Each compare goes on only with the rows that are still allowed.
[[gnu::target("avx512f")]] inline std::uint64_t allowed8(const BatchRows& r, std::size_t i, __m512i wall) {
  const __m512i place = load8(&r.position[i]);
  const __m512i needed = load8(&r.needed[i]);
  __mmask8 yes = _mm512_cmpeq_epi64_mask(_mm512_and_si512(load8(&r.held[i]), needed), needed);
  yes = _mm512_mask_cmple_epi64_mask(yes, load8(&r.not_before[i]), wall);
  yes = _mm512_mask_cmpgt_epi64_mask(yes, load8(&r.expires[i]), wall);
  yes = _mm512_mask_cmpge_epu64_mask(yes, load8(&r.epoch[i]), load8(&r.floor[i]));
  yes = _mm512_mask_cmple_epu64_mask(yes, load8(&r.first[i]), place);
  return _mm512_mask_cmpgt_epu64_mask(yes, load8(&r.end[i]), place);
}

[[gnu::target("avx512f")]] void avx512(const BatchRows& r, std::span<std::uint64_t> allowed) {
  check_shapes(r, allowed);
  const __m512i wall = _mm512_set1_epi64(r.wall.ns);
  const std::size_t whole = r.held.size() / kWord;
  for (std::size_t w = 0; w < whole; ++w) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kWord; i += 8) word |= allowed8(r, w * kWord + i, wall) << i;
    allowed[w] = word;
  }
  if (whole < allowed.size()) allowed[whole] = word_scalar(r, whole * kWord, r.held.size());
}

#endif

}  // namespace

std::string_view to_string(BatchKind kind) {
  switch (kind) {
    case BatchKind::scalar:
      return "scalar";
    case BatchKind::avx2:
      return "avx2";
    case BatchKind::avx512:
      return "avx512";
  }
  return "unknown";
}

BatchCheck batch_check(BatchKind kind) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (kind == BatchKind::avx2) return __builtin_cpu_supports("avx2") ? avx2 : nullptr;
  if (kind == BatchKind::avx512) return __builtin_cpu_supports("avx512f") ? avx512 : nullptr;
#endif
  return kind == BatchKind::scalar ? scalar : nullptr;
}

}  // namespace wn::capability
