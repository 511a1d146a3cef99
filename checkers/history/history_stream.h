#pragma once
// HistoryStream: a history as a stream of events, in any form of history_io.h but intervals, from a file, a
// pipe or bytes that grow, without holding it.
//
// Memory: operations that are open; processes (24 to 48 bytes each); the longest line; and values. Values are
// atoms of one interner, which forget() shrinks: whoever keeps atoms marks them, and all others are gone,
// their numbers used again. Call it when crowded() says so: amortized O(1) an event, and memory is at most
// about twice what is marked.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "checkers/history/assembler.h"
#include "checkers/history/event_reader.h"
#include "runtime/base/result.h"

namespace wn::checkers {

struct StreamLimits {
  std::uint64_t line_bytes_max = 64ULL << 20;
  std::uint64_t text_bytes_max = ~std::uint64_t{0};
  std::uint64_t open_max = 1ULL << 20;  // operations open at once; more is refused (too_large)
};

struct StreamEvent {
  enum class Kind : std::uint8_t { invoke, complete };
  Kind kind = Kind::invoke;
  const Operation* operation = nullptr;  // until the next call of next()
  std::uint32_t place = 0;               // a number for the operation, unique among those that are open
  std::uint64_t line = 0;
};

class HistoryStream {
 public:
  HistoryStream(std::unique_ptr<ByteSource> bytes, std::string name, const StreamLimits& limits = {},
                bool growing = false);
  HistoryStream(const HistoryStream&) = delete;
  HistoryStream& operator=(const HistoryStream&) = delete;

  // False at the end; when growing: for now, until close() was called.
  Result<bool> next(StreamEvent& event);
  void close() { reader_.source().close(); }

  const Interner& atoms() const { return atoms_; }
  std::uint64_t events() const { return assembler_.positions(); }
  std::uint64_t bytes() const;

  bool crowded() const { return atoms_.live() > crowd_; }
  void forget(const std::function<void(AtomMarks&)>& mark);

 private:
  static constexpr std::uint64_t kCrowdMin = 1ULL << 16;  // atoms below which nothing is worth forgetting

  StreamLimits limits_;
  Interner atoms_;
  std::vector<Operation> operations_;
  Assembler assembler_{atoms_, operations_, true};
  EventReader reader_;
  std::uint64_t crowd_ = kCrowdMin;
};

}  // namespace wn::checkers
