#!/bin/sh
# Accepts what the launcher prints now as its golden output (tests/cli/golden/, tests/report/golden/,
# tests/recovery/refusals.txt and tests/bad_plugins/train_with_each.txt), and what the journal's reader says of bad journals
# (tests/data/journal/). Look at the difference before you commit it. Usage: tests/accept.sh [BUILD]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
TRAINBUS_ACCEPT=1 ctest --test-dir "${1:-$root/build}" -R '^(cli_test|report_golden_test|core_journal_test|training_with_bad_plugins|resume_refusals)$' --output-on-failure
git -C "$root" diff --stat -- tests/cli/golden tests/report/golden \
  tests/bad_plugins/train_with_each.txt tests/data/journal tests/recovery/refusals.txt
