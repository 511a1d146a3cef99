#pragma once
// Versions: what this replica knows of its worknodes' schema, ready for use by requests of any version.
//
// A realm keeps every document in the shape of the oldest version, and what it sends and journals as well, so
// that a delta can be merged by a replica that has not heard yet of the version by which it was written.
// Reads and writes go through the schema of the client's version, and through the lenses to the oldest one
// and back where they move a field. Lenses rewrite one-to-one and leave stamps and dots alone, so this
// commutes with merge (runtime/schema).
//
// The oldest version belongs to a realm from its start, as its first tree does. Thread rule: one thread.
#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "runtime/schema/registry.h"
#include "runtime/schema/translator.h"

namespace wn::realm {

inline constexpr std::uint32_t kStoredVersion = 1;

class Versions {
 public:
  struct Known {
    schema::Schema schema;
    schema::Table table;
    schema::Translator to;  // into the shape of this version
  };

  explicit Versions(std::pmr::memory_resource* memory) : memory_(memory), known_(memory) {}

  // To call after each change of the registry.
  void learn(const schema::Registry& registry);

  std::uint32_t newest() const { return static_cast<std::uint32_t>(known_.size()); }
  // 0: the newest. nullptr: not known here, or not yet.
  const Known* find(std::uint32_t version) const;
  // The register of that name in that version is kept under another number, or as another kind of value.
  bool lensed(std::uint32_t version, std::string_view field) const;

  // A value of register `field` as this version has it, as it is stored, and back. Errors: not_found (no such
  // field), unsupported (the other version has no such value).
  struct Stored {
    schema::FieldNumber field;
    schema::Value value;
  };
  Result<Stored> store(const Known& as, const schema::FieldSpec& field, schema::Value value) const;
  Result<schema::Value> load(const Known& as, const schema::FieldSpec& field, const Stored& stored) const;
  // Where register `field` of this version is stored.
  schema::FieldNumber place_of(const schema::FieldSpec& field) const;

 private:
  std::pmr::memory_resource* memory_;
  std::pmr::vector<Known> known_;  // versions 1, 2, 3 …
};

}  // namespace wn::realm
