#pragma once
// What a runner tells a server's test program, and the program of the clients, while a run goes on: one
// message a datagram of a local socket, in Protobuf's encoding.
//
// message Control { uint32 kind = 1; uint32 id = 2; uint32 fault = 3; fixed64 at = 4; fixed64 duration = 5;
//                   bytes nodes = 6 (packed); bytes links = 7 (packed, from and to); fixed64 amount = 8;
//                   fixed64 amount2 = 9; bytes text = 10; }
//
// Decoding is total on any bytes.
#include <cstdint>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/bytes.h"
#include "runtime/base/result.h"

namespace wn::cluster {

inline constexpr std::size_t kControlBytesMax = 60'000;

enum class ControlKind : std::uint8_t {
  begin_fault = 1,
  end_fault,
  power_loss,  // what is not synced is gone, and so is the process
  quit,        // end in good order
  go,          // to the clients: begin; `text` is the epoch (CLOCK_MONOTONIC, ns)
  admin,       // to the clients: `text` is a command of the admin process
  ready,       // to the runner: the other side listens
  done,        // to the runner: all is written
  trouble,     // to the runner: `text` says what is wrong; the sender ends
  progress,    // to the runner: `text` is a line for people
};
inline constexpr std::uint64_t kControlKindMax = 10;

struct Control {
  ControlKind kind = ControlKind::quit;
  faults::Fault fault;  // of begin_fault and end_fault; without its label
  std::string text;
};

std::vector<std::uint8_t> encode(const Control& control);
// bad_input.
Result<Control> decode_control(ByteView bytes);

// Over a datagram socket. Sending does not wait: overloaded when the other side has not read for long.
Result<void> send_control(int socket, const Control& control);
// cancelled: the other side is gone; timed_out: nothing is there.
Result<Control> receive_control(int socket);

}  // namespace wn::cluster
