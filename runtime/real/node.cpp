#include "runtime/real/node.h"

#include <cstring>

#include "runtime/base/check.h"
#include "runtime/real/os.h"

namespace wn::real {

// The clock, the randomness, and the Backend that binds them to the node's network, files and probe.
class Node::Port final : public Clock, public Entropy {
 public:
  Port(Node& node, Probe& probe) : node_(node), backend_{*this, *node.network_, *node.files_, *this, probe} {}
  ~Port() override {
    for (const Loop::Timer timer : timers_) node_.loop_.remove_timer(timer);
  }
  Errc make_timers() {
    for (std::uint32_t slot = 0; slot < kTimerSlotsMax; ++slot) {
      timers_[slot] = node_.loop_.add_timer(
          [this, slot] { node_.call([slot](Process& process) { process.on_timer(slot); }); });
      if (!timers_[slot]) return Errc::overloaded;
    }
    return Errc::ok;
  }
  void disarm_all() {
    for (const Loop::Timer timer : timers_) node_.loop_.disarm(timer);
  }
  Backend& backend() { return backend_; }

  Instant monotonic_now() const override { return real::monotonic_now(); }
  WallTime wall_now() const override { return real::wall_now(); }
  void arm(std::uint32_t slot, Instant deadline) override {
    WN_CHECK_LT(slot, kTimerSlotsMax);
    node_.loop_.arm(timers_[slot], deadline);
  }
  void disarm(std::uint32_t slot) override {
    WN_CHECK_LT(slot, kTimerSlotsMax);
    node_.loop_.disarm(timers_[slot]);
  }
  Draw draw(Purpose, std::uint64_t) override {
    if (left_ < sizeof(Block)) {
      fill_random(pool_);
      left_ = pool_.size();
    }
    left_ -= sizeof(Block);
    Block block{};
    std::memcpy(block.data(), pool_.data() + left_, sizeof block);
    std::memset(pool_.data() + left_, 0, sizeof block);
    return Draw(block);
  }

 private:
  using Block = std::array<std::uint32_t, 4>;
  Node& node_;
  Backend backend_;
  std::array<Loop::Timer, kTimerSlotsMax> timers_{};
  std::array<std::uint8_t, 256> pool_{};  // of the kernel's random bytes, used from its end
  std::size_t left_ = 0;
};

Node::Node(Loop& loop, NodeId id) : loop_(loop), id_(id), alive_(std::make_shared<bool>(true)) {}

Result<std::unique_ptr<Node>> Node::make(Loop& loop, NodeOptions options, Probe& probe) {
  if (!options.id) return fail(Errc::invalid_argument, "a node's id is not 0");
  std::unique_ptr<Node> node(new Node(loop, options.id));
  Node* const self = node.get();
  Result<std::unique_ptr<Files>> files =
      Files::open(loop, {.folder = options.folder, .descriptors_max = options.descriptors_max},
                  [self](DiskCompletion completion) {
                    self->call([&](Process& process) { process.on_disk(std::move(completion)); });
                  });
  if (!files) return fail(files.error());
  node->files_ = std::move(*files);
  options.udp.self = options.id;
  options.udp.bind = options.bind;
  options.udp.peers = std::move(options.peers);
  Result<std::unique_ptr<UdpNetwork>> network =
      UdpNetwork::open(loop, std::move(options.udp), [self](NodeId from, const Bytes& frame) {
        self->call([&](Process& process) { process.on_message(from, frame); });
      });
  if (!network) return fail(network.error());
  node->network_ = std::move(*network);
  node->port_ = std::make_unique<Port>(*self, probe);
  if (node->port_->make_timers() != Errc::ok) return fail(Errc::overloaded, "the loop has no timers left");
  return node;
}

Node::~Node() {
  WN_CHECK(!inside_);
  *alive_ = false;
  end();
}

Backend& Node::backend() { return port_->backend(); }

// on_start() comes first, whatever it is that calls.
template <class Call>
void Node::call(Call&& callback) {
  if (!process_ || stop_due_) return;
  inside_ = true;
  if (!started_) {
    started_ = true;
    process_->on_start();
  }
  if (!stop_due_) callback(*process_);
  inside_ = false;
  if (stop_due_) end();
}

void Node::start(const ProcessFactory& factory) {
  WN_CHECK(!process_ && !inside_);
  process_ = factory(id_, backend());
  ++incarnation_;
  loop_.soon([this, alive = alive_, incarnation = incarnation_] {
    if (*alive && incarnation == incarnation_) call([](Process&) {});
  });
}

void Node::stop() {
  if (inside_) {
    stop_due_ = true;
  } else {
    end();
  }
}

void Node::end() {
  stop_due_ = false;
  started_ = false;
  if (port_) port_->disarm_all();
  if (files_) files_->forget();
  process_.reset();
  if (network_) network_->flush();
}

void Node::control(Bytes command) {
  loop_.soon([this, alive = alive_, command = std::move(command)] {
    if (*alive) call([&](Process& process) { process.on_control(command); });
  });
}

}  // namespace wn::real
