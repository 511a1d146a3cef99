#include "scenarios/divergence/doors.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <ctime>
#include <string_view>

namespace wn::divergence {
namespace {

// State of the one process that has its doors nailed shut: the C library's functions have no other place for
// it.
struct Nailed {
  DoorNumbers numbers;
  std::uint64_t calls = 0;
  const char* used = nullptr;
  void* stack[kFramesMax] = {};
  int depth = 0;
};
Nailed nailed;

void note(const char* door) {
  if (nailed.used != nullptr) return;
  nailed.used = door;
  const Stack stack = capture_stack();
  nailed.depth = static_cast<int>(stack.size());
  std::copy(stack.begin(), stack.end(), nailed.stack);
}

std::int64_t time_now() { return nailed.numbers.time_ns + static_cast<std::int64_t>(++nailed.calls) * 1000; }

int shut_clock_gettime(clockid_t, timespec* out) {
  note("clock_gettime");
  const std::int64_t now = time_now();
  *out = {.tv_sec = now / 1'000'000'000, .tv_nsec = now % 1'000'000'000};
  return 0;
}
int shut_gettimeofday(timeval* out, void*) {
  note("gettimeofday");
  const std::int64_t now = time_now();
  *out = {.tv_sec = now / 1'000'000'000, .tv_usec = now % 1'000'000'000 / 1000};
  return 0;
}
std::time_t shut_time(std::time_t* out) {
  note("time");
  const std::time_t now = time_now() / 1'000'000'000;
  if (out != nullptr) *out = now;
  return now;
}
std::uint64_t next_random() {
  std::uint64_t z = nailed.numbers.random += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  return z ^ (z >> 31);
}
void fill(void* out, std::size_t bytes) {
  auto* to = static_cast<unsigned char*>(out);
  for (std::size_t i = 0; i < bytes; ++i) to[i] = static_cast<unsigned char>(next_random());
}
ssize_t shut_random_bytes(void* out, std::size_t bytes, unsigned) {
  note("the system's random bytes");
  fill(out, bytes);
  return static_cast<ssize_t>(bytes);
}
int shut_entropy(void* out, std::size_t bytes) {
  note("the system's random bytes");
  fill(out, bytes);
  return 0;
}

struct Door {
  std::string_view name;
  void* ours;
};
template <class F>
void* as_pointer(F* function) {
  void* out = nullptr;
  static_assert(sizeof out == sizeof function);
  std::memcpy(&out, &function, sizeof out);
  return out;
}
std::array<Door, 5> doors() {
  return {Door{"clock_gettime", as_pointer(&shut_clock_gettime)},
          Door{"gettimeofday", as_pointer(&shut_gettimeofday)}, Door{"time", as_pointer(&shut_time)},
          Door{"getrandom", as_pointer(&shut_random_bytes)}, Door{"getentropy", as_pointer(&shut_entropy)}};
}

#if defined(__x86_64__)
constexpr std::uint32_t kJumpSlot = R_X86_64_JUMP_SLOT;
constexpr std::uint32_t kGlobData = R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
constexpr std::uint32_t kJumpSlot = R_AARCH64_JUMP_SLOT;
constexpr std::uint32_t kGlobData = R_AARCH64_GLOB_DAT;
#else
constexpr std::uint32_t kJumpSlot = 0;
constexpr std::uint32_t kGlobData = 0;
#endif

template <class T>
const T* at(std::uintptr_t address) {
  const void* raw = nullptr;
  std::memcpy(&raw, &address, sizeof raw);
  return static_cast<const T*>(raw);
}

struct Tables {
  std::uintptr_t symbols = 0, strings = 0;
  std::uintptr_t jumps = 0, jumps_bytes = 0;
  std::uintptr_t data = 0, data_bytes = 0;
};

void turn(std::uintptr_t base, const Tables& t, std::uintptr_t relocations, std::uintptr_t bytes,
          int& turned) {
  const long page = sysconf(_SC_PAGESIZE);
  for (std::uintptr_t i = 0; i + sizeof(ElfW(Rela)) <= bytes; i += sizeof(ElfW(Rela))) {
    const auto* r = at<ElfW(Rela)>(relocations + i);
    const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(r->r_info));
    if (type != kJumpSlot && type != kGlobData) continue;
    const auto* symbol = at<ElfW(Sym)>(t.symbols + ELF64_R_SYM(r->r_info) * sizeof(ElfW(Sym)));
    const std::string_view name = at<char>(t.strings + symbol->st_name);
    for (const Door& door : doors()) {
      if (name != door.name) continue;
      const std::uintptr_t slot = base + r->r_offset;
      void* const start = const_cast<char*>(at<char>(slot & ~static_cast<std::uintptr_t>(page - 1)));
      // The slots of a program that was linked for it are read-only once it runs.
      if (mprotect(start, static_cast<std::size_t>(page), PROT_READ | PROT_WRITE) != 0) continue;
      std::memcpy(const_cast<char*>(at<char>(slot)), &door.ours, sizeof door.ours);
      ++turned;
    }
  }
}

int turn_object(dl_phdr_info* info, std::size_t, void* turned) {
  const std::string_view name = info->dlpi_name == nullptr ? "" : info->dlpi_name;
  for (const char* kernel : {"vdso", "ld-linux", "/libc.so"}) {
    if (name.find(kernel) != name.npos) return 0;
  }
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    Tables t;
    for (const auto* d = at<ElfW(Dyn)>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr); d->d_tag != DT_NULL;
         ++d) {
      if (d->d_tag == DT_SYMTAB) t.symbols = d->d_un.d_ptr;
      if (d->d_tag == DT_STRTAB) t.strings = d->d_un.d_ptr;
      if (d->d_tag == DT_JMPREL) t.jumps = d->d_un.d_ptr;
      if (d->d_tag == DT_PLTRELSZ) t.jumps_bytes = d->d_un.d_val;
      if (d->d_tag == DT_RELA) t.data = d->d_un.d_ptr;
      if (d->d_tag == DT_RELASZ) t.data_bytes = d->d_un.d_val;
    }
    if (t.symbols == 0 || t.strings == 0) continue;
    turn(info->dlpi_addr, t, t.jumps, t.jumps_bytes, *static_cast<int*>(turned));
    turn(info->dlpi_addr, t, t.data, t.data_bytes, *static_cast<int*>(turned));
  }
  return 0;
}

}  // namespace

bool nail_shut(const DoorNumbers& numbers) {
  nailed.numbers = numbers;
  static_cast<void>(capture_stack());  // its first call loads a library
  if (kJumpSlot == 0) return false;
  int turned = 0;
  dl_iterate_phdr(&turn_object, &turned);
  return turned > 0;
}

DoorUse take_last_use() {
  if (nailed.used == nullptr) return {};
  DoorUse use{.name = nailed.used, .stack = Stack(nailed.stack, nailed.stack + nailed.depth)};
  nailed.used = nullptr;
  return use;
}

}  // namespace wn::divergence
