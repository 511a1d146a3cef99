#include "scenarios/cluster/hosts.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "faults/plan/names.h"
#include "runtime/config/toml_reader.h"
#include "scenarios/cluster/control.h"
#include "scenarios/workloads/admin_process.h"

namespace wn::cluster {
namespace {

constexpr std::size_t kHostsMax = 64;
constexpr std::size_t kHostsBytesMax = 1U << 20;

std::unexpected<Error> wrong(const std::string& file, const toml::source_region& at, std::string message) {
  return fail(Error{.code = Errc::bad_input,
                    .message = std::move(message),
                    .at = {.file = file, .line = at.begin.line, .column = at.begin.column}});
}

Result<Command> command_at(const toml::table& table, std::string_view key, const std::string& file,
                           bool needed) {
  Command out;
  const toml::node* node = table.get(key);
  if (node == nullptr && !needed) return out;
  const toml::array* words = node == nullptr ? nullptr : node->as_array();
  if (words == nullptr || words->empty())
    return wrong(file, (node == nullptr ? &table : node)->source(),
                 "\"" + std::string(key) + "\": expected a command as a list of words");
  for (const toml::node& word : *words) {
    const auto text = word.value<std::string>();
    if (!text) return wrong(file, word.source(), "\"" + std::string(key) + "\": expected words in quotes");
    out.push_back(*text);
  }
  return out;
}

Result<HostEntry> entry_of(const toml::table& table, const std::string& file) {
  HostEntry out;
  const auto node = faults::node_from(table["node"].value_or(std::string()));
  if (!node) return wrong(file, table.source(), "\"node\": expected a server of the plan, such as \"n1\"");
  out.node = *node;
  out.ssh = table["ssh"].value_or(std::string());
  out.address = table["address"].value_or(std::string());
  // A target that begins with a dash would be an option of ssh's.
  if (out.ssh.empty() || out.ssh.starts_with('-'))
    return wrong(file, table.source(), "\"ssh\": expected where ssh goes, such as \"tester@alpha\"");
  if (out.address.find(':') == out.address.npos)
    return wrong(file, table.source(), "\"address\": expected \"host:port\"");
  const std::array<std::pair<std::string_view, Command HostEntry::*>, 6> commands{
      {{"start", &HostEntry::start},
       {"kill", &HostEntry::kill},
       {"pause", &HostEntry::pause},
       {"go_on", &HostEntry::go_on},
       {"wipe", &HostEntry::wipe},
       {"stop", &HostEntry::stop}}};
  for (const auto& [key, member] : commands) {
    auto command = command_at(table, key, file, key != "wipe" && key != "stop");
    if (!command) return fail(command.error());
    out.*member = *std::move(command);
  }
  return out;
}

// For the shell over there: a word stays one word, whatever is in it.
std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string host_part(const std::string& address) { return address.substr(0, address.rfind(':')); }

}  // namespace

Result<std::vector<HostEntry>> parse_hosts(std::string_view text, const std::string& file) {
  const auto root = config::table_of(text, file, "a file of hosts (TOML)");
  if (!root) return fail(root.error());
  std::vector<HostEntry> out;
  const toml::array* hosts = (*root)["host"].as_array();
  if (hosts == nullptr || hosts->size() > kHostsMax)
    return wrong(file, root->source(), "expected 1 to 64 tables [[host]]");
  for (const toml::node& host : *hosts) {
    const toml::table* table = host.as_table();
    if (table == nullptr) return wrong(file, host.source(), "expected tables [[host]]");
    auto entry = entry_of(*table, file);
    if (!entry) return fail(entry.error());
    if (std::ranges::find(out, entry->node, &HostEntry::node) != out.end())
      return wrong(file, host.source(), faults::node_name(entry->node) + " is named twice");
    out.push_back(*std::move(entry));
  }
  std::ranges::sort(out, {}, &HostEntry::node);
  return out;
}

Result<std::vector<HostEntry>> read_hosts(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::not_found, file.string() + ": cannot be read");
  std::string text(kHostsBytesMax, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_hosts(text, file.string());
}

Command over_ssh(const HostEntry& host, const Command& command) {
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + quoted(word);
  return {"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "--", host.ssh, line};
}

RemoteHands::~RemoteHands() { end_all(); }

const HostEntry* RemoteHands::find(NodeId node) const {
  const auto at = std::ranges::find(options_.hosts, node, &HostEntry::node);
  return at == options_.hosts.end() ? nullptr : &*at;
}

Result<void> RemoteHands::run(NodeId node, const Command HostEntry::* command) {
  const HostEntry* host = find(node);
  if (host == nullptr) return fail(Errc::not_found, faults::node_name(node) + " is on no host");
  if ((host->*command).empty())
    return fail(Errc::unsupported, faults::node_name(node) + ": the hosts file has no such command");
  return must_run(over_ssh(*host, host->*command), *options_.log);
}

Result<void> RemoteHands::prepare() {
  tables_ = true;
  for (const HostEntry& host : options_.hosts) {
    // A runner that was killed may have left it; that it is not there is no error.
    (void)run_command(over_ssh(host, {"nft", "delete", "table", "ip", "wn_cluster"}), *options_.log);
    const Command table{"nft",
                        "table ip wn_cluster { set cut { type ipv4_addr; } ; chain input { type filter hook "
                        "input priority 0; policy accept; ip saddr @cut counter drop; } ; }"};
    if (auto made = must_run(over_ssh(host, table), *options_.log); !made) return made;
    // Nor that nothing runs.
    (void)run_command(over_ssh(host, host.wipe.empty() ? host.go_on : host.kill), *options_.log);
    if (host.wipe.empty()) continue;
    if (auto wiped = must_run(over_ssh(host, host.wipe), *options_.log); !wiped) return wiped;
  }
  return {};
}

void RemoteHands::end_all() {
  for (const NodeId node : std::exchange(started_, {})) {
    const HostEntry* host = find(node);
    if (host != nullptr && !host->stop.empty()) (void)must_run(over_ssh(*host, host->stop), *options_.log);
  }
  if (!std::exchange(tables_, false)) return;
  for (const HostEntry& host : options_.hosts)
    (void)must_run(over_ssh(host, {"nft", "delete", "table", "ip", "wn_cluster"}), *options_.log);
}

// A machine drops what comes from another one. Links of clients are those of this machine: the driver's.
Result<void> RemoteHands::change(std::span<const faults::Link> links, bool begins) {
  Result<void> out;
  for (const faults::Link& link : links) {
    const HostEntry* from = find(link.from);
    const HostEntry* to = find(link.to);
    Result<void> done;
    if (from != nullptr && to != nullptr) {
      done = must_run(over_ssh(*to, {"nft", begins ? "add" : "delete", "element", "ip", "wn_cluster", "cut",
                                     "{", host_part(from->address), "}"}),
                      *options_.log);
    } else {
      faults::Fault fault;
      fault.id = 0x8000'0000U + link.from.value * 4096 + link.to.value;
      fault.kind = faults::FaultKind::partition;
      fault.duration = Duration::max();
      fault.links = {link};
      done = tell_clients(fault, begins);
    }
    if (!done && out) out = std::move(done);
  }
  return out;
}

Result<void> RemoteHands::cut(std::span<const faults::Link> links) { return change(links, true); }
Result<void> RemoteHands::mend(std::span<const faults::Link> links) { return change(links, false); }

Result<void> RemoteHands::crash(std::span<const NodeId> nodes, CrashCause cause) {
  Result<void> out;
  for (const NodeId node : nodes) {
    Result<void> done = run(node, &HostEntry::kill);
    if (done && cause == CrashCause::wipe) done = run(node, &HostEntry::wipe);
    if (!done && out) out = std::move(done);
  }
  return out;
}

Result<void> RemoteHands::start(NodeId node, std::span<const faults::Fault>) {
  started_.insert(node);
  return run(node, &HostEntry::start);
}
Result<void> RemoteHands::pause(NodeId node) { return run(node, &HostEntry::pause); }
Result<void> RemoteHands::go_on(NodeId node) { return run(node, &HostEntry::go_on); }

Result<void> RemoteHands::tell(NodeId, const faults::Fault&, bool) {
  return fail(Errc::unsupported, "a daemon on another machine is not hurt from within");
}
Result<void> RemoteHands::tell_clients(const faults::Fault& fault, bool begins) {
  return send_control(
      options_.driver,
      {.kind = begins ? ControlKind::begin_fault : ControlKind::end_fault, .fault = fault, .text = ""});
}
Result<void> RemoteHands::ask_admin(const faults::Fault& fault) {
  const Bytes command = scenarios::encode_admin_command(fault);
  return send_control(options_.driver, {.kind = ControlKind::admin,
                                        .fault = {},
                                        .text = std::string(command.view().begin(), command.view().end())});
}

}  // namespace wn::cluster
