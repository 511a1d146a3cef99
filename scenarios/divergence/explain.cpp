#include "scenarios/divergence/explain.h"

#include <fmt/format.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "faults/plan/plan_io.h"
#include "scenarios/divergence/probe.h"

namespace wn::divergence {
namespace {

namespace fs = std::filesystem;

constexpr int kTries = 4;  // of an experiment that chance may hide: another layout can give the same order
constexpr std::uint64_t kSomeTime = 1'700'000'000'000'000'000;
constexpr std::uint64_t kLater = 3'723'000'457'000;  // an hour, two minutes, three seconds and a bit

struct Circumstances {
  bool same_layout = true;
  unsigned fill = 85;  // what fresh memory holds
  std::uint64_t time = kSomeTime;
  std::uint64_t random = 1;
};

// A folder that goes when we do.
class Scratch {
 public:
  static Result<Scratch> make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "worknode-divergence-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr)
      return fail(Errc::io_error, std::string("no folder for the probes: ") + std::strerror(errno));
    return Scratch(name);
  }
  explicit Scratch(fs::path at) : at_(std::move(at)) {}
  Scratch(Scratch&& from) noexcept : at_(std::exchange(from.at_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!at_.empty()) fs::remove_all(at_, ignored);
  }
  std::string file(const char* name) const { return (at_ / name).string(); }

