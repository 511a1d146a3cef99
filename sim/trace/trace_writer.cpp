#include <zstd.h>

#include <ostream>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "sim/trace/trace.pb.h"
#include "sim/trace/trace_file.h"

namespace wn::sim {

namespace {
constexpr char kMagic[] = "WNTRACE1";
constexpr int kCompressionLevel = 1;
}  // namespace

struct TraceWriter::Impl {
  explicit Impl(std::ostream& to) : out(to) {}

  void put(std::string_view bytes) {
    crc = crc32c(as_bytes(bytes), crc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  void put_record(const pb::Record& record) {
    scratch = record.SerializeAsString();
    WN_CHECK_LE(scratch.size(), kTraceRecordBytesMax);
    char length[5];
    std::size_t used = 0;
    for (std::size_t rest = scratch.size(); used == 0 || rest != 0; rest >>= 7) {
      length[used++] = static_cast<char>((rest & 127) | (rest > 127 ? 128 : 0));
    }
    put({length, used});
    put(scratch);
  }

  void add(const TraceEvent& event) {
    columns.add_at_delta(event.at.ns - previous_at);
    previous_at = event.at.ns;
    columns.add_node(event.node.value);
    columns.add_kind(static_cast<std::uint32_t>(event.kind));
    columns.add_a(event.field[0]);
    columns.add_b(event.field[1]);
    columns.add_c(event.field[2]);
    columns.add_d(event.field[3]);
    columns.add_e(event.field[4]);
    ++events;
    if (++in_chunk == kTraceChunkEvents) flush();
  }

  void flush() {
    if (in_chunk == 0) return;
    columns.SerializeToString(&scratch);
    pb::Record record;
    pb::Chunk& chunk = *record.mutable_chunk();
    chunk.set_events(in_chunk);
    chunk.set_bytes(static_cast<std::uint32_t>(scratch.size()));
    chunk.set_crc32c(crc32c(as_bytes(scratch)));
    std::string& packed = *chunk.mutable_columns();
    packed.resize(ZSTD_compressBound(scratch.size()));
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), scratch.data(), scratch.size(), kCompressionLevel);
    WN_CHECK(!ZSTD_isError(size));
    packed.resize(size);
    put_record(record);
    columns.Clear();
    in_chunk = 0;
    previous_at = 0;
  }

  std::ostream& out;
  std::uint32_t crc = 0;
  std::uint64_t events = 0;
  std::uint32_t in_chunk = 0;
  std::int64_t previous_at = 0;
  pb::Columns columns;
  std::string scratch;
};

TraceWriter::TraceWriter(std::ostream& out, const TraceHeader& header) : impl_(std::make_unique<Impl>(out)) {
  impl_->put({kMagic, 8});
  pb::Record record;
  record.mutable_header()->set_version(header.version);
  record.mutable_header()->set_build(header.build.substr(0, kTraceTextBytesMax));
  record.mutable_header()->set_scenario(header.scenario.substr(0, kTraceTextBytesMax));
  record.mutable_header()->set_seed(header.seed);
  impl_->put_record(record);
}

TraceWriter::~TraceWriter() = default;

void TraceWriter::on_event(const TraceEvent& event) { impl_->add(event); }

Errc TraceWriter::finish(TraceFooter footer) {
  impl_->flush();
  pb::Record record;
  pb::Footer& out = *record.mutable_footer();
  out.set_events(impl_->events);
  out.set_truncated(footer.truncated);
  out.set_digest_high(footer.digest.high());
  out.set_digest_low(footer.digest.low());
  for (const auto& [node, digest] : footer.nodes) {
    pb::NodeDigest& item = *out.add_nodes();
    item.set_node(node.value);
    item.set_high(digest.high());
    item.set_low(digest.low());
  }
  impl_->put_record(record);
  pb::Record end;
  end.mutable_end()->set_crc32c(impl_->crc);
  impl_->put_record(end);
  impl_->out.flush();
  return impl_->out.good() ? Errc::ok : Errc::io_error;
}

Errc write_trace(std::ostream& out, const TraceHeader& header, const std::vector<TraceEvent>& events,
                 const TraceFooter& footer) {
  TraceWriter writer(out, header);
  for (const TraceEvent& event : events) writer.on_event(event);
  return writer.finish(footer);
}

}  // namespace wn::sim
