#pragma once
// The two sides of Files: what its thread and the loop's thread share, and the thread's work.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/real/files.h"
#include "runtime/real/folder.h"

namespace wn::real {

// Made and destroyed on the loop's thread, together with the Bytes that it holds. In between the worker owns
// it, and touches `request.data` by data() and size() alone.
struct Files::Job {
  DiskRequest request;
  DiskCompletion completion;
  std::uint64_t generation = 0;
  bool done = false;
};

struct Files::Shared {
  std::mutex mutex;
  std::condition_variable work;
  std::vector<std::unique_ptr<Job>> queue;
  std::vector<std::unique_ptr<Job>> done;
  FilesStats stats;
  Descriptor wake;  // an eventfd that the loop watches
  bool stopping = false;
};

class Files::Worker {
 public:
  Worker(Shared& shared, std::optional<Folder> folder) : shared_(shared), folder_(std::move(folder)) {}
  // Both on the loop's thread. overloaded: no thread is left.
  Errc start();
  void join();
  bool started() const { return thread_.joinable(); }

 private:
  using Jobs = std::vector<std::unique_ptr<Job>>;
  void run();
  void serve(Jobs& jobs);
  void serve_file(Jobs& jobs, std::size_t first, std::size_t last);
  std::size_t write_run(Jobs& jobs, std::size_t at, std::size_t last);
  void read(Job& job);
  void alone(Job& job);
  Errc timed_sync(const std::string* file);
  void hand_over(Jobs& jobs);

  Shared& shared_;
  std::optional<Folder> folder_;  // none: a node without a disk
  std::vector<iovec> parts_;
  std::vector<std::size_t> run_;      // the writes that go out as one
  std::vector<std::uint8_t> buffer_;  // of reads
  FilesStats stats_;                  // since the last hand-over
  std::thread thread_;
};

}  // namespace wn::real
