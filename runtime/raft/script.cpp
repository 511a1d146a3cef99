#include "runtime/raft/script.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/base/check.h"
#include "runtime/raft/cluster.h"

namespace wn::raft::testing {
namespace {

constexpr std::array<std::string_view, 12> kTypeNames = {"?",
                                                         "pre-vote",
                                                         "pre-vote-reply",
                                                         "vote",
                                                         "vote-reply",
                                                         "append",
                                                         "append-reply",
                                                         "heartbeat",
                                                         "heartbeat-reply",
                                                         "snapshot-chunk",
                                                         "snapshot-reply",
                                                         "timeout-now"};
constexpr std::array<std::string_view, 4> kRoleNames = {"follower", "pre-candidate", "candidate", "leader"};

std::string_view name_of(MessageType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::string list(const MemberList& members) {
  std::string out;
  for (NodeId id : members) out += fmt::format("{}{}", out.empty() ? "" : ",", id.value);
  return "{" + out + "}";
}

std::string describe(const Configuration& c) {
  std::string out = list(c.voters);
  if (c.joint()) out += " outgoing " + list(c.outgoing);
  if (!c.learners.empty()) out += " learners " + list(c.learners);
  return out;
}

std::string describe(const Parcel& parcel) {
  const Message& m = parcel.message;
  std::string out =
      fmt::format("n{}>n{} {} term={}", m.from.value, m.to.value, name_of(m.type), m.term.value);
  const bool is_reply = m.type == MessageType::append_reply || m.type == MessageType::pre_vote_reply ||
                        m.type == MessageType::vote_reply || m.type == MessageType::snapshot_reply;
  if (is_reply) out += m.reject ? " reject" : " ok";
  switch (m.type) {
    case MessageType::pre_vote:
    case MessageType::vote:
    case MessageType::append:
      out += fmt::format(" log={}/{}", m.log_index.value, m.log_term.value);
      break;
    case MessageType::append_reply:
      out += m.reject ? fmt::format(" hint={}/{}", m.log_index.value, m.log_term.value)
                      : fmt::format(" match={}", m.log_index.value);
      break;
    case MessageType::heartbeat:
      out += fmt::format(" commit={} round={}", m.commit.value, m.round);
      break;
    case MessageType::heartbeat_reply:
      out += fmt::format(" matched={} round={}", m.log_index.value, m.round);
      break;
    case MessageType::snapshot_chunk:
    case MessageType::snapshot_reply:
      out += fmt::format(" image={}/{} offset={}", m.snapshot.index.value, m.snapshot.term.value, m.offset);
      if (m.length != 0) out += fmt::format(" length={} of {}", m.length, m.snapshot.bytes);
      break;
    default:
      break;
  }
  if (m.type == MessageType::append) {
    out += fmt::format(" commit={} entries=[", m.commit.value);
    for (const Entry& e : parcel.entries) {
      out += fmt::format("{}{}/{}", &e == parcel.entries.data() ? "" : " ", e.index.value, e.term.value);
    }
    out += "]";
  }
  if (m.leadership_transfer) out += " transfer";
  return out;
}

std::string describe(NodeId id, const Note& note) {
  const auto& f = note.field;
  if (note.kind == TraceKind::raft_state) {
    return fmt::format("n{} {} term={} leader={} voted-for={} commit={}", id.value, kRoleNames[f[0]], f[1],
                       f[2], f[3], f[4]);
  }
  const TraceKindInfo* info = trace_kind_info(note.kind);
  std::string out = fmt::format("n{} {}", id.value, info->name.substr(std::string_view("raft_").size()));
  for (std::size_t i = 0; i < f.size(); ++i) {
    if (info->fields[i].empty() || info->fields[i] == "checksum") continue;
    const bool mask = note.kind == TraceKind::raft_config && i >= 1 && i <= 3;
    out +=
        mask ? fmt::format(" {}={:b}", info->fields[i], f[i]) : fmt::format(" {}={}", info->fields[i], f[i]);
  }
  return out;
}

class Script {
 public:
  std::string run(std::string_view command) {
    words_.clear();
    while (!command.empty()) {
      const std::size_t end = std::min(command.find(' '), command.size());
      if (end > 0) words_.emplace_back(command.substr(0, end));
      command.remove_prefix(std::min(end + 1, command.size()));
    }
    out_.clear();
    const std::size_t violations = cluster_ && cluster_->violation() ? 1 : 0;
    const auto verb = std::ranges::find(kVerbs, words_.front(), &Verb::name);
    if (verb == kVerbs.end()) return "unknown verb\n";
    (this->*verb->act)();
    if (cluster_) {
      for (const auto& [id, note] : cluster_->notes) {
        const bool renewal = note.kind == TraceKind::raft_lease && note.field[1] != 0;
        if (!renewal) line(describe(id, note));
      }
      cluster_->notes.clear();
      cluster_->check_all();
      if (violations == 0 && cluster_->violation()) line("VIOLATION " + *cluster_->violation());
      for (NodeId id : cluster_->ids()) report(cluster_->at(id));
    }
    return out_.empty() ? "ok\n" : out_;
  }

 private:
  struct Verb {
    std::string_view name;
    void (Script::*act)();
  };
  static const std::array<Verb, 25> kVerbs;

  void line(const std::string& text) { out_ += text + "\n"; }
  static std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    WN_CHECK(error == std::errc{} && end == text.data() + text.size());
    return value;
  }
  // key=value among the words; `otherwise` when absent.
  std::string text(std::string_view key, std::string_view otherwise = "") const {
    for (const std::string& word : words_) {
      if (word.starts_with(key) && word.size() > key.size() && word[key.size()] == '=')
        return word.substr(key.size() + 1);
    }
    return std::string(otherwise);
  }
  std::uint64_t number_of(std::string_view key, std::uint64_t otherwise) const {
    const std::string found = text(key);
    return found.empty() ? otherwise : number(found);
  }
  MemberList members(std::string_view key) const {
    MemberList out;
    std::string rest = text(key);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      out.insert_sorted(NodeId{static_cast<std::uint32_t>(number(rest.substr(0, end)))});
      rest.erase(0, end + 1);
    }
    return out;
  }
  NodeId node(std::size_t word = 1) const {
    WN_CHECK_LT(word, words_.size());
    return NodeId{static_cast<std::uint32_t>(number(words_[word]))};
  }
  Cluster& c() {
    WN_CHECK(cluster_ != nullptr);
    return *cluster_;
  }
  void report(Member& m) {
    for (const ReadReady& read : m.reads) {
      line(fmt::format("n{} read ready at {}{}", m.id.value, read.index.value,
                       read.by_lease ? " by lease" : ""));
    }
    for (const Refusal& refusal : m.refusals) {
      line(fmt::format("n{} refused: {}", m.id.value, to_string(refusal.code)));
    }
    for (std::uint64_t context : m.completed) line(fmt::format("n{} completed {}", m.id.value, context));
    m.reads.clear();
    m.refusals.clear();
    m.completed.clear();
  }

