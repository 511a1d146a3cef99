#pragma once
// What any Backend's Disk must do (runtime/backend/disk.h), as bodies that take the arm under test (arms.h).
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/conformance/arms.h"

namespace wn::conformance {

// Submits requests one after the other, each when the one before it completed; keeps the completions.
class DiskSession {
 public:
  explicit DiskSession(std::vector<DiskRequest> requests) : requests_(std::move(requests)) {}
  void next(Script::Self& self) {
    if (at_ == requests_.size()) return;
    DiskRequest request = requests_[at_];
    request.ticket = ++at_;
    CHECK(self.backend.disk.submit(std::move(request)) == Errc::ok);
  }
  // True when that was the last.
  bool take(Script::Self& self, DiskCompletion completion) {
    CHECK(completion.ticket == at_);
    CHECK(completion.operation == requests_[at_ - 1].operation);
    completions.push_back(std::move(completion));
    next(self);
    return completions.size() == requests_.size();
  }
  std::vector<DiskCompletion> completions;

 private:
  std::vector<DiskRequest> requests_;
  std::uint64_t at_ = 0;
};

template <class Arm>
std::vector<DiskCompletion> run_session(Arm& arm, std::vector<DiskRequest> requests, bool restarted = false) {
  DiskSession session(std::move(requests));
  const std::size_t count = session.completions.size();
  Script script;
  script.start = [&](Script::Self& self) { session.next(self); };
  script.disk = [&](Script::Self& self, DiskCompletion c) {
    if (session.take(self, std::move(c))) arm.done();
  };
  if (restarted) {
    arm.restart(script);
  } else {
    arm.run(script);
  }
  CHECK(session.completions.size() >= count);
  return std::move(session.completions);
}

// In the simulated arm the power goes in between; in the real one the process goes, as nobody here can take
// the power from a machine: faults/live undoes what was not synced where that is to be tested.
template <class Arm>
void disk_keeps_what_was_synced(Arm& arm) {
  for (const DiskCompletion& c :
       run_session(arm, {{.operation = DiskOperation::write, .file = "log", .data = text("hello world")},
                         {.operation = DiskOperation::sync, .file = "log"},
                         {.operation = DiskOperation::sync_directory}}))
    CHECK(c.error == Errc::ok);
  const auto reads =
      run_session(arm,
                  {{.operation = DiskOperation::read, .file = "log", .offset = 6, .length = 100},
                   {.operation = DiskOperation::list},
                   {.operation = DiskOperation::read, .file = "log", .offset = 50, .length = 1}},
                  true);
  REQUIRE(reads.size() == 3);
  CHECK(reads[0].data.text() == "world");  // short at the end of the file
  CHECK(reads[1].entries == std::vector<DirectoryEntry>{{"log", 11}});
  CHECK(reads[2].error == Errc::ok);
  CHECK(reads[2].data.empty());
}

template <class Arm>
void disk_speaks_of_missing_files_and_holes(Arm& arm) {
  const auto c =
      run_session(arm, {{.operation = DiskOperation::read, .file = "none", .length = 1},
                        {.operation = DiskOperation::truncate, .file = "none"},
                        {.operation = DiskOperation::sync, .file = "none"},
                        {.operation = DiskOperation::rename, .file = "none", .to = "some"},
                        {.operation = DiskOperation::remove, .file = "none"},
                        {.operation = DiskOperation::write, .file = "f", .offset = 3, .data = text("x")},
                        {.operation = DiskOperation::read, .file = "f", .length = 10},
                        {.operation = DiskOperation::truncate, .file = "f", .length = 6},
                        {.operation = DiskOperation::read, .file = "f", .length = 10},
                        {.operation = DiskOperation::truncate, .file = "f", .length = 4},
                        {.operation = DiskOperation::rename, .file = "f", .to = "g"},
                        {.operation = DiskOperation::list},
                        {.operation = DiskOperation::remove, .file = "g"},
                        {.operation = DiskOperation::list}});
  REQUIRE(c.size() == 14);
  for (std::size_t i = 0; i < 5; ++i) CHECK(c[i].error == Errc::not_found);
  for (std::size_t i = 5; i < 14; ++i) CHECK(c[i].error == Errc::ok);
  CHECK(c[6].data.text() == std::string_view("\0\0\0x", 4));
  CHECK(c[8].data.text() == std::string_view("\0\0\0x\0\0", 6));
  CHECK(c[11].entries == std::vector<DirectoryEntry>{{"g", 4}});
  CHECK(c[13].entries.empty());
}

template <class Arm>
void disk_renames_replace_and_lists_are_sorted(Arm& arm) {
  const auto c = run_session(
      arm, {{.operation = DiskOperation::write, .file = "b", .data = text("bee")},
            {.operation = DiskOperation::write, .file = "a.0_1-2", .data = text("ay")},
            {.operation = DiskOperation::write, .file = "c"},  // empty, but there
            {.operation = DiskOperation::list},
            {.operation = DiskOperation::rename, .file = "b", .to = "a.0_1-2"},
            {.operation = DiskOperation::rename, .file = "c", .to = "c"},
            {.operation = DiskOperation::read, .file = "a.0_1-2", .length = 10},
            {.operation = DiskOperation::write, .file = "a.0_1-2", .offset = 1, .data = text("oo")},
            {.operation = DiskOperation::sync, .file = "a.0_1-2"},
            {.operation = DiskOperation::read, .file = "a.0_1-2", .length = 10},
            {.operation = DiskOperation::list}});
  REQUIRE(c.size() == 11);
  for (const DiskCompletion& one : c) CHECK(one.error == Errc::ok);
  CHECK(c[3].entries == std::vector<DirectoryEntry>{{"a.0_1-2", 2}, {"b", 3}, {"c", 0}});
  CHECK(c[6].data.text() == "bee");
  CHECK(c[9].data.text() == "boo");
  CHECK(c[10].entries == std::vector<DirectoryEntry>{{"a.0_1-2", 3}, {"c", 0}});
}

template <class Arm>
void disk_completes_one_file_in_order(Arm& arm) {
  Script script;
  std::vector<std::uint64_t> tickets;
  script.start = [&](Script::Self& self) {
    for (std::uint64_t i = 1; i <= 20; ++i) {
      const auto operation = i % 5 == 0 ? DiskOperation::sync : DiskOperation::write;
      CHECK(self.backend.disk.submit({.ticket = i,
                                      .operation = operation,
                                      .file = "f",
                                      .offset = 0,
                                      .data = operation == DiskOperation::write ? text(std::string(i, 'x'))
                                                                                : Bytes{}}) == Errc::ok);
    }
    CHECK(tickets.empty());  // never from inside of submit()
  };
  script.disk = [&](Script::Self&, DiskCompletion c) {
    tickets.push_back(c.ticket);
    if (tickets.size() == 20) arm.done();
  };
  arm.run(script);
  REQUIRE(tickets.size() == 20);
  for (std::uint64_t i = 0; i < 20; ++i) CHECK(tickets[i] == i + 1);
}

// Many writes and syncs of two files at once, some adjoining and some not: what is read back is what a file
// in memory would hold.
template <class Arm>
void disk_reads_back_what_many_writes_left(Arm& arm) {
  std::string expected[2];
  std::vector<DiskRequest> requests;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Draw draw = Random(5).at("conformance.disk", 0, i);
    const std::uint64_t which = draw.below(2);
    std::string& file = expected[which];
    const std::string name = which == 0 ? "even" : "odd";
    const std::uint64_t offset = draw.below(3) == 0 ? draw.below(file.size() + 100) : file.size();
    const std::string data(1 + draw.below(900), static_cast<char>('a' + i % 26));
    requests.push_back(
        {.operation = DiskOperation::write, .file = name, .offset = offset, .data = text(data)});
    if (file.size() < offset + data.size()) file.resize(offset + data.size());
    file.replace(offset, data.size(), data);
    if (draw.below(8) == 0) requests.push_back({.operation = DiskOperation::sync, .file = name});
  }
  requests.push_back({.operation = DiskOperation::read, .file = "even", .length = kDiskTransferBytesMax});
  requests.push_back({.operation = DiskOperation::read, .file = "odd", .length = kDiskTransferBytesMax});
  std::size_t completed = 0;
  std::string found[2];
  Script script;
  script.start = [&](Script::Self& self) {
    for (DiskRequest& request : requests) CHECK(self.backend.disk.submit(std::move(request)) == Errc::ok);
  };
  script.disk = [&](Script::Self&, const DiskCompletion& c) {
    CHECK(c.error == Errc::ok);
    if (c.operation == DiskOperation::read) found[c.data.text() == expected[0] ? 0 : 1] = c.data.text();
    if (++completed == requests.size()) arm.done();
  };
  arm.run(script);
  CHECK((found[0] == expected[0] && found[1] == expected[1]));
}

