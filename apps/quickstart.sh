#!/usr/bin/env bash
# Sets up what is missing, builds, and runs the main job.
set -euo pipefail

usage() {
  cat <<'END'
apps/quickstart.sh [OPTION…]

Sets up what is missing (Debian packages; PyTorch, a model and its data under .deps/), builds
trainbus into build/, and fine-tunes SmolLM2-135M on film reviews: three or four minutes of training
on two cores. The first time takes some minutes more and downloads about 0.8 GB; after that
nothing is downloaded.

Every OPTION is handed to `trainbus train`, for example:
  apps/quickstart.sh --max-steps 20 --without progress
  apps/quickstart.sh --mezo.lr 2e-5 --plugin jsonl
`build/bin/trainbus train --help` lists them. Relative paths start at the project's folder.

  TRAINBUS_TORCH=FOLDER         use the PyTorch 2.11 in this torch/ folder, install none
  TRAINBUS_BUILD=FOLDER         build there, not in build/
  CMAKE_BUILD_PARALLEL_LEVEL=N  compile N files at a time
END
}

case ${1:-} in -h | --help) usage; exit ;; esac

source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"
run_file=apps/rotten_tomatoes.ini

cd "$root"
lock_tree
setup_all
configure "$build_folder" -DTRAINBUS_ENGINE=ON -DLibTorch_ROOT="$torch_root"
build "$build_folder" framework/all plugins/all apps/trainbus/all
unlock_tree

# Where TensorBoard finds this run: runs/, unless the options name a folder.
logs=runs
previous=
for option; do
  case $option in --run-dir=*) logs=${option#*=} ;; esac
  if [ "$previous" = --run-dir ]; then logs=$option; fi
  previous=$option
done

launcher=$build_folder/bin/trainbus
say "running: $(_shown "$launcher") train $run_file $*"
"$launcher" train "$run_file" "$@" && status=0 || status=$?
[ "$status" = 0 ] || exit "$status"

if command -v tensorboard >/dev/null; then
  tensorboard=tensorboard
else
  tensorboard=.deps/tensorboard/bin/tensorboard
  if [ ! -x "$tensorboard" ]; then
    printf '\nTo get TensorBoard:\n  %s\n  %s\n' 'python3 -m venv .deps/tensorboard' \
      '.deps/tensorboard/bin/python -m pip install tensorboard' >&2
  fi
fi
printf '\nTo look at the run in TensorBoard:\n  %s --logdir %s\n' "$tensorboard" "$logs" >&2
