#include <algorithm>
#include <array>

#include "checkers/elle/answer_json.h"
#include "checkers/elle/elle.h"

namespace wn::checkers {
namespace {

using elle::AnswerJson;
using elle::no_answer;
using Kind = ValueNode::Kind;

constexpr std::size_t kSaidOperations = 6;  // of a witness, in an explanation
constexpr std::size_t kSaidLines = 10;

std::string number_of(std::uint64_t operation) { return "T" + std::to_string(operation); }

// "T2 read T1's append of 3 to key 7". `value` and `next` are Elle's: the version before and after.
std::string why(const History& history, std::string_view kind, std::uint64_t a, std::uint64_t b,
                const std::string& key, const std::string& value, const std::string& next) {
  const std::string from = number_of(a), to = number_of(b);
  if (kind == "wr") return to + " read what " + from + " wrote: " + value + " of key " + key;
  if (kind == "ww") return to + " wrote " + next + " to key " + key + " after " + from + "'s " + value;
  if (kind == "rw") {
    const bool none = value.empty() || value.starts_with(':');
    return from + " saw key " + key + (none ? " empty" : " at " + value) + " and not " + to + "'s " + next;
  }
  if (kind == "realtime") return from + " completed before " + to + " was invoked";
  if (kind == "process") {
    return "process " + std::to_string(history.operations[a].process) + " executed " + from + " before " + to;
  }
  return from + " comes before " + to;
}

bool begins_cycle(std::string_view type) { return type.starts_with("G0") || type.starts_with("G-"); }

// What is worst comes first; among equals the alphabet decides.
int rank(std::string_view type) {
  constexpr std::array<std::string_view, 9> kFirst{
      "duplicate-elements", "incompatible-order", "cyclic-versions", "internal", "G1a", "G1b", "G0", "G1c",
      "future-read"};
  if (type == "empty-transaction-graph" || type == "cycle-search-timeout") return 40;
  if (type.ends_with("-cycle-exists")) return 30;
  const auto found = std::ranges::find(kFirst, type);
  if (found != kFirst.end()) return static_cast<int>(found - kFirst.begin());
  return type.ends_with("-realtime") ? 22 : type.ends_with("-process") ? 21 : begins_cycle(type) ? 19 : 20;
}

// In the words that the native checker signs with.
std::string signed_type(std::string type) {
  if (type.empty()) return "isolation: Elle cannot tell";
  if (type == "incompatible-order") type = "incompatible order";
  if (type == "duplicate-elements") type = "duplicate append";
  if (const std::size_t item = type.find("-item"); item != type.npos) type.erase(item, 5);
  return "isolation: " + type;
}

class Reader {
 public:
  Reader(const ElleRequest& request, const History& history, const ElleOptions& options)
      : request_(request), history_(history), options_(options) {}

  Result<ElleAnswer> read(std::string_view line) {
    if (auto parsed = json_.parse(line); !parsed) return fail(parsed.error());
    answer_.verdict.claim = "isolation";
    if (auto common = plain_fields(); !common) return fail(common.error());
    const std::uint32_t valid = json_.field(json_.root(), "valid");
    const bool error = json_.is(valid, Kind::text) && json_.at(valid).text == "error";
    const std::uint32_t id = json_.field(json_.root(), "id");
    // A frame that could not be made out has no id; that answer is an error.
    if (id == kNoNode ? !error : !is_this_request(id)) return no_answer("it answers another request");
    if (error) return threw();
    if (auto types = json_.texts(json_.root(), "anomaly_types"); types) {
      types_ = *std::move(types);
    } else {
      return fail(types.error());
    }
    if (auto found = anomalies(); !found) return fail(found.error());
    Verdict& v = answer_.verdict;
    if (json_.is(valid, Kind::other) && json_.at(valid).text == "true") {
      const bool clean = types_.empty() && v.anomalies.empty() && v.ruled_out.empty();
      if (!clean) return no_answer("it is valid and has anomalies");
      v.outcome = Outcome3::pass;
      doubt_pass();
    } else if (json_.is(valid, Kind::other) && json_.at(valid).text == "false") {
      if (types_.empty()) return no_answer("it is not valid and has no anomaly");
      v.outcome = Outcome3::fail;
      explain();
    } else if (json_.is(valid, Kind::text) && json_.at(valid).text == "unknown") {
      v.outcome = Outcome3::unknown;
      explain();
    } else {
      return no_answer("\"valid\" is none of true, false, unknown, error");
    }
    return std::move(answer_);
  }

 private:
  bool is_this_request(std::uint32_t id) const {
    return json_.is(id, Kind::number) && json_.at(id).number >= 0 &&
           static_cast<std::uint64_t>(json_.at(id).number) == request_.id;
  }

