#pragma once
// KvLanes: several sessions of the key-value service side by side, as a value that steps: each lane is a
// kv::Client with one operation at a time; what finds no idle lane waits, first come first served. Operation
// numbers of all lanes together are unique: lane l of n uses l, l + n, l + 2n …
// Limits: `lanes`, `waiting_max` (Errc::overloaded). Thread rule: one thread.
#include <cstdint>
#include <deque>
#include <memory_resource>
#include <vector>

#include "runtime/kv/client.h"

namespace wn::client {

class KvLanes {
 public:
  struct Completed {
    std::uint64_t context = 0;
    kv::ClientResult result;
  };
  struct Effects {
    std::vector<kv::ClientSend> sends;
    std::vector<Completed> completed;
    void clear() {
      sends.clear();
      completed.clear();
    }
  };

  KvLanes(const kv::ClientOptions& options, std::uint32_t lanes, std::uint32_t waiting_max,
          std::pmr::memory_resource* memory);

  [[nodiscard]] Errc invoke(Instant now, std::uint64_t context, kv::ClientOperation operation,
                            std::uint64_t jitter, Effects& effects);
  void on_reply(Instant now, NodeId from, kv::ClientReply reply, std::uint64_t jitter, Effects& effects);
  void on_tick(Instant now, std::uint64_t jitter, Effects& effects);
  // What is open ends as unknown, what waits as failed.
  void close(Effects& effects);
  Instant next_deadline() const;

 private:
  struct Lane {
    kv::Client client;
    std::uint64_t context = 0;
  };
  struct Waiting {
    std::uint64_t context = 0;
    kv::ClientOperation operation;
    Instant deadline;
  };
  void take(std::size_t lane, Instant now, std::uint64_t jitter, Effects& effects);
  void begin(std::size_t lane, Instant now, std::uint64_t context, kv::ClientOperation operation,
             std::uint64_t jitter, Effects& effects);

  Duration timeout_;
  std::uint32_t waiting_max_;
  std::pmr::vector<Lane> lanes_;
  std::pmr::deque<Waiting> waiting_;
  kv::ClientEffects scratch_;
};

}  // namespace wn::client
