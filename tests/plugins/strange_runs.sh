#!/usr/bin/env bash
# Observers where people put them wrongly, and in surroundings that are not as usual: each ends as a
# person can expect. A refused run says why, exits with code 2 and leaves nothing behind.
#
# Usage: strange_runs.sh TRAINBUS PLUGINS FOLDER
set -uo pipefail
trainbus=$1 plugins=$2 work=$3
tiny=(train --task mlp --threads 1 --task.examples 256 --disable-tqdm --run-dir run)
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
fresh() {
  rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
}
# refused WORDS OPTION…: words are an extended regular expression.
refused() {
  local words=$1 code=0
  shift
  "$trainbus" "${tiny[@]}" --max-steps 20 "$@" >out 2>err || code=$?
  [ $code = 2 ] || fail "exit code $code instead of 2: $*"
  grep -Eq -- "$words" err || fail "expected '$words' of: $* -- $(tail -n 1 err)"
  [ ! -e run ] || fail "something is left behind: $*"
  rm -rf run
}
# said WORDS OPTION…: the run completes.
said() {
  local words=$1 code=0
  shift
  "$trainbus" "${tiny[@]}" --max-steps 20 "$@" >out 2>err || code=$?
  [ $code = 0 ] || fail "exit code $code instead of 0: $* -- $(tail -n 1 err)"
  grep -Eq -- "$words" err || fail "expected '$words' of: $*"
  rm -rf run
}
until_begun() {
  for _ in $(seq 300); do
    [ "$(stat -c %s run/journal 2>/dev/null || echo 0)" -gt 20000 ] && return 0
    sleep 0.1
  done
  fail "the run did not begin"
}

# ---- one register of files -----------------------------------------------------------------------
fresh
for name in run.json run.lock journal log.txt model best-model checkpoints/a.csv ./run.json \
  sub/../log.txt model/model.safetensors "$PWD/run/run.json" "$PWD/run/../run/journal"; do
  refused "cannot be written by the plugin csv: it is the" --csv.path "$name"
done
refused "cannot be written by the plugin apart" --plugin apart=jsonl --apart.isolate yes \
  --apart.path run.json
refused "temporary file" --csv.path metrics.csv.tmp-1
ln -s run/journal link
refused "the run's journal" --csv.path "$PWD/link"
refused "is written by the plugin csv already" --plugin two=csv
refused "is written by the plugin csv already" --plugin two=csv --two.isolate yes
refused "is written by the plugin csv already" --plugin two=jsonl --two.path ./metrics.csv

# ---- a table is one run's ------------------------------------------------------------------------
for sink in csv jsonl; do
  fresh
  table=$work/all.$sink
  "$trainbus" "${tiny[@]}" --max-steps 5 --plugin mine=$sink --mine.path "$table" >out 2>err ||
    fail "the first run of $sink: $(tail -n 1 err)"
  mv run first && before=$(cksum <"$table")
  refused "holds what another run wrote" --plugin mine=$sink --mine.path "$table"
  refused "holds what another run wrote" --plugin mine=$sink --mine.path "$table" --mine.isolate yes
  [ "$(cksum <"$table")" = "$before" ] || fail "the table of $sink was touched"
  "$trainbus" resume first --max-steps 7 --disable-tqdm >out 2>err ||
    fail "the first run of $sink goes on: $(tail -n 1 err)"
  grep -q '^7,\|"step":7' "$table" || fail "step 7 is not in the table of $sink"
  mv "$table" moved && "$trainbus" "${tiny[@]}" --max-steps 5 --plugin mine=$sink \
    --mine.path "$table" >out 2>err || fail "the remedy does not work: $(tail -n 1 err)"
done

# ---- names and patterns --------------------------------------------------------------------------
fresh
for name in eval test train task Eval loss lr seed model run-dir; do
  refused "cannot name a plugin: the run or its metrics use that name" --plugin "$name=ema"
done
for name in .. . a.. .a; do refused "cannot name a plugin" --plugin "$name=ema"; done
said "no metric of this run fits 'los'. Did you mean 'loss'" --csv.metrics los
said "no metric of this run fits 'evl/\*'" --eval-every 5 --tensorboard.metrics 'loss,evl/*'
said "no metric of this run fits 'Loss'" --plugin apart=csv --apart.path a.csv --apart.isolate yes \
  --apart.metrics Loss
said "let none of the 20 steps of this run pass" --csv.every 100
refused "empty pattern" --csv.metrics loss,
refused "records nothing" --plugin jsonl --jsonl.events ''

# ---- what could never do its part ----------------------------------------------------------------
refused "Did you mean 'eval/loss'" --eval-every 5 --plugin early-stopping \
  --early-stopping.metric ema/loss
refused "an evaluation every 50 steps, and the run has 20" --eval-every 50 --plugin early-stopping
refused "this run has no evaluations" --plugin early-stopping

# ---- surroundings --------------------------------------------------------------------------------
fresh
for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do
  eval "\"\$trainbus\" \"\${tiny[@]}\" --max-steps 300 --plugin apart=csv --apart.path a.csv \
    --apart.isolate yes $closed" || fail "exit code $? with $closed"
  [ "$(wc -l <run/metrics.csv)" = "$(wc -l <run/a.csv)" ] || fail "rows are missing with $closed"
  ! grep -q "completed" run/run.lock run/metrics.csv || fail "words for the screen in a file: $closed"
  "$trainbus" replay run --verify >out 2>&1 || fail "the journal with $closed: $(tail -n 1 out)"
  rm -rf run
done

# A file that is cut off or written over while it is loaded.
for way in ': >my.so' 'cp "$plugins/csv.so" my.so'; do
  fresh && cp "$plugins/jsonl.so" my.so
  "$trainbus" "${tiny[@]}" --max-steps 100000000 --plugin mine=./my.so --mine.isolate yes \
    >out 2>err &
  pid=$!
  until_begun && eval "$way" && sleep 1 && kill -TERM $pid
  code=0 && wait $pid || code=$?
  [ $code = 75 ] || fail "exit code $code instead of 75 after: $way"
  [ -s run/model/model.safetensors ] || fail "no model after: $way"
done

cd / && rm -rf "$work"
[ $failures = 0 ]
