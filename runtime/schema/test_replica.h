#pragma once
// A replica for the tests: one document at one version of a chain, its context, its clock; and random edits.
#include <catch2/catch_test_macros.hpp>

#include "runtime/schema/test_chains.h"
#include "runtime/schema/translator.h"
#include "runtime/schema/view.h"

namespace wn::schema::test {

using Buffer = std::vector<std::uint8_t>;
inline std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

inline const crdt::Options& crdt_options() {
  static const crdt::Options options;
  return options;
}

// A document that holds this state.
inline crdt::Document loaded(const Buffer& state) {
  crdt::Document out(crdt_options(), heap());
  const crdt::CausalContext nothing(heap());
  crdt::CausalContext seen(heap());
  REQUIRE(out.merge_state(state, nothing, seen));
  return out;
}
inline Buffer state_of(const crdt::Document& document) {
  Buffer out;
  document.encode(out);
  return out;
}
inline Buffer translated(const Translator& to, const Buffer& bytes) {
  Buffer out;
  REQUIRE(to.translate(bytes, out));
  return out;
}
// The canonical bytes of a state in the shape of a version.
inline Buffer shaped(const Translator& to, const Buffer& state) {
  return state_of(loaded(translated(to, state)));
}

struct Versions {
  std::vector<Schema> chain;
  std::vector<Table> tables;
  std::vector<Translator> to;

  explicit Versions(std::vector<Schema> schemas) : chain(std::move(schemas)) {
    for (const Schema& schema : chain) {
      tables.emplace_back(schema, digest_of(schema), Limits{}, heap());
      to.emplace_back(chain, schema.version, heap());
    }
  }
};

class Replica {
 public:
  Replica(const Versions& versions, std::uint32_t version, std::uint32_t id)
      : versions_(&versions), version_(version), id_{id}, document_(crdt_options(), heap()), seen_(heap()) {}

  std::uint32_t version() const { return version_; }
  ReplicaId id() const { return id_; }
  const Schema& schema() const { return versions_->chain[version_ - 1]; }
  const Translator& translator() const { return versions_->to[version_ - 1]; }
  crdt::Document& document() { return document_; }
  const crdt::Document& document() const { return document_; }
  crdt::CausalContext& seen() { return seen_; }
  const crdt::CausalContext& seen() const { return seen_; }
  View view() { return View(schema(), versions_->tables[version_ - 1], translator(), document_); }

  // The next write, at `time`; its delta goes to last().
  crdt::Write write(std::uint64_t time) {
    delta_.clear();
    return {seen_.next(id_), stamp(time, id_.value), &seen_, &delta_};
  }
  const Buffer& last() const { return delta_; }

  void receive(const Buffer& delta) {
    const auto report = document_.merge(translated(translator(), delta), seen_);
    REQUIRE(report);
  }
  void receive_state(const Replica& other) {
    const auto report =
        document_.merge_state(translated(translator(), state_of(other.document_)), other.seen_, seen_);
    REQUIRE(report);
    REQUIRE(seen_.join(other.seen_) == Errc::ok);
  }
  void become(std::uint32_t version) {
    version_ = version;
    REQUIRE(translator().upgrade(document_, crdt_options(), heap()));
  }

 private:
  const Versions* versions_;
  std::uint32_t version_;
  ReplicaId id_;
  crdt::Document document_;
  crdt::CausalContext seen_;
  Buffer delta_;
};

inline Value random_value(Draw& draw, ScalarKind kind) {
  static const char* const kTexts[] = {"", "7", "70", "soon", "l:a", "l:b", "j:a", "j", "k", "kx", "lx", "a"};
  static const std::int64_t kNumbers[] = {0, 7, 10, 70, -1, std::int64_t{1} << 62};
  switch (kind) {
    case ScalarKind::boolean:
      return Value::of(draw.below(2) == 1);
    case ScalarKind::integer:
      return Value::of(kNumbers[draw.below(6)]);
    case ScalarKind::string:
      return Value::of(std::string_view(kTexts[draw.below(12)]));
    case ScalarKind::bytes:
      return Value::of_bytes(kTexts[draw.below(12)]);
    default:
      return Value::of(WorknodeId{1, draw.below(3)});
  }
}

// One edit of a field as its kind allows; false when there was nothing to do.
inline bool random_edit(Replica& replica, const FieldSpec& field, Draw& draw, std::uint64_t time) {
  static const char* const kKeys[] = {"k", "j", "l", "title", "other"};
  View view = replica.view();
  const crdt::Write write = replica.write(time);
  const std::string key = kKeys[draw.below(5)];
  const Value value = random_value(draw, field.element);
  const bool clears = draw.chance_ppm(100'000);
  Result<void> done;
  if (clears) {
    done = view.clear(field.number, write);
  } else if (field.kind == Kind::last_writer || field.kind == Kind::multi_value) {
    done = view.set(field.number, value.view(), write);
  } else if (field.kind == Kind::counter) {
    done = view.add(field.number, draw.between(-5, 5), write);
  } else if (field.kind == Kind::set) {
    done = draw.chance_ppm(700'000) ? view.insert(field.number, value.view(), write)
                                    : view.erase(field.number, value.view(), write);
  } else if (field.kind == Kind::map && field.nested == Kind::last_writer) {
    done = view.set_in(field.number, key, value.view(), write);
  } else if (field.kind == Kind::map && field.nested == Kind::set) {
    done = view.insert_in(field.number, key, value.view(), write);
  } else if (field.kind == Kind::map && draw.chance_ppm(300'000)) {
    done = view.remove_key(field.number, key, write);
  }
  // Erased what was not there, or written where a lens has other plans.
  if (!done) REQUIRE((done.error().code == Errc::not_found || done.error().code == Errc::precondition));
  return done.has_value() && !replica.last().empty();
}

}  // namespace wn::schema::test
