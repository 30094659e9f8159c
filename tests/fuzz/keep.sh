#!/usr/bin/env bash
# Keeps what searches have found beside the corpora: few inputs that reach all that build-fuzz's
# reach, in tests/data/fuzz/found/NAME.tar.xz.
#   keep.sh NAME…      after tests/run.sh --sanitize=fuzzer
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build-fuzz data=$root/tests/data/fuzz
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
for name; do
  [ -x "$build/tests/${name}_fuzz" ] && [ -d "$build/fuzz/$name/corpus" ] ||
    { echo "keep.sh: build-fuzz has searched nothing for '$name'; run tests/run.sh --sanitize=fuzzer -R $name" >&2; exit 1; }
  kept=$(mktemp -d)
  sources=("$data/$name" "$build/fuzz/$name/corpus")
  [ ! -d "$build/tests/fuzz/found/$name" ] || sources+=("$build/tests/fuzz/found/$name")
  "$build/tests/${name}_fuzz" -set_cover_merge=1 -max_len=1024 "$kept" "${sources[@]}" 2> "$kept.log" ||
    { tail -n 5 "$kept.log" >&2; exit 1; }
  mkdir -p "$data/found"
  tar -C "$kept" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cJf "$data/found/$name.tar.xz" .
  echo "$name: $(find "$kept" -type f | wc -l) inputs kept"
  rm -r "$kept" "$kept.log"
done
