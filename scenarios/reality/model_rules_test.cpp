// The model keeps its own rules, and each rule notices what breaks it.
#include "scenarios/reality/model_rules.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"

namespace wn::reality {
namespace {

using Trace = std::vector<TraceEvent>;

scenarios::RunResult run_of(const std::string& text, std::uint64_t seed) {
  const auto scenario = scenarios::parse_scenario(text, "reality");
  REQUIRE(scenario.has_value());
  auto run =
      scenarios::run_plan(scenarios::make_plan(*scenario, seed), {.record_trace = true, .check = false});
  REQUIRE(run.has_value());
  REQUIRE_FALSE(run->trace_truncated);
  return *std::move(run);
}

std::string kv(const std::string& kinds) {
  return "duration = \"12s\"\nfreeze = \"4s\"\n[topology]\nservers = 3\nclients = 3\n"
         "[fault_model]\ncrashed_max = 1\nclock_drift_ppm_max = 500\nwall_skew_max = \"1s\"\n"
         "[system]\nsnapshot_every_entries = 60\n[[workload]]\nkind = \"kv\"\nrate = 20\n"
         "[swarm]\nkinds = [" +
         kinds + "]\nweight = 0.9\ninterval = \"1s\"\n";
}

std::string realm(const std::string& system, const std::string& workload, const std::string& model) {
  return "duration = \"8s\"\nfreeze = \"3s\"\n[topology]\nservers = 4\nclients = "
         "4\n[fault_model]\ncrashed_max = 1\n" +
         model + "[system]\nservice = \"realm\"\nworknodes = 16\ngossip_interval = \"100ms\"\n" + system +
         "[[workload]]\nkind = \"" + workload +
         "\"\nrate = 20\n[swarm]\nkinds = [\"partition\", \"packet\", \"kill\", \"pause\"" +
         (model.empty() ? "" : ", \"byzantine\"") +
         "]\n"
         "weight = 0.6\ninterval = \"1s\"\n";
}

TEST_CASE("whatever the simulator does is possible, and all rules have had something to judge") {
  const std::vector<std::string> texts{
      kv("\"partition\", \"packet\", \"kill\", \"pause\", \"clock\", \"power-loss\""),
      realm("remote_calls = true\n", "worknode", ""),
      realm("groups = 2\n", "modes", ""),
      realm("signed = true\n", "worknode", "byzantine_max = 1\n"),
  };
  std::map<Rule, std::uint64_t> judged;
  for (const std::string& text : texts) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const scenarios::RunResult run = run_of(text, seed);
      ModelRules rules(run.plan);
      for (const TraceEvent& event : run.trace) rules.on_event(event);
      INFO(text << "seed " << seed);
      INFO((rules.first() ? rules.first()->to_string() : ""));
      CHECK_FALSE(rules.first().has_value());
      CHECK_FALSE(first_impossible(run.plan, run.trace, {.real = true}).has_value());
      for (const auto& [rule, times] : rules.judged()) judged[rule] += times;
    }
  }
  for (auto rule = Rule::time; rule <= Rule::unsynced;
       rule = static_cast<Rule>(static_cast<std::uint8_t>(rule) + 1)) {
    INFO(to_string(rule));
    CHECK(judged[rule] > 0);
  }
}

using Where = std::function<bool(const TraceEvent&)>;
bool is_lost(const TraceEvent& e) {
  return e.kind == TraceKind::message_dropped && e.field[2] == static_cast<std::uint64_t>(DropReason::loss);
}
std::size_t find(const Trace& trace, const Where& where, std::size_t from = 0) {
  const auto at = std::find_if(trace.begin() + static_cast<std::ptrdiff_t>(from), trace.end(), where);
  REQUIRE(at != trace.end());
  return static_cast<std::size_t>(at - trace.begin());
}
std::size_t find(const Trace& trace, TraceKind kind, std::size_t from = 0) {
  return find(trace, [&](const TraceEvent& e) { return e.kind == kind; }, from);
}
void insert(Trace& trace, std::size_t at, TraceEvent event) {
  trace.insert(trace.begin() + static_cast<std::ptrdiff_t>(at), event);
}

struct Mutant {
  Rule rule;
  std::string field;
  std::function<std::size_t(Trace&)> make;  // the place of what is impossible
};

