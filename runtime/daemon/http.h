#pragma once
// The HTTP face of a daemon: /metrics, /healthz (200 or 503 with the reason), /readyz (the same). It has
// threads of its own and reads the Board alone; the runtime never waits for it.
//
// Thread rule: made and destroyed on one thread. Limits: two requests at once, others wait; requests without
// a body; 5 s to send one.
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/daemon/metrics.h"

namespace wn::daemon {

class HttpFace {
 public:
  // `address` is "host:port"; port 0: any that is free. `board` outlives it. already_exists: in use.
  static Result<std::unique_ptr<HttpFace>> open(const std::string& address, const Board& board);
  ~HttpFace();
  HttpFace(const HttpFace&) = delete;
  HttpFace& operator=(const HttpFace&) = delete;

  std::string address() const;  // with the port that it got

 private:
  struct Parts;
  explicit HttpFace(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace wn::daemon
