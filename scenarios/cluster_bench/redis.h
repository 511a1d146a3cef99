#pragma once
// Redis as a target: RESP over TCP, replies in order; clients have a connection each, or share fewer, which
// they take in turn: what a turn of the loop asks on one leaves together (pipelining).
// https://redis.io/docs/latest/develop/reference/protocol-spec/
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/cluster_bench/load.h"

namespace wn::cluster_bench {

class RedisTarget final : public Target {
 public:
  // Empty: no connection. Key and value as ours have them: a small key, `payload` bytes.
  static std::unique_ptr<RedisTarget> connect(real::Loop& loop, std::uint16_t port, std::uint32_t connections,
                                              std::uint32_t payload, bool put);
  ~RedisTarget() override;
  void ask(std::uint32_t client, std::uint32_t slot, std::uint64_t number, Done done) override;

 private:
  struct Connection {
    int fd = -1;
    std::string out;
    std::string in;
    std::deque<Done> waiting;
    bool flush_due = false;
  };
  RedisTarget(real::Loop& loop, std::uint32_t payload, bool put)
      : loop_(loop), put_(put), payload_(payload) {}
  void flush(Connection& c);
  void on_ready(Connection& c);

  real::Loop& loop_;
  bool put_;
  std::uint32_t payload_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace wn::cluster_bench