std::vector<Mutant> message_mutants() {
  const auto delivered = [](const Trace& t) { return find(t, TraceKind::message_delivered, t.size() / 2); };
  const auto change = [delivered](std::size_t field, std::uint64_t by) {
    return [=](Trace& t) {
      const std::size_t at = delivered(t);
      t[at].field[field] += by;
      return at;
    };
  };
  return {
      {Rule::unsent, "message", change(1, 1U << 30)},
      {Rule::altered, "bytes", change(2, 1)},
      {Rule::altered, "checksum", change(3, 1)},
      {Rule::altered, "type", change(4, 1)},
      {Rule::copied, "message",
       [=](Trace& t) {
         const std::size_t at = delivered(t);
         insert(t, at + 1, t[at]);
         return at + 1;
       }},
      {Rule::too_fast, "at",
       [=](Trace& t) {
         const std::size_t at = delivered(t);
         const TraceEvent event = t[at];
         const std::size_t sent = find(t, [&](const TraceEvent& e) {
           return e.kind == TraceKind::message_sent && e.node.value == event.field[0] &&
                  e.field[0] == event.node.value && e.field[1] == event.field[1];
         });
         TraceEvent early = event;
         early.at = t[sent].at;
         t.erase(t.begin() + static_cast<std::ptrdiff_t>(at));
         insert(t, sent + 1, early);
         return sent + 1;
       }},
      {Rule::dropped, "message",
       [](Trace& t) {
         const std::size_t at = find(t, is_lost);
         const TraceEvent lost = t[at];
         const TraceEvent sent = t[find(t, [&](const TraceEvent& e) {
           return e.kind == TraceKind::message_sent && e.node == lost.node && e.field[0] == lost.field[0] &&
                  e.field[1] == lost.field[1];
         })];
         std::size_t to = at;
         while (t[to].at < lost.at + milliseconds(2)) ++to;
         TraceEvent arrives = sent;
         arrives.kind = TraceKind::message_delivered;
         arrives.node = NodeId{static_cast<std::uint32_t>(lost.field[0])};
         arrives.field[0] = lost.node.value;
         arrives.at = t[to].at;
         insert(t, to, arrives);
         return to;
       }},
      {Rule::number, "message",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::message_sent, t.size() / 2);
         insert(t, at + 1, t[at]);
         return at + 1;
       }},
  };
}

std::vector<Mutant> node_mutants() {
  const auto within = [](TraceKind kind) {
    return [kind](Trace& t) {
      const std::size_t at = find(t, kind);
      TraceEvent event{.at = t[at].at, .node = t[at].node, .kind = TraceKind::sometimes, .field = {}};
      insert(t, at + 1, event);
      return at + 1;
    };
  };
  return {
      {Rule::time, "at",
       [](Trace& t) {
         t[t.size() / 2].at = t[t.size() / 2 - 1].at + Duration{-1};
         return t.size() / 2;
       }},
      {Rule::down, "node", within(TraceKind::node_crashed)},
      {Rule::paused, "node",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::node_paused);
         TraceEvent event{
             .at = t[at].at + Duration{1}, .node = t[at].node, .kind = TraceKind::sometimes, .field = {}};
         const std::size_t to = find(t, [&](const TraceEvent& e) { return e.at > event.at; }, at);
         insert(t, to, event);
         return to;
       }},
      {Rule::life, "node",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::node_started);
         TraceEvent again = t[at];
         ++again.field[0];
         insert(t, at + 1, again);
         return at + 1;
       }},
      {Rule::early_timer, "deadline_ns",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::timer_fired, t.size() / 2);
         t[at].field[1] += 1'000'000;
         return at;
       }},
      {Rule::disk_unasked, "ticket",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::disk_completed, t.size() / 2);
         insert(t, at + 1, t[at]);
         return at + 1;
       }},
      {Rule::disk_order, "ticket",
       [](Trace& t) {
         // Two operations on one file, one right after the other: the second completes first.
         for (std::size_t at = find(t, TraceKind::disk_submitted);;
              at = find(t, TraceKind::disk_submitted, at + 1)) {
           const TraceEvent& a = t[at];
           const TraceEvent& b = t[at + 1];
           if (b.kind != a.kind || b.node != a.node || b.field[4] >> 32 != a.field[4] >> 32) continue;
           const auto completed = [&](std::uint64_t ticket) {
             return find(
                 t,
                 [&](const TraceEvent& e) {
                   return e.kind == TraceKind::disk_completed && e.node == a.node && e.field[0] == ticket;
                 },
                 at);
           };
           const std::size_t first = completed(a.field[0]), second = completed(b.field[0]);
           std::swap(t[first].field, t[second].field);
           return first;
         }
       }},
      {Rule::client, "operation",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::op_completed, t.size() / 2);
         insert(t, at + 1, t[at]);
         return at + 1;
       }},
      {Rule::unsynced, "operation",
       [](Trace& t) {
         // All disks fail to sync from the beginning of a write on.
         const auto write = [](const TraceEvent& e) {
           return e.kind == TraceKind::op_invoked &&
                  e.field[1] == static_cast<std::uint64_t>(faults::OpFunction::put);
         };
         for (std::size_t from = find(t, write);; from = find(t, write, from + 1)) {
           const std::size_t to = find(
               t,
               [&](const TraceEvent& e) {
                 return e.kind == TraceKind::op_completed && e.node == t[from].node &&
                        e.field[0] == t[from].field[0];
               },
               from);
           if (t[to].field[1] != static_cast<std::uint64_t>(checkers::Outcome::ok)) continue;
           for (std::size_t at = from; at < to; ++at) {
             if (t[at].kind == TraceKind::disk_completed) t[at].field[2] = 1;
           }
           return to;
         }
       }},
  };
}

