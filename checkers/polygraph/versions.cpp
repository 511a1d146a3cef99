#include "checkers/polygraph/versions.h"

#include <algorithm>

namespace wn::checkers::polygraph {

std::size_t Versions::place(std::uint32_t writer, std::uint32_t key) const {
  if (writer == kInitialTxn) return unique_.all_writes.size() + key;
  const auto writes = unique_.writes(writer);
  return unique_.first_write[writer] +
         static_cast<std::size_t>(std::ranges::lower_bound(writes, key) - writes.begin());
}

std::span<const std::uint32_t> Versions::readers(std::uint32_t writer, std::uint32_t key) const {
  const std::size_t p = place(writer, key);
  return {readers_.data() + first_reader_[p], readers_.data() + first_reader_[p + 1]};
}

Versions::Versions(const UniqueHistory& unique) : unique_(unique) {
  const std::size_t versions = unique.all_writes.size() + unique.keys.size();
  next_.assign(versions, kNoTxn32);
  first_reader_.assign(versions + 1, 0);
  std::vector<std::size_t> places;
  places.reserve(unique.all_reads.size());
  for (const auto [key, source] : unique.all_reads) {
    places.push_back(place(source, key));
    ++first_reader_[places.back() + 1];
  }
  for (std::size_t p = 0; p < versions; ++p) first_reader_[p + 1] += first_reader_[p];
  readers_.resize(unique.all_reads.size());
  std::vector<std::uint32_t> at(first_reader_.begin(), first_reader_.end() - 1);
  std::size_t i = 0;
  for (std::uint32_t t = 0; t < unique.size(); ++t) {
    for (const auto [key, source] : unique.reads(t)) {
      const std::size_t p = places[i++];
      readers_[at[p]++] = t;
      if (!unique.writes_key(t, key) || next_[p] == t) continue;
      if (next_[p] != kNoTxn32 && !lost_.has_value()) lost_ = {.a = next_[p], .b = t, .key = key};
      next_[p] = t;
    }
  }
  build_chains();
}

void Versions::build_chains() {
  std::vector<std::vector<Chain>> by_key(unique_.keys.size());
  // A chain on a cycle of reads-from never ends: no chain is longer than the key has writers.
  const auto follow = [&](Chain chain) {
    for (std::size_t left = unique_.size(); left > 0; --left) {
      const std::uint32_t n = next(chain.last, chain.key);
      if (n == kNoTxn32) break;
      chain.last = n;
    }
    by_key[chain.key].push_back(chain);
  };
  for (std::uint32_t key = 0; key < unique_.keys.size(); ++key) follow({.key = key});
  for (std::uint32_t t = 0; t < unique_.size(); ++t) {
    for (const std::uint32_t key : unique_.writes(t)) {
      const bool has_read =
          std::ranges::any_of(unique_.reads(t), [&](const levels::UniqueRead& r) { return r.key == key; });
      if (!has_read) follow({.key = key, .first = t, .last = t});
    }
  }
  for (const std::vector<Chain>& chains : by_key) {
    first_chain_.push_back(static_cast<std::uint32_t>(chains_.size()));
    chains_.insert(chains_.end(), chains.begin(), chains.end());
  }
  first_chain_.push_back(static_cast<std::uint32_t>(chains_.size()));
}

}  // namespace wn::checkers::polygraph
