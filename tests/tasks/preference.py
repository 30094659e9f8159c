"""Preferences end to end with a tiny model: describes, learns which answers are better, by MeZO and AdamW, by one process and
by several, killed, resumed and replayed; and what is refused. Usage: preference.py LAUNCHER MODELS, the folder with decoders."""
import json
import pathlib
import re
import signal
import subprocess
import sys
import time

from scratch_runs import ScratchRuns, with_value, without

launcher, models = sys.argv[1], pathlib.Path(sys.argv[2])
runs = ScratchRuns(launcher)
scratch, run, column, model_of = runs.path, runs.run, runs.column, runs.model_of


def metric(output, name):
    """Before and after; of a share in percent too from 0 to 1."""
    found = re.search(rf"test {name}: +(\S+)( %)? before, (\S+)", output)
    assert found, (name, output)
    return tuple(float(number) / (100 if found.group(2) else 1) for number in found.group(1, 3))


def write(name, rows):
    (scratch / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


# The better answer is the shorter one; two rows are no pairs.
rows = [{"prompt": f"The river is {i} miles long. How long is it?", "chosen": "ab", "rejected": "ba c" if i % 3 else "c"}
        for i in range(70)]
rows += [{"prompt": "x", "chosen": "ab", "rejected": "ab"}, {"prompt": "x", "chosen": "", "rejected": "ab"}]
write("pairs.jsonl", rows)
MODEL = ["--model", models / "llama"]
DATA = ["--task", "preference", "--task.data", "pairs.jsonl", "--task.answer-end", "none", "--disable-tqdm"]
LEARN = ["--threads", 1, "--batch-size", 8, "--max-steps", 40, "--plugin", "adamw", "--adamw.lr", "1e-3"]

out = run("describe", *MODEL, *DATA[:6])
assert "2 dropped: both answers are equal, or one is empty" in out, out
assert out.count("one of 2 options") == 3 and out.count("right") >= 3, out

# Every loss learns, and the metrics say so.
for loss, more in [("dpo", []), ("dpo", ["--task.label-smoothing", "0.1"]), ("ipo", []), ("simpo", ["--task.beta", "2"]),
                   ("reference-free", [])]:
    folder = f"learns-{loss}-{len(more)}"
    out = run("train", *MODEL, *DATA, *LEARN, "--task.loss", loss, *more, "--eval-every", 20, "--keep-best", "eval/accuracy",
              "--run-dir", folder)
    assert metric(out, "accuracy")[1] == 1, out
    assert metric(out, "loss")[1] < metric(out, "loss")[0], out
    assert column(folder, "eval/margin")[-1] > 0, column(folder, "eval/margin")
    assert (scratch / folder / "starting-scores").exists() == (loss in ("dpo", "ipo"))
    if loss in ("dpo", "ipo"):
        # At the start the model is its own reference.
        assert metric(out, "accuracy")[0] == 0 and "computing the reference log-probabilities of 70 pairs" in out, out
    if folder == "learns-dpo-0":
        assert abs(metric(out, "loss")[0] - 0.6931) < 2e-4, out
        loss_after = metric(out, "loss")[1]

# With the run's reference scores beside the model, an evaluation says what the run said.
out = run("eval", "--model", "learns-dpo-0/model", *DATA[:6])
assert abs(float(re.search(r"loss +(\S+)", out).group(1)) - loss_after) < 2e-4, (out, loss_after)
assert re.search(r"accuracy +1\.0000", out) and "margin of rewards" in out, out
out = run("eval", "--model", models / "llama", *DATA[:6])
assert "rewards and loss are those without a reference" in out, out

# Bits do not depend on threads, processes, kills and resuming; MeZO, and the accuracy of pairs, which has no gradient.
MEZO = ["train", *MODEL, *DATA, "--mezo.directions", 4, "--mezo.lr", "1e-4", "--max-steps", 12, "--batch-size", 8, "--threads", 1,
        "--eval-every", 4]
for name, words in [("mezo", MEZO), ("accuracy", [*MEZO, "--objective", "accuracy"]), ("overlap", [*MEZO, "--overlap", 1])]:
    run(*words, "--run-dir", name)
    run(*with_value(words, "--threads", 2), "--run-dir", name + "-threads")
    run("launch", "-n", 2, "--", *words, "--run-dir", name + "-ranks")
    assert model_of(name + "-threads") == model_of(name) == model_of(name + "-ranks"), name
    assert column(name + "-ranks", "loss") == column(name, "loss")
    assert (scratch / name / "starting-scores").read_bytes() == (scratch / (name + "-ranks") / "starting-scores").read_bytes()
assert all(abs(loss * 64 - round(loss * 64)) < 1e-6 for loss in column("accuracy", "loss"))
run(*with_value(MEZO, "--max-steps", 5), "--run-dir", "resumed")
five_steps = (scratch / "resumed" / "journal").stat().st_size
out = run("resume", "resumed", "--max-steps", 12)
assert "computing the reference" not in out and model_of("resumed") == model_of("mezo")
run("replay", "mezo", "--step", 12, "-o", "replayed")
assert model_of("replayed", ".") == model_of("mezo")


def killed_when(reached, folder, words):
    """A run that is killed as soon as its folder is so far."""
    process = subprocess.Popen([launcher, *map(str, words), "--run-dir", folder], cwd=scratch, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    while process.poll() is None and not reached(scratch / folder):
        time.sleep(0.001)
    process.kill()
    assert process.wait() in (0, -9), process.returncode


# Killed before there are reference scores, and later; with AdamW after steps that are in a checkpoint.
moments = [lambda run: (run / "run.json").exists(), lambda run: (run / "starting-scores").exists(),
           lambda run: (run / "journal").exists() and (run / "journal").stat().st_size >= five_steps]
for i, reached in enumerate(moments):
    killed_when(reached, f"killed-{i}", MEZO)
    out = run("resume", f"killed-{i}")
    assert model_of(f"killed-{i}") == model_of("mezo"), i
# Told to end while it computes them, or soon after.
process = subprocess.Popen([launcher, *map(str, MEZO), "--run-dir", "interrupted"], cwd=scratch)
while process.poll() is None and not (scratch / "interrupted" / "run.json").exists():
    time.sleep(0.001)
process.send_signal(signal.SIGINT)
assert process.wait() in (0, 75), process.returncode
run("resume", "interrupted")
assert model_of("interrupted") == model_of("mezo")
ADAMW = ["train", *MODEL, *DATA, *LEARN, "--save-every", 10]
run(*ADAMW, "--run-dir", "adamw")
for damage in (False, True):
    folder = f"adamw-{damage}"
    killed_when(lambda run: list(run.glob("checkpoints/*/MANIFEST")), folder, ADAMW)
    scores = scratch / folder / "starting-scores"
    if damage:  # the checkpoint's weights are not those of the start: the scores come from the model that the run began with
        scores.write_bytes(scores.read_bytes()[:-1] + b"x")
    out = run("resume", folder)
    assert ("is damaged: its checksum does not match" in out) == damage, out
    assert model_of(folder) == model_of("adamw"), folder
    assert scores.read_bytes() == (scratch / "adamw" / "starting-scores").read_bytes()

# A run that is replaced takes its scores along.
run(*with_value(MEZO, "--max-steps", 2), "--run-dir", "mezo", "--overwrite", "--seed", 3)
assert not list(scratch.glob("mezo/*set-aside*"))

# What one text begins with is its prompt where there is no column of prompts.
write("dialogues.jsonl", [{"chosen": f"Human: Is it {i}? Assistant: yes", "rejected": f"Human: Is it {i}? Assistant: no no"}
                          for i in range(40)])
out = run("train", *MODEL, *with_value(DATA, "--task.data", "dialogues.jsonl"), *LEARN, "--task.template", "", "--run-dir", "dialogues")
assert metric(out, "accuracy")[1] == 1, out

run("probe", *MODEL, *DATA[:6], "--batch-size", 8, "--directions", 2)
out = run("train", *MODEL, *DATA, "--task.gamma", 1, "--run-dir", "refused", code=2)
assert "--task.gamma: is the margin of SimPO, and the loss is dpo" in out, out
out = run("train", *MODEL, *DATA, "--task.loss", "ipo", "--task.label-smoothing", "0.1", "--run-dir", "refused", code=2)
assert "--task.label-smoothing" in out, out
out = run("train", *MODEL, *DATA, "--task.chosen", "choosen", "--run-dir", "refused", code=2)
assert "--task.chosen" in out and "chosen" in out, out
assert not (scratch / "refused").exists()
print("learnt which answers are better")
