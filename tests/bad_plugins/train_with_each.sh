#!/usr/bin/env bash
# Trains with each bad plugin, in process and isolated, and compares the user's output with the
# accepted text: exit codes, warnings and errors, and that the weights are those of a run without
# the plugin wherever the run came to its end.
#
#   train_with_each.sh LAUNCHER FOLDER-OF-BAD-PLUGINS     TRAINBUS_ACCEPT=1 writes the text instead
set -uo pipefail

launcher=$(realpath "$1") bad=$(realpath "$2")
golden=$(realpath "$(dirname "${BASH_SOURCE[0]}")")/train_with_each.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit
export OMP_NUM_THREADS=1 LC_ALL=C
unset RANK TRAINBUS_PLUGIN_PATH

train() {
  "$launcher" train --task mlp --task.examples 64 --max-steps 60 --test no --without progress \
    --without csv --without tensorboard --threads 1 --run-dir "$scratch/run" --overwrite yes "$@"
}

weights() { [ -f "$scratch/run/model/model.safetensors" ] && sha256sum <"$scratch/run/model/model.safetensors"; }

rm -rf "$scratch/run"
train >/dev/null 2>&1 || { echo "a run without bad plugins failed"; exit 1; }
expected=$(weights)

# Numbers that differ from run to run: durations, and steps that a late answer is noticed at.
mask() {
  sed -E -e "s#$bad/##g" -e "s#$(realpath "$scratch")#HERE#g" -e 's/From step [0-9]+/From step N/' -e 's/for [0-9]+\.[0-9] s/for T s/' \
    -e 's/[0-9.]+ ms an event/T ms an event/' \
    -e 's/quarantined: [0-9]+ failures(.*)handled was [0-9]+/quarantined: N failures\1handled was N/' -e 's/, at step [0-9]+\./, at step N./'
}

# try TITLE OPTION…
try() {
  local title=$1 code result
  shift
  rm -rf "$scratch/run"
  train "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
  result="no model was written"
  if [ "$(weights)" = "$expected" ]; then
    result="the weights are those of a run without it"
  elif [ -f "$scratch/run/model/model.safetensors" ]; then
    result="THE WEIGHTS DIFFER"
  fi
  echo "== $title: exit code $code, $result"
  grep -aE '^(trainbus|warning|error):' "$scratch/err" | mask
}

all() {
  local plugin
  for plugin in throws throws_int event_fails fast_math sets_locale meddles hangs slow; do
    try "$plugin" --plugin "$bad/$plugin.so" --hang-after 300ms --patience 300ms
  done
  for plugin in crashes aborts calls_exit hangs; do
    try "$plugin, isolated" --plugin "$bad/$plugin.so" --$plugin.isolate yes --hang-after 300ms
  done
  for plugin in crashes aborts calls_exit; do
    try "$plugin, on the bus thread" --plugin "$bad/$plugin.so"
    try "$plugin, inline" --plugin "$bad/$plugin.so" --delivery inline
  done
  for plugin in create_fails create_null crashes_in_create; do
    try "$plugin" --plugin "$bad/$plugin.so"
  done
  try "crashes_in_create, isolated" --plugin "$bad/crashes_in_create.so" \
    --crashes_in_create.isolate yes
  for plugin in wrong_major needs_newer short_module short_observer undefined_symbol no_symbol \
    truncated text empty crashes_at_load exits_at_load; do
    try "$plugin" --plugin "$bad/$plugin.so"
  done
  try "throws, strict" --plugin "$bad/throws.so" --strict-plugins yes
  try "meddles, strict" --plugin "$bad/meddles.so" --strict-plugins yes
  try "a file, safe" --plugin "$bad/throws.so" --safe yes
}

all >"$scratch/found" 2>&1
if [ -n "${TRAINBUS_ACCEPT:-}" ]; then
  cp "$scratch/found" "$golden"
elif ! diff -u "$golden" "$scratch/found"; then
  echo "What a person gets has changed. If it is right, accept it: tests/accept.sh"
  exit 1
fi
