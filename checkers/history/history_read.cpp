#include "checkers/history/event_reader.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

Result<History> read_history(std::unique_ptr<ByteSource> bytes, const std::string& name,
                             const ReadLimits& limits) {
  History history;
  history.source = name;
  Assembler assembler(history.atoms, history.operations, false);
  IntervalText intervals;
  EventReader reader(LineSource(std::move(bytes), name, limits.line_bytes_max, limits.text_bytes_max),
                     limits.line_bytes_max, assembler, &intervals);
  if (!limits.fast) reader.slow_only();
  while (true) {
    auto more = reader.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    history.places.add(assembler.positions() - 1, reader.line());
    if (history.bytes() + assembler.extra_bytes() > limits.memory_bytes_max) {
      return reader.refuse(
          Errc::too_large, 1,
          "the history needs more than " + std::to_string(limits.memory_bytes_max) + " bytes of memory");
    }
  }
  history.positions = assembler.positions();
  if (!intervals.empty()) intervals.finish(history);
  return history;
}

}  // namespace

Result<History> read_history_file(const std::filesystem::path& path, const ReadLimits& limits) {
  auto bytes = open_bytes(path.string());
  if (!bytes) return fail(bytes.error());
  return read_history(std::move(*bytes), path.string(), limits);
}

Result<History> read_history_text(std::string_view text, const std::string& name, const ReadLimits& limits) {
  return read_history(text_bytes(text), name, limits);
}

}  // namespace wn::checkers
