"""Reads a run directory with TensorBoard's own loader and prints {tag: [[step, value], ...]} as JSON.

Usage: read_back.py RUN_DIRECTORY      (needs: pip install tensorboard)
Values are float32 written with 9 digits; NaN and infinities are strings.
"""

import json
import math
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def number(value):
    return float(f"{value:.9g}") if math.isfinite(value) else str(value)


def read(directory):
    run = EventAccumulator(directory, size_guidance={"scalars": 0})
    run.Reload()
    tags = run.Tags()["scalars"]
    return {tag: [[e.step, number(e.value)] for e in run.Scalars(tag)] for tag in tags}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(read(sys.argv[1]), sys.stdout, indent=1)
    print()