  Result<void> plain_fields() {
    const std::uint32_t root = json_.root();
    const std::uint32_t fatal = json_.field(root, "fatal");
    answer_.fatal = json_.is(fatal, Kind::other) && json_.at(fatal).text == "true";
    const auto read_ms = json_.number(root, "read_ms"), check_ms = json_.number(root, "check_ms");
    auto ruled_out = json_.texts(root, "not"), also = json_.texts(root, "also_not");
    auto plots = json_.texts(root, "plots");
    auto plots_error = json_.text(root, "plots_error");
    if (!read_ms) return fail(read_ms.error());
    if (!check_ms) return fail(check_ms.error());
    if (!ruled_out) return fail(ruled_out.error());
    if (!also) return fail(also.error());
    if (!plots) return fail(plots.error());
    if (!plots_error) return fail(plots_error.error());
    answer_.read_ms = *read_ms;
    answer_.check_ms = *check_ms;
    answer_.verdict.ruled_out = *std::move(ruled_out);
    answer_.verdict.also_ruled_out = *std::move(also);
    answer_.plots = *std::move(plots);
    answer_.plots_error = *std::move(plots_error);
    return {};
  }

  Result<ElleAnswer> threw() {
    const auto said = json_.text(json_.root(), "error");
    if (!said) return fail(said.error());
    if (said->empty()) return no_answer("it is an error and does not say which");
    answer_.verdict.outcome = Outcome3::unknown;
    answer_.verdict.signature = "isolation: Elle refuses the history";
    answer_.verdict.explanation = "Elle refuses the history: " + *said;
    std::ranges::replace(answer_.verdict.explanation, '\n', ' ');
    return std::move(answer_);
  }

  // {type: [instance, …]}: the first of each type is the one that is kept.
  Result<void> anomalies() {
    const std::uint32_t map = json_.field(json_.root(), "anomalies");
    if (map == kNoNode) return {};
    if (!json_.is(map, Kind::map)) return no_answer("\"anomalies\" is not a map");
    for (std::uint32_t key = json_.at(map).first; key != kNoNode; key = json_.at(json_.at(key).next).next) {
      const std::uint32_t list = json_.at(key).next;
      if (!json_.is(list, Kind::list)) return no_answer("an anomaly's instances are not a list");
      Anomaly anomaly{.type = std::string(json_.at(key).text)};
      for (std::uint32_t i = json_.at(list).first; i != kNoNode; i = json_.at(i).next) {
        Anomaly instance{.type = anomaly.type};
        if (auto read = read_instance(i, instance); !read) return fail(read.error());
        if (i == json_.at(list).first) anomaly = std::move(instance);
      }
      const std::uint32_t more = json_.at(list).count;
      if (more > 1) anomaly.explanation += "\n  (the first of at least " + std::to_string(more) + ")";
      answer_.verdict.anomalies.push_back(std::move(anomaly));
    }
    std::ranges::sort(answer_.verdict.anomalies, {}, &Anomaly::type);
    const auto twice = std::ranges::adjacent_find(answer_.verdict.anomalies, {}, &Anomaly::type);
    if (twice != answer_.verdict.anomalies.end()) return no_answer("\"anomalies\" names a type twice");
    return {};
  }

  Result<void> read_instance(std::uint32_t node, Anomaly& out) {
    if (!json_.is(node, Kind::map)) return no_answer("an anomaly is not a map");
    const std::uint32_t list = json_.field(node, "operations");
    if (!json_.is(list, Kind::list)) return no_answer("an anomaly has no \"operations\"");
    for (std::uint32_t i = json_.at(list).first; i != kNoNode; i = json_.at(i).next) {
      const std::int64_t index = json_.is(i, Kind::number) ? json_.at(i).number : -1;
      if (index < 0 || static_cast<std::uint64_t>(index) >= request_.operations.size()) {
        return no_answer("an anomaly speaks of an operation that was not asked about");
      }
      out.operations.push_back(request_.operations[static_cast<std::size_t>(index)]);
    }
    if (const std::uint32_t steps = json_.field(node, "steps"); steps != kNoNode) {
      if (auto read = read_steps(steps, out); !read) return fail(read.error());
    }
    const auto text = json_.text(node, "text");
    if (!text) return fail(text.error());
    describe_instance(*text, out);
    return {};
  }

