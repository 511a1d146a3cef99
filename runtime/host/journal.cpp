#include "runtime/host/journal.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/base/le32.h"

namespace wn::host {
namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::string_view kPrefix = "realm.";
constexpr std::string_view kImageSuffix = ".image";
constexpr std::string_view kLogSuffix = ".log";

// The checksum covers the length too: a record whose length was torn must not vouch for other bytes.
std::uint32_t checksum(std::uint32_t length, ByteView payload) {
  std::uint8_t head[4];
  put_le32(head, length);
  return crc32c(payload) ^ (crc32c(ByteView(head, 4)) * 0x9E3779B1U);
}

// Gives back where the next one goes.
std::uint8_t* put_record(std::uint8_t* to, ByteView payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  put_le32(to, length);
  put_le32(to + 4, checksum(length, payload));
  if (!payload.empty()) std::memcpy(to + kHeadBytes, payload.data(), payload.size());
  return to + kHeadBytes + payload.size();
}

// The record at `at`; false when no whole one is there.
bool get_record(ByteView in, std::size_t at, std::size_t bytes_max, ByteView& payload) {
  if (in.size() - at < kHeadBytes) return false;
  const std::uint32_t length = get_le32(in.data() + at);
  if (length > bytes_max || in.size() - at - kHeadBytes < length) return false;
  payload = in.subspan(at + kHeadBytes, length);
  return get_le32(in.data() + at + 4) == checksum(length, payload);
}

// The generation in "realm.<g>.image" or "realm.<g>.log"; false for other names.
bool generation_in(std::string_view name, std::string_view suffix, std::uint64_t& generation) {
  if (!name.starts_with(kPrefix) || !name.ends_with(suffix)) return false;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(suffix.size());
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), generation);
  return error == std::errc{} && end == name.data() + name.size();
}

}  // namespace

std::string Journal::image_name(std::uint64_t g) const {
  return std::string(kPrefix) + std::to_string(g) + std::string(kImageSuffix);
}
std::string Journal::log_name(std::uint64_t g) const {
  return std::string(kPrefix) + std::to_string(g) + std::string(kLogSuffix);
}

DiskRequest& Journal::submit(DiskOperation operation, std::string file) {
  DiskRequest request;
  request.ticket = ++ticket_;
  request.operation = operation;
  request.file = std::move(file);
  return pending_.emplace_back(std::move(request));
}

void Journal::fail(Errc error) {
  phase_ = Phase::failed;
  error_ = error;
  pending_.clear();
}

// ---- recovery

void Journal::begin_recovery() {
  WN_CHECK(phase_ == Phase::idle);
  phase_ = Phase::recovering;
  step_ = Step::list;
  submit(DiskOperation::list, {});
}

Journal::Recovered Journal::take_recovered() {
  WN_CHECK(phase_ == Phase::ready);
  return std::move(recovered_);
}

void Journal::on_recovery(DiskCompletion& completion) {
  switch (step_) {
    case Step::list:
      return on_list(completion);
    case Step::read_image:
      return on_read_image(completion);
    case Step::read_log:
      return on_read_log(completion);
    case Step::cut_log:
      if (completion.error != Errc::ok) return fail(completion.error);
      step_ = Step::sync_log;
      submit(DiskOperation::sync, log_name(generation_));
      return;
    case Step::sync_log:
      if (completion.error != Errc::ok) return fail(completion.error);
      return keep_what_was_read();
    case Step::keep_image:
      if (completion.error != Errc::ok) return fail(completion.error);
      step_ = Step::keep_names;
      submit(DiskOperation::sync_directory, {});
      return;
    case Step::keep_names:
      if (completion.error != Errc::ok) return fail(completion.error);
      return become_ready();
    default:
      WN_CHECK(false);
  }
}

