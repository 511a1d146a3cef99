# Shared by the scripts of ci/; sourced, never run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

jobs=${WORKNODE_JOBS:-$(nproc)}

# say TEXT: one line a person can follow a long script by.
say() { printf '\n== %s  [%ss]\n' "$*" "$SECONDS"; }

# fold TITLE COMMAND…: quiet on success, the whole output on failure. The command runs in a child, so errexit
# and its exit code are its own.
fold() {
  local title=$1 log status=0
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$log"
    printf 'FAILED (%s): %s\n' "$status" "$title"
  else
    printf 'ok: %s  [%ss]\n' "$title" "$SECONDS"
  fi
  rm -f "$log"
  return "$status"
}

# The virtual environment of the Python side; ci/setup makes it.
venv=$root/build/venv
