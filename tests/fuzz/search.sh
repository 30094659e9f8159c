#!/usr/bin/env bash
# Lets a libFuzzer target search for TRAINBUS_FUZZ_SECONDS (5) from its corpus on.
#   search.sh TARGET FOUND CORPUS…
# What reaches new code lies in FOUND/corpus afterwards, what breaks the reader in FOUND: put it into
# the corpus, under a name that says what it is, and mend the reader.
set -euo pipefail
target=$1 found=$2
shift 2
mkdir -p "$found/corpus"
exec "$target" -max_total_time="${TRAINBUS_FUZZ_SECONDS:-5}" -timeout=10 -rss_limit_mb=1024 \
  -malloc_limit_mb=256 -max_len=4096 -artifact_prefix="$found/" -print_final_stats=1 -verbosity=0 \
  "$found/corpus" "$@"