  Result<void> read_steps(std::uint32_t steps, Anomaly& out) {
    if (!json_.is(steps, Kind::list)) return no_answer("\"steps\" is not a list");
    const std::size_t size = out.operations.size();
    if (json_.at(steps).count != size) return no_answer("a cycle has not as many steps as operations");
    std::size_t at = 0;
    for (std::uint32_t i = json_.at(steps).first; i != kNoNode; i = json_.at(i).next, ++at) {
      if (!json_.is(i, Kind::map)) return no_answer("a step is not a map");
      const auto kind = json_.text(i, "type"), key = json_.text(i, "key"), value = json_.text(i, "value"),
                 next = json_.text(i, "next");
      for (const auto* field : {&kind, &key, &value, &next}) {
        if (!*field) return fail(field->error());
      }
      const std::uint64_t from = out.operations[at], to = out.operations[(at + 1) % size];
      out.links.push_back({from, to, *kind, why(history_, *kind, from, to, *key, *value, *next)});
    }
    return {};
  }

  void describe_instance(const std::string& text, Anomaly& out) const {
    std::string& said = out.explanation;
    said = out.type + ":";
    const auto line = [&](const std::string& words) { said += "\n  " + words; };
    if (!out.links.empty()) {
      for (std::size_t i = 0; i < out.links.size(); ++i) {
        if (i == kSaidOperations && out.links.size() > kSaidOperations + 1) {
          line("… " + std::to_string(out.links.size() - i) + " more");
          break;
        }
        const Link& link = out.links[i];
        line(number_of(link.from) + " < " + number_of(link.to) + ", because " + link.why);
      }
      line("and so round to " + number_of(out.links.front().from) + ": a contradiction");
      return;
    }
    for (std::size_t i = 0; i < out.operations.size() && i < kSaidOperations; ++i) {
      line(number_of(out.operations[i]) + " is " + describe(history_, out.operations[i]));
    }
    if (out.operations.empty() && !text.empty()) line(text);
  }

  void explain() {
    Verdict& v = answer_.verdict;
    std::ranges::sort(types_, [](const std::string& a, const std::string& b) {
      return std::pair(rank(a), std::string_view(a)) < std::pair(rank(b), std::string_view(b));
    });
    const std::string first = types_.empty() ? std::string() : types_.front();
    v.signature = signed_type(first);
    const auto worst_one = std::ranges::find(v.anomalies, first, &Anomaly::type);
    if (worst_one != v.anomalies.end()) {
      v.operations = worst_one->operations;
      v.explanation = worst_one->explanation;
    } else {
      v.explanation = first;
    }
    if (types_.size() > 1) {
      v.explanation += "\nalso found:";
      for (std::size_t i = 1; i < types_.size(); ++i) v.explanation += " " + types_[i];
    }
    if (!v.ruled_out.empty()) {
      v.explanation += "\nso these do not hold:";
      for (const std::string& model : v.ruled_out) v.explanation += " " + model;
    }
    const bool doubtful = options_.linearizable_keys || options_.sequential_keys;
    if (doubtful && std::ranges::find(types_, "cyclic-versions") != types_.end()) {
      v.explanation +=
          "\nwith this inference Elle 0.2.6 is known to invent cyclic versions: ask another checker";
    }
    clip_lines(v.explanation);
  }

  static void clip_lines(std::string& text) {
    std::size_t at = 0;
    for (std::size_t lines = 0; lines < kSaidLines + 4; ++lines) {
      at = text.find('\n', at);
      if (at == text.npos) return;
      ++at;
    }
    text.resize(at - 1);
  }

  void doubt_pass() {
    Verdict& v = answer_.verdict;
    if (request_.garbage_read == kNever) return;
    v.outcome = Outcome3::unknown;
    v.signature = "isolation: value from nowhere";
    v.operations = {request_.garbage_read};
    v.explanation =
        "Elle finds nothing, but it passes over reads of values that nobody wrote, and this is one: " +
        describe(history_, request_.garbage_read);
  }

  const ElleRequest& request_;
  const History& history_;
  const ElleOptions& options_;
  AnswerJson json_;
  std::vector<std::string> types_;
  ElleAnswer answer_;
};

}  // namespace

Result<void> elle_greeting(std::string_view line) {
  AnswerJson json;
  if (line.size() > 4096) return no_answer("its greeting is too long");
  if (auto parsed = json.parse(line); !parsed) return fail(parsed.error());
  const std::uint32_t version = json.field(json.root(), "worknode_elle");
  if (!json.is(version, Kind::number)) return no_answer("it does not greet");
  if (json.at(version).number != kElleProtocol) {
    return fail(Errc::unsupported, "Elle's driver speaks protocol " +
                                       std::to_string(json.at(version).number) + ", expected " +
                                       std::to_string(kElleProtocol));
  }
  return {};
}

Result<ElleAnswer> elle_answer(std::string_view line, const ElleRequest& request, const History& history,
                               const ElleOptions& options) {
  if (line.size() > kElleAnswerBytesMax) return fail(Errc::too_large, "an answer of more than 64 MiB");
  return Reader(request, history, options).read(line);
}

}  // namespace wn::checkers
