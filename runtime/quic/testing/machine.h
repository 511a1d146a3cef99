#pragma once
// An endpoint on a real node, for this room's tests and benches over UDP.
#include <memory>

#include "runtime/quic/test_net.h"
#include "runtime/real/node.h"

namespace wn::quic::testing {

struct Machine {
  std::unique_ptr<real::Node> node;
  Endpoint* endpoint = nullptr;
  Listener& listener() { return static_cast<Listener&>(endpoint->inner()); }
  void start(Options options) {
    node->start([this, options](NodeId, Backend& backend) {
      auto made =
          make_quic(options, [](NodeId, Backend& door) { return std::make_unique<Listener>(door); }, backend);
      endpoint = made.get();
      return made;
    });
  }
};

}  // namespace wn::quic::testing
