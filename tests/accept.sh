#!/bin/sh
# Accepts what the launcher prints now as its golden output (tests/cli/golden/, tests/report/golden/,
# tests/recovery/refusals.txt and tests/bad_plugins/train_with_each.txt), what the journal's reader says of bad journals
# (tests/data/journal/), and what is said of models (README.md, framework/models/README.md, tests/models/described_models.txt). Look at the difference before you commit it. Usage: tests/accept.sh [BUILD]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
TRAINBUS_ACCEPT=1 ctest --test-dir "${1:-$root/build}" -R '^(cli_test|report_golden_test|core_journal_test|training_with_bad_plugins|resume_refusals|families_table_test|described_models)$' --output-on-failure
git -C "$root" diff --stat -- tests/cli/golden tests/report/golden \
  README.md framework/models/README.md tests/models/described_models.txt tests/bad_plugins/train_with_each.txt tests/data/journal tests/recovery/refusals.txt
