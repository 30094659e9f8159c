"""Runs that minimise something else than a loss, and populations: --objective accuracy and --plugin es from end to end,
by one process and by several, resumed and replayed, and what is refused. Usage: objective.py LAUNCHER"""
import csv
import json
import pathlib
import re
import subprocess
import sys

from scratch_runs import ScratchRuns

runs = ScratchRuns(sys.argv[1])
scratch, run, model = runs.path, runs.run, runs.model_of
read_journal = pathlib.Path(__file__).resolve().parents[2] / "framework/core/journal/read_journal.py"
TRAIN = ["train", "--task", "mlp", "--objective", "accuracy", "--batch-size", 256, "--mezo.directions", 4, "--mezo.eps",
         "0.05", "--mezo.lr", "2e-2", "--max-steps", 400, "--eval-every", 100, "--disable-tqdm", "--threads", 1]


def losses(folder):
    return runs.column(folder, "loss")


out = run(*TRAIN, "--run-dir", "one")
before, after = map(float, re.search(r"accuracy: +([0-9.]+) % before, ([0-9.]+) % after", out).groups())
assert after > before + 8, out
shown = losses("one")
assert len(shown) == 400 and all(0 <= loss <= 1 for loss in shown), shown[:5]
# Means over both sides of four directions of 256 examples each.
assert all(abs(loss * 2048 - round(loss * 2048)) < 1e-3 for loss in shown), shown[:5]
assert json.loads((scratch / "one/run.json").read_text())["options"]["objective"]["value"] == "accuracy"

run("launch", "-n", 2, "--", *TRAIN, "--run-dir", "two")
assert model("two") == model("one") and losses("two") == shown

half = [200 if word == 400 else word for word in TRAIN]
run(*half, "--run-dir", "resumed")
run("resume", "resumed", "--max-steps", 400)
assert model("resumed") == model("one")
out = run("resume", "resumed", "--objective", "loss", "--max-steps", 500, code=2)
assert "cannot change within a run" in out, out
run("replay", "one", "--step", 400, "-o", "replayed")
assert model("replayed", ".") == model("one")

out = run("train", "--task", "mlp", "--objective", "accuracy", "--plugin", "adamw", "--run-dir", "refused", code=2)
assert "accuracy has no gradient, and adamw follows one" in out, out
assert not (scratch / "refused").exists()
# A population: as many losses a step as members, and the same by any number of processes and threads.
ES = ["train", "--task", "mlp", "--objective", "accuracy", "--batch-size", 256, "--plugin", "es", "--es.members", 16,
      "--es.sigma", "0.05", "--es.lr", "0.05", "--max-steps", 200, "--eval-every", 50, "--disable-tqdm"]
for shaping in ("z-score", "rank", "centred"):
    words = [*ES, "--es.shaping", shaping]
    folder = f"es-{shaping}"
    out = run(*words, "--threads", 1, "--run-dir", folder)
    gain = list(map(float, re.search(r"accuracy: +([0-9.]+) % before, ([0-9.]+) % after", out).groups()))
    assert gain[1] > gain[0] + 8, (shaping, out)
    run(*words, "--threads", 2, "--run-dir", f"{folder}-2-threads")
    run("launch", "-n", 3, "--", *words, "--threads", 1, "--run-dir", f"{folder}-3-ranks")
    run("replay", folder, "--step", 200, "-o", f"{folder}-replayed")
    for other in (f"{folder}-2-threads", f"{folder}-3-ranks"):
        assert model(other) == model(folder), other
    assert model(f"{folder}-replayed", ".") == model(folder)
    row = next(row for row in runs.rows(folder) if row["loss_best"])
    assert 0 <= float(row["loss_best"]) <= float(row["loss"]) and float(row["loss_spread"]) >= 0, row
out = run(*[9 if word == 16 else word for word in ES], "--run-dir", "odd", code=2)
assert "members come in pairs" in out, out

# One side only: any number of members, a forward pass each, none at −σ.
ONE_SIDED = [{16: 17, 200: 120}.get(word, word) for word in ES] + ["--es.antithetic", "no", "--plugin", "jsonl"]


