#pragma once
// Explainer: verdicts in words. Private to this room.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/verdict.h"
#include "checkers/levels/inference.h"

namespace wn::checkers::levels {

class Explainer {
 public:
  // All must outlive it. `model`: "read-committed", …
  Explainer(const History& history, const UniqueHistory& unique, std::string_view model)
      : history_(history), unique_(unique), model_(model) {}

  Verdict pass() const;
  Verdict unknown(std::string_view why) const;
  Verdict flaw(const Anomaly& anomaly) const;
  Verdict repeated(std::uint32_t t) const;
  Verdict initial(const Inferred& edge) const;
  // Each a predecessor of the next, and round; `reasons` of the edges that are neither so nor wr.
  Verdict cycle(std::span<const std::uint32_t> nodes, std::span<const Inferred> reasons) const;
  // A cycle that the caller has put into words.
  Verdict links(std::string type, std::vector<Link> links) const;

  Link so(std::uint32_t from, std::uint32_t to) const;
  Link wr(std::uint32_t from, std::uint32_t to, std::uint32_t key) const;
  std::string name(std::uint32_t t) const { return txn_name(unique_, t); }
  std::string key(std::uint32_t k) const { return key_text(history_, unique_, k); }

 private:
  Verdict fail(Anomaly anomaly) const;
  Link known(std::uint32_t from, std::uint32_t to) const;

  const History& history_;
  const UniqueHistory& unique_;
  std::string_view model_;
};

}  // namespace wn::checkers::levels
