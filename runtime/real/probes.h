#pragma once
// Two Probes: one that listens to nobody, and one that counts (for metrics and tests).
#include <cstdint>
#include <map>
#include <string>

#include "runtime/backend/probe.h"

namespace wn::real {

class NullProbe final : public Probe {
 public:
  void emit(TraceKind, std::array<std::uint64_t, 5>) override {}
  void sometimes(Claim) override {}
};

class CountingProbe final : public Probe {
 public:
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override {
    ++events_[kind];
    last_[kind] = field;
  }
  void sometimes(Claim claim) override { ++claims_[claim.name]; }

  std::uint64_t count(TraceKind kind) const {
    const auto at = events_.find(kind);
    return at == events_.end() ? 0 : at->second;
  }
  // Of the last event of that kind; zeros when there was none.
  std::array<std::uint64_t, 5> last(TraceKind kind) const {
    const auto at = last_.find(kind);
    return at == last_.end() ? std::array<std::uint64_t, 5>{} : at->second;
  }
  const std::map<TraceKind, std::uint64_t>& events() const { return events_; }
  const std::map<std::string, std::uint64_t>& claims() const { return claims_; }

 private:
  std::map<TraceKind, std::uint64_t> events_;
  std::map<TraceKind, std::array<std::uint64_t, 5>> last_;
  std::map<std::string, std::uint64_t> claims_;
};

}  // namespace wn::real
