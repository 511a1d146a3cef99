#pragma once
// A naive model of mailboxes and supervision, for the property test: containers that copy, recursion, no
// cleverness. It writes the same log as the real system.
#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "runtime/actor/options.h"
#include "runtime/base/time.h"

namespace wn::actor::testing {

enum class Act : std::uint64_t { nothing, fail, send, spawn, stop, burst, end };

struct Note {  // a message of the model
  std::uint64_t number = 0;
  Act act = Act::nothing;
  std::uint64_t target = 0;  // index of an actor, or of a kind for spawn
  std::uint64_t then = 0;    // what a message that is sent on does
};

// Actors are known by their number in order of spawning.
inline bool fails_to_restart(std::uint64_t actor) { return actor % 5 == 3; }

class Model {
 public:
  Model(std::vector<Kind> kinds_given, std::size_t actors_max_given, Supervision root_given)
      : kinds(std::move(kinds_given)), actors_max(actors_max_given), root(root_given) {}

  int spawn(std::size_t kind, int parent) {
    if (actors.size() >= actors_max) return -1;
    const int index = spawned++;
    actors[index] = One{.kind = kind, .parent = parent, .start = kinds[kind].starts};
    if (parent >= 0) actors[parent].children.insert(actors[parent].children.begin(), index);
    say("spawned", index);
    if (kinds[kind].starts) make_ready(index);
    return index;
  }
  Sent send(int from, int to, const Note& note) {
    if (!actors.contains(to)) return Sent::stale;
    One& a = actors[to];
    const Kind& kind = kinds[a.kind];
    Sent result = Sent::queued;
    if (a.box.size() >= kind.mailbox_max || !a.waiting.empty()) {
      if (kind.overflow == Overflow::refuse || (kind.overflow == Overflow::park && from < 0))
        return Sent::full;
      if (kind.overflow == Overflow::park) {
        a.waiting.push_back(
            {.from = from, .note = note, .until = now + kind.patience, .sequence = sequence++});
        return Sent::parked;
      }
      say("shed", to, a.box.front().number);
      a.box.pop_front();
      result = Sent::queued_shed_oldest;
    }
    a.box.push_back(note);
    make_ready(to);
    return result;
  }
  bool step() {
    if (ready.empty()) return false;
    const int index = ready.front();
    ready.pop_front();
    One& a = actors[index];
    if (a.stop) {
      stop(index);
    } else if (a.start) {
      a.start = false;
      say(a.again ? "again" : "start", index);
      const bool ok = !(a.again && fails_to_restart(static_cast<std::uint64_t>(index)));
      a.again = false;
      finish(index, ok);
    } else if (!a.box.empty()) {
      const Note note = a.box.front();
      a.box.pop_front();
      while (!a.waiting.empty() && a.box.size() < kinds[a.kind].mailbox_max) {
        const Parked p = a.waiting.front();
        a.waiting.erase(a.waiting.begin());
        a.box.push_back(p.note);
        make_ready(index);
        complete(p, Sent::queued);
      }
      say("handles", index, note.number);
      finish(index, act(index, note));
    }
    return true;
  }
  void advance(Instant to) {
    now = to;
    for (;;) {
      int at = -1;
      std::size_t which = 0;
      for (auto& [index, a] : actors) {
        for (std::size_t i = 0; i < a.waiting.size(); ++i) {
          if (a.waiting[i].until > now) continue;
          const auto key = [](const Parked& p) { return std::pair(p.until, p.sequence); };
          if (at < 0 || key(a.waiting[i]) < key(actors[at].waiting[which])) {
            at = index;
            which = i;
          }
        }
      }
      if (at < 0) return;
      const Parked p = actors[at].waiting[which];
      actors[at].waiting.erase(actors[at].waiting.begin() + static_cast<std::ptrdiff_t>(which));
      complete(p, Sent::timed_out);
    }
  }
  void stop(int index) {
    const std::vector<int> children = actors[index].children;
    for (const int child : children) stop(child);
    const std::vector<Parked> waiting = actors[index].waiting;
    const int parent = actors[index].parent;
    actors.erase(index);
    std::erase(ready, index);
    if (parent >= 0) std::erase(actors[parent].children, index);
    for (const Parked& p : waiting) complete(p, Sent::stopping);
    say("stopped", index);
  }

