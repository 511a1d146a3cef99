#include "scenarios/cluster/trace_buffer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wn::cluster {
namespace {

constexpr std::uint64_t kMagic = 0x31'65'63'61'72'74'6E'77;  // "wntrace1"

struct ClaimSlot {
  std::uint64_t count = 0;
  std::uint32_t id = 0;
  std::uint32_t used = 0;
  char name[kClaimNameMax + 1] = {};
};

struct Head {
  std::uint64_t magic = kMagic;
  std::uint64_t events_max = 0;
  std::uint64_t events = 0;  // whole ones
  std::uint64_t lost = 0;
  ClaimSlot claims[kTraceClaimsMax];
};
static_assert(sizeof(Head) % alignof(TraceEvent) == 0);

std::size_t bytes_for(std::uint64_t events) { return sizeof(Head) + events * sizeof(TraceEvent); }

TraceEvent* events_of(void* memory) {
  return reinterpret_cast<TraceEvent*>(static_cast<std::byte*>(memory) + sizeof(Head));
}

std::unexpected<Error> trouble(const std::filesystem::path& file, int error) {
  return fail(Error{.code = error == ENOSPC   ? Errc::no_space
                            : error == ENOENT ? Errc::not_found
                                              : Errc::io_error,
                    .message = std::string("trace file: ") + std::strerror(error),
                    .at = {.file = file.string()}});
}

// Maps the whole file when it is one of ours.
Result<std::pair<void*, std::size_t>> map(const std::filesystem::path& file, bool write) {
  const int descriptor = ::open(file.c_str(), (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (descriptor < 0) return trouble(file, errno);
  struct stat facts{};
  const int known = ::fstat(descriptor, &facts);
  const auto bytes = static_cast<std::size_t>(facts.st_size);
  void* memory = MAP_FAILED;
  if (known == 0 && bytes >= sizeof(Head))
    memory = ::mmap(nullptr, bytes, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  const auto* head = static_cast<const Head*>(memory);
  if (memory != MAP_FAILED && head->magic == kMagic && head->events_max <= kTraceEventsMax * 64 &&
      bytes == bytes_for(head->events_max))
    return std::pair{memory, bytes};
  if (memory != MAP_FAILED) ::munmap(memory, bytes);
  return fail(Error{.code = Errc::bad_input, .message = "not a trace file", .at = {.file = file.string()}});
}

}  // namespace

Result<void> TraceBuffer::make(const std::filesystem::path& file, std::uint64_t events_max) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return trouble(file, errno);
  const std::size_t bytes = bytes_for(events_max);
  int error = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
  if (error == 0) {
    const Head head{.magic = kMagic, .events_max = events_max};
    if (::pwrite(descriptor, &head, sizeof head, 0) != ssize_t{sizeof head}) error = errno;
  }
  ::close(descriptor);
  if (error != 0) return trouble(file, error);
  return {};
}

Result<TraceBuffer> TraceBuffer::open(const std::filesystem::path& file) {
  const auto mapped = map(file, true);
  if (!mapped) return fail(mapped.error());
  TraceBuffer out;
  out.memory_ = mapped->first;
  out.bytes_ = mapped->second;
  return out;
}

TraceBuffer::TraceBuffer(TraceBuffer&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

TraceBuffer& TraceBuffer::operator=(TraceBuffer&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

TraceBuffer::~TraceBuffer() {
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
}

void TraceBuffer::append(const TraceEvent& event) {
  Head& head = *static_cast<Head*>(memory_);
  if (head.events >= head.events_max) {
    ++head.lost;
    return;
  }
  events_of(memory_)[head.events] = event;
  // The event is whole before it counts, also for one who reads after a kill.
  std::atomic_ref(head.events).store(head.events + 1, std::memory_order_release);
}

bool TraceBuffer::sometimes(Claim claim) {
  Head& head = *static_cast<Head*>(memory_);
  for (std::uint32_t i = 0; i < kTraceClaimsMax; ++i) {
    ClaimSlot& slot = head.claims[(claim.id + i) % kTraceClaimsMax];
    if (slot.used != 0 && slot.id != claim.id) continue;
    if (slot.used != 0) return ++slot.count, false;
    slot.id = claim.id;
    slot.count = 1;
    std::strncpy(slot.name, claim.name, kClaimNameMax);
    slot.used = 1;
    return true;
  }
  return false;
}

Result<TraceContent> read_trace_buffer(const std::filesystem::path& file) {
  const auto mapped = map(file, false);
  if (!mapped) return fail(mapped.error());
  const auto [memory, bytes] = *mapped;
  const Head& head = *static_cast<const Head*>(memory);
  TraceContent out;
  const bool sound = head.events <= head.events_max;
  if (sound) {
    const TraceEvent* first = events_of(memory);
    out.events.assign(first, first + head.events);
    out.lost = head.lost;
    for (const ClaimSlot& slot : head.claims) {
      if (slot.used != 0)
        out.claims[std::string(slot.name, ::strnlen(slot.name, kClaimNameMax))] += slot.count;
    }
  }
  ::munmap(memory, bytes);
  if (!sound)
    return fail(Error{.code = Errc::corrupt,
                      .message = "a trace file that counts more events than it holds",
                      .at = {.file = file.string()}});
  return out;
}

}  // namespace wn::cluster
