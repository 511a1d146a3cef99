#pragma once
// Translator: documents, and the deltas of documents, into the shape of one version.
//
// A replica that works at version v keeps its documents in the shape of v: it translates every delta and
// every state that arrives before it merges them, and each document once when it moves to another version.
// Translation renames paths and rewrites register values in the bytes; dots, stamps, removals and contexts
// stay as they are. It therefore commutes with merge, in both directions, and what no known version knows is
// carried byte for byte. A replica has to know the schemas of version w before it takes in what was written
// by w (send the registry's delta first); until then those fields are unknown to it: kept, and found as soon
// as the schema is known and the document is translated anew.
//
// Which bytes: those of crdt::Document (its deltas and states). A field is the child of the root under
// key_of(number). bad_input: not such bytes (checked as far as the translation reads them; merge checks the
// rest).
#include <array>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/crdt/document.h"
#include "runtime/schema/router.h"
#include "runtime/schema/schema.h"

namespace wn::schema {

// The key of a field in a document: two bytes, the higher first, so that keys sort as numbers do.
class FieldKey {
 public:
  explicit constexpr FieldKey(FieldNumber number)
      : bytes_{static_cast<char>(number.value >> 8), static_cast<char>(number.value & 0xFFU)} {}
  constexpr std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 2> bytes_;
};
constexpr FieldKey key_of(FieldNumber number) { return FieldKey(number); }
// The number of a root key; none for a key that is no field's.
constexpr FieldNumber number_of(std::string_view key) {
  if (key.size() != 2) return FieldNumber{};
  return FieldNumber{static_cast<std::uint32_t>(static_cast<std::uint8_t>(key[0])) << 8 |
                     static_cast<std::uint8_t>(key[1])};
}

class Translator {
 public:
  // Versions 1, 2, 3 … of one type (Registry::chain) and the version to translate to.
  Translator(std::span<const Schema> chain, Version target, std::pmr::memory_resource* memory)
      : router_(chain, target, memory) {}

  Version target() const { return router_.target(); }
  const Router& router() const { return router_; }

  // Appends the translation of a delta or a state. False: nothing was to be moved, `out` got a copy. The
  // parts keep their order, so that a translated state is good to merge, but is not the canonical encoding of
  // itself.
  Result<bool> translate(ByteView in, std::vector<std::uint8_t>& out) const;

  // Whether this version itself may write here: under `key` of a map field, `member` into a set field (or a
  // set under a key). False: a lens has given the address to another field, and what is written here would be
  // moved there by the next replica that sees it. Ask before every write to a set or a map that moves();
  // others may be written anyhow.
  bool accepts(FieldNumber set, const ValueView& member) const;
  bool accepts(FieldNumber map, std::string_view key, Kind nested, const ValueView& member = {}) const;

  // Brings a document that is here into the shape of the version, once. False: it was. One document at a
  // time, when it is next touched: migration needs no pause.
  Result<bool> upgrade(crdt::Document& document, const crdt::Options& options,
                       std::pmr::memory_resource* memory) const;

 private:
  Router router_;
};

}  // namespace wn::schema
