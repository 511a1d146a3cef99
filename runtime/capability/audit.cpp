#include "runtime/capability/audit.h"

#include <cstring>

#include "runtime/base/check.h"
#include "runtime/capability/crypto.h"

namespace wn::capability {
namespace {

// Fixed layout: every field at its place, little-endian.
class Fields {
 public:
  void add(std::uint64_t number) {
    WN_CHECK(size_ + 8 <= bytes_.size());
    for (std::size_t i = 0; i < 8; ++i) bytes_[size_++] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  void add(const std::array<std::uint8_t, 32>& more) {
    WN_CHECK(size_ + more.size() <= bytes_.size());
    std::memcpy(bytes_.data() + size_, more.data(), more.size());
    size_ += more.size();
  }
  ByteView view() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::uint8_t, 32 * 3 + 8 * (13 + 4 * kDelegationDepthMax)> bytes_;
  std::size_t size_ = 0;
};

std::uint64_t bits(std::int64_t n) { return static_cast<std::uint64_t>(n); }

}  // namespace

Hash audit_hash(const Hash& before, const AuditRecord& r) {
  Fields f;
  f.add(before.bytes);
  f.add(r.sequence);
  f.add(bits(r.at.wall.ns));
  f.add(bits(r.at.now.ns));
  const Decision& d = r.decision;
  f.add(static_cast<std::uint64_t>(d.refusal) | std::uint64_t{static_cast<std::uint8_t>(d.path)} << 8 |
        std::uint64_t{d.link} << 16 | std::uint64_t{d.depth} << 24 |
        std::uint64_t{r.invocation.rights} << 32);
  f.add(d.token.high);
  f.add(d.token.low);
  f.add(d.number);
  f.add(r.invocation.operation);
  f.add(r.invocation.target.high);
  f.add(r.invocation.target.low);
  f.add(r.invocation.arguments.bytes);
  f.add(r.invocation.sequence);
  f.add(r.invocation.also.high);
  f.add(r.invocation.also.low);
  f.add(r.presenter.bytes);
  for (const AuditLink& l : r.link) {
    f.add(l.number);
    f.add(l.rights);
    f.add(l.subtree.high);
    f.add(l.subtree.low);
  }
  return hash_of(f.view());
}

AuditLog::AuditLog(std::size_t records_max, std::pmr::memory_resource* memory)
    : records_max_(records_max), records_(memory) {
  WN_CHECK(records_max >= 1);
  records_.reserve(records_max);
}

const AuditRecord& AuditLog::append(const Moment& at, const Decision& decision, const Invocation& invocation,
                                    const Facts* facts) {
  AuditRecord record{.sequence = next_++, .at = at, .decision = decision, .invocation = invocation};
  if (facts != nullptr) {
    record.presenter = facts->holder;
    for (std::size_t i = 0; i < facts->depth; ++i) {
      const LinkFacts& l = facts->link[i];
      record.link[i] = {.number = l.number, .rights = l.rights, .subtree = l.subtree};
    }
  }
  record.hash = audit_hash(head_, record);
  head_ = record.hash;
  if (records_.size() < records_max_) return records_.emplace_back(record);
  AuditRecord& oldest = records_[first_];
  anchor_ = oldest.hash;
  oldest = record;
  first_ = (first_ + 1) % records_max_;
  return oldest;
}

bool AuditLog::intact() const {
  Hash before = anchor_;
  for (std::size_t i = 0; i < size(); ++i) {
    const AuditRecord& record = (*this)[i];
    if (record.sequence != next_ - size() + i || audit_hash(before, record) != record.hash) return false;
    before = record.hash;
  }
  return before == head_;
}

std::size_t first_tampered(std::span<const AuditRecord> records, const Hash& anchor, const Hash& head) {
  Hash before = anchor;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i != 0 && records[i].sequence != records[i - 1].sequence + 1) return i;
    if (audit_hash(before, records[i]) != records[i].hash) return i;
    before = records[i].hash;
  }
  // The newest records were cut off, or all of them rewritten.
  if (!records.empty() && before != head) return records.size() - 1;
  return records.size();
}

std::string explain(const AuditRecord& r) {
  std::string out = "decision " + std::to_string(r.sequence) + ": " + rights_text(r.invocation.rights) +
                    " on worknode " + std::to_string(r.invocation.target.low) +
                    (r.invocation.also ? " and " + std::to_string(r.invocation.also.low) : "") + ": " +
                    std::string(to_string(r.decision.refusal)) + '\n';
  for (std::size_t i = 0; i < r.decision.depth; ++i) {
    out += "  link " + std::to_string(i) + "  number " + std::to_string(r.link[i].number) + "  allows " +
           rights_text(r.link[i].rights) + " under worknode " + std::to_string(r.link[i].subtree.low) + '\n';
  }
  if (r.decision.depth == 0) out += "  no chain was verified\n";
  return out;
}

}  // namespace wn::capability
