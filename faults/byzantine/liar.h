#pragma once
// Liar: the process that holds the honest instances, whole. Internal to the room.
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "faults/byzantine/byzantine.h"
#include "faults/byzantine/letter.h"
#include "faults/byzantine/realm_lies.h"
#include "faults/byzantine/rpc_lies.h"
#include "runtime/base/flat_map.h"

namespace wn::byzantine {

inline constexpr std::size_t kRememberedMax = 64;  // frames, for replays
inline constexpr std::size_t kLateMax = 4096;      // letters held back; more leave at once
inline constexpr std::size_t kLettersMax = 64;     // that one message may become
inline constexpr std::uint32_t kLateSlot = 2 * kInnerSlotsMax;
inline constexpr std::string_view kTwinPrefix = "twin.";

class Liar final : public Process {
 public:
  Liar(Options options, const Honest& honest, Backend& backend);
  ~Liar() override;

  void on_start() override;
  void on_message(NodeId from, const Bytes& frame) override;
  void on_timer(std::uint32_t slot) override;
  void on_disk(DiskCompletion completion) override;
  void on_control(const Bytes& command) override;
  // The first instance speaks as an honest process does; a twin in a group of its own.
  void inspect(Inspector& to) const override;

 private:
  class Door;  // door.h: what an instance sees of the backend
  struct Instance {
    std::unique_ptr<Door> door;
    std::unique_ptr<Process> process;
  };
  struct Late {
    Instant due;
    NodeId to;
    Letter letter;
  };
  // One message that an instance sends, while lies are told about it.
  struct Sending {
    NodeId to;
    std::uint64_t number = 0;  // of this life, to this receiver
    std::vector<Letter> letters;
    Duration late;
  };

  bool active(const faults::Fault& fault, SimTime now) const;
  // The split of the twins that is in force; nullptr: none.
  const faults::Fault* split(SimTime now) const;
  Errc speak(std::size_t instance, NodeId to, Bytes frame, std::uint8_t type);
  void lie(const faults::Fault& fault, Sending& sending);
  void in_place(const faults::Fault& fault, Sending& sending, Draw& draw);
  void besides(const faults::Fault& fault, Sending& sending, Draw& draw);
  void answer_wrongly(const faults::Fault& fault, Sending& sending, Draw& draw);
  void replace(Sending& sending, std::optional<Letter> letter, const faults::Fault& fault);
  void add(Sending& sending, std::optional<Letter> letter, const faults::Fault& fault);
  void told(const faults::Fault& fault, const Sending& sending);
  Errc post(NodeId to, Letter letter);
  void hold(NodeId to, Letter letter, Duration late);
  void release_late();
  void remember(Letter letter);
  // What decisions are drawn from: the plan's seed, and behind a branch the branch's.
  const Random& random();
  Errc submit(std::size_t instance, DiskRequest request);

  Options options_;
  Backend& backend_;
  Random random_;
  std::uint64_t born_ = 0;    // true time of this start, ns
  std::uint64_t branch_ = 0;  // in force when something was last drawn
  RealmLies realm_;
  RpcLies rpc_;
  bool has_twins_ = false;
  FlatMap<NodeId, std::uint64_t> sent_;
  std::deque<Letter> remembered_;
  std::vector<Late> late_;  // in the order of their release among equals
  std::vector<Instance> instances_;
};

}  // namespace wn::byzantine
