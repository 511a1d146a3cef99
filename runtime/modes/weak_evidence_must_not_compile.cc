// Not part of the build: a test compiles it, once without and once with WEAK, and the second must fail.
#include "runtime/modes/flow.h"

namespace {

constexpr bool half(int value) { return value % 2 == 0; }

}  // namespace

int main() {
#ifdef WEAK
  const auto evidence = wn::modes::kFromRealm.label(4);
#else
  const auto evidence = wn::modes::kFromGroups.label(4);
#endif
  return wn::modes::decide<wn::Mode::strong>(half, evidence).value() ? 0 : 1;
}
