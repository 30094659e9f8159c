"""A reward plugin as the objective of a run: the same bits by threads, processes, resumed, replayed and isolated; what a bad
one does, and what is refused. Usage: reward_run.py LAUNCHER MODELS BAD, the folder of tiny decoders and a reward that throws."""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

launcher, models, bad = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
temporary = tempfile.TemporaryDirectory(prefix="trainbus-reward-run-")  # removed at the end
scratch = pathlib.Path(temporary.name)


def run(*words, code=0):
    done = subprocess.run([launcher, *map(str, words)], capture_output=True, text=True, cwd=scratch, timeout=300)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def model_of(folder):
    return (scratch / folder / "model/model.safetensors").read_bytes()


def column(folder, name):
    with open(scratch / folder / "metrics.csv", newline="") as file:
        return [float(row[name]) for row in csv.DictReader(file) if row.get(name)]


(scratch / "data.csv").write_text("question,answers\n" + "".join(f"Number {i}?,It is {i}.\n" for i in range(40)))
DATA = ["--model", models / "llama", "--task", "question-answering", "--task.data", "data.csv", "--task.template",
        "{question}", "--task.max-new-tokens", 12, "--disable-tqdm", "--batch-size", 4]
TRAIN = ["train", *DATA, "--objective", "brevity", "--brevity.words", 3, "--plugin", "es", "--es.members", 6, "--es.sigma",
         "0.05", "--es.lr", "0.05", "--max-steps", 6, "--eval-every", 3, "--keep-best", "eval/brevity"]


def trained(folder, *more, steps=6, launch=()):
    words = [steps if word == 6 and TRAIN[i - 1] == "--max-steps" else word for i, word in enumerate(TRAIN)]
    return run(*launch, *words, *more, "--run-dir", folder)


out = trained("one", "--threads", 1)
assert "test brevity:" in out, out
rewards = column("one", "eval/brevity")
assert len(rewards) == 2 and all(0 <= reward <= 1 for reward in rewards), rewards
losses = column("one", "loss")
assert len(losses) == 6 and all(-1 <= loss <= 0 for loss in losses) and len(set(losses)) > 1, losses
record = json.loads((scratch / "one/run.json").read_text())
assert [plugin["role"] for plugin in record["plugins"]].count("reward") == 1, record["plugins"]

trained("threads", "--threads", 2, "--brevity.threads", 5)
trained("isolated", "--brevity.isolate", "yes")
trained("ranks", launch=("launch", "-n", 3, "--"))
trained("resumed", steps=3)
run("resume", "resumed", "--max-steps", 6)
for other in ("threads", "isolated", "ranks", "resumed"):
    assert model_of(other) == model_of("one"), other
assert column("ranks", "loss") == losses
run("replay", "one", "--step", 6, "-o", "replayed")
assert (scratch / "replayed/model.safetensors").read_bytes() == model_of("one")
# Later steps may be judged otherwise, earlier ones are not asked again.
out = run("resume", "resumed", "--brevity.words", 9, "--max-steps", 8)
assert "brevity.words was 3, is now 9" in out, out
out = run("resume", "resumed", "--objective", "f1", "--max-steps", 10, code=2)
assert "brevity" in out, out
for directions in ("low-rank",):
    trained(directions, "--es.directions", directions)
    trained(directions + "-ranks", "--es.directions", directions, launch=("launch", "-n", 2, "--"))
    assert model_of(directions + "-ranks") == model_of(directions) != model_of("one")

# A reward that fails ends the run in order, and says which answer it was about.
BAD = [bad if word == "brevity" else word for i, word in enumerate(TRAIN)
       if not str(word).startswith("--brevity") and not str(TRAIN[i - 1]).startswith("--brevity") and
       str(word) != "--keep-best" and str(TRAIN[i - 1]) != "--keep-best"]
out = run(*BAD, "--run-dir", "bad", code=1)
assert "answer 1 of" in out, out

def with_objective(name):
    return [name if word == bad else word for word in BAD]


out = run(*with_objective("acuracy"), "--run-dir", "refused", code=2)
assert "there is no objective 'acuracy'" in out and "'accuracy'" in out, out
out = run(*with_objective("ema"), "--run-dir", "refused", code=2)
assert "expected a reward" in out, out
out = run("train", "--task", "mlp", "--objective", "brevity", "--run-dir", "refused", code=2)
assert "the task mlp has no brevity to train on" in out, out
EXAMPLES = [word for i, word in enumerate(TRAIN) if "--es.members" not in (word, TRAIN[i - 1])]
out = run(*EXAMPLES, "--es.directions", "per-example", "--run-dir", "refused", code=2)
assert "more than one forward pass" in out, out
assert not (scratch / "refused").exists()
print("a reward is trained on")
