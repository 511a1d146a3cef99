#pragma once
// ListAppend: a history of list-append transactions as dense arrays, its anomalies that need no cycle, and
// its data dependencies (Kingsbury & Alvaro 2020, sections 3 to 5).
//
// One pass reads the history. Per key the longest read is kept and every other read compared with it at once:
// while each is a prefix of the longer one, a read is known by its length alone, so all that depends on
// elements (who wrote them, whether they failed, repeat, or came from nowhere) is found once per key, from
// the longest read. Keys where that breaks ("odd": incompatible orders, repetitions) are read once more,
// element by element.
//
// Edges are those of adjacent versions: ww from an element's writer to the next one's, wr from the last
// element read, rw to the writer of the first element not read. Appends that nobody read come after all that
// was read, in no order among themselves.
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/isolation/dependency_graph.h"
#include "checkers/isolation/findings.h"

namespace wn::checkers::isolation {

class ListAppend {
 public:
  ListAppend(const History& history, Findings& findings, bool lenient)
      : h_(history), findings_(findings), lenient_(lenient) {}

  // False: refused (findings say why) or the budget does not do.
  bool prepare(const Budget& budget);
  // With `more` (process order).
  void add_edges(DependencyGraph& graph, const std::vector<Edge>& more) const;
  std::string why(const Edge& edge) const;  // one sentence about an edge of data

 private:
  static constexpr std::uint32_t kUnread = 0xFFFFFFFF;   // position of an append that nobody read
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFE;  // of a read that says nothing about the order

  struct Micro {
    std::uint32_t key = 0;
    // append: the element, its position once known; read: how many elements it saw
    std::uint32_t value = 0;
    bool append = false;
    bool middle = false;   // append: the same transaction appends to the key again later
    bool updates = false;  // read: the first on its key, and its transaction appends to the key later
  };
  struct Key {
    const Atom* longest = nullptr;
    std::uint32_t length = 0;
    std::uint32_t base = 0;  // into writers_ (length + 1 places each)
    std::uint32_t appends = 0;
    std::uint32_t first_failed = kUnread;
    std::uint32_t first_garbage = kUnread;
    bool odd = false, bad = false;
    Atom name;
    std::uint64_t reader = 0;  // operation of the longest read
  };
  struct Seen {  // what the operation at hand did to a key so far
    std::uint32_t operation = kNobody;
    std::uint32_t first = 0;        // micro-operation
    std::uint32_t last_append = 0;  // + 1; 0: none
    std::uint32_t last_read = 0;    // + 1; 0: none
  };
  struct Pending {  // an anomaly inside one transaction or between two reads, of a key that may be left out
    std::string_view type;
    std::uint32_t key = 0;
    Atom value;
    std::uint32_t other = 0, operation = 0;
  };
  static constexpr std::size_t kPendingMax = 4096;
  struct OddRead {
    std::uint32_t operation, micro;  // micro: index into micros_
    const Atom* list;
    std::uint32_t length;
  };

  // list_append_read.cpp: the pass over the history
  bool read_history();
  bool read_operation(std::uint32_t op, const std::vector<MicroOperation>& micros);
  std::uint32_t key_of(Atom name);
  bool refuse(std::uint32_t key, const std::string& why);
  void take_append(std::uint32_t op, const std::vector<MicroOperation>& micros, std::uint32_t i,
                   std::uint32_t key);
  void take_read(std::uint32_t op, const std::vector<MicroOperation>& micros, std::uint32_t i,
                 std::uint32_t key);
  void check_internal(std::uint32_t op, const std::vector<MicroOperation>& micros, std::uint32_t i);
  static std::pair<const Atom*, std::uint32_t> list_of(const MicroOperation& m);
  void clash(std::uint32_t key, std::uint32_t op);
  bool wants(std::string_view type) const;
  void report_pending();

  // list_append.cpp: orders and what follows from them
  bool order_versions();
  bool order_key(std::uint32_t key, const std::vector<std::uint32_t>& slice,
                 const std::vector<std::uint32_t>& operation, std::uint32_t begin, std::uint32_t end);
  void judge_key(std::uint32_t key);
  void judge_reads();
  void judge_odd();
  void judge_odd_read(const OddRead& read);
  bool pairs_fit(const Budget& budget);
  template <typename Sink>
  void each_edge(const Sink& sink) const;

  bool may_count(std::uint32_t op) const { return h_.operations[op].outcome != Outcome::fail; }
  std::string element(std::uint32_t key, Atom value) const {
    return h_.atoms.to_json(value) + " of key " + h_.atoms.to_json(keys_[key].name);
  }

  const History& h_;
  Findings& findings_;
  bool lenient_;
  std::vector<std::uint32_t> key_of_;  // per atom: key + 1
  std::vector<Key> keys_;
  std::vector<Seen> seen_;            // per key
  std::vector<Micro> micros_;         // of all operations, in order
  std::vector<std::uint32_t> first_;  // per operation, into micros_
  // per key and position: operation that appended it, kNobody when none; and the middles of transactions
  std::vector<std::uint32_t> writers_;
  std::vector<bool> middle_;
  std::vector<std::uint32_t> unread_, first_unread_;  // operations, by key
  std::vector<Pending> pending_;
  std::deque<std::vector<MicroOperation>> singles_;  // single reads, kept for their lists
  std::vector<Edge> odd_edges_;
  // of odd keys: (key, element) -> (operation, middle)
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint32_t, bool>> odd_writers_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> odd_positions_;
  std::deque<std::vector<Atom>> orders_;               // of keys whose longest read repeats elements
  std::vector<std::uint32_t> stamp_, stamp_position_;  // per atom
};

}  // namespace wn::checkers::isolation
