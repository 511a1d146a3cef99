#pragma once
// Client: the realm and the key-value service from a program: blocking calls, futures, callbacks, watches.
//
//   auto client = Client::connect({.servers = *servers_from(urls)});
//   (*client)->put(worknode, 42);                              // EVENTUAL
//   (*client)->get(worknode, Property::title, Mode::strong);
//   client->submit(request, [](Answer<Value> answer) { … });   // any number at a time, in order
//
// Share one among all callers: what they ask at about the same time leaves in few packets.
//
// Threads: any thread may call any function here, at the same time. One background thread runs an event loop
// with the socket, QUIC and the driver; callbacks come from it, one at a time, and must not block, nor call a
// blocking function of the same client, nor destroy it (refused: Problem::invalid, and a check).
// close() (and the destructor) end what is open, with Problem::closed or unknown_outcome, and wait for the
// thread.
//
// Deadlines: every operation ends by its own (Options::timeout unless it says another); retries are within a
// budget (core.h). connect() does not wait for a server, wait_connected() does.
//
// Watching polls (driver.h). Identity: without one, a fresh key that is nobody's afterwards; servers remember
// the last operation of each identity, so programs that come again and again should keep theirs. Two
// connections must not share one identity at the same time.
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/client/answer.h"
#include "runtime/client/words.h"

namespace wn::client {

struct Options {
  std::vector<Server> servers;               // words.h: servers_from()
  std::optional<capability::Seed> identity;  // none: a fresh one
  Bytes token;                               // capability::Token, encoded; shown by operations that have none
  Duration timeout = seconds(5);
  Duration retry = milliseconds(250);
  bool sessions = true;  // what is read EVENTUALly never goes back
  std::uint32_t open_max = 4096;
  std::uint32_t kv_lanes = 16;
};

struct Stats {
  CoreStats operations;
  bool connected = false;
  NodeId home;
  std::uint64_t bytes_in = 0, bytes_out = 0, packets_in = 0, packets_out = 0;
};

class Client {
 public:
  using Done = std::function<void(Answer<Value>)>;
  using KvDone = std::function<void(Answer<KvValue>)>;
  using Told = std::function<void(const Answer<Value>&)>;

  static Answer<std::unique_ptr<Client>> connect(Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // unreachable, with the reason as far as it is known.
  Answer<void> wait_connected(Duration patience);
  void close();

  // ---- any operation of realm::Request. operation, attempt and session are filled in.
  void submit(realm::Request request, Done done, Duration timeout = {});
  std::future<Answer<Value>> submit(realm::Request request, Duration timeout = {});
  Answer<Value> run(realm::Request request, Duration timeout = {});

  // ---- the usual ones
  Answer<Value> get(WorknodeId worknode, realm::Property property = realm::Property::title,
                    Mode mode = Mode::eventual);
  Answer<Value> put(WorknodeId worknode, std::int64_t value, Mode mode = Mode::eventual);
  Answer<Value> add(WorknodeId worknode, std::int64_t value, Mode mode = Mode::eventual);
  // STRONG: `value`, if `expected` is there; else refused with Errc::precondition.
  Answer<Value> cas(WorknodeId worknode, std::int64_t expected, std::int64_t value);
  // The worknode's behaviour: the sum of its children's counters.
  Answer<Value> call(WorknodeId worknode);

  // ---- the key-value service
  void submit(kv::Command command, KvDone done);
  Answer<KvValue> run(kv::Command command);

  // 0: client::kWatchesMax are there, or it is closed. No callback comes after unwatch() has returned, except
  // when that is called from inside of one.
  std::uint64_t watch(WatchSpec spec, Told told);
  void unwatch(std::uint64_t watch);

  Stats stats();
  NodeId id() const;  // what servers call a client that they do not list

 private:
  struct Parts;
  explicit Client(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace wn::client
