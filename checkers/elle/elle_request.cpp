#include <algorithm>
#include <span>
#include <utility>

#include "checkers/elle/elle.h"

namespace wn::checkers {
namespace {

bool is_name(std::string_view word) {
  return !word.empty() && word.size() <= 64 && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

Result<std::string> keywords(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& name : names) {
    if (!is_name(name))
      return fail(Errc::invalid_argument, "\"" + name + "\" is no name that Elle could know");
    out += (out.size() > 1 ? " :" : ":") + name;
  }
  return out + "]";
}

Result<std::string> options_text(const ElleOptions& options) {
  if (options.consistency_models.empty() && options.anomalies.empty()) {
    return fail(Errc::invalid_argument, "Elle is asked for no consistency model and no anomaly");
  }
  const bool register_options = options.wfr_keys || options.sequential_keys || options.linearizable_keys;
  if (options.model == ElleModel::list_append && register_options) {
    return fail(Errc::invalid_argument, "inference of version orders is for rw-register");
  }
  const auto models = keywords(options.consistency_models);
  if (!models) return fail(models.error());
  const auto anomalies = keywords(options.anomalies);
  if (!anomalies) return fail(anomalies.error());
  std::string out = options.model == ElleModel::list_append ? "{:model :list-append" : "{:model :rw-register";
  out += ", :consistency-models " + *models;
  if (!options.anomalies.empty()) out += ", :anomalies " + *anomalies;
  if (options.wfr_keys) out += ", :wfr-keys? true";
  if (options.sequential_keys) out += ", :sequential-keys? true";
  if (options.linearizable_keys) out += ", :linearizable-keys? true";
  out += ", :cycle-search-timeout " + std::to_string(options.cycle_search_ms);
  if (!options.plot_directory.empty()) {
    Interner atoms;  // JSON's escapes are EDN's
    out += ", :directory " + atoms.to_json(atoms.text(options.plot_directory));
  }
  return out + "}";
}

struct Event {
  std::uint64_t at = 0;
  std::uint64_t operation = 0;
  bool completion = false;
};

class Writer {
 public:
  Writer(const History& history, const ElleOptions& options, std::uint64_t id)
      : history_(history), options_(options) {
    request_.id = id;
  }

  Result<ElleRequest> write() {
    auto head = options_text(options_);
    if (!head) return fail(head.error());
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      if (auto usable = normalise(i); !usable) return fail(usable.error());
    }
    std::string body;
    for (const Event& event : events()) {
      line(event, body);
      request_.operations.push_back(event.operation);
      if (body.size() > kElleHistoryBytesMax) {
        return fail(Errc::too_large, "a history of more than 1 GiB of EDN is not given to Elle");
      }
    }
    if (options_.model == ElleModel::rw_register) find_garbage();
    request_.bytes = "check " + std::to_string(request_.id) + " " + std::to_string(head->size()) + " " +
                     std::to_string(body.size()) + "\n";
    request_.bytes += *head;
    request_.bytes += body;
    return std::move(request_);
  }

 private:
  // Single operations become transactions, kept beside the history; others are refused.
  Result<void> normalise(std::uint64_t i) {
    const Operation& op = history_.operations[i];
    if (op.function != Function::txn) {
      MicroOperation m{.key = op.key};
      switch (op.function) {
        case Function::read:
        case Function::get:
          see(op.result, m);
          break;
        case Function::write:
        case Function::put:
          m.write = true;
          m.value = op.value;
          break;
        case Function::append:
          m.append = true;
          m.value = op.value;
          break;
        default:
          return fail(Errc::unsupported,
                      "Elle judges transactions, and this is none: " + describe(history_, i));
      }
      single_.emplace_back(i, std::move(m));
    }
    for (const MicroOperation& m : txn_of(i)) {
      if ((m.append || m.write) && m.value == kNil) {
        return fail(Errc::unsupported,
                    "Elle takes nil for the initial state, and this writes it: " + describe(history_, i));
      }
    }
    return {};
  }

  void see(Atom result, MicroOperation& m) const {
    if (options_.model == ElleModel::rw_register) {
      if (result != kNil) m.seen = result;
    } else if (history_.atoms.kind(result) == Interner::Kind::list) {
      m.list = AtomList(history_.atoms.list_of(result));
    } else if (result != kNil) {
      m.seen = result;  // no list: Elle will say so
    }
  }

