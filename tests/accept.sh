#!/bin/sh
# Accepts what the launcher prints now as its golden output (tests/cli/golden/ and
# tests/report/golden/). Look at the difference before you commit it. Usage: tests/accept.sh [BUILD]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
TRAINBUS_ACCEPT=1 ctest --test-dir "${1:-$root/build}" -R '^(cli_test|report_golden_test)$' --output-on-failure
git -C "$root" diff --stat -- tests/cli/golden tests/report/golden
