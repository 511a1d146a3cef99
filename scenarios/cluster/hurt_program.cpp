#include "scenarios/cluster/hurt_program.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "faults/byzantine/byzantine.h"
#include "faults/live/hurt.h"
#include "faults/plan/names.h"
#include "faults/plan/plan_io.h"
#include "runtime/daemon/daemon.h"
#include "runtime/real/loop.h"
#include "runtime/real/node.h"
#include "scenarios/cluster/control.h"
#include "scenarios/cluster/glued_file.h"
#include "scenarios/cluster/told.h"
#include "scenarios/cluster/trace_buffer.h"
#include "scenarios/workloads/tokens.h"
#include "sim/clock/node_clock.h"

namespace wn::cluster {
namespace {

using Options = std::map<std::string, std::string>;

int complain(const Error& error, int code) {
  std::fprintf(stderr, "worknode-hurt: %s\n", error.to_string().c_str());
  return code;
}

Result<std::string> read_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::not_found, file + ": cannot be read");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<Options> parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (!name.starts_with("--")) return fail(Errc::invalid_argument, "expected an option, got " + name);
    out[name.substr(2)] = argv[i + 1];
  }
  for (const char* needed : {"config", "plan", "trace", "control", "epoch"}) {
    if (!out.contains(needed))
      return fail(Errc::invalid_argument, std::string("--") + needed + " is missing");
  }
  return out;
}

std::int64_t wall_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// All that the hooks of one daemon share.
class Program {
 public:
  Program(daemon::Config config, faults::Plan plan, TraceBuffer trace, TrueClock clock, std::string control,
          const std::string& glued, std::uint64_t life)
      : config_(std::move(config)),
        plan_(std::move(plan)),
        trace_(std::move(trace)),
        clock_(clock),
        probe_(trace_, config_.id, clock_),
        control_(std::move(control)),
        glued_(glued),
        life_(life) {}

  Result<void> run(std::vector<faults::Fault> in_force);

 private:
  live::HurtOptions hurt_options() const;
  std::unique_ptr<Process> make_liar(const ProcessFactory& honest, NodeId id, Backend& backend) const;
  void listen(real::Loop& loop);
  void serve(int connection);
  void obey(const Control& control);

  daemon::Config config_;
  faults::Plan plan_;
  TraceBuffer trace_;
  TrueClock clock_;
  TraceProbe probe_;
  std::string control_;
  GluedFile glued_;
  std::uint64_t life_ = 1;
  std::vector<faults::Fault> in_force_;
  live::Hurt* hurt_ = nullptr;
  real::Loop* loop_ = nullptr;
};

live::HurtOptions Program::hurt_options() const {
  live::HurtOptions out;
  out.self = config_.id;
  out.seed = plan_.seed;
  const auto node = std::ranges::find(plan_.nodes, config_.id, &faults::NodePlan::id);
  if (node != plan_.nodes.end()) {
    out.drift_ppm = node->drift_ppm;
    out.disk_bytes_max = node->disk_bytes_max;
    out.wall_offset = node->wall_offset;
  }
  // Wall clocks show the simulator's dates: capabilities of the plan expire by them.
  const WallTime shown = sim::kWallEpoch + (clock_.now() - SimTime{});
  out.wall_offset = out.wall_offset + (shown - WallTime{wall_ns()});
  return out;
}

std::unique_ptr<Process> Program::make_liar(const ProcessFactory& honest, NodeId id, Backend& backend) const {
  byzantine::Options options;
  for (const faults::Fault& fault : plan_.faults) {
    if (faults::is_byzantine(fault.kind) && std::ranges::find(fault.nodes, id) != fault.nodes.end())
      options.faults.push_back(fault);
  }
  if (options.faults.empty()) return honest(id, backend);
  options.self = id;
  for (const faults::NodePlan& node : plan_.nodes) {
    if (node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare)
      options.servers.push_back(node.id);
  }
  options.seed = plan_.seed;
  options.now = [this] { return clock_.now(); };
  if (plan_.system.signed_updates) {
    options.signing = byzantine::Signing{.secret = scenarios::secret_of_server(plan_, id),
                                         .realm = scenarios::realm_name_of(plan_)};
  }
  return byzantine::make_liar(
      std::move(options), [&honest, id](Backend& door) { return honest(id, door); }, backend);
}

void Program::obey(const Control& control) {
  if (hurt_ == nullptr) return;
  switch (control.kind) {
    case ControlKind::begin_fault:
      if (const Errc begun = hurt_->begin(control.fault); begun != Errc::ok) {
        std::fprintf(stderr, "worknode-hurt: fault %u: %s\n", control.fault.id,
                     std::string(to_string(begun)).c_str());
      }
      return;
    case ControlKind::end_fault:
      return hurt_->end(control.fault.id);
    case ControlKind::power_loss:
      return hurt_->lose_power([] { ::_exit(kPowerLost); });
    default:
      return;
  }
}

void Program::serve(int connection) {
  for (;;) {
    const auto control = receive_control(connection);
    if (control) {
      obey(*control);
    } else if (control.error().code == Errc::timed_out) {
      return;
    } else if (control.error().code == Errc::cancelled) {
      loop_->unwatch(connection);
      ::close(connection);
      return;
    }
  }
}

