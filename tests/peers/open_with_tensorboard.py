"""The event file as TensorBoard's own reader sees it, against metrics.csv."""

import sys
from pathlib import Path

import pandas
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = Path(sys.argv[1])
events = EventAccumulator(str(run), size_guidance={"scalars": 0})
events.Reload()
rows = pandas.read_csv(run / "metrics.csv").groupby("step").last()

# Columns without a group of their own are shown in the group `train`.
columns = {name if "/" in name else f"train/{name}": name for name in rows.columns}
tags = events.Tags()["scalars"]
checked = []
for tag in tags:
    points = events.Scalars(tag)
    assert len({point.step for point in points}) == len(points), f"{tag}: a step appears twice"
    if tag not in columns:
        continue
    expected = rows[columns[tag]].dropna()
    assert [point.step for point in points] == list(expected.index), f"{tag}: {points}"
    for point, value in zip(points, expected):
        # An event file holds single precision.
        assert abs(point.value - value) <= 1e-6 * abs(value), (tag, point, value)
    checked.append(tag)
assert {"train/loss", "ema/loss", "eval/accuracy"} <= set(checked), tags
print(f"{len(checked)} of {len(tags)} tags have the numbers of metrics.csv")
