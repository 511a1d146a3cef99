#include "scenarios/cluster/glued_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "runtime/base/crc32c.h"
#include "runtime/base/le32.h"
#include "runtime/base/proto_wire.h"

namespace wn::cluster {
namespace {

constexpr std::size_t kHead = 8;  // length and checksum of what follows

bool decode(ByteView bytes, scenarios::Gluing& out) {
  ProtoReader in(bytes);
  std::uint64_t node = 0, at = 0;
  ByteView sections, certificate;
  if (!in.varint(1, node) || !in.varint(2, at) || !in.bytes(3, sections) || !in.bytes(4, certificate) ||
      !in.done() || node > ~std::uint32_t{0})
    return false;
  out.node = NodeId{static_cast<std::uint32_t>(node)};
  out.at = SimTime{static_cast<std::int64_t>(at)};
  out.sections = Bytes::copy_of(sections);
  out.certificate = Bytes::copy_of(certificate);
  return true;
}

}  // namespace

GluedFile::GluedFile(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
  const off_t end = file_ < 0 ? 0 : ::lseek(file_, 0, SEEK_END);
  if (end > 0) bytes_ = static_cast<std::uint64_t>(end);
}

GluedFile::~GluedFile() {
  if (file_ >= 0) ::close(file_);
}

void GluedFile::append(const scenarios::Gluing& gluing) {
  if (file_ < 0) return;
  std::vector<std::uint8_t> bytes(kHead);
  ProtoWriter out(bytes);
  out.varint(1, gluing.node.value);
  out.varint(2, static_cast<std::uint64_t>(gluing.at.ns));
  out.bytes(3, gluing.sections.view());
  out.bytes(4, gluing.certificate.view());
  if (bytes_ + bytes.size() > kGluedFileBytesMax) return;
  const ByteView body(bytes.data() + kHead, bytes.size() - kHead);
  put_le32(bytes.data(), static_cast<std::uint32_t>(body.size()));
  put_le32(bytes.data() + 4, crc32c(body));
  const ssize_t written = ::write(file_, bytes.data(), bytes.size());
  if (written > 0) bytes_ += static_cast<std::uint64_t>(written);
}

Result<std::vector<scenarios::Gluing>> read_glued_file(const std::filesystem::path& file) {
  std::vector<scenarios::Gluing> out;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return out;
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::io_error, file.string() + ": cannot be read");
  const std::vector<char> text(std::istreambuf_iterator<char>(in), {});
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t at = 0; text.size() - at >= kHead && out.size() < scenarios::kGluingsMax;) {
    const std::size_t size = get_le32(bytes + at);
    const std::uint32_t checksum = get_le32(bytes + at + 4);
    at += kHead;
    if (size > text.size() - at) break;
    const ByteView body(bytes + at, size);
    at += size;
    scenarios::Gluing gluing;
    if (crc32c(body) == checksum && decode(body, gluing)) out.push_back(std::move(gluing));
  }
  return out;
}

}  // namespace wn::cluster
