#pragma once
// Test support: every history of a small scope. Up to three sessions, two registers, unique values (operation
// number i writes i + 1), every choice of what each read saw (nothing, or any write of its key).
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/history/recorder.h"

namespace wn::checkers {

struct SmallOperation {
  std::uint32_t session = 0;
  bool write = false;
  std::uint32_t key = 0;
  int source = -1;  // a read: the number of the write that it saw; -1: nothing
};
using SmallHistory = std::vector<SmallOperation>;  // session by session, in order

// `f` is called with each. Sessions are equal but for their operations: sizes descend.
template <class F>
void for_each_small_history(std::uint32_t operations, F f) {
  std::vector<std::array<std::uint32_t, 3>> shapes;
  for (std::uint32_t a = operations; a > 0; --a) {
    for (std::uint32_t b = 0; b <= a && a + b <= operations; ++b) {
      const std::uint32_t c = operations - a - b;
      if (c <= b) shapes.push_back({a, b, c});
    }
  }
  for (const auto& shape : shapes) {
    for (std::uint32_t kinds = 0; kinds < 1U << (2 * operations); ++kinds) {
      SmallHistory h;
      for (std::uint32_t s = 0; s < 3; ++s) {
        for (std::uint32_t i = 0; i < shape[s]; ++i) {
          const std::uint32_t kind = (kinds >> (2 * h.size())) & 3;
          h.push_back({.session = s, .write = (kind & 1) != 0, .key = kind >> 1, .source = -1});
        }
      }
      // An odometer over the sources of the reads.
      for (bool more = true; more;) {
        f(static_cast<const SmallHistory&>(h));
        more = false;
        for (SmallOperation& op : h) {
          if (op.write) continue;
          int next = op.source + 1;
          while (next < static_cast<int>(h.size()) && !(h[static_cast<std::size_t>(next)].write &&
                                                        h[static_cast<std::size_t>(next)].key == op.key))
            ++next;
          more = next < static_cast<int>(h.size());
          op.source = more ? next : -1;
          if (more) break;
        }
      }
    }
  }
}

// Key 0 and 1 become "<prefix>w1.title" and "<prefix>w2.title"; session s is process s + 1.
inline History to_history(const SmallHistory& h, const std::string& prefix = "") {
  HistoryRecorder recorder;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < h.size(); ++i) {
    Interner& atoms = recorder.atoms();
    const Atom key = atoms.text(prefix + "w" + std::to_string(h[i].key + 1) + ".title");
    const Atom value = h[i].write ? atoms.number(static_cast<std::int64_t>(i) + 1) : kNil;
    const auto handle =
        recorder.invoke(h[i].session + 1, h[i].write ? Function::put : Function::get, key, value, ++now);
    Atom result = kNil;
    if (!h[i].write && h[i].source >= 0) {
      const std::array<Atom, 1> shown{atoms.number(h[i].source + 1)};
      result = atoms.list(shown);
    }
    recorder.complete(handle, Outcome::ok, ++now, result);
  }
  return recorder.take();
}

}  // namespace wn::checkers
