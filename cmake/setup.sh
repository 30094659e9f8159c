# Sets up what trainbus needs on a bare Debian 12: system packages, PyTorch as a C++ library, the
# model and the reviews of the main job. To be sourced by bash: apps/quickstart.sh, tests/run.sh and
# tests/bench.sh do. Everything but the system packages goes to .deps/, which may be deleted at any
# time. What is there already is found without asking the network.
#
#   TRAINBUS_TORCH=FOLDER             use this PyTorch 2.11 (its torch/ folder), install none
#   TRAINBUS_BUILD=FOLDER             build there, not in build/
#   CMAKE_BUILD_PARALLEL_LEVEL=N      compile N files at a time

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
build_folder=${TRAINBUS_BUILD:-$root/build}

for part in say system python data peers build; do
  # shellcheck source=/dev/null
  source "$root/cmake/setup/$part.sh"
done

# One setup and build at a time in a tree. Held until `unlock_tree`, or the end of the process.
lock_tree() {
  if ! { mkdir -p "$deps" && touch "$deps/lock"; } 2>/dev/null; then
    die "$deps could not be written." "Run this as a user who may write to it."
  fi
  exec 9>"$deps/lock"
  if ! flock -n 9; then
    say "another setup or build is at work in this folder: waiting for it"
    flock 9
  fi
}

unlock_tree() { exec 9>&-; }

# All that the launcher and the main job need; sets torch_root.
setup_all() {
  setup_system
  make_environment "$deps/python"
  setup_torch
  setup_data
}
