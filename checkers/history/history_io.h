#pragma once
// Reading and writing histories. Forms, told apart by their first line that is not blank:
//   JSON Lines  {"index":0,"time":12,"process":4,"type":"invoke","f":"cas","key":null,"value":[2,4]}
//   EDN         {:index 0, :time 12, :process 4, :type :invoke, :f :cas, :value [2 4]}      (Jepsen's op
//   maps)
//   JSON array  [{…}, {…}], as elle-cli takes it; the same in EDN: one vector or list
//   log         INFO  jepsen.util - 2 :invoke :cas [1 2]      (other lines of the log are skipped)
//   intervals   [process] enqueue 7 12 15                     (value, start, end; in any order;
//   interval_text.h)
// plain or compressed by gzip or zstd (told by their magic numbers). The order of the lines is real-time
// order. An operation may go on over several lines inside an array or vector, or when the first operation
// does.
//
// Accepted shapes of "value": read/get: null, ok carries what was seen; write/put/append/…: the argument;
// cas: [old, new]; txn: [["r",k,null|[…]], ["append",k,v], ["w",k,v]]. Other functions keep their value.
// In EDN without :key, a value that is a two-element independent tuple is not unpacked: one key is assumed.
// Processes that are not numbers (:nemesis) are skipped.
//
// Bytes from outside: a bad file gives one Error with file, line, column and what was expected; never a
// crash. Memory is bounded by `memory_bytes_max`; the text itself is streamed.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "checkers/history/history.h"
#include "runtime/base/result.h"

namespace wn::checkers {

struct ReadLimits {
  std::uint64_t memory_bytes_max = 4ULL << 30;  // of the History; more is refused (too_large)
  std::uint64_t line_bytes_max = 64ULL << 20;   // of one line
  std::uint64_t text_bytes_max = 64ULL << 30;   // after decompression
  bool fast = true;                             // false: the slow reader alone (tests compare the two)
};

Result<History> read_history_file(const std::filesystem::path& path, const ReadLimits& limits = {});
// `name` stands for the file in errors.
Result<History> read_history_text(std::string_view text, const std::string& name,
                                  const ReadLimits& limits = {});

std::string write_jsonl(const History& history);
std::string write_edn(const History& history);

}  // namespace wn::checkers
