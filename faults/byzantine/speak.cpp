// What leaves: each message of an instance on its way through the lies that are in force.
#include <algorithm>
#include <utility>

#include "faults/byzantine/door.h"
#include "faults/plan/names.h"

namespace wn::byzantine {

using faults::Fault;
using faults::FaultKind;

void Liar::told(const Fault& fault, const Sending& sending) {
  backend_.probe.emit(TraceKind::byzantine_act,
                      {static_cast<std::uint64_t>(fault.kind), sending.to.value, sending.number});
}

void Liar::replace(Sending& sending, std::optional<Letter> letter, const Fault& fault) {
  if (!letter || sending.letters.empty()) return;
  sending.letters.front() = std::move(*letter);
  told(fault, sending);
}

void Liar::add(Sending& sending, std::optional<Letter> letter, const Fault& fault) {
  if (!letter || sending.letters.size() >= kLettersMax) return;
  sending.letters.push_back(std::move(*letter));
  told(fault, sending);
}

// Of answers to calls the contents; of others any field.
void Liar::answer_wrongly(const Fault& fault, Sending& sending, Draw& draw) {
  const Letter& letter = sending.letters.front();
  std::optional<RpcLies::Wrong> wrong = rpc_.wrong_answer(sending.to, letter, draw);
  if (!wrong) return replace(sending, mutated(letter, draw), fault);
  if (wrong->signed_fields) backend_.probe.emit(TraceKind::rpc_signed, *wrong->signed_fields);
  replace(sending, std::move(wrong->letter), fault);
}

// What is said differently, or not said.
void Liar::in_place(const Fault& fault, Sending& sending, Draw& draw) {
  const Letter& letter = sending.letters.front();
  const auto share = static_cast<std::uint64_t>(fault.amount2);
  switch (fault.kind) {
    case FaultKind::byzantine_equivocate:
      return replace(
          sending, realm_.other_version(letter, share, random().child("byzantine.fault", fault.id), fault.id),
          fault);
    case FaultKind::byzantine_withhold:
      if (!draw.chance_ppm(share)) return;
      told(fault, sending);
      return sending.letters.clear();
    case FaultKind::byzantine_delay:
      told(fault, sending);
      sending.late = sending.late + Duration{1 + static_cast<std::int64_t>(draw.below(share + 1))};
      return;
    case FaultKind::byzantine_mutate:
      if (draw.chance_ppm(share)) replace(sending, realm_.mutated_and_signed(letter, draw), fault);
      return;
    case FaultKind::byzantine_future_clock:
      return replace(sending, realm_.later(letter, Duration{fault.amount2}, fault.id), fault);
    case FaultKind::byzantine_wrong_answer:
      if (is_answer(letter.type) && draw.chance_ppm(share)) answer_wrongly(fault, sending, draw);
      return;
    case FaultKind::byzantine_corrupt_snapshot:
      if (is_image_part(letter.type) && draw.chance_ppm(share))
        replace(sending, realm_.corrupted_image(letter, draw), fault);
      return;
    default:
      return;
  }
}

// What is said besides.
void Liar::besides(const Fault& fault, Sending& sending, Draw& draw) {
  const Letter letter = sending.letters.front();
  switch (fault.kind) {
    case FaultKind::byzantine_replay:
      if (!remembered_.empty() && draw.chance_ppm(static_cast<std::uint64_t>(fault.amount2)))
        add(sending, remembered_[draw.below(remembered_.size())], fault);
      return;
    case FaultKind::byzantine_forge:
      if (!draw.chance_ppm(static_cast<std::uint64_t>(fault.amount2))) return;
      if (auto forged = realm_.forged_update(letter, draw)) return replace(sending, std::move(forged), fault);
      return add(sending, draw.below(2) == 0 ? realm_.accusation(draw) : realm_.forged_request(draw), fault);
    case FaultKind::byzantine_amplify:
      for (std::int64_t i = 0; i < fault.amount2; ++i) {
        std::optional<Letter> more = realm_.asks_for_all(letter);
        if (!more) more = draw.below(2) == 0 ? huge(letter.type, draw) : letter;
        add(sending, std::move(more), fault);
      }
      return;
    case FaultKind::byzantine_sybil:
      for (std::int64_t i = 0; i < fault.amount2; ++i) add(sending, realm_.stranger(letter, draw), fault);
      return;
    default:
      return;
  }
}

void Liar::lie(const Fault& fault, Sending& sending) {
  if (sending.letters.empty()) return;
  Draw draw =
      random().child("byzantine.fault", fault.id).at("byzantine.message", sending.to.value, sending.number);
  in_place(fault, sending, draw);
  if (!sending.letters.empty()) besides(fault, sending, draw);
}

Errc Liar::speak(std::size_t instance, NodeId to, Bytes frame, std::uint8_t type) {
  const SimTime now = options_.now();
  const bool to_server = std::ranges::binary_search(options_.servers, to);
  std::size_t speaker = 0;
  if (const Fault* fault = has_twins_ ? split(now) : nullptr) speaker = faults::lies_to(*fault, to) ? 1 : 0;
  if (instance != speaker) return Errc::ok;
  Sending sending{.to = to, .number = ++sent_[to], .letters = {}, .late = {}};
  sending.letters.push_back({.frame = std::move(frame), .type = type});
  if (to_server && !options_.faults.empty()) remember(sending.letters.front());
  for (const Fault& fault : options_.faults) {
    if (active(fault, now) && faults::lies_to(fault, to)) {
      if (fault.kind == FaultKind::byzantine_twins) {
        told(fault, sending);
      } else {
        lie(fault, sending);
      }
    }
  }
  Errc result = Errc::ok;
  for (Letter& letter : sending.letters) {
    if (sending.late > Duration{} && late_.size() < kLateMax) {
      hold(to, std::move(letter), sending.late);
    } else {
      result = post(to, std::move(letter));
    }
  }
  return result;
}

Errc Liar::post(NodeId to, Letter letter) {
  return backend_.network.send(to, std::move(letter.frame), letter.type);
}

void Liar::hold(NodeId to, Letter letter, Duration late) {
  late_.push_back({.due = backend_.clock.monotonic_now() + late, .to = to, .letter = std::move(letter)});
  std::ranges::stable_sort(late_, {}, &Late::due);
  backend_.clock.arm(kLateSlot, late_.front().due);
}

void Liar::release_late() {
  const Instant now = backend_.clock.monotonic_now();
  const auto rest = std::ranges::find_if(late_, [&](const Late& l) { return l.due > now; });
  std::vector<Late> due(std::make_move_iterator(late_.begin()), std::make_move_iterator(rest));
  late_.erase(late_.begin(), rest);
  for (Late& l : due) {
    if (post(l.to, std::move(l.letter)) != Errc::ok) backend_.probe.sometimes("liar: outgoing queue full");
  }
  if (!late_.empty()) backend_.clock.arm(kLateSlot, late_.front().due);
}

}  // namespace wn::byzantine
