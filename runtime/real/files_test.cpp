#include "runtime/real/files.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <set>
#include <string>

#include "runtime/real/folder.h"
#include "runtime/real/test_folder.h"

namespace wn::real {
namespace {

DiskRequest write_of(std::uint64_t ticket, const std::string& file, std::uint64_t offset,
                     const std::string& data) {
  return {.ticket = ticket,
          .operation = DiskOperation::write,
          .file = file,
          .offset = offset,
          .data = Bytes::copy_of(data)};
}

DiskRequest of(std::uint64_t ticket, DiskOperation operation, const std::string& file = {}) {
  return {.ticket = ticket, .operation = operation, .file = file, .length = 100'000};
}

struct Desk {
  explicit Desk(const std::string& folder) : loop(std::move(*Loop::make())) {
    files = std::move(*Files::open(*loop, {.folder = folder, .descriptors_max = 4},
                                   [this](DiskCompletion c) { done.push_back(std::move(c)); }));
  }
  std::vector<DiskCompletion> run(std::vector<DiskRequest> requests) {
    done.clear();
    const std::size_t count = requests.size();
    for (DiskRequest& request : requests) CHECK(files->submit(std::move(request)) == Errc::ok);
    const Instant until = loop->now() + seconds(30);
    while (done.size() < count && loop->now() < until) loop->turn(milliseconds(50));
    REQUIRE(done.size() == count);
    return std::move(done);
  }
  std::unique_ptr<Loop> loop;
  std::unique_ptr<Files> files;
  std::vector<DiskCompletion> done;
};

TEST_CASE("files: queued writes and syncs of one file leave as few calls, and complete in order") {
  TestFolder folder;
  Desk desk(folder.path());
  desk.run({write_of(1, "log", 0, "")});
  const FilesStats before = desk.files->stats();
  std::vector<DiskRequest> requests;
  std::string expected;
  // The first operation keeps the thread busy for a moment; the others queue up behind it.
  requests.push_back(write_of(1000, "other", 0, std::string(3'000'000, 'x')));
  requests.push_back(of(1001, DiskOperation::sync, "other"));
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::string record = "record " + std::to_string(i) + ";";
    requests.push_back(write_of(2 * i, "log", expected.size(), record));
    requests.push_back(of(2 * i + 1, DiskOperation::sync, "log"));
    expected += record;
  }
  const auto done = desk.run(std::move(requests));
  std::uint64_t next = 0;
  for (const DiskCompletion& c : done) {
    CHECK(c.error == Errc::ok);
    if (c.ticket < 1000) CHECK(c.ticket == next++);
  }
  CHECK(desk.run({of(1, DiskOperation::read, "log")})[0].data.text() == expected);
  const FilesStats after = desk.files->stats();
  CHECK(after.syncs - before.syncs == 101);
  CHECK(after.sync_calls - before.sync_calls < 100);
  CHECK(after.operations - before.operations == 203);
}

TEST_CASE("files: more files than descriptors, renamed and removed while they are open") {
  TestFolder folder;
  Desk desk(folder.path());
  std::vector<DiskRequest> requests;
  for (std::uint64_t i = 0; i < 40; ++i) {
    requests.push_back(write_of(i, "f" + std::to_string(i), 0, "content " + std::to_string(i)));
    if (i % 2 == 0) requests.push_back(of(i, DiskOperation::sync, "f" + std::to_string(i)));
  }
  for (const DiskCompletion& c : desk.run(std::move(requests))) CHECK(c.error == Errc::ok);
  auto done = desk.run({{.ticket = 1, .operation = DiskOperation::rename, .file = "f0", .to = "f1"},
                        of(2, DiskOperation::read, "f1"),
                        write_of(3, "f0", 0, "again"),
                        of(4, DiskOperation::remove, "f39"),
                        of(5, DiskOperation::read, "f39"),
                        of(6, DiskOperation::read, "f0"),
                        of(7, DiskOperation::list)});
  std::sort(done.begin(), done.end(), [](const auto& a, const auto& b) { return a.ticket < b.ticket; });
  CHECK(done[1].data.text() == "content 0");
  CHECK(done[4].error == Errc::not_found);
  CHECK(done[5].data.text() == "again");
  CHECK(done[6].entries.size() == 39);
}

TEST_CASE("files: a folder has one user, and what is no file of the node is not listed") {
  TestFolder folder;
  Desk desk(folder.path() + "/made");
  CHECK(Folder::open(folder.path() + "/made", 4).error().code == Errc::already_exists);
  CHECK(Folder::open(folder.path() + "/not/made", 4).error().code == Errc::not_found);
  std::ofstream(folder.file("made/NotOurs")) << "x";
  std::ofstream(folder.file("plain")) << "x";
  mkdir(folder.file("made/folder").c_str(), 0700);
  CHECK(Folder::open(folder.file("plain"), 4).error().code == Errc::invalid_argument);
  CHECK(desk.run({of(1, DiskOperation::list)})[0].entries.empty());
  CHECK(symlink("/dev/full", folder.file("made/link").c_str()) == 0);
  CHECK(desk.run({write_of(1, "link", 0, "x")})[0].error == Errc::io_error);  // links are not followed
}

TEST_CASE("files: without a folder every operation is an error, told as a completion") {
  Desk desk("");
  for (const DiskOperation operation : {DiskOperation::read, DiskOperation::write, DiskOperation::sync,
                                        DiskOperation::truncate, DiskOperation::remove})
    CHECK(desk.run({of(1, operation, "f")})[0].error == Errc::io_error);
  CHECK(desk.run({of(1, DiskOperation::list)})[0].error == Errc::io_error);
  CHECK(desk.run({of(1, DiskOperation::sync_directory)})[0].error == Errc::io_error);
}

TEST_CASE("files: a file that would grow over the limit is no space, and the next write works") {
  TestFolder folder;
  Desk desk(folder.path());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 10'000, .rlim_max = before.rlim_max};
  (void)std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto done = desk.run({write_of(1, "f", 0, std::string(8000, 'a')),
                        write_of(2, "f", 8000, std::string(8000, 'b')),
                        write_of(3, "f", 0, "c"),
                        {.ticket = 4, .operation = DiskOperation::truncate, .file = "f", .length = 20'000},
                        of(5, DiskOperation::read, "f")});
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(done[0].error == Errc::ok);  // although it went out together with the one that failed
  CHECK(done[1].error == Errc::no_space);
  CHECK(done[2].error == Errc::ok);
  CHECK(done[3].error == Errc::no_space);
  CHECK(done[4].data.size() == 10'000);  // the failed write took effect in part
  CHECK(desk.files->stats().failed == 2);
}

TEST_CASE("files: destruction carries out what is queued") {
  TestFolder folder;
  {
    Desk desk(folder.path());
    for (std::uint64_t i = 0; i < 500; ++i)
      CHECK(desk.files->submit(write_of(i, "f", i * 10, std::string(10, 'a'))) == Errc::ok);
  }
  Desk desk(folder.path());
  CHECK(desk.run({of(1, DiskOperation::read, "f")})[0].data.size() == 5000);
}

// A child that writes numbered records, each synced before it is told to the parent, until it is killed.
[[noreturn]] void write_until_killed(const std::string& folder, int tell) {
  auto loop = *Loop::make();
  std::uint64_t next = 0;
  std::unique_ptr<Files> files;
  const auto submit_one = [&] {
    const bool queued =
        files->submit({.ticket = next,
                       .operation = DiskOperation::write,
                       .file = "log",
                       .offset = next * 8,
                       .data = Bytes::copy_of(std::string_view(reinterpret_cast<const char*>(&next), 8))}) ==
            Errc::ok &&
        files->submit({.ticket = next, .operation = DiskOperation::sync, .file = "log"}) == Errc::ok;
    ++next;
    if (!queued) _exit(3);
  };
  files = std::move(*Files::open(*loop, {.folder = folder}, [&](const DiskCompletion& c) {
    if (c.error != Errc::ok) _exit(4);
    if (c.operation != DiskOperation::sync) return;
    if (write(tell, &c.ticket, sizeof c.ticket) != sizeof c.ticket) _exit(5);
    submit_one();
  }));
  for (int i = 0; i < 8; ++i) submit_one();
  loop->run();
  _exit(6);
}

TEST_CASE("files: after kill -9 all that was told to be synced is there, and the folder is free") {
  for (int round = 0; round < 3; ++round) {
    TestFolder folder;
    int pipe_ends[2] = {};
    REQUIRE(pipe(pipe_ends) == 0);
    const pid_t child = fork();
    if (child == 0) write_until_killed(folder.path(), pipe_ends[1]);
    close(pipe_ends[1]);
    std::uint64_t synced = 0;
    std::uint64_t ticket = 0;
    for (int i = 0; i < 20 + 17 * round; ++i) {
      REQUIRE(read(pipe_ends[0], &ticket, sizeof ticket) == sizeof ticket);
      CHECK(ticket == synced);
      synced = ticket + 1;
    }
    REQUIRE(kill(child, SIGKILL) == 0);
    while (read(pipe_ends[0], &ticket, sizeof ticket) == sizeof ticket) synced = ticket + 1;
    close(pipe_ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    Desk desk(folder.path());  // the lock went with the process
    const Bytes data = desk.run({of(1, DiskOperation::read, "log")})[0].data;
    REQUIRE(data.size() >= synced * 8);
    for (std::uint64_t i = 0; i < synced; ++i) {
      std::uint64_t found = 0;
      std::memcpy(&found, data.data() + i * 8, 8);
      CHECK(found == i);
    }
  }
}

}  // namespace
}  // namespace wn::real
