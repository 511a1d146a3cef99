#include "checkers/history/history_stream.h"

namespace wn::checkers {

HistoryStream::HistoryStream(std::unique_ptr<ByteSource> bytes, std::string name, const StreamLimits& limits,
                             bool growing)
    : limits_(limits),
      reader_(LineSource(std::move(bytes), std::move(name), limits.line_bytes_max, limits.text_bytes_max,
                         growing),
              limits.line_bytes_max, assembler_, nullptr) {}

Result<bool> HistoryStream::next(StreamEvent& event) {
  auto more = reader_.next();
  if (!more || !*more) return more;
  if (operations_.size() > limits_.open_max) {
    return reader_.refuse(Errc::too_large, 1,
                          "more than " + std::to_string(limits_.open_max) + " operations are open at once");
  }
  event.kind = assembler_.event() == Assembler::Event::invoke ? StreamEvent::Kind::invoke
                                                              : StreamEvent::Kind::complete;
  event.place = assembler_.place();
  event.operation = &operations_[event.place];
  event.line = reader_.line();
  return true;
}

std::uint64_t HistoryStream::bytes() const {
  return operations_.capacity() * sizeof(Operation) + atoms_.bytes() + assembler_.process_bytes() +
         reader_.source().bytes();
}

void HistoryStream::forget(const std::function<void(AtomMarks&)>& mark) {
  AtomMarks marks(atoms_.size());
  for (const Operation& op : operations_) {
    for (const Atom a : {op.key, op.value, op.expected, op.result}) marks.mark(a);
    for (const MicroOperation& m : op.txn) {
      marks.mark(m.key);
      marks.mark(m.value);
      if (m.seen) marks.mark(*m.seen);
      for (const Atom a : m.list.get()) marks.mark(a);
    }
  }
  mark(marks);
  atoms_.sweep(marks);
  crowd_ = std::max(kCrowdMin, atoms_.live() * 2);
}

}  // namespace wn::checkers
