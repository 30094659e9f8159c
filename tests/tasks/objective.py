"""Runs that minimise something else than a loss: --objective accuracy from end to end, by one process and by two,
killed and resumed, and what is refused. Usage: objective.py LAUNCHER"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

launcher = sys.argv[1]
temporary = tempfile.TemporaryDirectory(prefix="trainbus-objective-")  # removed at the end
scratch = pathlib.Path(temporary.name)
TRAIN = ["train", "--task", "mlp", "--objective", "accuracy", "--batch-size", 256, "--mezo.directions", 4, "--mezo.eps",
         "0.05", "--mezo.lr", "2e-2", "--max-steps", 400, "--eval-every", 100, "--disable-tqdm", "--threads", 1]


def run(*words, code=0):
    done = subprocess.run([launcher, *map(str, words)], capture_output=True, text=True, cwd=scratch, timeout=300)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def losses(folder):
    with open(scratch / folder / "metrics.csv", newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file) if row.get("loss")]


def model(folder):
    return (scratch / folder / "model/model.safetensors").read_bytes()


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
assert (scratch / "replayed/model.safetensors").read_bytes() == model("one")

out = run("train", "--task", "mlp", "--objective", "accuracy", "--plugin", "adamw", "--run-dir", "refused", code=2)
assert "accuracy has no gradient, and adamw follows one" in out, out
assert not (scratch / "refused").exists()
print(f"accuracy {before} % before, {after} % after")