void Program::listen(real::Loop& loop) {
  loop_ = &loop;
  const int listener = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, control_.c_str(), sizeof address.sun_path - 1);
  ::unlink(control_.c_str());
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 4) != 0) {
    std::fprintf(stderr, "worknode-hurt: %s: %s\n", control_.c_str(), std::strerror(errno));
    ::_exit(2);
  }
  const Errc watched = loop.watch(listener, real::kReadable, [this, listener](std::uint32_t) {
    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) return;
    if (loop_->watch(connection, real::kReadable, [this, connection](std::uint32_t) { serve(connection); }) !=
        Errc::ok)
      ::close(connection);
  });
  if (watched != Errc::ok) ::_exit(2);
}

Result<void> Program::run(std::vector<faults::Fault> in_force) {
  in_force_ = std::move(in_force);
  config_.host.on_glued = [this](NodeId node, const realm::Glued& glued) {
    glued_.append({.node = node,
                   .at = clock_.now(),
                   .sections = glued.sections,
                   .certificate = glued.certificate,
                   .says = {}});
  };
  daemon::Hooks hooks;
  hooks.machine = [this](ProcessFactory above) -> ProcessFactory {
    return [this, above = std::move(above)](NodeId, Backend& outer) -> std::unique_ptr<Process> {
      auto hurt = std::make_unique<live::Hurt>(hurt_options(), above, outer);
      hurt_ = hurt.get();
      for (const faults::Fault& fault : in_force_)
        obey({.kind = ControlKind::begin_fault, .fault = fault, .text = ""});
      return hurt;
    };
  };
  hooks.service = [this](ProcessFactory honest) -> ProcessFactory {
    return [this, honest = std::move(honest)](NodeId id, Backend& backend) {
      const auto above = [this, &honest](NodeId self, Backend& door) {
        return make_liar(honest, self, door);
      };
      return make_told(above, id, backend, {.clock = clock_, .seed = plan_.seed, .life = life_});
    };
  };
  hooks.probe = &probe_;
  hooks.defect = plan_.system.defect;
  hooks.began = [this](real::Loop& loop, real::Node&) { listen(loop); };
  return daemon::run(config_, hooks);
}

}  // namespace

Result<void> write_faults(const std::filesystem::path& file, std::span<const faults::Fault> in_force) {
  std::ofstream out(file, std::ios::binary);
  for (const faults::Fault& fault : in_force) {
    const std::vector<std::uint8_t> bytes =
        encode({.kind = ControlKind::begin_fault, .fault = fault, .text = ""});
    const auto size = static_cast<std::uint32_t>(bytes.size());
    for (int i = 0; i < 4; ++i) out.put(static_cast<char>(size >> (8 * i)));
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  out.close();
  if (!out) return fail(Errc::no_space, file.string() + ": cannot be written (disk full?)");
  return {};
}

Result<std::vector<faults::Fault>> read_faults(const std::filesystem::path& file) {
  const auto text = read_text(file.string());
  if (!text) return fail(text.error());
  std::vector<faults::Fault> out;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text->data());
  for (std::size_t at = 0; at < text->size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4 && at + i < text->size(); ++i)
      size |= std::size_t{bytes[at + i]} << (8 * i);
    at += 4;
    if (at > text->size() || size > text->size() - at) return fail(Errc::bad_input, file.string() + ": cut");
    auto control = decode_control(ByteView(bytes + at, size));
    if (!control) return fail(control.error());
    out.push_back(std::move(control->fault));
    at += size;
  }
  return out;
}

faults::Plan servers_part(const faults::Plan& plan) {
  faults::Plan out = plan;
  out.operations.clear();
  out.tokens.clear();
  out.claims.clear();
  std::erase_if(out.faults, [](const faults::Fault& fault) { return !faults::is_byzantine(fault.kind); });
  return out;
}

int hurt_main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) return complain(options.error(), 2);
  const auto text = read_text(options->at("config"));
  if (!text) return complain(text.error(), 2);
  auto config = daemon::read(*text, options->at("config"));
  if (!config) return complain(config.error(), 2);
  const auto plan_text = read_text(options->at("plan"));
  if (!plan_text) return complain(plan_text.error(), 2);
  auto plan = faults::parse_plan(*plan_text, options->at("plan"));
  if (!plan) return complain(plan.error(), 2);
  auto trace = TraceBuffer::open(options->at("trace"));
  if (!trace) return complain(trace.error(), 2);
  std::vector<faults::Fault> in_force;
  if (options->contains("faults")) {
    auto read = read_faults(options->at("faults"));
    if (!read) return complain(read.error(), 2);
    in_force = *std::move(read);
  }
  const TrueClock clock(std::strtoll(options->at("epoch").c_str(), nullptr, 10));
  Program program(*std::move(config), *std::move(plan), *std::move(trace), clock, options->at("control"),
                  options->at("trace") + ".glued",
                  options->contains("life") ? std::strtoull(options->at("life").c_str(), nullptr, 10) : 1);
  if (auto ran = program.run(std::move(in_force)); !ran) return complain(ran.error(), 6);
  return 0;
}

}  // namespace wn::cluster
