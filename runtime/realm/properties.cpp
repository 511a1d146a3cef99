#include "runtime/realm/properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/crdt/vet.h"
#include "runtime/realm/realm.h"
#include "runtime/schema/view.h"

namespace wn::realm {
namespace {

using crdt::Document;
using crdt::Step;
using crdt::Type;
using crdt::Value;
using crdt::Write;

// A field's child of the root. The key lives as long as this.
class At {
 public:
  At(Type type, schema::FieldNumber number) : key_(number), step_{type, key_.view()} {}
  At(Type type, Property property) : At(type, number_of(property)) {}
  At(const At&) = delete;
  At& operator=(const At&) = delete;
  static schema::FieldNumber number_of(Property property) {
    return schema::FieldNumber{static_cast<std::uint32_t>(property)};
  }
  const Step& step() const { return step_; }
  operator crdt::Path() const { return {&step_, 1}; }

 private:
  schema::FieldKey key_;
  Step step_;
};

// The only property that a lens moves: its number is the version's affair, its name stays.
constexpr std::string_view kTitleName = "title";

std::string decimal(std::int64_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

// Numbers as code points, around the surrogates; 1 … 1,112,063.
constexpr std::uint32_t kSurrogates = 0x800;
constexpr std::int64_t kElementMax = 0x10FFFF - kSurrogates;

std::string as_code_point(std::int64_t element) {
  auto c = static_cast<std::uint32_t>(element);
  if (c >= 0xD800) c += kSurrogates;
  std::string out;
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return out;
}

// REQUIRES well-formed UTF-8, as a document gives it.
void elements_in(std::string_view text, std::vector<std::int64_t>& out) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    std::uint32_t c = more == 0 ? first : first & (0x3FU >> more);
    for (std::size_t k = 1; k <= more; ++k) c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    out.push_back(c >= 0xD800 ? c - kSurrogates : c);
    i += more + 1;
  }
}

void numbers_in(const std::vector<Value>& members, std::vector<std::int64_t>& out) {
  for (const Value& member : members) {
    if (member.kind() == crdt::Kind::integer) out.push_back(member.integer());
  }
}

bool read_groups(const Document& doc, std::vector<std::int64_t>& items) {
  const At groups(Type::map, Property::groups);
  std::vector<Step> children;
  doc.children(groups, children);
  std::vector<Value> members;
  for (const Step& child : children) {
    if (child.type != Type::set) continue;
    const std::optional<std::int64_t> key = number_in(child.key);
    if (!key) continue;
    members.clear();
    doc.members(std::array{groups.step(), child}, members);
    for (const Value& member : members) {
      if (member.kind() != crdt::Kind::integer) continue;
      items.push_back(*key);
      items.push_back(member.integer());
    }
  }
  return !items.empty();
}

Errc code_of(const Result<void>& done) { return done ? Errc::ok : done.error().code; }

// As the client's version has it, then over the lenses to where it is kept.
Errc put_title(const Versions& versions, const Versions::Known& as, Document& doc, std::int64_t number,
               const Write& write) {
  const schema::FieldSpec* title = as.schema.find(kTitleName);
  if (title == nullptr) return Errc::unsupported;
  const bool text = title->element == schema::ScalarKind::string;
  const auto stored = versions.store(
      as, *title, text ? schema::Value::of(std::string_view(decimal(number))) : schema::Value::of(number));
  if (!stored) return stored.error().code;
  const schema::Value& value = stored->value;
  const At at(Type::lww, stored->field);
  return doc.set(at,
                 value.kind == schema::ScalarKind::string ? Value::of(std::string_view(value.bytes))
                                                          : Value::of(value.integer),
                 write);
}

Result<bool> read_title(const Versions& versions, const Versions::Known& as, const Document& doc,
                        std::vector<std::int64_t>& items) {
  const schema::FieldSpec* title = as.schema.find(kTitleName);
  if (title == nullptr) return fail(Errc::unsupported, "this version has no title");
  Versions::Stored stored{.field = versions.place_of(*title), .value = {}};
  const At at(Type::lww, stored.field);
  const std::optional<Value> there = doc.get(at);
  if (!there) return false;
  if (there->kind() == crdt::Kind::string) {
    stored.value = schema::Value::of(there->string());
  } else if (there->kind() == crdt::Kind::integer) {
    stored.value = schema::Value::of(there->integer());
  } else {
    return fail(Errc::unsupported, "no version that is known here has such a title");
  }
  const Result<schema::Value> value = versions.load(as, *title, stored);
  if (!value) return std::unexpected(value.error());
  const auto number =
      value->kind == schema::ScalarKind::integer ? std::optional(value->integer) : number_in(value->bytes);
  if (number) items.push_back(*number);
  return number.has_value();
}

}  // namespace

Properties::Properties(const Options& options, std::pmr::memory_resource* memory)
    : options_(std::make_unique<crdt::Options>()), memory_(memory), documents_(memory) {
  const Limits& limits = options.limits;
  const auto narrow = [](std::uint64_t n) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, ~std::uint32_t{0}));
  };
  options_->max_nesting_depth = narrow(limits.max_nesting_depth);
  options_->key_bytes_max = narrow(limits.max_property_key_bytes);
  options_->value_bytes_max = narrow(limits.max_property_bytes);
  options_->slots_max = narrow(limits.set_items_max);
  options_->text_elements_max = narrow(limits.text_items_max);
  options_->text_insert_max = narrow(limits.text_insert_max);
  options_->delta_bytes_max = narrow(limits.delta_bytes_max);
  options_->defect = options.defect;
}

