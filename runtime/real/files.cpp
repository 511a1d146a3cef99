#include "runtime/real/files.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/check.h"
#include "runtime/real/files_worker.h"
#include "runtime/real/os.h"

namespace wn::real {

namespace {

constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 48;

bool whole_folder(DiskOperation operation) {
  return operation == DiskOperation::list || operation == DiskOperation::sync_directory;
}

Errc check_request(const DiskRequest& request) {
  if (request.operation < DiskOperation::read || request.operation > DiskOperation::list)
    return Errc::invalid_argument;
  if (!whole_folder(request.operation) && !valid_file_name(request.file)) return Errc::invalid_argument;
  if (request.operation == DiskOperation::rename && !valid_file_name(request.to))
    return Errc::invalid_argument;
  if (request.data.size() > kDiskTransferBytesMax ||
      (request.operation == DiskOperation::read && request.length > kDiskTransferBytesMax))
    return Errc::too_large;
  if (request.offset > kOffsetMax || request.length > kOffsetMax) return Errc::invalid_argument;
  return Errc::ok;
}

}  // namespace

Files::Files(Loop& loop, Complete complete)
    : loop_(loop),
      complete_(std::move(complete)),
      shared_(std::make_unique<Shared>()),
      alive_(std::make_shared<bool>(true)) {}

Result<std::unique_ptr<Files>> Files::open(Loop& loop, const FilesOptions& options, Complete complete) {
  std::unique_ptr<Files> files(new Files(loop, std::move(complete)));
  std::optional<Folder> folder;
  if (!options.folder.empty()) {
    Result<Folder> opened = Folder::open(options.folder, options.descriptors_max);
    if (!opened) return fail(opened.error());
    folder = std::move(*opened);
  }
  files->shared_->wake = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!files->shared_->wake) return fail(Errc::overloaded, describe("eventfd", errno));
  files->worker_ = std::make_unique<Worker>(*files->shared_, std::move(folder));
  Files* const self = files.get();
  const Errc watched =
      loop.watch(files->shared_->wake.get(), kReadable, [self](std::uint32_t) { self->on_done(); });
  if (watched != Errc::ok) return fail(watched, "the loop cannot watch one more descriptor");
  return files;
}

Files::~Files() {
  *alive_ = false;
  if (worker_) worker_->join();
  if (shared_->wake) loop_.unwatch(shared_->wake.get());
}

Errc Files::submit(DiskRequest request) {
  if (const Errc error = check_request(request); error != Errc::ok) return error;
  if (outstanding_ >= kDiskOperationsMax) return Errc::overloaded;
  if (!worker_->started()) {
    if (const Errc error = worker_->start(); error != Errc::ok) return error;
  }
  auto job = std::make_unique<Job>();
  job->completion.ticket = request.ticket;
  job->completion.operation = request.operation;
  job->request = std::move(request);
  job->generation = generation_;
  bool idle = false;
  {
    const std::lock_guard lock(shared_->mutex);
    idle = shared_->queue.empty();
    shared_->queue.push_back(std::move(job));
  }
  if (idle) shared_->work.notify_one();
  ++outstanding_;
  return Errc::ok;
}

void Files::forget() { ++generation_; }

FilesStats Files::stats() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->stats;
}

void Files::on_done() {
  std::uint64_t count = 0;
  while (read(shared_->wake.get(), &count, sizeof count) < 0 && errno == EINTR) {
  }
  std::vector<std::unique_ptr<Job>> done;
  {
    const std::lock_guard lock(shared_->mutex);
    done.swap(shared_->done);
  }
  const std::shared_ptr<bool> alive = alive_;
  for (const std::unique_ptr<Job>& job : done) {
    if (!*alive) return;
    --outstanding_;
    if (job->generation == generation_) complete_(std::move(job->completion));
  }
}

}  // namespace wn::real
