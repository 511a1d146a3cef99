#include "runtime/sync/session.h"

#include <new>

#include "runtime/base/check.h"
#include "runtime/sync/asker.h"
#include "runtime/sync/giver.h"

namespace wn::sync {

void Effects::clear() {
  message.clear();
  again = false;
  wake = Instant::max();
}

template <class T>
void detail::Delete<T>::operator()(T* value) const {
  value->~T();
  memory->deallocate(value, sizeof(T), alignof(T));
}

Session::Session(const Options& options, Role role, const View& view, const Nonce& nonce,
                 std::pmr::memory_resource* memory) {
  WN_CHECK_LE(kMessageBytesMin, options.message_bytes_max);
  if (role == Role::asker) {
    void* const at = memory->allocate(sizeof(Asker), alignof(Asker));
    asker_ = {new (at) Asker(options, view, nonce, memory), {memory}};
  } else {
    void* const at = memory->allocate(sizeof(Giver), alignof(Giver));
    giver_ = {new (at) Giver(options, view, nonce, memory), {memory}};
  }
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::step(Instant now, ByteView message, Effects& effects) {
  asker_ ? asker_->step(now, message, effects) : giver_->step(now, message, effects);
}
bool Session::done() const { return asker_ ? asker_->done() : giver_->done(); }
Errc Session::refusal() const { return asker_ ? asker_->refusal() : giver_->refusal(); }
std::span<const ItemId> Session::missing() const { return asker_ ? asker_->missing() : giver_->missing(); }
std::span<const std::uint32_t> Session::surplus() const {
  return asker_ ? asker_->surplus() : std::span<const std::uint32_t>{};
}
const Stats& Session::stats() const { return asker_ ? asker_->stats() : giver_->stats(); }

}  // namespace wn::sync
