"""The record of which families transformers opened as they were saved here: opened_by_transformers.txt, which the
table in framework/models/README.md shows."""

import os
import pathlib

import transformers

RECORD = pathlib.Path(__file__).with_name("opened_by_transformers.txt")


def record(families):
    """Checks that the record has them; TRAINBUS_ACCEPT=1 writes them with today's version."""
    known = dict(line.split() for line in RECORD.read_text().splitlines())
    if os.environ.get("TRAINBUS_ACCEPT"):
        known |= {family: transformers.__version__ for family in families}
        RECORD.write_text("".join(f"{family} {version}\n" for family, version in sorted(known.items())))
    missing = sorted(set(families) - known.keys())
    assert not missing, f"{RECORD} lacks {missing}: run this test with TRAINBUS_ACCEPT=1, then tests/accept.sh"