template <class Arm>
void disk_refuses_what_the_seam_forbids(Arm& arm) {
  Script script;
  std::size_t completed = 0;
  script.start = [&](Script::Self& self) {
    Disk& disk = self.backend.disk;
    for (const std::string& name :
         {std::string(), std::string("Upper"), std::string("a/b"), std::string(".."), std::string("a b"),
          std::string(kFileNameBytesMax + 1, 'a')}) {
      CHECK(disk.submit({.operation = DiskOperation::write, .file = name}) == Errc::invalid_argument);
      CHECK(disk.submit({.operation = DiskOperation::rename, .file = "a", .to = name}) ==
            Errc::invalid_argument);
    }
    CHECK(disk.submit({.operation = DiskOperation{0}, .file = "a"}) == Errc::invalid_argument);
    CHECK(disk.submit({.operation = DiskOperation{99}, .file = "a"}) == Errc::invalid_argument);
    CHECK(disk.submit({.operation = DiskOperation::truncate, .file = "a", .length = ~std::uint64_t{0}}) ==
          Errc::invalid_argument);
    CHECK(disk.submit({.operation = DiskOperation::read, .file = "a", .length = kDiskTransferBytesMax + 1}) ==
          Errc::too_large);
    CHECK(disk.submit({.operation = DiskOperation::write,
                       .file = "a",
                       .data = Bytes::build(kDiskTransferBytesMax + 1, [](std::uint8_t*) {})}) ==
          Errc::too_large);
    for (std::uint32_t i = 0; i < kDiskOperationsMax; ++i)
      CHECK(disk.submit({.operation = DiskOperation::read, .file = "none", .length = 1}) == Errc::ok);
    CHECK(disk.submit({.operation = DiskOperation::read, .file = "none", .length = 1}) == Errc::overloaded);
  };
  script.disk = [&](Script::Self& self, const DiskCompletion& c) {
    CHECK(c.error == Errc::not_found);
    if (++completed == kDiskOperationsMax)  // there is room again
      CHECK(self.backend.disk.submit({.operation = DiskOperation::read, .file = "none", .length = 1}) ==
            Errc::ok);
    if (completed == kDiskOperationsMax + 1) arm.done();
  };
  arm.run(script);
  CHECK(completed == kDiskOperationsMax + 1);  // refused operations do not complete
}

}  // namespace wn::conformance
