// The liar as a process: its instances, their disk and timers, who hears whom.
#include "faults/byzantine/liar.h"

#include <algorithm>
#include <utility>

#include "faults/byzantine/door.h"
#include "faults/plan/names.h"

namespace wn::byzantine {

using faults::Fault;
using faults::FaultKind;

Liar::Liar(Options options, const Honest& honest, Backend& backend)
    : options_(std::move(options)),
      backend_(backend),
      // A life of its own for each start: the numbers of messages begin again.
      random_(0),
      born_(static_cast<std::uint64_t>(options_.now().ns)),
      realm_(options_.self, options_.signing),
      rpc_(options_.self, options_.signing) {
  random_ = Random(options_.seed).child("byzantine", options_.self.value, born_);
  for (const Fault& f : options_.faults) {
    WN_CHECK(faults::is_byzantine(f.kind));
    has_twins_ = has_twins_ || f.kind == FaultKind::byzantine_twins;
  }
  for (std::size_t i = 0; i < (has_twins_ ? 2U : 1U); ++i) {
    Instance instance;
    instance.door = std::make_unique<Door>(*this, i);
    instance.process = honest(instance.door->backend());
    instances_.push_back(std::move(instance));
  }
}

Liar::~Liar() {
  for (Instance& instance : instances_) instance.process.reset();
}

void Liar::on_start() {
  for (Instance& instance : instances_) instance.process->on_start();
}

void Liar::on_control(const Bytes& command) {
  for (Instance& instance : instances_) instance.process->on_control(command);
}

void Liar::inspect(Inspector& to) const {
  if (instances_.empty()) return;
  {
    const InspectedGroup lies(to, "liar");
    to.number("faults", options_.faults.size());
    to.number("letters_held_back", late_.size());
    to.number("letters_remembered", remembered_.size());
  }
  instances_.front().process->inspect(to);
  if (instances_.size() < 2) return;
  const InspectedGroup twin(to, "twin");
  instances_.back().process->inspect(to);
}

// Both hear everything, so that the second is what the first is, until a split gives each its own side.
void Liar::on_message(NodeId from, const Bytes& frame) {
  // What the transport calls a frame's type is known to the sender alone; the frame says it too.
  Letter letter{.frame = frame, .type = frame.size() > 7 ? frame.data()[7] : std::uint8_t{0}};
  if (!options_.faults.empty()) {
    realm_.learn(letter);
    rpc_.learn(from, letter);
    remember(std::move(letter));
  }
  const Fault* fault = has_twins_ ? split(options_.now()) : nullptr;
  if (fault != nullptr) {
    instances_[faults::lies_to(*fault, from) ? 1 : 0].process->on_message(from, frame);
    return;
  }
  for (Instance& instance : instances_) instance.process->on_message(from, frame);
}

void Liar::on_timer(std::uint32_t slot) {
  if (slot == kLateSlot) return release_late();
  const std::size_t instance = slot / kInnerSlotsMax;
  if (instance < instances_.size()) instances_[instance].process->on_timer(slot % kInnerSlotsMax);
}

Errc Liar::submit(std::size_t instance, DiskRequest request) {
  if (!has_twins_) return backend_.disk.submit(std::move(request));
  request.ticket = request.ticket * 2 + instance;
  if (instance == 1) {
    if (!request.file.empty()) request.file.insert(0, kTwinPrefix);
    if (!request.to.empty()) request.to.insert(0, kTwinPrefix);
  }
  return backend_.disk.submit(std::move(request));
}

void Liar::on_disk(DiskCompletion completion) {
  if (!has_twins_) return instances_[0].process->on_disk(std::move(completion));
  const std::size_t instance = completion.ticket % 2;
  completion.ticket /= 2;
  std::vector<DirectoryEntry> mine;
  for (DirectoryEntry& entry : completion.entries) {
    const bool of_twin = entry.file.starts_with(kTwinPrefix);
    if (of_twin != (instance == 1)) continue;
    if (of_twin) entry.file.erase(0, kTwinPrefix.size());
    mine.push_back(std::move(entry));
  }
  completion.entries = std::move(mine);
  instances_[instance].process->on_disk(std::move(completion));
}

bool Liar::active(const Fault& fault, SimTime now) const {
  if (now < fault.at) return false;
  return fault.duration == Duration::max() || now < fault.at + fault.duration;
}

const Fault* Liar::split(SimTime now) const {
  for (const Fault& f : options_.faults) {
    if (f.kind == FaultKind::byzantine_twins && active(f, now)) return &f;
  }
  return nullptr;
}

const Random& Liar::random() {
  const std::uint64_t branch = options_.branch ? options_.branch() : 0;
  if (branch != branch_) random_ = Random(branch).child("byzantine", options_.self.value, born_);
  branch_ = branch;
  return random_;
}

void Liar::remember(Letter letter) {
  if (remembered_.size() == kRememberedMax) remembered_.pop_front();
  remembered_.push_back(std::move(letter));
}

std::unique_ptr<Process> make_liar(Options options, const Honest& honest, Backend& backend) {
  return std::make_unique<Liar>(std::move(options), honest, backend);
}

}  // namespace wn::byzantine
