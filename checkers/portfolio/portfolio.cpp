#include "checkers/portfolio/portfolio.h"

#include <algorithm>
#include <array>

#include "checkers/causal/causal.h"
#include "checkers/causal/pram.h"
#include "checkers/collections/collections.h"
#include "checkers/history/key_name.h"
#include "checkers/isolation/isolation.h"
#include "checkers/levels/levels.h"
#include "checkers/linearizability/linearizability.h"
#include "checkers/polygraph/polygraph.h"
#include "checkers/sequential/sequential.h"
#include "checkers/session/session.h"
#include "checkers/staleness/staleness.h"

namespace wn::checkers {
namespace {

struct Guaranteed {
  std::string_view name;
  std::uint8_t bits;
};
constexpr std::array<Guaranteed, 5> kGuarantees{{
    {"session", kAllGuarantees},
    {"read-your-writes", static_cast<std::uint8_t>(Guarantee::read_your_writes)},
    {"monotonic-reads", static_cast<std::uint8_t>(Guarantee::monotonic_reads)},
    {"monotonic-writes", static_cast<std::uint8_t>(Guarantee::monotonic_writes)},
    {"writes-follow-reads", static_cast<std::uint8_t>(Guarantee::writes_follow_reads)},
}};

template <class Words>
std::string joined(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + std::string(word.name);
  return text;
}

struct Weak {
  std::string_view name;
  Level level;
};
constexpr std::array<Weak, 5> kLevels{{
    {"read-committed", Level::read_committed},
    {"PL-2", Level::read_committed},
    {"read-atomic", Level::read_atomic},
    {"causal", Level::causal},
    {"causal-cerone", Level::causal},
}};

// What is decided exactly by searching for the order of versions.
struct Searched {
  std::string_view name;
  TxnModel model;
  TxnOrder order;
};
constexpr std::array<Searched, 10> kSearched{{
    {"snapshot-isolation", TxnModel::snapshot_isolation, TxnOrder::none},
    {"PL-SI", TxnModel::snapshot_isolation, TxnOrder::none},
    {"strong-session-snapshot-isolation", TxnModel::snapshot_isolation, TxnOrder::session},
    {"strong-snapshot-isolation", TxnModel::snapshot_isolation, TxnOrder::real_time},
    {"serializable", TxnModel::serializable, TxnOrder::none},
    {"PL-3", TxnModel::serializable, TxnOrder::none},
    {"strong-session-serializable", TxnModel::serializable, TxnOrder::session},
    {"strict-serializable", TxnModel::serializable, TxnOrder::real_time},
    {"strong-serializable", TxnModel::serializable, TxnOrder::real_time},
    {"PL-SS", TxnModel::serializable, TxnOrder::real_time},
}};

template <class Table>
auto row_of(const Table& table, std::string_view name) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::uint8_t guarantees_of(std::string_view consistency) {
  const auto* found = row_of(kGuarantees, consistency);
  return found == nullptr ? 0 : found->bits;
}

bool is_transactional(std::string_view model) { return model == "list-append" || model == "rw-register"; }

// Keys of a realm have the shapes that their names tell, so a realm's history goes as kv.
std::optional<Judge::Kind> kind_for_objects(const Question& q) {
  const bool registers = q.model == "register" || q.model == "kv";
  if (q.consistency == "linearizable" && model_named(q.model)) return Judge::Kind::linearizable;
  if (q.consistency == "linearizable" && collection_named(q.model)) return Judge::Kind::collection;
  if (q.consistency == "sequential" && (registers || q.model == "counter")) return Judge::Kind::sequential;
  if (!registers) return std::nullopt;
  if (q.consistency == "causal" || q.consistency == "causal-convergence") return Judge::Kind::causal;
  if (q.consistency == "pram" || q.consistency == "PRAM") return Judge::Kind::pram;
  if (q.consistency == "k-atomic") return Judge::Kind::staleness;
  if (guarantees_of(q.consistency) != 0) return Judge::Kind::session;
  return std::nullopt;
}

std::optional<Judge::Kind> kind_for_transactions(const Question& q) {
  if (q.model == "list-append" && q.consistency == "linearizable") return Judge::Kind::linearizable;
  if (!knows_consistency_model(q.consistency)) return std::nullopt;
  if (!q.exact) return Judge::Kind::isolation;
  if (row_of(kLevels, q.consistency) != nullptr) return Judge::Kind::level;
  if (q.model == "rw-register" && row_of(kSearched, q.consistency) != nullptr) return Judge::Kind::polygraph;
  return std::nullopt;
}

bool has_local_keys(const History& history) {
  return std::ranges::any_of(history.operations, [&](const Operation& op) {
    return history.atoms.kind(op.key) == Interner::Kind::text &&
           parse_key(history.atoms.text_of(op.key)).mode == KeyMode::local;
  });
}

Verdict judge_isolation(const History& history, const Judge& judge, const JudgeOptions& options) {
  IsolationOptions isolation;
  isolation.model =
      judge.model() == "rw-register" ? TransactionModel::rw_register : TransactionModel::list_append;
  isolation.consistency_models = {judge.consistency()};
  isolation.wfr_keys = options.wfr_keys;
  isolation.sequential_keys = options.sequential_keys;
  isolation.linearizable_keys = options.linearizable_keys;
  return check_isolation(history, isolation, options.budget);
}

}  // namespace

Result<Judge> Judge::choose(const Question& question) {
  Judge judge;
  judge.question_ = question;
  Question& q = judge.question_;
  const auto models = model_words();
  const auto model = std::ranges::find(models, std::string_view(q.model), &ModelWord::name);
  if (model == models.end()) {
    return fail(Errc::invalid_argument,
                "--model: expected one of " + joined(models) + ", got \"" + q.model + "\"");
  }
  if (q.consistency.empty()) q.consistency = model->consistency;
  const auto words = consistency_words();
  if (std::ranges::find(words, q.consistency, &ConsistencyWord::name) == words.end()) {
    return fail(Errc::invalid_argument,
                "--consistency: expected one of " + joined(words) + ", got \"" + q.consistency + "\"");
  }
  const auto kind = is_transactional(q.model) ? kind_for_transactions(q) : kind_for_objects(q);
  if (!kind) {
    return fail(Errc::unsupported, "no native checker judges model " + q.model + " for " + q.consistency +
                                       (q.exact ? " exactly" : ""));
  }
  judge.kind_ = *kind;
  return judge;
}

std::string_view Judge::checker() const {
  switch (kind_) {
    case Kind::linearizable:
      return "linearizability";
    case Kind::collection:
      return "collections";
    case Kind::isolation:
      return "isolation";
    case Kind::level:
      return "levels";
    case Kind::polygraph:
      return "polygraph";
    case Kind::sequential:
      return "sequential";
    case Kind::causal:
      return "causal";
    case Kind::session:
      return "session";
    case Kind::pram:
      return "causal";
    case Kind::staleness:
      return "staleness";
  }
  return "";
}

std::string_view Judge::pass_means() const {
  switch (kind_) {
    case Kind::isolation:
      return "no anomaly was found; versions that nobody read may hide one";
    case Kind::session:
      return "no read breaks a guarantee in one step";
    default:
      return "a proof";
  }
}

bool Judge::prefix_closed() const {
  switch (kind_) {
    case Kind::linearizable:
    case Kind::collection:
      return true;
    case Kind::isolation:
      return row_of(kSearched, question_.consistency) != nullptr &&
             row_of(kSearched, question_.consistency)->order == TxnOrder::real_time &&
             row_of(kSearched, question_.consistency)->model == TxnModel::serializable;
    default:
      return false;
  }
}

Verdict Judge::judge(const History& history, const JudgeOptions& options) const {
  switch (kind_) {
    case Kind::linearizable: {
      LinearizabilityOptions how;
      how.failed_cas_observes = options.failed_cas_observes;
      how.parallel = options.parallel;
      return check_linearizable(history, *model_named(question_.model), options.budget, how);
    }
    case Kind::collection: {
      CollectionOptions how;
      how.permits = options.permits;
      return check_collection(history, *collection_named(question_.model), options.budget, how);
    }
    case Kind::staleness:
      return check_staleness(history, options.k, options.budget);
    case Kind::sequential:
      return check_sequential(history, {.all_keys = !has_local_keys(history), .steps = options.budget.steps});
    case Kind::causal:
    case Kind::pram: {
      CausalFacts facts;
      facts.convergent = question_.consistency == "causal-convergence";
      facts.cells_max = options.budget.bytes / 4;
      return kind_ == Kind::pram ? check_pram(history, facts) : check_causal(history, facts);
    }
    case Kind::session: {
      SessionFacts facts;
      facts.guarantees = guarantees_of(question_.consistency);
      facts.cells_max = options.budget.bytes / 4;
      return check_session(history, facts);
    }
    case Kind::level:
      return check_level(history, row_of(kLevels, question_.consistency)->level, options.budget);
    case Kind::polygraph: {
      const Searched& asked = *row_of(kSearched, question_.consistency);
      return check_polygraph(history, asked.model, asked.order, options.budget);
    }
    default:
      return judge_isolation(history, *this, options);
  }
}

}  // namespace wn::checkers
