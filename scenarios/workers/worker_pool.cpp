#include "scenarios/workers/worker_pool.h"

#include <poll.h>

#include "runtime/base/check.h"
#include "scenarios/workers/worker_process.h"

namespace wn::scenarios {

struct WorkerPool::Worker {
  WorkerProcess process;
  bool busy = false;
  std::uint64_t ticket = 0;
};

WorkerPool::WorkerPool(unsigned jobs, Handler handler) : jobs_(jobs), handler_(std::move(handler)) {
  WN_CHECK(jobs >= 1);
  WN_CHECK(jobs <= kJobsMax);
  workers_.reserve(jobs);
}

WorkerPool::~WorkerPool() = default;

unsigned WorkerPool::jobs() const { return jobs_; }

unsigned WorkerPool::busy() const {
  unsigned count = 0;
  for (const auto& worker : workers_) count += worker->busy ? 1U : 0U;
  return count;
}

Result<void> WorkerPool::submit(std::uint64_t ticket, std::string_view request) {
  WN_CHECK(has_idle());
  if (request.size() > kMessageBytesMax) {
    return fail(Errc::too_large, "a request of " + std::to_string(request.size()) +
                                     " bytes is over the limit of " + std::to_string(kMessageBytesMax));
  }
  Worker* idle = nullptr;
  for (const auto& worker : workers_) {
    if (!worker->busy) idle = worker.get();
  }
  if (idle == nullptr) idle = workers_.emplace_back(std::make_unique<Worker>()).get();
  // A worker that died while idle is replaced once; a second death at once means that none can be had.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!idle->process.running()) {
      if (auto started = idle->process.start(handler_); !started) return started;
    }
    if (idle->process.send(request)) {
      idle->busy = true;
      idle->ticket = ticket;
      return {};
    }
    idle->process.stop();
  }
  return fail(Errc::io_error, "a worker process ended before it could take its first request");
}

std::optional<Answer> WorkerPool::wait(int timeout_ms) {
  for (;;) {
    std::vector<pollfd> sockets;
    std::vector<Worker*> owners;
    for (const auto& worker : workers_) {
      if (!worker->busy) continue;
      sockets.push_back({.fd = worker->process.socket(), .events = POLLIN, .revents = 0});
      owners.push_back(worker.get());
    }
    if (sockets.empty()) return std::nullopt;
    if (::poll(sockets.data(), sockets.size(), timeout_ms) <= 0) return std::nullopt;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (sockets[i].revents == 0) continue;
      Worker& worker = *owners[i];
      switch (worker.process.receive()) {
        case WorkerProcess::Read::more:
          break;
        case WorkerProcess::Read::message:
          worker.busy = false;
          return Answer{.ticket = worker.ticket, .crashed = false, .text = worker.process.take_message()};
        case WorkerProcess::Read::ended:
          worker.busy = false;
          return Answer{.ticket = worker.ticket, .crashed = true, .text = worker.process.stop()};
      }
    }
    // A long reply arrives in pieces: look again, without waiting for longer than asked.
    if (timeout_ms == 0) return std::nullopt;
  }
}

bool WorkerPool::cancel(std::uint64_t ticket) {
  for (const auto& worker : workers_) {
    if (!worker->busy || worker->ticket != ticket) continue;
    worker->process.stop();
    worker->busy = false;
    return true;
  }
  return false;
}

}  // namespace wn::scenarios
