#pragma once
// Router: where something stored belongs in one version of a type, whatever version it was stored by.
//
// Numbers are never reused and the targets of lenses are fresh, so an address (a field, a key of a map, an
// element of a set) says by itself in which versions it is at home. The router walks it from there, lens by
// lens, to its target version. Documents thus need no mark of the version that wrote them, and one document
// may hold what several versions wrote. What no known version knows stays where it is.
//
// The shape of version v is what route() of a Router(v) leaves where it is. Routing is idempotent and
// independent of the way: Router(v) after Router(u) is Router(v). Each address has one place in each version,
// so that routing never merges two values that were apart in the shape of some version.
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "runtime/schema/walk.h"

namespace wn::schema {

class Router {
 public:
  // REQUIRES a chain 1, 2, 3 … that compare_all finds publishable, and target <= its length.
  Router(std::span<const Schema> chain, Version target, std::pmr::memory_resource* memory);
  Router(Router&&) = default;
  Router& operator=(Router&&) = default;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  Version target() const { return target_; }
  // False: everything under this number stays where it is, in every version. The quick way out.
  bool moves(FieldNumber number) const;
  // Whole fields, and values of maps. The keys of the result live as long as the router and `from.key`.
  Route route(const Place& from) const;
  // One string element of a set. `element` is replaced when a prefix is taken or given.
  Route route_element(const Place& from, std::string& element) const;

 private:
  struct Stored {  // one step of the lens of `version`
    Version version;
    LensKind kind;
    FieldNumber from;
    FieldNumber to;
    std::int64_t factor;
    std::pmr::string key;
    Hop view() const { return {kind, from, to, factor, key}; }
  };
  struct Birth {
    FieldNumber number;
    Version version;
    Kind kind;
    Kind nested;
  };
  Version birth_of(const Place& place) const;
  Version claimed(Route& route, Version birth, std::string* element) const;
  Route walk(const Place& from, std::string* element) const;
  std::span<const Stored> hops_of(Version version) const;

  Version target_;
  Version last_;
  std::pmr::vector<Stored> hops_;          // ascending by version
  std::pmr::vector<std::uint32_t> begin_;  // first hop of a version; one more at the end
  std::pmr::vector<Birth> births_;         // ascending by number
  std::pmr::vector<FieldNumber> moving_;   // ascending
};

}  // namespace wn::schema
