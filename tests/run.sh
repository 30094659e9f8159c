#!/usr/bin/env bash
# Sets up what is missing, builds, and runs every test.
set -euo pipefail

usage() {
  cat <<'END'
tests/run.sh [--core | --peers | --sanitize[=NAME]] [CTEST OPTION…]

Sets up what is missing, builds into build/, and runs every test. Everything else is handed to
ctest:
  tests/run.sh -L vectors      only the tests with this label (one label a folder of tests/)
  tests/run.sh -R bus -V       only tests with this in their name, with all their output
  tests/run.sh -N              only list them

  --core    the tests of core/ alone, built into build-core/ without LibTorch
  --peers   also let PyTorch, transformers, TensorBoard and pandas open what we write; they are
            installed into .deps/peers first, up to 3 GB where no CUDA toolkit is there
  --sanitize[=address|thread|fuzzer]
            with the compiler's sanitizers, all three or one, each built into a folder of its own:
            build-asan/, build-tsan/ (what needs no LibTorch), build-fuzz/ (the fuzz targets)

  TRAINBUS_VECTORS=FOLDER       reference vectors to test against (default: tests/data/vectors);
                                what is not implemented, or not there, is skipped by name (-V)
  TRAINBUS_TORCH=FOLDER         use the PyTorch 2.11 in this torch/ folder, install none
  TRAINBUS_BUILD=FOLDER         build there, not in build/
  CMAKE_BUILD_PARALLEL_LEVEL=N  compile N files at a time
  TRAINBUS_FUZZ_SECONDS=N       let each fuzz target search so long (default: 5)
  CI=true                       treat warnings as errors, and build the benchmarks too
END
}

mode=all
sanitizers="address thread fuzzer"
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit ;;
    --core) mode=core ;;
    --peers) mode=peers ;;
    --sanitize) mode=sanitize ;;
    --sanitize=*) mode=sanitize sanitizers=${1#*=} ;;
    *) break ;;
  esac
  shift
done

source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"

options=(-DTRAINBUS_TESTS=ON)
[ "${CI:-}" != true ] || options+=(-DTRAINBUS_WERROR=ON -DTRAINBUS_BENCHMARKS=ON)

# shellcheck disable=SC2034  # for setup_system
[ "$mode" = core ] || test_tools=(tmux clang)
# shellcheck disable=SC2034
[ "$mode" != sanitize ] || more_packages=(libomp-dev)
lock_tree
if [ "$mode" = sanitize ]; then
  setup_all
  setup_test_packages
  unlock_tree
  source "$root/tests/sanitize/run.sh"
  sanitize_all "$sanitizers" "$@"
  exit
elif [ "$mode" = core ]; then
  build_folder=${TRAINBUS_BUILD:-$root/build-core}
  setup_system
  configure "$build_folder" "${options[@]}" -DTRAINBUS_ENGINE=OFF
  build "$build_folder" tests/core/all
  set -- -L '^core$' "$@"
else
  setup_all
  setup_test_packages
  options+=(-DTRAINBUS_ENGINE=ON -DLibTorch_ROOT="$torch_root"
    -DTRAINBUS_PYTHON="$deps/python/bin/python")
  if [ "$mode" = peers ]; then
    setup_peers
    options+=(-DTRAINBUS_PEERS_PYTHON="$deps/peers/bin/python")
  else
    options+=(-UTRAINBUS_PEERS_PYTHON)
  fi
  configure "$build_folder" "${options[@]}"
  build "$build_folder" all
fi
unlock_tree

[ -z "${TRAINBUS_VECTORS:-}" ] || TRAINBUS_VECTORS=$(realpath "$TRAINBUS_VECTORS")
cd "$root"
# Waiting threads yield their core, as in the launcher, since tests run in parallel.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000}
say "testing"
exec ctest --test-dir "$build_folder" --output-on-failure --no-tests=error "$@"
