#pragma once
// RwRegister: a history of transactions that read and write registers, as dense arrays; its anomalies that
// need no cycle; the order of versions of each key as far as it can be inferred; and its data dependencies
// (Kingsbury & Alvaro 2020, section 5).
//
// What a transaction does to a key from outside is one touch: the first read before it wrote (if any) and its
// last write (if any). Versions of a key are nil and the values written or read. Writes of info transactions
// count as versions, too; so do their edges, which can close a cycle only when somebody saw them.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/isolation/dependency_graph.h"
#include "checkers/isolation/findings.h"
#include "checkers/isolation/isolation.h"

namespace wn::checkers::isolation {

// `from` is an older version than `to`.
struct VersionEdge {
  std::uint32_t from = 0, to = 0;
  friend auto operator<=>(const VersionEdge&, const VersionEdge&) = default;
};

class RwRegister {
 public:
  RwRegister(const History& history, Findings& findings, const IsolationOptions& options)
      : h_(history), findings_(findings), options_(options) {}

  bool prepare(const Budget& budget);
  void add_edges(DependencyGraph& graph, const std::vector<Edge>& more) const;
  std::string why(const Edge& edge) const;

 private:
  enum class Sort : std::uint8_t { touch, middle, failed, inner };  // inner: a read after own writes or reads
  struct Entry {
    std::uint32_t key = 0, operation = 0;
    Atom read, written;
    Sort sort = Sort::touch;
    bool reads = false, writes = false;
    std::uint32_t read_version = kNobody, written_version = kNobody;
  };
  struct Version {
    Atom value;
    std::uint32_t key = 0;
    std::uint32_t writer = kNobody;   // ok or info
    std::uint32_t failed = kNobody;   // a failed transaction that wrote it
    std::uint32_t middle = kNobody;   // a transaction that wrote it and something else later
    std::uint32_t reader = kNobody;   // somebody, ok
    std::uint32_t updater = kNobody;  // who read it and wrote the key, ok
  };

  // rw_register_read.cpp
  bool read_history();
  bool read_operation(std::uint32_t op, const std::vector<MicroOperation>& micros);
  std::uint32_t key_of(Atom name);
  bool refuse(std::uint32_t key, const std::string& why);
  void sort_by_key();

  // rw_register.cpp
  bool number_versions();
  bool number_key(std::uint32_t key);
  std::uint32_t version_of(std::uint32_t key, Atom value);
  bool note(const Entry& entry);
  void judge();
  void judge_read(const Entry& entry, std::uint32_t version);
  bool gather(const Budget& budget);
  template <typename Sink>
  void each_edge(const Sink& sink) const;

  // version_orders.cpp
  void order_versions();
  void accept(std::vector<VersionEdge> edges, const std::string& source);
  std::vector<VersionEdge> writes_follow_reads() const;
  std::vector<VersionEdge> sequential() const;
  std::vector<VersionEdge> linearizable() const;
  std::uint32_t before(const Entry& e) const;  // the first version of its key that a touch met
  std::uint32_t after(const Entry& e) const;   // the last one; kNobody: it may not have happened

  std::string named(std::uint32_t version) const {
    return "key " + h_.atoms.to_json(keys_[versions_[version].key]) + " = " +
           h_.atoms.to_json(versions_[version].value);
  }

  const History& h_;
  Findings& findings_;
  const IsolationOptions& options_;
  std::vector<std::uint32_t> key_of_;                  // per atom: key + 1
  std::vector<Atom> keys_;                             // names
  std::vector<bool> bad_;                              // per key: left out
  std::vector<Entry> entries_;                         // by key, then by operation
  std::vector<std::uint32_t> first_entry_;             // per key
  std::vector<Version> versions_;                      // by key; the first of each key is nil
  std::vector<std::uint32_t> first_version_;           // per key
  std::vector<VersionEdge> order_;                     // sorted; nil before all others goes without saying
  std::vector<std::uint32_t> readers_, first_reader_;  // operations per version
  std::vector<std::uint32_t> stamp_, stamp_version_;   // per atom
};

}  // namespace wn::checkers::isolation