  std::span<const MicroOperation> txn_of(std::uint64_t i) const {
    const Operation& op = history_.operations[i];
    if (op.function == Function::txn) return op.txn;
    const auto at =
        std::ranges::lower_bound(single_, i, {}, &std::pair<std::uint64_t, MicroOperation>::first);
    return {&at->second, 1};
  }

  std::vector<Event> events() const {
    std::vector<Event> all;
    all.reserve(history_.operations.size() * 2);
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      const Operation& op = history_.operations[i];
      all.push_back({op.invoked, i, false});
      all.push_back({op.completed, i, true});  // kNever: after everything, in the order of invocation
    }
    std::ranges::stable_sort(all, {}, &Event::at);
    return all;
  }

  void line(const Event& event, std::string& out) const {
    const Operation& op = history_.operations[event.operation];
    out += "{:index ";
    out += std::to_string(request_.operations.size());
    out += " :process ";
    out += std::to_string(op.process);
    out += " :type :";
    out += !event.completion ? "invoke" : op.completed == kNever ? "info" : to_string(op.outcome);
    out += " :f :txn :value [";
    const bool seen = event.completion && op.completed != kNever && op.outcome != Outcome::fail;
    for (const MicroOperation& m : txn_of(event.operation)) {
      out += m.append ? "[:append " : m.write ? "[:w " : "[:r ";
      atom(m.key, out);
      out += ' ';
      if (m.append || m.write) {
        atom(m.value, out);
      } else if (seen && m.list) {
        list(*m.list, out);
      } else {
        atom(seen && m.seen ? *m.seen : kNil, out);
      }
      out += ']';
    }
    out += "]}\n";
  }

  void list(std::span<const Atom> elements, std::string& out) const {
    out += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (i != 0) out += ' ';
      atom(elements[i], out);
    }
    out += ']';
  }

  // Equal atoms, and only they, must be equal values for Elle: 1.0 and 1.00 are two texts and one number, so
  // what is neither number, text nor keyword goes as a text that begins with a mark no other text is given.
  void atom(Atom a, std::string& out) const {
    const Interner& atoms = history_.atoms;
    switch (atoms.kind(a)) {
      case Interner::Kind::nil:
        out += "nil";
        return;
      case Interner::Kind::number:
        out += std::to_string(atoms.number_of(a));
        return;
      case Interner::Kind::list:
        list(atoms.list_of(a), out);
        return;
      case Interner::Kind::text:
        if (atoms.text_of(a).starts_with('\1')) {
          quoted("\1\1" + std::string(atoms.text_of(a)), out);
        } else {
          atoms.append_json(a, out);
        }
        return;
      case Interner::Kind::other:
        if (const std::string_view token = atoms.text_of(a);
            token.starts_with(':') && is_name(token.substr(1))) {
          out += token;
        } else {
          quoted("\1" + std::string(token), out);
        }
        return;
    }
  }

  static void quoted(const std::string& text, std::string& out) {
    Interner scratch;
    scratch.append_json(scratch.text(text), out);
  }

  void find_garbage() {
    using Cell = std::pair<Atom, Atom>;
    std::vector<Cell> written;
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      for (const MicroOperation& m : txn_of(i)) {
        if (m.append || m.write) written.emplace_back(m.key, m.value);
      }
    }
    std::ranges::sort(written);
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      if (history_.operations[i].outcome != Outcome::ok) continue;
      for (const MicroOperation& m : txn_of(i)) {
        const bool strange =
            m.seen && *m.seen != kNil && !std::ranges::binary_search(written, Cell{m.key, *m.seen});
        if (strange && request_.garbage_read == kNever) request_.garbage_read = i;
      }
    }
  }

  const History& history_;
  const ElleOptions& options_;
  std::vector<std::pair<std::uint64_t, MicroOperation>> single_;
  ElleRequest request_;
};

}  // namespace

Result<ElleRequest> elle_request(const History& history, const ElleOptions& options, std::uint64_t id) {
  return Writer(history, options, id).write();
}

}  // namespace wn::checkers
