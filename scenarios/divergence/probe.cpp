#include "scenarios/divergence/probe.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "faults/plan/plan_io.h"
#include "scenarios/divergence/doors.h"
#include "scenarios/divergence/stack.h"

namespace wn::divergence {
namespace {

struct CloseFile {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string words(const TraceEvent& e) {
  std::string text = std::to_string(e.at.ns) + " " + std::to_string(e.node.value) + " " +
                     std::to_string(static_cast<unsigned>(e.kind)) + " " + std::to_string(e.reserved);
  for (const std::uint64_t field : e.field) text += " " + std::to_string(field);
  return text;
}

TraceEvent event_of(std::istringstream& in) {
  TraceEvent e;
  unsigned kind = 0;
  in >> e.at.ns >> e.node.value >> kind >> e.reserved;
  e.kind = static_cast<TraceKind>(kind);
  for (std::uint64_t& field : e.field) in >> field;
  return e;
}

// Writes the events down.
class Record final : public sim::TraceSink {
 public:
  explicit Record(File out) : out_(std::move(out)) {}
  void on_event(const TraceEvent& event) override {
    std::fwrite(&event, sizeof event, 1, out_.get());
    ++events_;
  }
  std::uint64_t events() const { return events_; }
  bool close() { return std::fflush(out_.get()) == 0 && std::ferror(out_.get()) == 0; }

 private:
  File out_;
  std::uint64_t events_ = 0;
};

// Holds the events against those written down, and ends the process at the first that differs, or at number
// `at`.
class Compare final : public sim::TraceSink {
 public:
  Compare(File stored, std::string out, std::uint64_t at)
      : stored_(std::move(stored)), out_(std::move(out)), at_(at) {}
  void on_event(const TraceEvent& event) override {
    TraceEvent expected;
    const bool more = std::fread(&expected, sizeof expected, 1, stored_.get()) == 1;
    if (more && expected == event && position_ != at_) {
      ++position_;
      static_cast<void>(take_last_use());
      return;
    }
    tell(more ? &expected : nullptr, &event);
  }
  void finish() {
    TraceEvent expected;
    if (std::fread(&expected, sizeof expected, 1, stored_.get()) == 1) tell(&expected, nullptr);
    std::ofstream(out_) << "events " << position_ << "\nend\n";
  }

 private:
  [[noreturn]] void tell(const TraceEvent* expected, const TraceEvent* got) {
    const DoorUse use = take_last_use();
    std::ofstream out(out_);
    out << "events " << position_ << "\ndiffers " << position_ << "\n";
    out << (expected != nullptr ? "expected " + words(*expected) : "expected-ended") << "\n";
    out << (got != nullptr ? "got " + words(*got) : "got-ended") << "\n";
    if (got != nullptr) {
      for (const std::string& frame : telling_part(symbolise(capture_stack())))
        out << "stack " << frame << "\n";
    }
    if (!use.name.empty()) {
      out << "door " << use.name << "\n";
      for (const std::string& frame : telling_part(symbolise(use.stack)))
        out << "door-stack " << frame << "\n";
    }
    out << "end\n";
    out.close();
    _exit(0);  // the world is not taken down: nobody wants the rest of it
  }

  File stored_;
  std::string out_;
  std::uint64_t at_;
  std::uint64_t position_ = 0;
};

}  // namespace

int probe_main(const std::vector<std::string>& arguments, const Runner& runner) {
  std::map<std::string, std::string> given;
  for (const std::string& argument : arguments) {
    const std::size_t sign = argument.find('=');
    if (sign != argument.npos) given[argument.substr(0, sign)] = argument.substr(sign + 1);
  }
  const auto number = [&](const char* key, std::uint64_t otherwise) {
    const auto at = given.find(key);
    return at == given.end() ? otherwise : std::strtoull(at->second.c_str(), nullptr, 10);
  };
  const auto plan = faults::load_plan(given["plan"]);
  const bool record = given["mode"] == "record";
  File trace(std::fopen(given["trace"].c_str(), record ? "wb" : "rb"));
  if (!plan || !trace) return 2;
  if (given.contains("time")) {
    nail_shut({.time_ns = static_cast<std::int64_t>(number("time", 0)), .random = number("random", 0)});
  }
  if (record) {
    Record sink(std::move(trace));
    runner(*plan, sink);
    if (!sink.close()) return 2;
    std::ofstream(given["out"]) << "events " << sink.events() << "\nend\n";
    return 0;
  }
  Compare sink(std::move(trace), given["out"],
               given["mode"] == "stack" ? number("at", 0) : ~std::uint64_t{0});
  runner(*plan, sink);
  sink.finish();
  return 0;
}

ProbeSaid read_said(const std::string& path) {
  ProbeSaid said;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    std::string word;
    in >> word;
    std::string rest;
    const auto text = [&] {
      return line.size() > word.size() ? line.substr(word.size() + 1) : std::string();
    };
    if (word == "events") in >> said.events;
    if (word == "differs") in >> said.position, said.differs = true;
    if (word == "expected") said.expected = event_of(in);
    if (word == "got") said.got = event_of(in);
    if (word == "expected-ended") said.expected_ended = true;
    if (word == "got-ended") said.got_ended = true;
    if (word == "stack") said.stack.push_back(text());
    if (word == "door") said.door = text();
    if (word == "door-stack") said.door_stack.push_back(text());
    if (word == "end") said.finished = true;
  }
  return said;
}

}  // namespace wn::divergence
