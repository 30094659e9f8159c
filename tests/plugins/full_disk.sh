#!/usr/bin/env bash
# A run whose files may not grow beyond 24 KiB, the real thing that a full disk does to a write: the
# run continues, every sink reports what it lost, and the files have no partial records.
#
# Usage: full_disk.sh TRAINBUS FOLDER
set -euo pipefail
trainbus=$1 run=$2

fail() {
  echo "$*"
  exit 1
}

rm -rf "$run"
# 600 steps fill every file several times.
(ulimit -f 24 && "$trainbus" train --task mlp --max-steps 600 --eval-every 100 --run-dir "$run" \
  --plugin jsonl --disable-tqdm) >"$run.out" 2>&1 || { cat "$run.out"; fail "the run did not finish"; }
cat "$run.out"
grep -q '^end: *completed$' "$run.out" || fail "the run did not complete"

for said in 'metrics.csv lacks [0-9]* rows of steps' 'metrics.jsonl lacks [0-9]* lines of steps' \
  'the TensorBoard file lacks [0-9]* records of steps'; do
  [ "$(grep -c "$said" "$run/log.txt")" = 1 ] || fail "expected once: $said"
done

[ "$(awk -F, '{ print NF }' "$run/metrics.csv" | sort -u | wc -l)" = 1 ] || fail "a ragged row"
[ "$(tail -c 1 "$run/metrics.csv")" = "" ] || fail "metrics.csv ends in the middle of a row"
# Every row that is not there is counted: of steps, of evaluations, of the test at both ends.
rows=$(($(wc -l <"$run/metrics.csv") - 1))
lost=$(sed -nE 's/.*metrics.csv lacks ([0-9]+) rows.*/\1/p' "$run/log.txt")
[ $((rows + lost)) = $((600 + 6 + 2)) ] || fail "$rows rows and $lost lost ones are not all"
if grep -qv '^{"v":1,.*}$' "$run/metrics.jsonl"; then fail "a torn line in metrics.jsonl"; fi
