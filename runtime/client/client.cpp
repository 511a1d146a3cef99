#include "runtime/client/client.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/client/seat.h"

namespace wn::client {
namespace {

constexpr Duration kConnectPoll = milliseconds(2);

Failure closed() {
  return {.problem = Problem::closed, .code = Errc::cancelled, .message = "the client is closed"};
}
Failure overloaded() {
  return {
      .problem = Problem::overloaded, .code = Errc::overloaded, .message = "too many operations wait here"};
}
Failure of(const Error& error) {
  return {.problem = Problem::invalid, .code = error.code, .message = error.to_string()};
}

SeatOptions seat_options(const Options& options) {
  SeatOptions out;
  out.servers = options.servers;
  out.identity = options.identity ? *options.identity : new_identity();
  out.driver.core.timeout = options.timeout;
  out.driver.core.retry = options.retry;
  out.driver.core.open_max = options.open_max;
  out.driver.core.sessions = options.sessions;
  out.driver.kv.operation_timeout = options.timeout;
  out.driver.kv_lanes = options.kv_lanes;
  return out;
}

}  // namespace

// What is posted is gathered in one list, so that many operations wake the loop once.
struct Client::Parts {
  std::unique_ptr<real::Loop> loop;
  std::unique_ptr<Seat> seat;  // the loop's thread alone
  std::thread thread;
  std::thread::id thread_id;
  std::string token;
  NodeId id;
  std::size_t posted_max = 0;

  std::mutex mutex;
  std::vector<std::function<void()>> posted;  // guarded
  bool is_closed = false;                     // guarded

  // False: closed, or too many.
  bool post(std::function<void()> task, bool& was_closed) {
    const std::lock_guard lock(mutex);
    was_closed = is_closed;
    if (is_closed || posted.size() >= posted_max) return false;
    posted.push_back(std::move(task));
    return posted.size() > 1 || loop->post([this] { drain(); }) == Errc::ok;
  }
  void drain() {
    std::vector<std::function<void()>> now;
    {
      const std::lock_guard lock(mutex);
      now.swap(posted);
    }
    for (const auto& task : now) task();
  }
  // Bytes count their sharers without atomics: what goes to another thread is a copy of its own.
  Bytes own(const Bytes& shown) const {
    return shown.empty() ? Bytes::copy_of(std::string_view(token)) : shown.deep_copy();
  }
  bool inside() const { return std::this_thread::get_id() == thread_id; }

  // Runs `task` on the loop's thread and waits. False: closed.
  bool run(const std::function<void()>& task) {
    if (inside()) {
      task();
      return true;
    }
    std::promise<void> done;
    bool was_closed = false;
    if (!post([&] { task(), done.set_value(); }, was_closed)) return false;
    done.get_future().wait();
    return true;
  }