void Journal::on_list(DiskCompletion& completion) {
  if (completion.error != Errc::ok) return fail(completion.error);
  for (const DirectoryEntry& entry : completion.entries) {
    std::uint64_t generation = 0;
    const bool image = generation_in(entry.file, kImageSuffix, generation);
    if (image) images_.push_back(generation);
    if (image || generation_in(entry.file, kLogSuffix, generation)) old_files_.push_back(entry.file);
  }
  std::sort(images_.begin(), images_.end());
  try_next_image();
}

// The newest image that is left; without one, the first log.
void Journal::try_next_image() {
  reading_.clear();
  if (images_.empty()) {
    generation_ = 0;
    return begin_log();
  }
  generation_ = images_.back();
  images_.pop_back();
  step_ = Step::read_image;
  submit(DiskOperation::read, image_name(generation_)).length = kDiskTransferBytesMax;
}

void Journal::on_read_image(DiskCompletion& completion) {
  if (completion.error != Errc::ok && completion.error != Errc::not_found) return fail(completion.error);
  const ByteView part = completion.data.view();
  reading_.insert(reading_.end(), part.begin(), part.end());
  if (part.size() == kDiskTransferBytesMax && reading_.size() < kHeadBytes + kImageBytesMax) {
    DiskRequest& next = submit(DiskOperation::read, image_name(generation_));
    next.offset = reading_.size();
    next.length = kDiskTransferBytesMax;
    return;
  }
  ByteView payload;
  // One that is not whole was being written when the node went down; the generation before it still counts.
  if (!get_record(reading_, 0, kImageBytesMax, payload)) return try_next_image();
  recovered_.image = Bytes::copy_of(payload);
  image_bytes_ = reading_.size();
  begin_log();
}

void Journal::begin_log() {
  reading_.clear();
  step_ = Step::read_log;
  submit(DiskOperation::read, log_name(generation_)).length = kDiskTransferBytesMax;
}

void Journal::on_read_log(DiskCompletion& completion) {
  if (completion.error == Errc::not_found) return keep_what_was_read();
  if (completion.error != Errc::ok) return fail(completion.error);
  const ByteView part = completion.data.view();
  reading_.insert(reading_.end(), part.begin(), part.end());
  if (part.size() == kDiskTransferBytesMax) {
    DiskRequest& next = submit(DiskOperation::read, log_name(generation_));
    next.offset = reading_.size();
    next.length = kDiskTransferBytesMax;
    return;
  }
  ByteView payload;
  std::size_t at = 0;
  while (get_record(reading_, at, kRecordBytesMax, payload)) {
    recovered_.records.push_back(Bytes::copy_of(payload));
    at += kHeadBytes + payload.size();
  }
  log_bytes_ = at;
  log_records_ = recovered_.records.size();
  step_ = Step::cut_log;
  submit(DiskOperation::truncate, log_name(generation_)).length = at;
}

// A process that was killed leaves a page cache: what was read may not be durable yet, nor the names of the
// files, and both are about to be relied on.
void Journal::keep_what_was_read() {
  if (generation_ == 0) {
    step_ = Step::keep_names;
    submit(DiskOperation::sync_directory, {});
    return;
  }
  step_ = Step::keep_image;
  submit(DiskOperation::sync, image_name(generation_));
}

void Journal::become_ready() {
  phase_ = Phase::ready;
  // Crashes may have come between a new generation and the end of the old one, or in the middle of an image.
  std::erase(old_files_, image_name(generation_));
  std::erase(old_files_, log_name(generation_));
  remove_old_files();
  reading_.clear();
  reading_.shrink_to_fit();
}

// ---- appending

void Journal::append(Bytes record) {
  WN_CHECK(phase_ == Phase::ready || phase_ == Phase::failed);
  WN_CHECK_LE(record.size(), kRecordBytesMax);
  waiting_.push_back(std::move(record));
  ++appended_;
}

