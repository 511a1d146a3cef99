// The sending side of UdpNetwork.
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/real/udp_batch.h"

namespace wn::real {

namespace {

// An IPv4 address as an IPv6 socket writes it: ::ffff:a.b.c.d.
SocketAddress mapped(const SocketAddress& address) {
  SocketAddress out{.six = true, .port = address.port};
  out.host[10] = out.host[11] = 0xFF;
  std::memcpy(out.host.data() + 12, address.host.data(), 4);
  return out;
}

void put_segment_size(msghdr& header, std::uint16_t bytes) {
  header.msg_controllen = CMSG_SPACE(sizeof bytes);
  cmsghdr* const control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = SOL_UDP;
  control->cmsg_type = UDP_SEGMENT;
  control->cmsg_len = CMSG_LEN(sizeof bytes);
  std::memcpy(CMSG_DATA(control), &bytes, sizeof bytes);
}

bool try_again_later(int error) { return error == EAGAIN || error == ENOBUFS || error == ENOMEM; }

}  // namespace

Errc UdpNetwork::send(NodeId to, Bytes frame, std::uint8_t /*type*/) {
  if (frame.size() > kDatagramBytesMax) {
    ++stats_.too_large;
    return Errc::too_large;
  }
  if (to == options_.self) return Errc::ok;
  const SocketAddress* const address = table_.speak_to(to);
  if (address == nullptr) {
    ++stats_.unknown;
    return Errc::ok;
  }
  if (queue_.size() >= options_.outgoing_datagrams_max ||
      queued_bytes_ + frame.size() > options_.outgoing_bytes_max) {
    ++stats_.overloaded;
    return Errc::overloaded;
  }
  queued_bytes_ += frame.size();
  queue_.push_back({local_.six && !address->six ? mapped(*address) : *address, std::move(frame)});
  if (!flush_due_ && !writable_wanted_) {
    flush_due_ = true;
    loop_.at_turn_end([this, alive = alive_] {
      if (*alive) flush();
    });
  }
  return Errc::ok;
}

void UdpNetwork::want_writable(bool wanted) {
  if (wanted == writable_wanted_) return;
  writable_wanted_ = wanted;
  loop_.rewatch(socket_.get(), wanted ? kReadable | kWritable : kReadable);
}

void UdpNetwork::flush() {
  flush_due_ = false;
  while (!queue_.empty()) {
    if (!send_batch(build_batch())) return want_writable(true);
  }
  want_writable(false);
}

// How many frames from there may leave as one message: all of one size, the last may be shorter.
std::size_t UdpNetwork::run_length(std::size_t at) const {
  const Outgoing& first = queue_[at];
  std::size_t bytes = first.frame.size();
  std::size_t length = 1;
  if (!segments_work_ || bytes == 0 || at < alone_) return 1;
  while (at + length < queue_.size() && length < kSegmentsMax) {
    const Outgoing& next = queue_[at + length];
    if (next.to != first.to || next.frame.empty() || next.frame.size() > first.frame.size() ||
        bytes + next.frame.size() > kSegmentedBytesMax)
      break;
    bytes += next.frame.size();
    ++length;
    if (next.frame.size() < first.frame.size()) break;
  }
  return length;
}

// From the head of the queue; the number of messages.
std::size_t UdpNetwork::build_batch() {
  std::size_t at = 0;
  std::size_t parts = 0;
  std::size_t messages = 0;
  while (at < queue_.size() && messages < kMessagesPerCall) {
    const std::size_t run = run_length(at);
    if (parts + run > batch_->part.size()) break;
    msghdr& header = batch_->message[messages].msg_hdr;
    header = {};
    header.msg_name = &batch_->address[messages];
    header.msg_namelen = to_kernel(queue_[at].to, &batch_->address[messages]);
    header.msg_iov = &batch_->part[parts];
    header.msg_iovlen = run;
    for (std::size_t i = 0; i < run; ++i) {
      const Bytes& frame = queue_[at + i].frame;
      batch_->part[parts++] = {.iov_base = const_cast<std::uint8_t*>(frame.data()), .iov_len = frame.size()};
    }
    if (run > 1) {
      header.msg_control = batch_->control[messages].bytes.data();
      put_segment_size(header, static_cast<std::uint16_t>(queue_[at].frame.size()));
    }
    batch_->frames[messages++] = static_cast<std::uint32_t>(run);
    at += run;
  }
  return messages;
}

// False when the kernel takes no more for now.
bool UdpNetwork::send_batch(std::size_t messages) {
  ++stats_.send_calls;
  const int taken = sendmmsg(socket_.get(), batch_->message.data(), static_cast<unsigned>(messages), 0);
  if (taken <= 0) {
    if (taken < 0 && errno == EINTR) return true;
    if (taken < 0 && try_again_later(errno)) return false;
    drop_message(batch_->frames[0], errno);
    return true;
  }
  for (int i = 0; i < taken; ++i) {
    const std::uint32_t frames = batch_->frames[static_cast<std::size_t>(i)];
    if (frames > 1) stats_.segmented += frames;
    for (std::uint32_t f = 0; f < frames; ++f) {
      queued_bytes_ -= queue_.front().frame.size();
      stats_.sent_bytes += queue_.front().frame.size();
      queue_.pop_front();
    }
    stats_.sent += frames;
    alone_ -= std::min(alone_, frames);
  }
  return true;
}

// The first message was refused. A segmented one is tried again frame by frame: the kernel may lack the
// offload (EIO), or a frame may be larger than the device takes (EINVAL, EMSGSIZE), which hits that one
// alone.
void UdpNetwork::drop_message(std::size_t frames, int error) {
  if (frames > 1) {
    if (error == EIO || error == EOPNOTSUPP) segments_work_ = false;
    alone_ = static_cast<std::uint32_t>(frames);
    return;
  }
  ++stats_.send_failed;
  queued_bytes_ -= queue_.front().frame.size();
  queue_.pop_front();
  alone_ -= std::min(alone_, 1U);
}

}  // namespace wn::real