std::vector<Mutant> raft_mutants() {
  // A state is told again, and one of its fields has fallen or changed.
  const auto state = [](std::size_t field, std::uint64_t value) {
    return [=](Trace& t) {
      for (std::size_t at = find(t, TraceKind::raft_state);; at = find(t, TraceKind::raft_state, at + 1)) {
        if (t[at].field[field] == 0) continue;
        TraceEvent again = t[at];
        again.field[field] = value == 0 ? again.field[field] - 1 : value;
        insert(t, at + 1, again);
        return at + 1;
      }
    };
  };
  const auto applied = [](std::size_t field) {
    return [=](Trace& t) {
      // Another node has applied it before.
      for (std::size_t at = find(t, TraceKind::raft_apply);; at = find(t, TraceKind::raft_apply, at + 1)) {
        const auto same = [&](const TraceEvent& e) {
          return e.kind == TraceKind::raft_apply && e.field[0] == t[at].field[0] && e.node != t[at].node;
        };
        if (std::none_of(t.begin(), t.begin() + static_cast<std::ptrdiff_t>(at), same)) continue;
        t[at].field[field] ^= 1;
        return at;
      }
    };
  };
  return {
      {Rule::term, "term", state(1, 0)},
      {Rule::vote, "voted_for", state(3, 99)},
      {Rule::commit, "commit",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::raft_state);
         TraceEvent again = t[at];
         again.field[4] = 5;
         insert(t, at + 1, again);
         again.field[4] = 4;
         insert(t, at + 2, again);
         return at + 2;
       }},
      {Rule::entry_differs, "checksum", applied(2)},
      {Rule::state_differs, "state_digest", applied(3)},
      {Rule::apply_order, "index",
       [](Trace& t) {
         const std::size_t at = find(t, TraceKind::raft_apply, t.size() / 2);
         insert(t, at + 1, t[at]);
         return at + 1;
       }},
  };
}

TEST_CASE("each mutation of a possible trace is named, where it is") {
  // The first run in which everything happens that is to be mutated.
  scenarios::RunResult run;
  const auto has = [&](TraceKind kind) {
    return std::ranges::find(run.trace, kind, &TraceEvent::kind) != run.trace.end();
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    run = run_of(kv("\"packet-loss\", \"kill\", \"pause\""), seed);
    if (has(TraceKind::node_paused) && has(TraceKind::node_crashed) &&
        std::ranges::any_of(run.trace, is_lost))
      break;
  }
  REQUIRE_FALSE(first_impossible(run.plan, run.trace).has_value());
  std::vector<Mutant> mutants = message_mutants();
  for (const auto& more : {node_mutants(), raft_mutants()})
    mutants.insert(mutants.end(), more.begin(), more.end());
  for (const Mutant& mutant : mutants) {
    Trace trace = run.trace;
    INFO(to_string(mutant.rule) << " " << mutant.field);
    const std::size_t place = mutant.make(trace);
    const auto found = first_impossible(run.plan, trace);
    INFO(to_string(mutant.rule) << " " << mutant.field << " at " << place);
    REQUIRE(found.has_value());
    INFO(found->to_string());
    CHECK(found->rule == mutant.rule);
    CHECK(found->field == mutant.field);
    CHECK(found->position == place);
    CHECK(found->node == trace[place].node);
  }
}

TEST_CASE("messages without numbers are known by their bytes") {
  const scenarios::RunResult run = run_of(kv("\"kill\", \"pause\""), 1);
  Trace trace = run.trace;
  for (TraceEvent& e : trace) {
    if (e.kind == TraceKind::message_delivered) e.field[1] = 0;
  }
  const auto found = first_impossible(run.plan, trace, {.real = true});
  INFO((found ? found->to_string() : ""));
  CHECK_FALSE(found.has_value());
  const std::size_t at = find(trace, TraceKind::message_delivered, trace.size() / 2);
  trace[at].field[3] ^= 1;
  CHECK(first_impossible(run.plan, trace, {.real = true})->rule == Rule::unsent);
}

}  // namespace
}  // namespace wn::reality
