#include "runtime/real/files_worker.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <system_error>

#include "runtime/base/check.h"
#include "runtime/real/os.h"

namespace wn::real {

namespace {

constexpr std::uint64_t kRunBytesMax = 8U << 20;  // of one pwritev
constexpr std::size_t kRunPartsMax = 256;

// Operations that order all files: nothing is moved over them.
bool stands_alone(DiskOperation operation) {
  return operation == DiskOperation::sync_directory || operation == DiskOperation::rename ||
         operation == DiskOperation::remove || operation == DiskOperation::list;
}

void add(FilesStats& to, const FilesStats& more) {
  to.operations += more.operations;
  to.failed += more.failed;
  to.bytes_read += more.bytes_read;
  to.bytes_written += more.bytes_written;
  to.write_calls += more.write_calls;
  to.sync_calls += more.sync_calls;
  to.syncs += more.syncs;
  to.sync_time = to.sync_time + more.sync_time;
  to.longest_sync = std::max(to.longest_sync, more.longest_sync);
  for (std::size_t i = 0; i < kLatencyBuckets; ++i) to.sync_latency[i] += more.sync_latency[i];
}

}  // namespace

Errc Files::Worker::start() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  WN_CHECK_EQ(pthread_sigmask(SIG_SETMASK, &all, &before), 0);  // signals are the loop's thread's
  Errc result = Errc::ok;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    result = Errc::overloaded;
  }
  WN_CHECK_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  return result;
}

void Files::Worker::join() {
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.stopping = true;
  }
  shared_.work.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Files::Worker::run() {
  Jobs jobs;
  for (;;) {
    {
      std::unique_lock lock(shared_.mutex);
      shared_.work.wait(lock, [&] { return shared_.stopping || !shared_.queue.empty(); });
      if (shared_.queue.empty()) return;
      jobs.swap(shared_.queue);
    }
    serve(jobs);
    hand_over(jobs);
    jobs.clear();
  }
}

// Between two operations that stand alone the order is free but within a file: sorted by file, each file's
// run is served as a whole and handed over at once.
void Files::Worker::serve(Jobs& jobs) {
  std::size_t at = 0;
  while (at < jobs.size()) {
    if (stands_alone(jobs[at]->request.operation)) {
      alone(*jobs[at++]);
      continue;
    }
    std::size_t end = at;
    while (end < jobs.size() && !stands_alone(jobs[end]->request.operation)) ++end;
    const auto first = jobs.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = jobs.begin() + static_cast<std::ptrdiff_t>(end);
    std::stable_sort(first, last,
                     [](const auto& a, const auto& b) { return a->request.file < b->request.file; });
    for (std::size_t begin = at; begin < end;) {
      std::size_t of_file = begin;
      while (of_file < end && jobs[of_file]->request.file == jobs[begin]->request.file) ++of_file;
      serve_file(jobs, begin, of_file);
      begin = of_file;
      hand_over(jobs);
    }
    at = end;
  }
}

// Writes, reads, truncations and syncs of one file, in order but for the syncs, which are one at the end: it
// covers more than each of them asked for.
void Files::Worker::serve_file(Jobs& jobs, std::size_t first, std::size_t last) {
  const std::string& file = jobs[first]->request.file;
  const auto begin = jobs.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = jobs.begin() + static_cast<std::ptrdiff_t>(last);
  const bool sync =
      std::any_of(begin, end, [](const auto& job) { return job->request.operation == DiskOperation::sync; });
  for (std::size_t at = first; at < last;) {
    Job& job = *jobs[at];
    switch (job.request.operation) {
      case DiskOperation::write:
        at = write_run(jobs, at, last);
        continue;
      case DiskOperation::read:
        read(job);
        break;
      case DiskOperation::truncate:
        job.completion.error = folder_ ? folder_->truncate(file, job.request.length) : Errc::io_error;
        break;
      default:
        break;  // a sync: below
    }
    ++at;
  }
  const Errc synced = sync ? timed_sync(&file) : Errc::ok;
  for (std::size_t at = first; at < last; ++at) {
    Job& job = *jobs[at];
    if (job.request.operation == DiskOperation::sync) {
      job.completion.error = synced;
      ++stats_.syncs;
    }
    job.done = true;
  }
}

