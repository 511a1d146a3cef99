#pragma once
// Shorthand for the tests of the room: fields, schemas, a registry with memory.
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include "runtime/schema/registry.h"

namespace wn::schema::test {

inline FieldSpec register_of(std::uint32_t number, std::string name, ScalarKind element, Value fallback = {},
                             std::uint32_t since = 1) {
  return {FieldNumber{number}, std::move(name),     Kind::last_writer, element,
          Kind::none,          std::move(fallback), Version{since},    Version{}};
}
inline FieldSpec field_of(std::uint32_t number, std::string name, Kind kind,
                          ScalarKind element = ScalarKind::none, std::uint32_t since = 1) {
  return {FieldNumber{number}, std::move(name), kind, element, Kind::none, {}, Version{since}, Version{}};
}
inline FieldSpec map_of(std::uint32_t number, std::string name, Kind nested, ScalarKind element,
                        std::uint32_t since = 1) {
  return {FieldNumber{number}, std::move(name), Kind::map, element, nested, {}, Version{since}, Version{}};
}
inline LensStep step(LensKind kind, std::uint32_t from, std::uint32_t to = 0, std::string key = {},
                     std::int64_t factor = 0) {
  return {kind, FieldNumber{from}, FieldNumber{to}, std::move(key), factor};
}
inline Schema schema_of(std::uint32_t version, std::vector<FieldSpec> fields,
                        std::vector<LensStep> steps = {}, std::uint32_t type = 7) {
  return {TypeId{type}, "task" + std::to_string(type), Version{version}, std::move(fields),
          Lens{std::move(steps)}};
}
inline causality::Stamp stamp(std::uint64_t time, std::uint32_t replica = 1) {
  return {causality::HlcTime{time}, ReplicaId{replica}};
}
inline Registry registry(const Limits& limits = {}) {
  return Registry(limits, std::pmr::new_delete_resource());
}
inline std::vector<std::uint8_t> bytes_of(const Registry& registry) {
  std::vector<std::uint8_t> out;
  registry.encode(out);
  return out;
}
inline std::vector<std::uint8_t> bytes_of(const Schema& schema) {
  std::vector<std::uint8_t> out;
  encode(schema, out);
  return out;
}

// Three versions of one type, with one lens of each common sort.
inline std::vector<Schema> three_versions() {
  const auto S = ScalarKind::string;
  const auto I = ScalarKind::integer;
  std::vector<FieldSpec> one{register_of(1, "title", S),
                             register_of(2, "minutes", I, Value::of(std::int64_t{0})),
                             field_of(3, "tags", Kind::set, S), field_of(4, "count", Kind::counter)};
  std::vector<FieldSpec> two{
      register_of(1, "title", S), field_of(3, "tags", Kind::set, S), field_of(4, "count", Kind::counter),
      register_of(5, "seconds", I, Value::of(std::int64_t{0}), 2), field_of(6, "labels", Kind::set, S, 2)};
  std::vector<FieldSpec> three{field_of(3, "tags", Kind::set, S), field_of(4, "count", Kind::counter),
                               field_of(6, "labels", Kind::set, S, 2),
                               map_of(7, "texts", Kind::last_writer, S, 3), register_of(8, "time", S, {}, 3)};
  return {
      schema_of(1, one),
      schema_of(2, two, {step(LensKind::scale, 2, 5, "", 60), step(LensKind::split, 3, 6, "l:")}),
      schema_of(3, three, {step(LensKind::wrap, 1, 7, "title"), step(LensKind::integer_to_string, 5, 8)})};
}

}  // namespace wn::schema::test