  // Unreachable where no server is there; otherwise as it is.
  template <class T>
  Answer<T> told(Answer<T> answer) const {
    if (answer || answer.error().problem != Problem::timed_out || seat->reached()) return answer;
    const std::string why = seat->trouble();
    answer.error().problem = Problem::unreachable;
    answer.error().message = "no server could be reached" + (why.empty() ? "" : ": " + why);
    return answer;
  }
};

Client::Client(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Answer<std::unique_ptr<Client>> Client::connect(Options options) {
  if (options.servers.empty())
    return std::unexpected(Failure{.problem = Problem::invalid, .message = "no server is named"});
  auto loop = real::Loop::make();
  if (!loop) return std::unexpected(of(loop.error()));
  auto seat = Seat::make(**loop, seat_options(options));
  if (!seat) return std::unexpected(of(seat.error()));
  auto parts = std::make_unique<Parts>();
  parts->loop = std::move(*loop);
  parts->id = (*seat)->id();
  parts->seat = std::move(*seat);
  parts->token = options.token.text();
  parts->posted_max = options.open_max;
  std::promise<void> started;
  parts->thread = std::thread([p = parts.get(), &started] {
    p->thread_id = std::this_thread::get_id();
    started.set_value();
    p->loop->run();
    p->seat.reset();
  });
  started.get_future().wait();
  return std::unique_ptr<Client>(new Client(std::move(parts)));
}

Client::~Client() { close(); }

void Client::close() {
  Parts& p = *parts_;
  WN_CHECK(!p.inside());
  {
    const std::lock_guard lock(p.mutex);
    if (std::exchange(p.is_closed, true)) return;
  }
  // After what is posted already.
  while (p.loop->post([&p] {
    p.drain();
    p.seat->driver().close();
    p.loop->stop();
  }) != Errc::ok) {
    std::this_thread::yield();
  }
  p.thread.join();
}

Answer<void> Client::wait_connected(Duration patience) {
  Parts& p = *parts_;
  const auto until = p.loop->now() + patience;
  for (;;) {
    bool reached = false;
    std::string why;
    if (!p.run([&] { reached = p.seat->reached(), why = p.seat->trouble(); }))
      return std::unexpected(closed());
    if (reached) return {};
    if (p.loop->now() >= until) {
      return std::unexpected(
          Failure{.problem = Problem::unreachable,
                  .code = Errc::timed_out,
                  .message = "no server could be reached" + (why.empty() ? std::string() : ": " + why)});
    }
    std::this_thread::sleep_for(std::chrono::nanoseconds(kConnectPoll.ns));
  }
}

void Client::submit(realm::Request request, Done done, Duration timeout) {
  Parts& p = *parts_;
  request.token = p.own(request.token);
  bool was_closed = false;
  auto shared = std::make_shared<Done>(std::move(done));
  auto task = [&p, request = std::move(request), shared, timeout]() mutable {
    const realm::Function function = request.function;
    p.seat->driver().submit(Operation{.request = std::move(request), .to = kNobody, .timeout = timeout},
                            [&p, function, shared](RealmAnswer&& answer) {
                              (*shared)(p.told(answer_of(function, std::move(answer))));
                            });
  };
  if (!p.post(std::move(task), was_closed)) (*shared)(std::unexpected(was_closed ? closed() : overloaded()));
}

std::future<Answer<Value>> Client::submit(realm::Request request, Duration timeout) {
  auto promise = std::make_shared<std::promise<Answer<Value>>>();
  auto future = promise->get_future();
  submit(
      std::move(request), [promise](Answer<Value> answer) { promise->set_value(std::move(answer)); },
      timeout);
  return future;
}

Answer<Value> Client::run(realm::Request request, Duration timeout) {
  WN_CHECK(!parts_->inside());
  return submit(std::move(request), timeout).get();
}

namespace {

realm::Request request_of(realm::Function function, WorknodeId worknode, Mode mode) {
  realm::Request out;
  out.function = function;
  out.worknode = worknode;
  out.mode = mode;
  return out;
}

}  // namespace

Answer<Value> Client::get(WorknodeId worknode, realm::Property property, Mode mode) {
  realm::Request r = request_of(realm::Function::get, worknode, mode);
  r.property = property;
  return run(std::move(r));
}

Answer<Value> Client::put(WorknodeId worknode, std::int64_t value, Mode mode) {
  realm::Request r = request_of(realm::Function::put, worknode, mode);
  r.value = value;
  return run(std::move(r));
}

Answer<Value> Client::add(WorknodeId worknode, std::int64_t value, Mode mode) {
  realm::Request r = request_of(realm::Function::add, worknode, mode);
  r.property = realm::Property::count;
  r.value = value;
  return run(std::move(r));
}

Answer<Value> Client::cas(WorknodeId worknode, std::int64_t expected, std::int64_t value) {
  realm::Request r = request_of(realm::Function::cas, worknode, Mode::strong);
  r.expected = expected;
  r.value = value;
  return run(std::move(r));
}

Answer<Value> Client::call(WorknodeId worknode) {
  return run(request_of(realm::Function::call, worknode, Mode::eventual));
}

void Client::submit(kv::Command command, KvDone done) {
  Parts& p = *parts_;
  if (const kv::Status status = kv::validate(command); status != kv::Status::ok) {
    return done(std::unexpected(Failure{.problem = Problem::invalid,
                                        .code = Errc::too_large,
                                        .message = std::string(kv::to_string(status))}));
  }
  for (Bytes* part : {&command.key, &command.value, &command.expected}) *part = part->deep_copy();
  for (kv::MicroOperation& micro : command.micro) {
    micro.key = micro.key.deep_copy();
    micro.value = micro.value.deep_copy();
  }
  bool was_closed = false;
  auto shared = std::make_shared<KvDone>(std::move(done));
  auto task = [&p, command = std::move(command), shared]() mutable {
    kv::ClientOperation operation{
        .kind = kv::is_read(command) ? kv::RequestKind::read : kv::RequestKind::operation,
        .command = command};
    p.seat->driver().submit(std::move(operation), [&p, command, shared](KvAnswer&& answer) {
      Answer<KvValue> out = p.told(answer_of(command, std::move(answer)));
      if (out) out->value = out->value.deep_copy();
      (*shared)(std::move(out));
    });
  };
  if (!p.post(std::move(task), was_closed)) (*shared)(std::unexpected(was_closed ? closed() : overloaded()));
}

Answer<KvValue> Client::run(kv::Command command) {
  WN_CHECK(!parts_->inside());
  auto promise = std::make_shared<std::promise<Answer<KvValue>>>();
  auto future = promise->get_future();
  submit(std::move(command), [promise](Answer<KvValue> answer) { promise->set_value(std::move(answer)); });
  return future.get();
}

std::uint64_t Client::watch(WatchSpec spec, Told told) {
  Parts& p = *parts_;
  spec.token = p.own(spec.token);
  std::uint64_t id = 0;
  p.run([&] {
    id = p.seat->driver().watch(std::move(spec), [&p, told = std::move(told)](const RealmAnswer& answer) {
      told(p.told(answer_of(realm::Function::get, RealmAnswer(answer))));
    });
  });
  return id;
}

void Client::unwatch(std::uint64_t watch) {
  Parts& p = *parts_;
  p.run([&] { p.seat->driver().unwatch(watch); });
}

Stats Client::stats() {
  Parts& p = *parts_;
  Stats out;
  p.run([&] {
    const quic::Stats& wire = p.seat->endpoint().stats();
    out = {.operations = p.seat->driver().core().stats(),
           .connected = p.seat->reached(),
           .home = p.seat->driver().core().home(),
           .bytes_in = wire.bytes_in,
           .bytes_out = wire.bytes_out,
           .packets_in = wire.packets_in,
           .packets_out = wire.packets_out};
  });
  return out;
}

NodeId Client::id() const { return parts_->id; }

}  // namespace wn::client
