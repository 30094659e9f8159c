"""metrics.csv and metrics.jsonl as pandas reads them: the same numbers, every step once."""

import sys
from pathlib import Path

import pandas

run = Path(sys.argv[1])
rows = pandas.read_csv(run / "metrics.csv")
lines = pandas.read_json(run / "metrics.jsonl", lines=True, precise_float=True)

assert all(kind.kind in "if" for kind in rows.dtypes), f"a column is not numeric:\n{rows.dtypes}"

# The recipe that the csv plugin's documentation gives: one row a step, evaluations folded in.
steps = rows.groupby("step").last()
assert list(steps.index) == [0, 1, 2, 3, 4], steps.index
assert (steps.loc[1:, "loss"] > 0).all(), steps["loss"]
assert steps.loc[[2, 4], "eval/accuracy"].between(0, 1).all(), steps["eval/accuracy"]
assert steps.loc[[0, 4], "test/accuracy"].between(0, 1).all(), steps["test/accuracy"]

recorded = lines.groupby("step").last()
shared = [name for name in steps.columns if name in recorded.columns]
assert "loss" in shared and "ema/loss" in shared, shared
for name in shared:
    assert steps[name].equals(recorded[name].astype(steps[name].dtype)), (
        f"{name}: csv\n{steps[name]}\njsonl\n{recorded[name]}"
    )
print(f"{len(rows)} rows, {len(lines)} lines, {len(shared)} columns alike")
