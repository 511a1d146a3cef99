#include "runtime/crdt/change.h"

namespace wn::crdt {

Errc Document::insert_text(Path, std::uint32_t, std::string_view, const Write&) { return Errc::unsupported; }
Errc Document::erase_text(Path, std::uint32_t, std::uint32_t, const Write&) { return Errc::unsupported; }

}  // namespace wn::crdt
