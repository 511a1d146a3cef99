#include "scenarios/travel/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace wn::travel {
namespace {

constexpr std::size_t kHeader = 4;

std::unexpected<Error> gone(const char* what) {
  return fail(Errc::io_error,
              std::string(what) + ": " + (errno != 0 ? std::strerror(errno) : "the other end is gone"));
}

Result<void> send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return gone("cannot send to a run");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

// The first bytes of a message, with a descriptor where one is wanted.
ssize_t receive_some(int from, char* to, std::size_t bytes, End* passed) {
  iovec part{to, bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n = 0;
  do {
    errno = 0;
    n = ::recvmsg(from, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  const cmsghdr* head = n > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
    End taken(descriptor);
    if (passed != nullptr) *passed = std::move(taken);
  }
  return n;
}

}  // namespace

End& End::operator=(End&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = other.release();
  }
  return *this;
}

void End::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

int End::release() { return std::exchange(descriptor_, -1); }

Result<void> End::send(std::string_view bytes, int passed) const {
  char header[kHeader];
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(header, &length, kHeader);
  iovec part{header, kHeader};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (passed >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &passed, sizeof passed);
  }
  ssize_t n = 0;
  do {
    errno = 0;
    n = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return gone("cannot send to a run");
  const auto sent = static_cast<std::size_t>(n);
  if (auto rest = send_all(descriptor_, {header + sent, kHeader - sent}); !rest) return rest;
  return send_all(descriptor_, bytes);
}

Result<std::string> End::receive(End* passed) const {
  char header[kHeader];
  for (std::size_t at = 0; at < kHeader;) {
    const ssize_t n = receive_some(descriptor_, header + at, kHeader - at, at == 0 ? passed : nullptr);
    if (n <= 0) return gone("a run answers no more");
    at += static_cast<std::size_t>(n);
  }
  std::uint32_t length = 0;
  std::memcpy(&length, header, kHeader);
  if (length > kLetterBytesMax) return fail(Errc::too_large, "a run sends too much at once");
  std::string bytes(length, '\0');
  for (std::size_t at = 0; at < length;) {
    const ssize_t n = receive_some(descriptor_, bytes.data() + at, length - at, nullptr);
    if (n <= 0) return gone("a run answers no more");
    at += static_cast<std::size_t>(n);
  }
  return bytes;
}

Result<std::pair<End, End>> make_channel() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return gone("cannot make a socket");
  return std::pair(End(pair[0]), End(pair[1]));
}

}  // namespace wn::travel
