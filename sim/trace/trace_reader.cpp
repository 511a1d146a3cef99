#include <zstd.h>

#include <istream>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "sim/trace/trace.pb.h"
#include "sim/trace/trace_file.h"

namespace wn::sim {

namespace {

constexpr std::string_view kMagic = "WNTRACE1";
constexpr int kNodesMax = 100'000;

Digest digest_of(std::uint64_t high, std::uint64_t low) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    hex[i] = kDigits[(high >> (60 - 4 * i)) & 15];
    hex[16 + i] = kDigits[(low >> (60 - 4 * i)) & 15];
  }
  Digest out;
  WN_CHECK(Digest::from_hex(hex, out));
  return out;
}

}  // namespace

struct TraceReader::Impl {
  explicit Impl(std::istream& from) : in(from) {}

  Result<void> need(char* to, std::size_t size) {
    in.read(to, static_cast<std::streamsize>(size));
    if (static_cast<std::size_t>(in.gcount()) != size) return fail(Errc::corrupt, "the trace is cut short");
    crc = crc32c(as_bytes({to, size}), crc);
    return {};
  }

  Result<void> read_record(pb::Record& record) {
    crc_before = crc;
    std::uint64_t length = 0;
    for (int shift = 0;; shift += 7) {
      char byte = 0;
      if (auto ok = need(&byte, 1); !ok) return ok;
      length |= std::uint64_t{static_cast<unsigned char>(byte) & 127U} << shift;
      if ((static_cast<unsigned char>(byte) & 128U) == 0) break;
      if (shift >= 28) return fail(Errc::corrupt, "a record's length is not a number");
    }
    if (length > kTraceRecordBytesMax)
      return fail(Errc::corrupt, "a record is longer than any record may be");
    buffer.resize(length);
    if (auto ok = need(buffer.data(), length); !ok) return ok;
    if (!record.ParseFromString(buffer))
      return fail(Errc::corrupt, "a record is not Protobuf of trace.proto");
    return {};
  }

  Result<void> read_header() {
    char magic[8] = {};
    in.read(magic, 8);
    if (in.gcount() != 8 || std::string_view(magic, 8) != kMagic)
      return fail(Errc::bad_input, "not a trace: it does not begin with WNTRACE1");
    crc = crc32c(as_bytes({magic, 8}));
    pb::Record record;
    if (auto ok = read_record(record); !ok) return ok;
    if (!record.has_header()) return fail(Errc::corrupt, "the first record is not a header");
    if (record.header().version() != kTraceVersion)
      return fail(Errc::unsupported, "a trace of another version of the format");
    if (record.header().build().size() > kTraceTextBytesMax ||
        record.header().scenario().size() > kTraceTextBytesMax)
      return fail(Errc::corrupt, "the header's text is too long");
    header = {record.header().version(), record.header().build(), record.header().scenario(),
              record.header().seed()};
    return {};
  }

  Result<void> unpack(const pb::Chunk& chunk) {
    if (chunk.events() == 0 || chunk.events() > kTraceChunkEvents)
      return fail(Errc::corrupt, "a chunk of an impossible number of events");
    if (chunk.bytes() > kTraceRecordBytesMax) return fail(Errc::corrupt, "a chunk is larger than any may be");
    raw.resize(chunk.bytes());
    const std::size_t size =
        ZSTD_decompress(raw.data(), raw.size(), chunk.columns().data(), chunk.columns().size());
    if (ZSTD_isError(size) || size != raw.size()) return fail(Errc::corrupt, "a chunk does not unpack");
    if (crc32c(as_bytes(raw)) != chunk.crc32c())
      return fail(Errc::corrupt, "a chunk's checksum does not hold");
    pb::Columns columns;
    if (!columns.ParseFromString(raw)) return fail(Errc::corrupt, "a chunk is not Protobuf of trace.proto");
    const int n = static_cast<int>(chunk.events());
    for (const int have :
         {columns.at_delta_size(), columns.node_size(), columns.kind_size(), columns.a_size(),
          columns.b_size(), columns.c_size(), columns.d_size(), columns.e_size()}) {
      if (have != n) return fail(Errc::corrupt, "a chunk's columns differ in length");
    }
    events.resize(chunk.events());
    std::int64_t at = 0;
    for (int i = 0; i < n; ++i) {
      at = detail::saturating_add(at, columns.at_delta(i));
      if (columns.kind(i) > 0xFFFF) return fail(Errc::corrupt, "an event of an impossible kind");
      events[static_cast<std::size_t>(i)] = {
          .at = {at},
          .node = NodeId{columns.node(i)},
          .kind = static_cast<TraceKind>(columns.kind(i)),
          .reserved = 0,
          .field = {columns.a(i), columns.b(i), columns.c(i), columns.d(i), columns.e(i)}};
    }
    next = 0;
    total += events.size();
    return {};
  }

