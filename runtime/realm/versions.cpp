#include "runtime/realm/versions.h"

#include <utility>

#include "runtime/base/check.h"
#include "runtime/realm/stock_schema.h"

namespace wn::realm {
namespace {

schema::Route route(const schema::Translator& to, schema::FieldNumber number) {
  return to.router().route({.number = number, .kind = schema::Kind::last_writer, .keyed = false, .key = {}});
}

schema::Value over(const schema::Route& way, schema::Value value) {
  for (const schema::ValueStep& step : way.values) value = schema::rewrite(step, value.view());
  return value;
}

}  // namespace

void Versions::learn(const schema::Registry& registry) {
  const std::vector<schema::Schema> chain = registry.chain(kStockType);
  known_.clear();
  known_.reserve(chain.size());
  for (const schema::Schema& schema : chain) {
    known_.push_back(Known{schema,
                           schema::Table(schema, schema::digest_of(schema), registry.limits(), memory_),
                           schema::Translator(chain, schema.version, memory_)});
  }
}

const Versions::Known* Versions::find(std::uint32_t version) const {
  if (version == 0) version = newest();
  return version == 0 || version > newest() ? nullptr : &known_[version - 1];
}

schema::FieldNumber Versions::place_of(const schema::FieldSpec& field) const {
  return route(find(kStoredVersion)->to, field.number).place.number;
}

bool Versions::lensed(std::uint32_t version, std::string_view name) const {
  const Known* as = find(version);
  const schema::FieldSpec* field = as == nullptr ? nullptr : as->schema.find(name);
  if (field == nullptr) return false;
  const schema::Route way = route(find(kStoredVersion)->to, field->number);
  return way.place.number != field->number || !way.values.empty();
}

Result<Versions::Stored> Versions::store(const Known& as, const schema::FieldSpec& field,
                                         schema::Value value) const {
  const auto valid = as.table.validate(field.number, schema::Kind::last_writer, value.view());
  if (!valid) return std::unexpected(valid.error());
  const Known& oldest = *find(kStoredVersion);
  const schema::Route way = route(oldest.to, field.number);
  Stored stored{.field = way.place.number, .value = over(way, std::move(value))};
  // A number that the oldest version does not know is nobody's there: it is kept as it is.
  if (oldest.table.find(stored.field) == nullptr) return stored;
  const auto fits = oldest.table.validate(stored.field, schema::Kind::last_writer, stored.value.view());
  if (!fits) return fail(Errc::unsupported, "the oldest version of the schema has no such value");
  return stored;
}

Result<schema::Value> Versions::load(const Known& as, const schema::FieldSpec& field,
                                     const Stored& stored) const {
  const schema::Route way = route(as.to, stored.field);
  schema::Value value = over(way, stored.value);
  if (way.place.number != field.number || value.kind != field.element)
    return fail(Errc::unsupported, "this version of the schema cannot express what is there");
  return value;
}

}  // namespace wn::realm