void Journal::start_batch() {
  std::size_t size = 0;
  batch_records_ = 0;
  for (const Bytes& record : waiting_) {
    if (batch_records_ > 0 && size + record.size() >= kBatchBytesMax) break;
    size += kHeadBytes + record.size();
    ++batch_records_;
  }
  DiskRequest& write = submit(DiskOperation::write, log_name(generation_));
  write.offset = log_bytes_;
  write.data = Bytes::build(size, [&](std::uint8_t* to) {
    for (std::uint64_t i = 0; i < batch_records_; ++i) {
      to = put_record(to, waiting_.front().view());
      waiting_.pop_front();
    }
  });
  log_bytes_ += size;
  log_records_ += batch_records_;
  submit(DiskOperation::sync, log_name(generation_));
  writing_ = true;
}

std::vector<DiskRequest>& Journal::pending() {
  if (may_start_batch()) start_batch();
  return pending_;
}

void Journal::on_append(const DiskCompletion& completion) {
  if (completion.error != Errc::ok) return fail(completion.error);
  if (completion.operation == DiskOperation::write) return;
  const bool first = log_records_ == batch_records_;
  if (first && completion.operation == DiskOperation::sync) {
    // A file's first record makes its name durable too; between files there is no order, so now and not
    // before.
    submit(DiskOperation::sync_directory, {});
    return;
  }
  writing_ = false;
  durable_ += batch_records_;
  if (!image_.empty()) write_image_part();  // compaction waited for this write
}

// ---- compaction

void Journal::compact(Bytes image) {
  WN_CHECK(phase_ == Phase::ready || phase_ == Phase::failed);
  WN_CHECK_LE(image.size(), kImageBytesMax);
  waiting_.clear();  // the image holds what they say
  ++appended_;
  if (step_ == Step::none) return begin_image(image, appended_);
  next_image_ = std::move(image);
  next_covers_ = appended_;
}

void Journal::begin_image(const Bytes& image, std::uint64_t covers) {
  image_ = Bytes::build(kHeadBytes + image.size(), [&](std::uint8_t* to) { put_record(to, image.view()); });
  image_written_ = 0;
  image_bytes_ = image_.size();
  image_covers_ = covers;
  step_ = Step::write_image;
  if (!writing_) write_image_part();
}

void Journal::write_image_part() {
  const std::uint64_t part = std::min<std::uint64_t>(kDiskTransferBytesMax, image_.size() - image_written_);
  if (part == 0) {
    step_ = Step::sync_image;
    submit(DiskOperation::sync, image_name(generation_ + 1));
    return;
  }
  DiskRequest& write = submit(DiskOperation::write, image_name(generation_ + 1));
  write.offset = image_written_;
  write.data = image_.slice(image_written_, part);
  image_written_ += part;
}

// One after the other; after the last one the next compaction may begin.
void Journal::remove_old_files() {
  if (!old_files_.empty()) {
    step_ = Step::remove_old;
    submit(DiskOperation::remove, std::move(old_files_.back()));
    old_files_.pop_back();
    return;
  }
  step_ = Step::none;
  if (next_image_) begin_image(*std::exchange(next_image_, std::nullopt), next_covers_);
}

void Journal::on_compaction(const DiskCompletion& completion) {
  const bool removed = step_ == Step::remove_old && completion.error == Errc::not_found;
  if (completion.error != Errc::ok && !removed) return fail(completion.error);
  switch (step_) {
    case Step::write_image:
      return write_image_part();
    case Step::sync_image:
      step_ = Step::sync_names;
      submit(DiskOperation::sync_directory, {});
      return;
    case Step::sync_names:
      // The image holds all that was appended before it was taken; what came since goes to the new log.
      durable_ = image_covers_;
      ++generation_;
      log_bytes_ = 0;
      log_records_ = 0;
      image_ = {};
      old_files_ = {image_name(generation_ - 1), log_name(generation_ - 1)};
      return remove_old_files();
    case Step::remove_old:
      return remove_old_files();
    default:
      WN_CHECK(false);
  }
}

void Journal::on_completion(DiskCompletion completion) {
  if (phase_ == Phase::failed) return;
  if (phase_ == Phase::recovering) return on_recovery(completion);
  if (writing_) return on_append(completion);
  on_compaction(completion);
}

}  // namespace wn::host
