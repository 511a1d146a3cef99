#pragma once
// Node: one Process on a Loop, behind the real Backend: datagrams by UDP, a folder of files, the machine's
// clocks, the kernel's randomness. Several nodes may share one loop.
//
//   Clock    monotonic_now() is CLOCK_MONOTONIC: an origin near the machine's boot, the same for all
//   processes
//            of the machine, so readings of one machine's nodes may be compared by whoever knows that they
//            are.
//   Network  UdpNetwork: NodeIds are handles of addresses. Frames up to kDatagramBytesMax.
//   Disk     Files. Without a folder every operation completes with io_error.
//   Entropy  each draw is fresh from the kernel, whatever its purpose and count.
//   Probe    the one that was handed in; it must outlive the node.
//
// The process is called from the loop alone, one callback at a time, and never from inside of a call that it
// makes. stop() from inside of one of its callbacks takes effect when that returns.
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/real/files.h"
#include "runtime/real/loop.h"
#include "runtime/real/udp.h"

namespace wn::real {

struct NodeOptions {
  NodeId id;
  std::string folder;  // "": no disk
  SocketAddress bind = loopback();
  std::vector<UdpPeer> peers;
  UdpOptions udp;  // limits and switches; its self, bind and peers are taken from above
  std::uint32_t descriptors_max = 64;
};

class Node {
 public:
  // The errors of UdpNetwork::open and Files::open; invalid_argument: nobody's id.
  static Result<std::unique_ptr<Node>> make(Loop& loop, NodeOptions options, Probe& probe);
  ~Node();  // not from inside of the process's callbacks
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  NodeId id() const { return id_; }
  Backend& backend();
  // Makes the process; its on_start() comes from the loop, before anything else. REQUIRES !running(), and not
  // from inside of a callback of the process before it.
  void start(const ProcessFactory& factory);
  // Destroys the process. Its timers are gone, what it had sent and queued for the disk takes effect, and
  // their completions reach nobody.
  void stop();
  bool running() const { return process_ != nullptr; }
  // Process::on_control(), from the loop. Nothing when it does not run by then.
  void control(Bytes command);

  UdpNetwork& network() { return *network_; }
  Files& files() { return *files_; }

 private:
  class Port;
  Node(Loop& loop, NodeId id);
  template <class Call>
  void call(Call&& callback);
  void end();

  Loop& loop_;
  NodeId id_;
  std::unique_ptr<UdpNetwork> network_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<Port> port_;
  std::unique_ptr<Process> process_;
  bool started_ = false;  // on_start() has been called
  bool inside_ = false;   // of a callback
  bool stop_due_ = false;
  std::uint64_t incarnation_ = 0;
  std::shared_ptr<bool> alive_;
};

}  // namespace wn::real
