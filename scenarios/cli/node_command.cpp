#include "runtime/base/hex.h"
#include "runtime/daemon/config_file.h"
#include "runtime/daemon/daemon.h"
#include "runtime/daemon/identity.h"
#include "runtime/daemon/knobs.h"
#include "scenarios/cli/commands.h"

namespace wn::scenarios {

Result<ExitCode> node_command(Console& console, const NodeArguments& arguments) {
  if (!arguments.new_identity.empty()) {
    const auto key = daemon::new_identity(arguments.new_identity);
    if (!key) return fail(key.error());
    console.print(hex_of(key->bytes) + "\n");
    return ExitCode::pass;
  }
  const auto config = daemon::load(arguments.config);
  if (!config) return fail(config.error());
  if (arguments.print_config) {
    console.print(daemon::write(*config));
    return ExitCode::pass;
  }
  if (arguments.check) {
    const auto identity = daemon::read_identity(config->identity);
    if (!identity) return fail(identity.error());
    console.print(arguments.config + ": node " + std::to_string(config->id.value) + ", key " +
                  hex_of(quic::key_of(*identity).bytes) + "\n");
    return ExitCode::pass;
  }
  if (const auto ran = daemon::run(*config); !ran) return fail(ran.error());
  return ExitCode::pass;
}

}  // namespace wn::scenarios