 private:
  fs::path at_;
};

[[noreturn]] void become_probe(const std::vector<std::string>& line, const Circumstances& c) {
  if (c.same_layout) personality(ADDR_NO_RANDOMIZE);
  setenv("MALLOC_PERTURB_", std::to_string(c.fill).c_str(), 1);
  // What a thread's cache of freed blocks holds is not filled anew.
  setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
  const char* const before = getenv("ASAN_OPTIONS");
  const std::string asan = fmt::format("{}{}max_malloc_fill_size=1048576:malloc_fill_byte={}",
                                       before == nullptr ? "" : before, before == nullptr ? "" : ":", c.fill);
  setenv("ASAN_OPTIONS", asan.c_str(), 1);
  std::vector<char*> argv;
  for (const std::string& word : line) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

class Laboratory {
 public:
  Laboratory(const Subject& subject, Scratch scratch) : subject_(subject), scratch_(std::move(scratch)) {}

  Result<void> store(const faults::Plan& plan) {
    std::ofstream out(scratch_.file("plan.txtpb"));
    out << faults::to_text(plan);
    out.close();
    if (!out) return fail(Errc::io_error, "the plan cannot be written for the probes");
    return {};
  }

  Result<ProbeSaid> run(const char* mode, const Circumstances& c, std::uint64_t at = 0) {
    std::error_code ignored;
    const std::string out = scratch_.file("said");
    fs::remove(out, ignored);
    std::vector<std::string> line = subject_;
    // One link more than /proc/self/exe would do: the probe is another process.
    line[0] = fs::canonical(line[0], ignored).string();
    for (const std::string& word :
         {"plan=" + scratch_.file("plan.txtpb"), "trace=" + scratch_.file("events"), "out=" + out,
          std::string("mode=") + mode, fmt::format("at={:020}", at), fmt::format("time={:020}", c.time),
          fmt::format("random={:020}", c.random)}) {
      line.push_back(word);
    }
    const pid_t child = fork();
    if (child < 0)
      return fail(Errc::internal, std::string("no process for a probe: ") + std::strerror(errno));
    if (child == 0) become_probe(line, c);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ProbeSaid said = read_said(out);
    if (!said.finished) return fail(Errc::internal, fmt::format("a probe ended early (status {})", status));
    return said;
  }

 private:
  const Subject& subject_;
  Scratch scratch_;
};

Finding finding_of(Suspect suspect, const ProbeSaid& said) {
  Finding out;
  out.suspect = suspect;
  const auto first = sim::compare_events(said.position, said.expected_ended ? nullptr : &said.expected,
                                         said.got_ended ? nullptr : &said.got);
  if (first) out.first = *first;
  out.there = said.stack;
  out.door = said.door;
  out.door_stack = said.door_stack;
  return out;
}

std::string stack_text(const char* title, const std::vector<std::string>& frames) {
  std::string text = fmt::format("    {}\n", title);
  for (const std::string& frame : frames) text += "      " + frame + "\n";
  return text;
}

}  // namespace

const char* to_string(Suspect suspect) {
  switch (suspect) {
    case Suspect::none:
      return "none";
    case Suspect::addresses:
      return "addresses";
    case Suspect::memory:
      return "uninitialised memory";
    case Suspect::clock:
      return "a clock";
    case Suspect::randomness:
      return "random numbers";
    case Suspect::unknown:
      break;
  }
  return "unknown";
}

const char* what_it_is(Suspect suspect) {
  switch (suspect) {
    case Suspect::addresses:
      return "where the loader puts things decides: an order or a hash of pointers (unordered iteration)";
    case Suspect::memory:
      return "what fresh memory holds decides: something is read that was never written";
    case Suspect::clock:
      return "the time of day decides: a clock is read that is not the Backend's";
    case Suspect::randomness:
      return "the system's random bytes decide: they came by another door than the Backend's Entropy";
    default:
      return "differs with layout, fresh memory, clock and random bytes alike: a thread, a file, memory of "
             "the "
             "stack that was never written, or a processor's own random instruction";
  }
}

Result<Explanation> explain(const Subject& subject, const faults::Plan& plan) {
  auto scratch = Scratch::make();
  if (!scratch) return fail(scratch.error());
  Laboratory lab(subject, *std::move(scratch));
  if (auto stored = lab.store(plan); !stored) return fail(stored.error());
  const Circumstances alike;
  const auto recorded = lab.run("record", alike);
  if (!recorded) return fail(recorded.error());
  Explanation out{.events = recorded->events, .findings = {}, .cleared = {}};
  const auto again = lab.run("compare", alike);
  if (!again) return fail(again.error());
  if (again->differs) {
    out.findings.push_back(finding_of(Suspect::unknown, *again));
    return out;
  }
  struct Experiment {
    Suspect suspect;
    Circumstances changed;
  };
  for (const Experiment& e :
       {Experiment{Suspect::addresses, {.same_layout = false}}, Experiment{Suspect::memory, {.fill = 170}},
        Experiment{Suspect::clock, {.time = kSomeTime + kLater}},
        Experiment{Suspect::randomness, {.random = 2}}}) {
    bool guilty = false;
    const int tries = e.suspect == Suspect::addresses ? kTries : 1;
    for (int i = 0; i < tries && !guilty; ++i) {
      const auto said = lab.run("compare", e.changed);
      if (!said) return fail(said.error());
      if (!said->differs) continue;
      guilty = true;
      Finding finding = finding_of(e.suspect, *said);
      if (const auto other = lab.run("stack", alike, said->position)) finding.here = other->stack;
      out.findings.push_back(std::move(finding));
    }
    if (!guilty) out.cleared.emplace_back(to_string(e.suspect));
  }
  return out;
}

std::string to_text(const Explanation& explanation) {
  std::string text;
  for (const Finding& f : explanation.findings) {
    text += fmt::format("  cause: {}\n    {}\n    first difference: {}\n", to_string(f.suspect),
                        what_it_is(f.suspect), f.first.to_string());
    if (!f.here.empty()) text += stack_text("where it came from, nothing changed:", f.here);
    if (!f.there.empty()) text += stack_text("where it came from, with that changed:", f.there);
    if (!f.door.empty())
      text += stack_text(("just before, " + f.door + " was called:").c_str(), f.door_stack);
  }
  if (explanation.findings.empty()) {
    text += fmt::format(
        "  no cause found: {} events come out the same whatever the layout, fresh memory, clock and random "
        "bytes.\n"
        "    If another build left the stored run: its code differs, or the order in which its compiler "
        "evaluates\n"
        "    arguments does (two draws in one argument list).\n",
        explanation.events);
  } else if (!explanation.cleared.empty()) {
    text += "  cleared by experiment:";
    for (const std::string& name : explanation.cleared) text += " " + name + ";";
    text.back() = '\n';
  }
  return text;
}

}  // namespace wn::divergence
