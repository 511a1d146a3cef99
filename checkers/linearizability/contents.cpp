#include "checkers/linearizability/contents.h"

#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t kPrime = (1ULL << 61) - 1;
constexpr std::array<std::uint64_t, 2> kBase{0x0D1B54A32D192ED0ULL % kPrime, 0x1F83D9ABFB41BD6BULL % kPrime};

constexpr std::uint64_t reduce(std::uint64_t x) {
  x = (x & kPrime) + (x >> 61);
  return x >= kPrime ? x - kPrime : x;
}
constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return reduce((static_cast<std::uint64_t>(product) & kPrime) + static_cast<std::uint64_t>(product >> 61));
}

std::uint64_t slot_of(const SequenceHash::Value& value, std::uint64_t length) {
  const std::uint64_t h = (value[0] ^ (value[1] << 3) ^ length) * 0x9E3779B97F4A7C15ULL;
  return h ^ (h >> 29);
}

}  // namespace

void SequenceHash::push(std::uint32_t token) {
  for (std::size_t i = 0; i < 2; ++i) value[i] = reduce(times(value[i], kBase[i]) + token + 1);
  ++length;
}

SequenceHash::Value Contents::rest(const SequenceHash::Value& whole, const SequenceHash::Value& prefix,
                                   std::uint64_t length) {
  SequenceHash::Value out{};
  const SequenceHash::Value& by = power(length);
  for (std::size_t i = 0; i < 2; ++i) out[i] = reduce(whole[i] + kPrime - times(prefix[i], by[i]));
  return out;
}

const SequenceHash::Value& Contents::power(std::uint64_t length) {
  while (powers_.size() <= length) {
    const SequenceHash::Value& last = powers_.back();
    powers_.push_back({times(last[0], kBase[0]), times(last[1], kBase[1])});
  }
  return powers_[length];
}

Contents::Contents(const Interner& atoms, ContentMode mode)
    : atoms_(atoms), mode_(mode), scalar_(mode == ContentMode::scalar) {
  if (scalar_) return;
  powers_.push_back({1, 1});
  table_.assign(64, kNoContent);
  of_atom_.assign(atoms.size(), kNoContent);
  intern(SequenceHash{});
  of_atom_[0] = kEmptyContent;
}

void Contents::tokens_of(Atom atom, std::vector<std::uint32_t>& out) const {
  const Interner::Kind kind = atoms_.kind(atom);
  if (kind == Interner::Kind::nil) return;
  if (mode_ == ContentMode::text && kind == Interner::Kind::text) {
    for (const char c : atoms_.text_of(atom)) out.push_back(static_cast<unsigned char>(c));
  } else if (mode_ == ContentMode::list && kind == Interner::Kind::list) {
    for (const Atom e : atoms_.list_of(atom)) out.push_back(token(e));
  } else {
    out.push_back(token(atom));
  }
}

ContentId Contents::sequence_of(Atom atom) {
  if (of_atom_[atom.id] != kNoContent) return of_atom_[atom.id];
  scratch_.clear();
  tokens_of(atom, scratch_);
  return of_atom_[atom.id] = of_tokens(scratch_);
}

ContentId Contents::of_tokens(std::span<const std::uint32_t> tokens) {
  SequenceHash hash;
  for (const std::uint32_t t : tokens) hash.push(t);
  const ContentId id = intern(hash);
  if (tokens_[id].second == 0 && !tokens.empty()) {
    tokens_[id] = {pool_.size(), static_cast<std::uint32_t>(tokens.size())};
    pool_.insert(pool_.end(), tokens.begin(), tokens.end());
  }
  return id;
}

ContentId Contents::concat(ContentId a, ContentId b) {
  const SequenceHash& x = hashes_[a];
  const SequenceHash& y = hashes_[b];
  const SequenceHash::Value& by = power(y.length);
  SequenceHash out;
  for (std::size_t i = 0; i < 2; ++i) out.value[i] = reduce(times(x.value[i], by[i]) + y.value[i]);
  out.length = x.length + y.length;
  return intern(out);
}

ContentId Contents::find(const SequenceHash::Value& value, std::uint64_t length) const {
  const std::uint64_t mask = table_.size() - 1;
  for (std::uint64_t slot = slot_of(value, length) & mask; table_[slot] != kNoContent;
       slot = (slot + 1) & mask) {
    const SequenceHash& known = hashes_[table_[slot]];
    if (known.value[0] == value[0] && known.value[1] == value[1] && known.length == length)
      return table_[slot];
  }
  return kNoContent;
}

ContentId Contents::intern(const SequenceHash& hash) {
  const std::uint64_t mask = table_.size() - 1;
  std::uint64_t slot = slot_of(hash.value, hash.length) & mask;
  for (; table_[slot] != kNoContent; slot = (slot + 1) & mask) {
    const SequenceHash& known = hashes_[table_[slot]];
    if (known.value[0] == hash.value[0] && known.value[1] == hash.value[1] && known.length == hash.length)
      return table_[slot];
  }
  WN_CHECK(hashes_.size() < kNoContent);
  const auto id = static_cast<ContentId>(hashes_.size());
  hashes_.push_back(hash);
  tokens_.emplace_back(0, 0);
  table_[slot] = id;
  if (hashes_.size() * 2 > table_.size()) grow();
  return id;
}

void Contents::grow() {
  std::vector<ContentId> wider(table_.size() * 2, kNoContent);
  const std::uint64_t mask = wider.size() - 1;
  for (ContentId id = 0; id < hashes_.size(); ++id) {
    std::uint64_t slot = slot_of(hashes_[id].value, hashes_[id].length) & mask;
    while (wider[slot] != kNoContent) slot = (slot + 1) & mask;
    wider[slot] = id;
  }
  table_ = std::move(wider);
}

std::uint64_t Contents::bytes() const {
  return hashes_.capacity() * (sizeof(SequenceHash) + 16) + table_.capacity() * 4 + pool_.capacity() * 4 +
         of_atom_.capacity() * 4;
}

}  // namespace wn::checkers