  Result<void> close(const pb::Footer& in_footer) {
    if (in_footer.events() != total)
      return fail(Errc::corrupt, "the trace does not hold as many events as it says");
    if (in_footer.nodes_size() > kNodesMax) return fail(Errc::corrupt, "the footer names too many nodes");
    footer.events = total;
    footer.truncated = in_footer.truncated();
    footer.digest = digest_of(in_footer.digest_high(), in_footer.digest_low());
    for (const pb::NodeDigest& node : in_footer.nodes()) {
      const NodeId id{node.node()};
      if (!footer.nodes.empty() && !(footer.nodes.back().first < id))
        return fail(Errc::corrupt, "the footer's nodes are not in ascending order");
      footer.nodes.emplace_back(id, digest_of(node.high(), node.low()));
    }
    pb::Record end;
    if (auto ok = read_record(end); !ok) return ok;
    if (!end.has_end() || end.end().crc32c() != crc_before)
      return fail(Errc::corrupt, "the trace's checksum does not hold");
    if (in.peek() != std::istream::traits_type::eof())
      return fail(Errc::corrupt, "bytes after the trace's end");
    ended = true;
    return {};
  }

  Result<bool> more() {
    pb::Record record;
    if (auto ok = read_record(record); !ok) return fail(ok.error());
    Result<void> ok = fail(Errc::corrupt, "a record of an unknown kind");
    if (record.has_chunk()) ok = unpack(record.chunk());
    if (record.has_footer()) ok = close(record.footer());
    if (!ok) return fail(ok.error());
    return !ended;
  }

  std::istream& in;
  std::uint32_t crc = 0;
  std::uint32_t crc_before = 0;
  TraceHeader header;
  TraceFooter footer;
  bool ended = false;
  Errc failed = Errc::ok;
  std::string failure;
  std::uint64_t total = 0;
  std::vector<TraceEvent> events;
  std::size_t next = 0;
  std::string buffer;
  std::string raw;
};

TraceReader::TraceReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

Result<TraceReader> TraceReader::open(std::istream& in) {
  auto impl = std::make_unique<Impl>(in);
  if (auto ok = impl->read_header(); !ok) return fail(ok.error());
  return TraceReader(std::move(impl));
}

const TraceHeader& TraceReader::header() const { return impl_->header; }

Result<bool> TraceReader::next(TraceEvent& event) {
  Impl& r = *impl_;
  if (r.failed != Errc::ok) return fail(r.failed, r.failure);
  if (r.ended) return false;
  if (r.next == r.events.size()) {
    const Result<bool> more = r.more();
    if (!more) {
      r.failed = more.error().code;
      r.failure = more.error().message;
      return more;
    }
    if (!*more) return false;
  }
  event = r.events[r.next++];
  return true;
}

const TraceFooter& TraceReader::footer() const {
  WN_CHECK(impl_->ended);
  return impl_->footer;
}

Result<StoredTrace> read_trace(std::istream& in, std::uint64_t events_max) {
  auto reader = TraceReader::open(in);
  if (!reader) return fail(reader.error());
  StoredTrace out;
  out.header = reader->header();
  for (TraceEvent event;;) {
    const Result<bool> more = reader->next(event);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (out.events.size() == events_max)
      return fail(Errc::too_large, "the trace holds more events than asked for");
    out.events.push_back(event);
  }
  out.footer = reader->footer();
  return out;
}

}  // namespace wn::sim