  struct Parked {
    int from = -1;
    Note note;
    Instant until{};
    std::uint64_t sequence = 0;
  };
  struct One {
    std::size_t kind = 0;
    int parent = -1;
    bool start = false;
    bool again = false;
    bool stop = false;
    std::vector<int> children;
    std::deque<Note> box;
    std::vector<Parked> waiting;
    Instant window{};
    std::uint32_t restarts = 0;
  };
  std::vector<Kind> kinds;
  std::size_t actors_max;
  Supervision root;
  std::map<int, One> actors;
  std::deque<int> ready;
  std::vector<std::string> log;
  Instant now{};
  int spawned = 0;
  std::uint64_t numbers = 0;
  std::uint64_t sequence = 0;

 private:
  void say(const char* what, int index, std::uint64_t number = 0) {
    log.push_back(std::string(what) + " " + std::to_string(index) + " " + std::to_string(number));
  }
  void make_ready(int index) {
    if (std::find(ready.begin(), ready.end(), index) == ready.end()) ready.push_back(index);
  }
  void complete(const Parked& p, Sent came_to) {
    if (!actors.contains(p.from)) return;
    actors[p.from].box.push_back(
        {.number = 1'000'000 + p.note.number * 16 + static_cast<std::uint64_t>(came_to)});
    make_ready(p.from);
  }
  // False: the handler fails.
  bool act(int self, const Note& note) {
    const int target = static_cast<int>(note.target);
    switch (note.act) {
      case Act::fail:
        return false;
      case Act::burst:
      case Act::send:
        for (int i = 0; i < (note.act == Act::burst ? 4 : 1); ++i) {
          const Note sent{.number = numbers++, .act = static_cast<Act>(note.then), .target = note.target};
          const Sent came_to = send(self, target, sent);
          say("sent", static_cast<int>(came_to), sent.number);
        }
        return true;
      case Act::spawn:
        say("spawn", spawn(note.target % kinds.size(), self));
        return true;
      case Act::stop:
        if (actors.contains(target)) {
          actors[target].stop = true;
          make_ready(target);
        }
        return true;
      default:
        return true;
    }
  }
  void finish(int index, bool ok) {
    if (!ok) {
      fail(index);
    } else if (actors[index].stop) {
      stop(index);
    } else if (!actors[index].box.empty()) {
      make_ready(index);
    }
  }
  void fail(int index) {
    say("failed", index);
    const int parent = actors[index].parent;
    const Supervision rule = parent < 0 ? root : kinds[actors[parent].kind].supervision;
    if (rule.strategy == Strategy::stop || actors[index].stop) return stop(index);
    One& keeper = parent < 0 ? root_record : actors[parent];
    if (rule.strategy == Strategy::restart) {
      if (keeper.restarts == 0 || now - keeper.window >= rule.window) {
        keeper.window = now;
        keeper.restarts = 0;
      }
      if (keeper.restarts < rule.restarts_max) {
        ++keeper.restarts;
        return restart(index);
      }
    }
    say("escalated", index);
    if (parent < 0) return stop(index);
    fail(parent);
  }
  void restart(int index) {
    actors[index].start = actors[index].again = true;
    say("restarted", index);
    make_ready(index);
    const std::vector<int> children = actors[index].children;
    const bool stops = kinds[actors[index].kind].children == Children::stop;
    for (const int child : children) stops ? stop(child) : restart(child);
  }
  One root_record;
};

}  // namespace wn::actor::testing
