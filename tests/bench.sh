#!/usr/bin/env bash
# Sets up what is missing, builds the benchmarks, and runs them.
set -euo pipefail

usage() {
  cat <<'END'
tests/bench.sh [NAME…]

Sets up what is missing, builds the benchmarks into build/bench/, and runs the named ones, or all:
each prints a table and writes its numbers to build/bench/NAME.json. Run it on a machine that does
nothing else. Benchmarks are no tests: no number makes them fail. 'device' needs a GPU, 'tokenizers' a
Python with the package of this name (TRAINBUS_PEERS_PYTHON); these run only when they are named.
'generate' compares with llama.cpp too if that Python has the packages llama-cpp-python and gguf.

  TRAINBUS_TORCH=FOLDER         use the PyTorch 2.11 in this torch/ folder, install none
  TRAINBUS_BUILD=FOLDER         build there, not in build/
  CMAKE_BUILD_PARALLEL_LEVEL=N  compile N files at a time
END
  echo
  echo "NAME is one of: ${known[*]}"
}

# A benchmark NAME is a target NAME_bench that takes --json FILE.
benchmarks=(kernels bus journal ranks open overhead startup mezo families generate)
known=("${benchmarks[@]}" tokenizers device)

case ${1:-} in -h | --help) usage; exit ;; esac

source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"

if [ $# -gt 0 ]; then
  for name; do
    [[ " ${known[*]} " == *" $name "* ]] ||
      die "There is no benchmark '$name'; there are: ${known[*]}." \
        "Name one of them, or none to run all that need no GPU."
  done
  benchmarks=("$@")
fi

lock_tree
setup_all
configure "$build_folder" -DTRAINBUS_BENCHMARKS=ON \
  -DTRAINBUS_ENGINE=ON -DLibTorch_ROOT="$torch_root"
# 'ranks' has two halves: the rules in a simulation, and real links on this machine.
[[ " ${benchmarks[*]} " != *" ranks "* ]] || benchmarks+=(links)
build "$build_folder" framework/all plugins/all apps/trainbus/all "${benchmarks[@]/%/_bench}"
unlock_tree

cd "$root"
for name in "${benchmarks[@]}"; do
  json=$build_folder/bench/$name.json
  say "benchmark: $name"
  "$build_folder/bench/${name}_bench" --json "$json" ||
    die "The benchmark $name failed." "What it printed above says why."
  say "wrote $(_shown "$json")"
done