// The write at `at` and those that continue it, syncs between them looked over. The place of the first
// operation that was not served.
std::size_t Files::Worker::write_run(Jobs& jobs, std::size_t at, std::size_t last) {
  parts_.clear();
  run_.clear();
  const std::uint64_t offset = jobs[at]->request.offset;
  std::uint64_t bytes = 0;
  std::size_t next = at;
  for (; next < last; ++next) {
    const DiskRequest& request = jobs[next]->request;
    if (request.operation == DiskOperation::sync) continue;
    if (request.operation != DiskOperation::write) break;
    if (!run_.empty() && (request.offset != offset + bytes || bytes + request.data.size() > kRunBytesMax ||
                          run_.size() >= kRunPartsMax))
      break;
    run_.push_back(next);
    parts_.push_back({const_cast<std::uint8_t*>(request.data.data()), request.data.size()});
    bytes += request.data.size();
  }
  std::uint64_t written = 0;
  Errc error = Errc::io_error;
  if (folder_) {
    ++stats_.write_calls;
    error = folder_->write(jobs[at]->request.file, offset, parts_, written);
  }
  stats_.bytes_written += written;
  for (const std::size_t one : run_) {
    const std::uint64_t size = jobs[one]->request.data.size();
    const bool whole = error == Errc::ok || (size != 0 && size <= written);
    jobs[one]->completion.error = whole ? Errc::ok : error;
    written -= std::min(written, size);
  }
  return next;
}

void Files::Worker::read(Job& job) {
  if (!folder_) {
    job.completion.error = Errc::io_error;
    return;
  }
  const std::size_t length = std::min<std::uint64_t>(job.request.length, kDiskTransferBytesMax);
  if (buffer_.size() < length) buffer_.resize(length);
  std::size_t got = 0;
  job.completion.error = folder_->read(job.request.file, job.request.offset, {buffer_.data(), length}, got);
  if (job.completion.error != Errc::ok) return;
  job.completion.data = Bytes::copy_of(ByteView(buffer_.data(), got));  // nobody else has seen this block yet
  stats_.bytes_read += got;
}

void Files::Worker::alone(Job& job) {
  Errc& error = job.completion.error;
  job.done = true;
  if (!folder_) {
    error = Errc::io_error;
    return;
  }
  switch (job.request.operation) {
    case DiskOperation::sync_directory:
      error = timed_sync(nullptr);
      ++stats_.syncs;
      return;
    case DiskOperation::rename:
      error = folder_->rename(job.request.file, job.request.to);
      return;
    case DiskOperation::remove:
      error = folder_->remove(job.request.file);
      return;
    default:
      error = folder_->list(job.completion.entries);
      return;
  }
}

// nullptr: the directory.
Errc Files::Worker::timed_sync(const std::string* file) {
  if (!folder_) return Errc::io_error;
  const Instant begun = monotonic_now();
  const Errc error = file == nullptr ? folder_->sync_directory() : folder_->sync(*file);
  const Duration took = monotonic_now() - begun;
  ++stats_.sync_calls;
  stats_.sync_time = stats_.sync_time + took;
  stats_.longest_sync = std::max(stats_.longest_sync, took);
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.ns / 1000));
  ++stats_.sync_latency[std::min<std::size_t>(std::bit_width(micros), kLatencyBuckets - 1)];
  return error;
}

void Files::Worker::hand_over(Jobs& jobs) {
  bool wake = false;
  {
    const std::lock_guard lock(shared_.mutex);
    for (std::unique_ptr<Job>& job : jobs) {
      if (!job || !job->done) continue;
      ++stats_.operations;
      const Errc error = job->completion.error;
      stats_.failed += error == Errc::io_error || error == Errc::no_space ? 1 : 0;
      wake |= shared_.done.empty();
      shared_.done.push_back(std::move(job));
    }
    add(shared_.stats, stats_);
  }
  stats_ = {};
  const std::uint64_t one = 1;
  while (wake && write(shared_.wake.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

}  // namespace wn::real
