#include "faults/plan/plan_place.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

namespace wn::faults {
namespace {

using google::protobuf::TextFormat;

bool parse(std::string_view text, pb::Plan& plan, FirstError& errors, TextFormat::ParseInfoTree* tree) {
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(8);
  if (tree != nullptr) parser.WriteLocationsTo(tree);
  return parser.Parse(&input, &plan);
}

}  // namespace

bool parse_text(std::string_view text, pb::Plan& plan, FirstError& errors) {
  return parse(text, plan, errors, nullptr);
}

SourcePlace locate(std::string_view text, const std::string& file, const Where& where) {
  pb::Plan plan;
  FirstError errors;
  TextFormat::ParseInfoTree tree;
  SourcePlace place{file};
  if (!parse(text, plan, errors, &tree)) return place;
  const auto* descriptor = pb::Plan::descriptor();
  const auto* part = descriptor->FindFieldByName(where.part);
  if (part == nullptr) return place;
  auto location = tree.GetLocation(part, where.index);
  if (*where.field != '\0') {
    TextFormat::ParseInfoTree* inside = tree.GetTreeForNested(part, where.index);
    const auto* field =
        part->message_type() == nullptr ? nullptr : part->message_type()->FindFieldByName(where.field);
    if (inside != nullptr && field != nullptr) {
      const auto inner = inside->GetLocation(field, field->is_repeated() ? 0 : -1);
      if (inner.line >= 0) location = inner;
    }
  }
  if (location.line < 0) return place;
  place.line = static_cast<std::uint32_t>(location.line + 1);
  place.column = static_cast<std::uint32_t>(location.column + 1);
  return place;
}

}  // namespace wn::faults
