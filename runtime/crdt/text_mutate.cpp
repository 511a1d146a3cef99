// Local mutations of texts.
#include "runtime/base/check.h"
#include "runtime/crdt/change.h"

namespace wn::crdt {

namespace {

// Counts the code points; 0 when they are not valid UTF-8, none, or more than `most`.
std::uint32_t code_points(std::string_view utf8, std::uint32_t most) {
  std::uint32_t count = 0;
  for (std::uint32_t code = 0; !utf8.empty(); ++count) {
    if (count == most || !wire::get_utf8(utf8, code)) return 0;
  }
  return count;
}

}  // namespace

Errc Document::insert_text(Path text, std::uint32_t at, std::string_view utf8, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, text); e != Errc::ok) return e;
  if (text.back().type != Type::text) return Errc::invalid_argument;
  if (utf8.size() > 4 * std::uint64_t{options_->text_insert_max}) return Errc::too_large;
  const std::uint32_t size = code_points(utf8, options_->text_insert_max + 1);
  if (size == 0) return Errc::invalid_argument;
  if (size > options_->text_insert_max) return Errc::too_large;
  if (at > text_size(text)) return Errc::invalid_argument;
  if (const Errc e = check_room(store, text, write); e != Errc::ok) return e;
  const std::uint32_t found = store.resolve(text);
  if (found != 0 && store.slot(found).text->elements() + std::uint64_t{size} > options_->text_elements_max) {
    return Errc::overloaded;
  }
  if (found != 0 && !store.slot(found).text->lamport_left(size)) return Errc::too_large;
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  const std::uint32_t id = store.make_path(text, write.dot);
  TextRun run;
  {
    Slot& s = store.slot(id);
    const TextScope scope(store, s);
    run = store.text(s).insert(at, utf8, size, write.dot);
  }
  DeltaOut(write, store).part(id, [&](wire::Out& out) { wire::put_run(out, run); });
  store.check_bounds(*write.seen);
  return Errc::ok;
}

Errc Document::erase_text(Path text, std::uint32_t at, std::uint32_t count, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, text); e != Errc::ok) return e;
  if (text.back().type != Type::text || count == 0) return Errc::invalid_argument;
  if (count > options_->text_insert_max) return Errc::too_large;
  const std::uint32_t size = text_size(text);
  if (at > size || count > size - at) return Errc::not_found;
  if (const Errc e = check_room(store, {}, write); e != Errc::ok) return e;
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  const std::uint32_t id = store.resolve(text);
  Text& list = *store.slot(id).text;
  if (write.delta == nullptr) {
    list.erase(at, count, write.dot, nullptr);
  } else {
    DeltaOut(write, store).part(id, [&](wire::Out& out) { list.erase(at, count, write.dot, &out); });
  }
  store.check_bounds(*write.seen);
  return Errc::ok;
}

}  // namespace wn::crdt
