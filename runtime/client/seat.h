#pragma once
// Seat: one client on an event loop: a datagram socket, QUIC, and the Driver. Several seats may share a loop
// (benchmarks run hundreds on one). Client (client.h) is a seat with a loop and a thread of its own.
//
// Errors of make(): bad_input and not_found (a host), invalid_argument, and those of the socket. It does not
// wait for a connection: that is tried again for ever, and told by reached() and trouble().
// Thread rule: the loop's thread.
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "runtime/client/driver.h"
#include "runtime/client/words.h"
#include "runtime/quic/quic.h"
#include "runtime/real/loop.h"

namespace wn::client {

// What Ethernet carries: probing further costs tens of kilobytes a connection, which only those earn back who
// have many operations under way on a network with larger packets.
inline constexpr std::uint32_t kPacketBytes = 1452;

struct SeatOptions {
  std::vector<Server> servers;
  capability::Seed identity;
  DriverOptions driver;  // its servers and first_number are filled in here
  Duration idle_timeout = seconds(3);
  std::uint32_t packet_bytes_max = kPacketBytes;
  std::pmr::memory_resource* memory = nullptr;  // null: new and delete
};

class Seat {
 public:
  // Turns the loop until the client has started.
  static Result<std::unique_ptr<Seat>> make(real::Loop& loop, SeatOptions options);
  ~Seat();  // closes the driver first
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  Driver& driver();
  const quic::Endpoint& endpoint() const;
  NodeId id() const;  // what servers that do not list this client call it
  // Connected to a server now.
  bool reached() const;
  // Why none could be, as far as that is known: one line, empty: not known.
  std::string trouble() const;

 private:
  struct Parts;
  explicit Seat(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Fresh, from the kernel.
capability::Seed new_identity();

}  // namespace wn::client
