#pragma once
// Driver: a client as a Process: the realm's client core and, for the key-value service, lanes of its client,
// over a Network of frames (runtime/quic). Work comes in through submit() on the event loop; each ends with
// one call of its callback, at its deadline at the latest. The same process runs on any Backend.
//
// Watching is polling: a worknode's property is read every `interval`, and told when it is another than
// before. With a session, which is the default, what is told never goes back, whichever server answers.
//
// Key-value operations go through kv_lanes sessions, each with one operation at a time; more wait, at most
// kv_waiting_max. Timer slots: 0 the core, 1 the lanes, 2 watches.
//
// Limits: DriverOptions. Errors: typed, in the answer. Thread rule: one event loop.
#include <functional>
#include <memory>
#include <memory_resource>

#include "runtime/backend/process.h"
#include "runtime/client/core/core.h"
#include "runtime/kv/client.h"

namespace wn::client {

inline constexpr std::uint32_t kWatchesMax = 1024;
inline constexpr Duration kWatchIntervalMin = milliseconds(1);

struct DriverOptions {
  CoreOptions core;
  kv::ClientOptions kv;  // its servers are the core's
  std::uint32_t kv_lanes = 16;
  std::uint32_t kv_waiting_max = 4096;
  // Called when work came in from outside of the process's callbacks, once until on_control() comes: layers
  // below (QUIC) act at the end of a callback, so there has to be one.
  std::function<void()> wake;
};

struct RealmAnswer {
  Outcome outcome = Outcome::info;
  realm::Reply reply;  // its code is zero where no answer came
  std::uint32_t attempts = 0;
};
struct KvAnswer {
  kv::Outcome outcome = kv::Outcome::info;
  kv::Reply reply;
  std::uint32_t attempts = 0;
};
using RealmDone = std::function<void(RealmAnswer&&)>;
using KvDone = std::function<void(KvAnswer&&)>;

struct WatchSpec {
  WorknodeId worknode;
  realm::Property property = realm::Property::title;
  Mode mode = Mode::eventual;
  Bytes token;
  Duration interval = milliseconds(100);
};
// Each value that is another than the one before, the first included. A reading that fails is told and does
// not end the watch.
using WatchTold = std::function<void(const RealmAnswer&)>;

class Driver : public Process {
 public:
  // A callback may submit; it must not destroy the driver.
  virtual void submit(Operation operation, RealmDone done) = 0;
  virtual void submit(kv::ClientOperation operation, KvDone done) = 0;
  // 0: kWatchesMax are there.
  virtual std::uint64_t watch(WatchSpec spec, WatchTold told) = 0;
  virtual void unwatch(std::uint64_t watch) = 0;
  // Ends everything that is open.
  virtual void close() = 0;
  virtual bool started() const = 0;
  virtual const Core& core() const = 0;
};

std::unique_ptr<Driver> make_driver(DriverOptions options, Backend& backend,
                                    std::pmr::memory_resource* memory);

}  // namespace wn::client
