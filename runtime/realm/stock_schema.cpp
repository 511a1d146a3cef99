#include "runtime/realm/stock_schema.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/realm/protocol.h"

namespace wn::realm {
namespace {

using schema::FieldNumber;
using schema::FieldSpec;
using schema::Kind;
using schema::ScalarKind;
using schema::Version;

constexpr std::uint32_t kNumericTitle = 7;
constexpr std::uint32_t kPriority = 8;

FieldSpec field(std::uint32_t number, std::string name, Kind kind, ScalarKind element, std::uint32_t since,
                Kind nested = Kind::none) {
  FieldSpec out;
  out.number = FieldNumber{number};
  out.name = std::move(name);
  out.kind = kind;
  out.element = element;
  out.nested = nested;
  out.since = Version{since};
  return out;
}

std::uint32_t number_of(Property property) { return static_cast<std::uint32_t>(property); }

}  // namespace

schema::Schema stock_schema(std::uint32_t version) {
  WN_CHECK(version >= 1 && version <= kStockVersions);
  schema::Schema out;
  out.type = kStockType;
  out.type_name = "worknode";
  out.version = Version{version};
  if (version == 1) {
    out.fields.push_back(
        field(number_of(Property::title), "title", Kind::last_writer, ScalarKind::string, 1));
  }
  out.fields.push_back(field(number_of(Property::count), "count", Kind::counter, ScalarKind::none, 1));
  out.fields.push_back(field(number_of(Property::tags), "tags", Kind::set, ScalarKind::integer, 1));
  out.fields.push_back(
      field(number_of(Property::groups), "groups", Kind::map, ScalarKind::integer, 1, Kind::set));
  out.fields.push_back(
      field(number_of(Property::budget), "budget", Kind::bounded_counter, ScalarKind::none, 1));
  out.fields.push_back(field(number_of(Property::text), "text", Kind::text, ScalarKind::none, 1));
  if (version >= 2) {
    out.fields.push_back(field(kNumericTitle, "title", Kind::last_writer, ScalarKind::integer, 2));
  }
  if (version >= 3) {
    out.fields.push_back(field(kPriority, "priority", Kind::last_writer, ScalarKind::integer, 3));
  }
  if (version == 2) {
    schema::LensStep step;
    step.kind = schema::LensKind::string_to_integer;
    step.from = FieldNumber{number_of(Property::title)};
    step.to = FieldNumber{kNumericTitle};
    out.lens.steps.push_back(std::move(step));
  }
  return out;
}

schema::Schema rival_schema() {
  schema::Schema out = stock_schema(2);
  for (FieldSpec& f : out.fields) {
    if (f.number == FieldNumber{kNumericTitle}) f.number = FieldNumber{kPriority};
  }
  out.fields.push_back(field(kNumericTitle, "priority", Kind::last_writer, ScalarKind::integer, 2));
  std::ranges::sort(out.fields, {}, &FieldSpec::number);
  out.lens.steps.front().to = FieldNumber{kPriority};
  return out;
}

}  // namespace wn::realm
