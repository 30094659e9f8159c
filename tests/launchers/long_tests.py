"""What a test needs beyond the normal set; without it the test is skipped, and says why."""
import os

SKIP = 77


def skip(reason):
    print("skipped:", reason)
    raise SystemExit(SKIP)


def skip_unless_long():
    if "TRAINBUS_LONG_TESTS" not in os.environ:
        skip("a long test; set TRAINBUS_LONG_TESTS=1")