Document& Properties::open(WorknodeId worknode) {
  return documents_.try_emplace(worknode, *options_, memory_).first->second;
}

Errc Properties::write(const Request& r, const Versions& versions, const Write& write) {
  const Versions::Known* as = versions.find(r.schema_version);
  if (as == nullptr) return Errc::unsupported;
  Document& doc = open(r.worknode);
  if (r.function == Function::put) return put_title(versions, *as, doc, r.value, write);
  // No lens moves the others: the document has the shape of every version, as far as they are concerned.
  schema::View view(as->schema, as->table, as->to, doc);
  const schema::ValueView value = schema::ValueView::of(r.value);
  switch (r.function) {
    case Function::add:
      if (r.property == Property::budget)
        return code_of(view.grant(At::number_of(Property::budget), r.value, write));
      return code_of(view.add(At::number_of(Property::count), r.value, write));
    case Function::spend:
      return code_of(view.spend(At::number_of(Property::budget), r.value, write));
    case Function::include:
      return code_of(view.insert(At::number_of(Property::tags), value, write));
    case Function::exclude:
      return code_of(view.erase(At::number_of(Property::tags), value, write));
    case Function::nest:
      return code_of(view.insert_in(At::number_of(Property::groups), decimal(r.key), value, write));
    case Function::append: {
      if (r.value < 1 || r.value > kElementMax) return Errc::invalid_argument;
      const At at(Type::text, Property::text);
      return code_of(
          view.insert_text(At::number_of(Property::text), doc.text_size(at), as_code_point(r.value), write));
    }
    default:
      return Errc::unsupported;
  }
}

Errc Properties::merge(const Update& update, causality::Dot own_next, crdt::CausalContext& seen) {
  // A delta speaks for the event of its update and no other.
  if (!crdt::speaks_for(update.payload.view(), update.dot, *options_)) return Errc::corrupt;
  // Nobody overwrites what this replica has not written yet.
  if (own_next && update.dot.replica != own_next.replica &&
      crdt::names_from(update.payload.view(), own_next, *options_)) {
    return Errc::corrupt;
  }
  const Result<crdt::MergeReport> report = open(update.target).merge(update.payload.view(), seen);
  return report ? Errc::ok : report.error().code;
}

Result<bool> Properties::read(const Request& r, const Versions& versions,
                              std::vector<std::int64_t>& items) const {
  const Versions::Known* as = versions.find(r.schema_version);
  if (as == nullptr) return fail(Errc::unsupported, "this version of the schema is not known here");
  const auto at = documents_.find(r.worknode);
  if (at == documents_.end()) return false;
  const Document& doc = at->second;
  if (r.property == Property::title) return read_title(versions, *as, doc, items);
  if (as->schema.find(At::number_of(r.property)) == nullptr)
    return fail(Errc::unsupported, "this version of the schema has no such property");
  switch (r.property) {
    case Property::count:
    case Property::budget: {
      const Type type = r.property == Property::count ? Type::pn_counter : Type::bounded;
      const auto count = doc.count(At(type, r.property));
      if (count) items.push_back(*count);
      return count.has_value();
    }
    case Property::tags: {
      std::vector<Value> members;
      doc.members(At(Type::set, Property::tags), members);
      numbers_in(members, items);
      return !items.empty();
    }
    case Property::groups:
      return read_groups(doc, items);
    case Property::text: {
      const std::optional<std::string> text = doc.text(At(Type::text, Property::text));
      if (text) elements_in(*text, items);
      return text.has_value();
    }
    default:
      return fail(Errc::unsupported, "no such property");
  }
}

Result<std::int64_t> Properties::counter_of(WorknodeId worknode) const {
  const auto at = documents_.find(worknode);
  if (at == documents_.end()) return 0;
  return at->second.count(At(Type::pn_counter, Property::count)).value_or(0);
}

void Properties::rights_of(WorknodeId worknode, std::vector<crdt::Document::Rights>& out) const {
  const auto at = documents_.find(worknode);
  if (at != documents_.end()) at->second.all_rights(At(Type::bounded, Property::budget), out);
}

void Properties::collect(const causality::VersionVector& stable) {
  for (auto& [id, doc] : documents_) doc.collect(stable);
}

void Properties::absorb_into(Digest& digest) const {
  for (const auto& [id, doc] : documents_) {
    if (doc.empty()) continue;
    const Digest one = doc.digest();
    digest.absorb(id.high);
    digest.absorb(id.low);
    digest.absorb(one.low());
    digest.absorb(one.high());
  }
}

void Properties::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter w(out);
  std::vector<std::uint8_t> state;
  for (const auto& [id, doc] : documents_) {
    state.clear();
    doc.encode(state);
    w.fixed64(1, id.high);
    w.fixed64(2, id.low);
    w.bytes(3, state);
  }
}

Errc Properties::decode(ByteView bytes, const crdt::CausalContext& theirs) {
  ProtoReader in(bytes);
  while (!in.done()) {
    WorknodeId id;
    ByteView state;
    if (!in.fixed64(1, id.high) || !in.fixed64(2, id.low) || !in.bytes(3, state)) return Errc::corrupt;
    if (documents_.contains(id)) return Errc::corrupt;
    // Nothing has been seen here: a context of its own, so that one document does not hide another's events.
    crdt::CausalContext nothing(memory_);
    if (const auto merged = open(id).merge_state(state, theirs, nothing); !merged) return merged.error().code;
  }
  return Errc::ok;
}

}  // namespace wn::realm
