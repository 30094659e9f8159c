"""A reward plugin as the objective of a run: the same bits by threads, processes, resumed, replayed and isolated; what a bad
one does, and what is refused. Usage: reward_run.py LAUNCHER MODELS BAD, the folder of tiny decoders and a reward that throws."""
import json
import pathlib
import re
import sys

from scratch_runs import ScratchRuns, with_value, without

models, bad = pathlib.Path(sys.argv[2]), sys.argv[3]
runs = ScratchRuns(sys.argv[1])
scratch, run, column, model_of = runs.path, runs.run, runs.column, runs.model_of


(scratch / "data.csv").write_text("question,answers\n" + "".join(f"Number {i}?,It is {i}.\n" for i in range(40)))
DATA = ["--model", models / "llama", "--task", "question-answering", "--task.data", "data.csv", "--task.template",
        "{question}", "--task.max-new-tokens", 12, "--disable-tqdm", "--batch-size", 4]
TRAIN = ["train", *DATA, "--objective", "brevity", "--brevity.words", 3, "--plugin", "es", "--es.members", 6, "--es.sigma",
         "0.05", "--es.lr", "0.05", "--max-steps", 6, "--eval-every", 3, "--keep-best", "eval/brevity"]


def trained(folder, *more, steps=6, launch=()):
    return run(*launch, *with_value(TRAIN, "--max-steps", steps), *more, "--run-dir", folder)


out = trained("one", "--threads", 1)
after = re.search(r"test brevity: +\S+ before, (\S+) after", out).group(1)
JUDGE = ["eval", "--model", "one/model", "--task.data", "data.csv", "--task.max-new-tokens", 12]
assert "brevity" not in run(*JUDGE)
out = run(*JUDGE, "--objective", "brevity", "--brevity.words", 3)
assert re.search(rf"^brevity +{after}$", out, re.MULTILINE), (after, out)
out = run(*JUDGE, "--task", "mlp", "--objective", "brevity", code=2)
assert "no option" in out or "no objective brevity" in out, out
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
assert model_of("replayed", ".") == model_of("one")
# Later steps may be judged otherwise, earlier ones are not asked again.
out = run("resume", "resumed", "--brevity.words", 9, "--max-steps", 8)
assert "brevity.words was 3, is now 9" in out, out
out = run("resume", "resumed", "--objective", "f1", "--max-steps", 10, code=2)
assert "brevity" in out, out
trained("low-rank", "--es.directions", "low-rank")
trained("low-rank-ranks", "--es.directions", "low-rank", launch=("launch", "-n", 2, "--"))
assert model_of("low-rank-ranks") == model_of("low-rank") != model_of("one")

# A reward that fails ends the run in order, and says which answer it was about.
BAD = without(with_value(TRAIN, "--objective", bad), "--brevity", "--keep-best")
out = run(*BAD, "--run-dir", "bad", code=1)
assert "answer 1 of" in out, out

out = run(*with_value(BAD, "--objective", "acuracy"), "--run-dir", "refused", code=2)
assert "there is no objective 'acuracy'" in out and "'accuracy'" in out, out
out = run(*with_value(BAD, "--objective", "ema"), "--run-dir", "refused", code=2)
assert "expected a reward" in out, out
out = run("train", "--task", "mlp", "--objective", "brevity", "--run-dir", "refused", code=2)
assert "the task mlp has no objective brevity" in out, out
out = run(*without(TRAIN, "--es.members"), "--es.directions", "per-example", "--run-dir", "refused", code=2)
assert "more than one forward pass" in out, out
assert not (scratch / "refused").exists()
print("a reward is trained on")
