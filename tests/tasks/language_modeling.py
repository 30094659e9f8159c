"""A run of --task language-modeling from end to end, with a tiny model: perplexity while it trains and by eval, the same
by several processes, and what is refused. Usage: language_modeling.py LAUNCHER"""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "recovery"))

from scratch_runs import ScratchRuns  # noqa: E402
from undisturbed import write_tiny_models  # noqa: E402

runs = ScratchRuns(sys.argv[1])
scratch, run = runs.path, runs.run
write_tiny_models(scratch / "tiny")
LLAMA = scratch / "tiny/llama"
text = scratch / "text.txt"
text.write_text("".join(f"line {i}: the tale of {i * 7919 % 89} bees and {i * 31 % 13} trees\n" for i in range(300)))
COMMON = ["--task", "language-modeling", "--model", LLAMA, "--task.data", text, "--threads", 1]
TRAIN = ["train", *COMMON, "--task.document", "line", "--task.block-size", 24, "--batch-size", 4, "--mezo.lr", "1e-2",
         "--mezo.directions", 2, "--max-steps", 12, "--eval-every", 4, "--eval-limit", 0, "--test", "yes",
         "--keep-best", "eval/perplexity", "--disable-tqdm"]


def shown(folder):
    """Every number of metrics.csv but times."""
    return [{name: value for name, value in row.items() if "time" not in name and not name.endswith("_per_s")}
            for row in runs.rows(folder)]


def value(out, name):
    return next(line.split()[-1] for line in out.splitlines() if line.startswith(name))


for isolate in ("no", "yes"):
    folder = f"isolate-{isolate}"
    out = run(*TRAIN, "--task.isolate-documents", isolate, "--task.stride", 12, "--run-dir", folder)
    assert "300 documents" in out and " blocks of 24" in out, out
    before, after = next(line.split()[2::2] for line in out.splitlines() if line.startswith("test perplexity:"))[:2]
    assert float(after) < float(before), out
    evaluated = run("eval", "--model", scratch / folder, "--task.data", text, "--split", "test", "--threads", 1)
    assert value(evaluated, "perplexity") == after, (evaluated, after)
    assert (scratch / folder / "best-model/model.safetensors").exists()
    points = [row for row in shown(folder) if row.get("eval/perplexity")]
    assert len(points) == 3, points

    run("launch", "-n", 2, "--", *TRAIN, "--task.isolate-documents", isolate, "--task.stride", 12, "--run-dir",
        f"{folder}-by-2")
    assert shown(f"{folder}-by-2") == shown(folder)
    model = "model/model.safetensors"
    assert (scratch / folder / model).read_bytes() == (scratch / f"{folder}-by-2" / model).read_bytes()

out = run("train", *COMMON, "--max-steps", 2, "--run-dir", "one", "--disable-tqdm")
assert "1 document\n" in out or "1 document," in out, out  # a whole file, of which nothing is held out

REFUSED = [
    (["--objective", "accuracy"], "has no objective accuracy"),
    (["--task.stride", 40, "--task.block-size", 24], "tokens between windows would not be scored"),
    (["--task.block-size", 100000], "positions"),
    (["--task.block-size", 1], "block-size"),
    (["--task.validation-fraction", 0.2], "no document is left for the"),
    (["--task.data", "nowhere.txt"], "no such file"),
    (["--model", scratch / "tiny/bert-masked"], "language modeling needs a model that predicts the next one"),
]
for words, says in REFUSED:
    options = {"--task": "language-modeling", "--model": LLAMA, "--task.data": text, "--max-steps": 2}
    options |= dict(zip(words[::2], words[1::2]))
    out = run("train", *(word for option in options.items() for word in option), "--run-dir", "refused", code=2)
    assert says in out, (words, out)
    assert not (scratch / "refused").exists(), words
print(f"2 runs, each equal by 2 processes; {len(REFUSED)} refusals")