  // ---- verbs
  void options() {
    options_.snapshot_chunk_bytes_max = number_of("chunk", options_.snapshot_chunk_bytes_max);
    options_.compaction_tail_entries = number_of("tail", options_.compaction_tail_entries);
    options_.log_entries_max = number_of("log", options_.log_entries_max);
    options_.append_entries_max =
        static_cast<std::uint32_t>(number_of("entries", options_.append_entries_max));
    options_.inflight_messages_max =
        static_cast<std::uint32_t>(number_of("inflight", options_.inflight_messages_max));
    options_.pending_reads_max = static_cast<std::uint32_t>(number_of("reads", options_.pending_reads_max));
    options_.lease_reads = text("lease", options_.lease_reads ? "on" : "off") == "on";
    options_.pre_vote = text("pre-vote", options_.pre_vote ? "on" : "off") == "on";
    options_.check_quorum = text("check-quorum", options_.check_quorum ? "on" : "off") == "on";
    options_.catch_up_patience = milliseconds(static_cast<std::int64_t>(number_of("patience", 10'000)));
    options_.defect = *defect_from(text("defect", "none"));
  }
  void add_nodes() {
    if (cluster_ == nullptr) {
      Configuration bootstrap;
      bootstrap.voters = members("voters");
      bootstrap.learners = members("learners");
      cluster_ = std::make_unique<Cluster>(options_, bootstrap);
      cluster_->keep_notes = true;
      // Past what a previous life may have promised.
      cluster_->advance(options_.election_timeout_min);
    }
    for (NodeId id : members("blank")) cluster_->add(id);
  }
  // The node's timer runs out, alone.
  void campaign() {
    c().advance(options_.election_timeout_max);
    c().tick(node());
  }
  // The same until it leads, without telling how: the way into a script's subject.
  void elect() {
    if (!c().elect(node())) line("not elected");
    c().notes.clear();
  }
  void tick() { c().tick(node()); }
  void advance() { c().advance(milliseconds(static_cast<std::int64_t>(number(words_.at(1))))); }
  void run_for() { c().run(milliseconds(static_cast<std::int64_t>(number(words_.at(1))))); }
  void propose() {
    for (std::size_t i = 2; i < words_.size(); ++i) c().propose(node(), words_[i], i);
  }
  bool matches(const Parcel& parcel) const {
    const Message& m = parcel.message;
    return (text("from").empty() || number_of("from", 0) == m.from.value) &&
           (text("to").empty() || number_of("to", 0) == m.to.value) &&
           (text("type").empty() || text("type") == name_of(m.type));
  }
  // Those that are in flight now, not those that they cause; with nth=, one of them (from 1). keep=yes
  // delivers copies.
  void deliver() {
    std::size_t left = c().in_flight().size();
    std::size_t at = 0;
    const bool keep = text("keep") == "yes";
    const std::uint64_t nth = number_of("nth", 0);
    std::uint64_t met = 0;
    while (left-- > 0) {
      if (matches(c().in_flight()[at]) && (nth == 0 || ++met == nth)) {
        const Parcel parcel = c().in_flight()[at];
        line(describe(parcel));
        c().deliver(at);
        if (!keep) continue;
        c().in_flight().insert(c().in_flight().begin() + static_cast<std::ptrdiff_t>(at++), parcel);
      } else {
        ++at;
      }
    }
  }
  void drop() {
    std::erase_if(c().in_flight(), [&](const Parcel& parcel) { return matches(parcel); });
  }
  void messages() {
    for (const Parcel& parcel : c().in_flight()) line(describe(parcel));
  }
  void partition() {
    for (std::size_t i = 1; i < words_.size(); ++i) c().isolate(node(i));
  }
  void heal() { c().heal(); }
  void persist() { c().persist(node()); }
  void disks() { c().auto_persist = words_.at(1) == "prompt"; }
  void crash() { c().crash(node(), number_of("kept", 0)); }
  void restart() {
    c().restart(node(), LogIndex{number_of("quarantine", 0)});
    c().advance(milliseconds(static_cast<std::int64_t>(number_of("after", 300))));
  }
  void lose_log() {  // the disk's log from this index on turns out to be damaged
    auto& log = c().at(node()).disk.log;
    std::erase_if(log, [&](const Entry& e) { return e.index.value >= number_of("from", 0); });
  }
  void stabilize() { c().settle(); }
  void transfer() {
    c().step(node(),
             TransferLeadership{.to = NodeId{static_cast<std::uint32_t>(number_of("to", 0))}, .context = 1});
  }
  void change_membership() {
    c().step(node(),
             ChangeMembership{.voters = members("voters"), .learners = members("learners"), .context = 2});
  }
  void read() { c().read(node()); }
  void snapshot() { c().snapshot(node()); }
  void log() {
    const Log& log = c().at(node()).core->state().log;
    std::string text = fmt::format("base {}/{}:", log.base_index().value, log.base_term().value);
    for (const Entry& e : log.span(log.first_index(), log.last_index())) {
      text += fmt::format(" {}/{}", e.index.value, e.term.value);
    }
    line(text);
  }
  void status() {
    for (NodeId id : c().ids()) {
      if (words_.size() > 1 && node() != id) continue;
      if (!c().up(id)) {
        line(fmt::format("n{} down", id.value));
        continue;
      }
      const Status s = c().status(id);
      line(fmt::format(
          "n{} {} term={} leader={} commit={} last={} durable={} members={}{}", id.value,
          kRoleNames[static_cast<std::size_t>(s.role)], s.term.value, s.leader.value, s.commit.value,
          s.last_index.value, s.durable_index.value, describe(s.configuration),
          s.quarantine_until.value != 0 ? fmt::format(" quarantine={}", s.quarantine_until.value) : ""));
    }
  }

  Options options_;
  std::unique_ptr<Cluster> cluster_;
  std::vector<std::string> words_;
  std::string out_;
};

const std::array<Script::Verb, 25> Script::kVerbs = {{{"options", &Script::options},
                                                      {"add-nodes", &Script::add_nodes},
                                                      {"campaign", &Script::campaign},
                                                      {"elect", &Script::elect},
                                                      {"tick", &Script::tick},
                                                      {"advance", &Script::advance},
                                                      {"run", &Script::run_for},
                                                      {"propose", &Script::propose},
                                                      {"deliver", &Script::deliver},
                                                      {"drop", &Script::drop},
                                                      {"messages", &Script::messages},
                                                      {"partition", &Script::partition},
                                                      {"heal", &Script::heal},
                                                      {"persist", &Script::persist},
                                                      {"disks", &Script::disks},
                                                      {"crash", &Script::crash},
                                                      {"restart", &Script::restart},
                                                      {"lose-log", &Script::lose_log},
                                                      {"stabilize", &Script::stabilize},
                                                      {"transfer", &Script::transfer},
                                                      {"change-membership", &Script::change_membership},
                                                      {"read", &Script::read},
                                                      {"snapshot", &Script::snapshot},
                                                      {"log", &Script::log},
                                                      {"status", &Script::status}}};

}  // namespace

std::string run_script(std::string_view text) {
  Script script;
  std::string out;
  bool in_output = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.empty()) {
      in_output = false;
      out += "\n";
    } else if (in_output) {
      continue;  // what the command printed before
    } else if (row.starts_with('#')) {
      out += std::string(row) + "\n";
    } else if (row != "----") {
      out += std::string(row) + "\n----\n" + script.run(row);
      in_output = true;
    }
  }
  return out;
}

}  // namespace wn::raft::testing
