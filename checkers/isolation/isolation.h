#pragma once
// Isolation of transactions over lists and registers: which of Adya's anomalies a history shows, and which
// consistency models that rules out (Adya 1999; Adya, Liskov & O'Neil 2000; Kingsbury & Alvaro, "Elle", VLDB
// 2020). Claim: "isolation".
//
// Two transaction models. list_append: unique elements are appended to lists, reads show whole lists, so the
// order of versions of a key is the longest list that anyone read. rw_register: unique values are written to
// registers that begin as nil; the order of versions is inferred from nil and from what `wfr_keys`,
// `sequential_keys` and `linearizable_keys` let us assume. Single reads, gets, appends and writes of the
// history count as transactions of one micro-operation.
//
// Outcomes. `fail`: an anomaly that the asked models prohibit was found; each comes with a witness that is a
// proof. `pass`: none was found (no proof that the models hold where version orders stay open). `unknown`:
// the history says nothing (no two transactions are related: anomaly "empty-transaction-graph"), breaks the
// model's rules (an element appended twice, a write of nil, micro-operations of the other model, a name that
// is no consistency model: `explanation` says which), or the budget ran out.
//
// An info transaction counts only as far as somebody saw its writes. Anomaly names are Elle's
// ("G-single-item-realtime", "lost-update", "cyclic-versions", …) and one of our own: "garbage-read", a read
// of what nobody wrote, which rules out what G1a rules out. One witness for each type is reported; a type
// that another found in the same knot of transactions implies is not looked for.
//
// Signatures (stable, for "the same reason"): "isolation: " and G0, G1a, G1b, G1c, G-single, G2, each cycle
// also with -process and -realtime; internal, incompatible order, duplicate append, value from nowhere,
// lost-update, cyclic-versions.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

enum class TransactionModel : std::uint8_t { list_append, rw_register };

struct IsolationOptions {
  TransactionModel model = TransactionModel::list_append;
  std::vector<std::string> consistency_models = {"strict-serializable"};  // Elle's and Adya's names
  std::vector<std::string> anomalies;  // prohibited besides, with all that imply them
  // rw_register, what the database promises about versions of one key:
  bool wfr_keys = false;           // who reads v and writes v' made v' after v
  bool sequential_keys = false;    // a process sees versions in their order
  bool linearizable_keys = false;  // real time orders versions
  // Leave keys alone that break the model's rules, instead of saying `unknown`; and a history that says
  // nothing passes.
  bool lenient = false;
};

struct IsolationStats {
  std::uint64_t transactions = 0;  // ok and info
  std::uint64_t edges = 0;         // of data and process; real time needs none
  std::uint64_t knots = 0;         // strongly connected components of more than one transaction
  std::uint64_t largest_knot = 0;
};

// Budget: `stop` and `bytes` (of the graph's edges; only all-to-all relations between readers and writers
// nobody ordered can pass it) are heeded, `steps` is not needed: every search is polynomial.
Verdict check_isolation(const History& history, const IsolationOptions& options, const Budget& budget = {},
                        IsolationStats* stats = nullptr);

// Strict serializability of the keys that hold lists, leniently.
Verdict check_strict_serializable(const History& history);

std::vector<std::string> known_consistency_models();  // sorted, all spellings
std::vector<std::string> known_anomalies();           // sorted
bool knows_consistency_model(std::string_view name);
bool knows_anomaly(std::string_view name);

}  // namespace wn::checkers
