#pragma once
// Giver: the side of a session that answers. Internal to the room; the contract is session.h.
#include <optional>

#include "runtime/sync/session.h"

namespace wn::sync {

class Giver {
 public:
  Giver(const Options& options, const View& view, const Nonce& nonce, std::pmr::memory_resource* memory);
  void step(Instant now, ByteView message, Effects& effects);

  bool done() const { return settled_ && refusal_ == Errc::ok; }
  Errc refusal() const { return refusal_; }
  std::span<const ItemId> missing() const { return told_; }
  const Stats& stats() const { return stats_; }

 private:
  void accept(ByteView message, Effects& effects);
  void welcome(const Frame& frame, Effects& effects);
  void send(const Frame& frame, Effects& effects);
  // The answer to the question at hand, as far as `work` goes; true: it is ready in reply_ and body_.
  bool answer(std::size_t& work);
  bool report(std::size_t& work);
  bool symbols(std::size_t& work);
  bool made(std::uint32_t symbols, std::size_t& work);
  bool put_symbols(std::uint32_t first, std::uint32_t last, std::size_t& work);
  bool ranges(std::size_t& work);
  bool list_on(std::size_t& work);
  bool items(std::size_t& work);
  bool settle(std::size_t& work);

  Options options_;
  const View* view_;
  Nonce nonce_;
  std::pmr::memory_resource* memory_;
  Errc refusal_ = Errc::ok;
  Stats stats_;

  std::uint64_t session_ = 0;
  Nonce asker_;
  std::uint32_t beginnings_ = 0;
  std::uint64_t token_ = 0;
  bool greeted_ = false;
  bool proven_ = false;
  std::optional<KeyedView> keyed_;
  std::optional<Encoder> encoder_;

  std::vector<std::uint8_t> inbox_;
  Frame question_;
  bool busy_ = false;
  Frame reply_;
  // How far the answer under way has come.
  bool begun_ = false;
  Cursor in_{{}};           // in the question's body
  std::uint64_t put_ = 0;   // symbols or items in the body
  std::size_t listed_ = 0;  // items of the view, up to list_end_, still to be written
  std::size_t list_end_ = 0;
  bool last_list_ = false;  // the message has no room for more
  std::vector<std::uint8_t> body_;

  std::pmr::vector<ItemId> told_;
  bool settled_ = false;
};

}  // namespace wn::sync
