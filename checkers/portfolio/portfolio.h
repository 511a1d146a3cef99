#pragma once
// Portfolio: which checker judges a history of model M for consistency C. One table for everybody who asks by
// name: the command line, Python, the reports. Judges nothing itself.
//
// Models: objects (register, cas-register, kv, set, queue, stack, priority-queue, lock, semaphore, counter)
// and transactions (list-append, rw-register). Consistencies of objects: linearizable, sequential, causal,
// causal-convergence, pram, session and its four guarantees, and k-atomic; of transactions: the names of
// Adya's and Elle's lattice ("strict-serializable", "PL-SI", …).
//
// Two answers are possible for transactions. By graphs, as Elle does: a fail is a proof, a pass says that
// nothing was found. `exact`: both are proofs, where the values written are unique; read-committed,
// read-atomic and causal in near-linear time (checkers/levels), snapshot isolation and serializability by
// search within the budget (checkers/polygraph), else `unknown`.
//
// Thread rule: values.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "checkers/linearizability/linearizability.h"
#include "runtime/base/result.h"

namespace wn::checkers {

struct ModelWord {
  std::string_view name;
  std::string_view summary;
  std::string_view consistency;  // what is asked when nobody says
};
std::span<const ModelWord> model_words();  // in the order in which they are shown

struct ConsistencyWord {
  std::string name;
  std::string summary;  // empty: a name of the lattice of transactions
};
std::vector<ConsistencyWord> consistency_words();

struct Question {
  std::string model;
  std::string consistency;  // empty: the model's own
  bool exact = false;       // transactions: pass must be a proof
};

struct JudgeOptions {
  Budget budget = {};
  Executor parallel = {};  // keys side by side, where the judge can; the verdict is the same with any or none
  bool failed_cas_observes = true;  // a refused cas saw another value; else it says nothing
  // rw-register: what the database promises about the versions of one key (checkers/isolation/isolation.h)
  bool wfr_keys = false, sequential_keys = false, linearizable_keys = false;
  std::uint64_t permits = 1;  // semaphore
  std::uint32_t k = 2;        // k-atomic: each read shows one of the last k writes; at least 1
};

// Who judges. Only values that choose() gave are meaningful.
class Judge {
 public:
  enum class Kind : std::uint8_t {
    linearizable,
    collection,
    isolation,
    level,
    polygraph,
    sequential,
    causal,
    pram,
    session,
    staleness,
  };
  // invalid_argument: a word that nobody knows, with those that are known. unsupported: words that are known
  // and that nobody judges together.
  static Result<Judge> choose(const Question& question);

  const std::string& model() const { return question_.model; }
  const std::string& consistency() const { return question_.consistency; }
  Kind kind() const { return kind_; }
  std::string_view checker() const;  // the room that judges: "linearizability", "isolation", …
  // What a pass is worth, one line: "a proof", or what it leaves open.
  std::string_view pass_means() const;

  Verdict judge(const History& history, const JudgeOptions& options) const;
  // What is wrong with a prefix of a history stays wrong, whatever comes: so a stream may be judged as it
  // grows.
  bool prefix_closed() const;

 private:
  Question question_;
  Kind kind_{};
};

}  // namespace wn::checkers