def events(folder, kind):
    lines = map(json.loads, (scratch / folder / "metrics.jsonl").read_text().splitlines())
    return [line for line in lines if line["event"] == kind]


for shaping in ("z-score", "centred"):
    words = [*ONE_SIDED, "--es.shaping", shaping]
    folder = f"one-sided-{shaping}"
    out = run(*words, "--threads", 1, "--run-dir", folder)
    gain = list(map(float, re.search(r"accuracy: +([0-9.]+) % before, ([0-9.]+) % after", out).groups()))
    assert gain[1] > gain[0] + 8, (shaping, out)
    run("launch", "-n", 3, "--", *words, "--threads", 1, "--run-dir", f"{folder}-3-ranks")
    assert model(f"{folder}-3-ranks") == model(folder)
    run("replay", folder, "--step", 120, "-o", f"{folder}-replayed")
    assert model(f"{folder}-replayed", ".") == model(folder)
    run(*[60 if word == 120 else word for word in words], "--threads", 2, "--run-dir", f"{folder}-half")
    run("resume", f"{folder}-half", "--max-steps", 120)
    assert model(f"{folder}-half") == model(folder) and losses(f"{folder}-half")[-60:] == losses(folder)[-60:]
    rows = subprocess.run([sys.executable, read_journal, scratch / folder / "journal"], capture_output=True, text=True,
                          check=True).stdout.splitlines()
    step = next(csv.DictReader(rows))
    assert len(step["losses"].split()) == len(step["coefficients"].split()) == 17, step

# Low rank: the same for any number of processes and threads; with a direction for every example the members are the batch.
for name, more in {"low-rank": ["--es.members", 16, "--es.rank", 2, "--es.lr", "0.05"],
                   "per-example": ["--es.lr", "0.3", "--micro-batches", 3]}.items():
    words = ["train", "--task", "mlp", "--plugin", "es", "--es.directions", name, "--es.sigma", "0.02", "--max-steps", 120,
             "--eval-every", 40, "--disable-tqdm", "--batch-size", 64 if name == "per-example" else 256, *more]
    out = run(*words, "--threads", 1, "--run-dir", name)
    gain = list(map(float, re.search(r"accuracy: +([0-9.]+) % before, ([0-9.]+) % after", out).groups()))
    assert gain[1] > gain[0] + 8, (name, out)
    run(*words, "--threads", 2, "--run-dir", f"{name}-2-threads")
    run("launch", "-n", 3, "--", *words, "--threads", 1, "--run-dir", f"{name}-3-ranks")
    run("replay", name, "--step", 120, "-o", f"{name}-replayed")
    run(*[60 if word == 120 else word for word in words], "--threads", 1, "--run-dir", f"{name}-half")
    run("resume", f"{name}-half", "--max-steps", 120)
    for other in (f"{name}-2-threads", f"{name}-3-ranks", f"{name}-half"):
        assert model(other) == model(name), other
        assert losses(other)[-60:] == losses(name)[-60:], other
    assert model(f"{name}-replayed", ".") == model(name)
    overlapped = [*words, "--overlap", 1, "--threads", 1]
    run(*overlapped, "--run-dir", f"{name}-overlap")
    run("launch", "-n", 2, "--", *overlapped, "--run-dir", f"{name}-overlap-2")
    assert model(f"{name}-overlap-2") == model(f"{name}-overlap") != model(name)
out = run("launch", "-n", 3, "--", "train", "--task", "mlp", "--plugin", "es", "--es.directions", "per-example", "--run-dir",
          "few", code=2)
assert "Give --micro-batches 3." in out, out
words = [*ONE_SIDED, "--overlap", 1, "--threads", 1]
run(*words, "--run-dir", "one-sided-overlap")
run("launch", "-n", 2, "--", *words, "--run-dir", "one-sided-overlap-2")
assert model("one-sided-overlap-2") == model("one-sided-overlap") != model("one-sided-z-score")
print(f"accuracy {before} % before, {after} % after")
