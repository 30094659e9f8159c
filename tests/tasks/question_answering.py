"""Question answering end to end with a tiny model: learns answers, generates them, trains on exact match and F1, by one
process and by several, resumed and replayed; and what is refused. Usage: question_answering.py LAUNCHER MODELS, the folder
with decoders opt, llama and gpt2."""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

launcher, models = sys.argv[1], pathlib.Path(sys.argv[2])
temporary = tempfile.TemporaryDirectory(prefix="trainbus-answers-")  # removed at the end
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


def metric(output, name):
    """Before and after."""
    found = re.search(rf"test {name}: +(\S+) before, (\S+) after", output)
    assert found, (name, output)
    return tuple(map(float, found.groups()))


# As the Hub's SQuAD is exported; a row without an answer is dropped, of several the first is learnt.
rows = [{"id": i, "title": "River", "context": f"The river is {i} miles long.", "question": " How long is it?",
         "answers": {"text": ["ab", "ab c"] if i % 7 else [], "answer_start": [1, 2] if i % 7 else []}} for i in range(70)]
(scratch / "squad.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
SQUAD = ["--model", models / "opt", "--task", "question-answering", "--task.preset", "squad", "--task.data", "squad.jsonl",
         "--task.max-new-tokens", 6]
out = run("train", *SQUAD, "--disable-tqdm", "--plugin", "adamw", "--adamw.lr", "3e-3", "--max-steps", 60, "--batch-size", 8,
          "--eval-every", 20, "--keep-best", "eval/f1", "--save-every", 20, "--run-dir", "learns")
assert "10 dropped: without an answer" in out, out
assert metric(out, "exact_match")[0] < 0.5 and metric(out, "exact_match")[1] == 1, out
assert metric(out, "f1")[1] == 1 and metric(out, "loss")[1] < 0.1, out
assert column("learns", "eval/f1")[-1] == 1 and column("learns", "eval/exact_match")[-1] == 1
assert "best" in json.dumps(json.loads((scratch / "learns/run.json").read_text())) or (scratch / "learns/best").exists()
out = run("eval", "--model", "learns/model", *SQUAD[2:])
assert re.search(r"exact_match +1\.0000", out) and re.search(r"f1 +1\.0000", out), out
out = run("generate", "--model", "learns/model", "--prompt",
          "Title: River\nContext: The river is 3 miles long.\nQuestion: How long is it?\nAnswer:", "--max-new-tokens", 6)
assert out.strip().startswith("ab"), out

# One column: predict answers it. A CSV with one answer a row, which ends with the model's own token.
(scratch / "own.csv").write_text("question,reply\n" + "".join(f"What is {i}?,yes\n" for i in range(40)))
OWN = ["--model", models / "llama", "--task", "question-answering", "--task.data", "own.csv", "--task.template",
       "Q: {question}\\nA:", "--task.answers-column", "reply", "--task.answer-end", "token", "--task.max-new-tokens", 5]
out = run("train", *OWN, "--disable-tqdm", "--plugin", "adamw", "--adamw.lr", "3e-3", "--max-steps", 60, "--batch-size", 8, "--run-dir", "own")
assert metric(out, "exact_match")[1] == 1, out
out = run("predict", "--model", "own/model", "--text", "What is 99?")
assert out.splitlines()[0] == "yes", out

# What has no gradient: the step's losses are 1 − F1, means over both sides of four directions of eight answers.
F1 = ["train", *SQUAD[2:], "--disable-tqdm", "--model", "learns/model", "--objective", "f1", "--mezo.directions", 4, "--mezo.eps", "0.1",
      "--mezo.lr", "1e-4", "--max-steps", 6, "--batch-size", 8, "--threads", 1]
run(*F1, "--run-dir", "one")
losses = column("one", "loss")
assert len(losses) == 6 and all(0 <= loss <= 1 for loss in losses) and any(loss > 0 for loss in losses), losses
run(*[2 if word == 1 and F1[i - 1] == "--threads" else word for i, word in enumerate(F1)], "--run-dir", "threads")
run("launch", "-n", 3, "--", *F1, "--run-dir", "ranks")
assert model_of("threads") == model_of("one") and model_of("ranks") == model_of("one")
assert column("ranks", "loss") == losses
run(*[3 if word == 6 and F1[i - 1] == "--max-steps" else word for i, word in enumerate(F1)], "--run-dir", "resumed")
run("resume", "resumed", "--max-steps", 6)
assert model_of("resumed") == model_of("one")
run("replay", "one", "--step", 6, "-o", "replayed")
assert (scratch / "replayed/model.safetensors").read_bytes() == model_of("one")
run(*F1, "--mezo.weights", "low-rank", "--run-dir", "low-rank")
run("launch", "-n", 2, "--", *F1, "--mezo.weights", "low-rank", "--run-dir", "low-rank-ranks")
assert model_of("low-rank-ranks") == model_of("low-rank") != model_of("one")
out = run(*[word if word != "f1" else "exact-match" for word in F1], "--overlap", 1, "--run-dir", "exact")
assert all(abs(loss * 64 - round(loss * 64)) < 1e-6 for loss in column("exact", "loss"))

PLAIN = [word for i, word in enumerate(F1) if not str(word).startswith("--mezo") and not str(F1[i - 1]).startswith("--mezo")]
out = run(*PLAIN, "--plugin", "adamw", "--run-dir", "refused", code=2)
assert "f1 has no gradient, and adamw follows one" in out, out
out = run(*[word if word != "f1" else "accuracy" for word in F1], "--run-dir", "refused", code=2)
assert "the task question-answering has no accuracy to train on" in out and "loss, exact-match, f1" in out, out
out = run(*F1, "--task.answers-column", "answers.texts", "--run-dir", "refused", code=2)
assert "answers.text" in out and "--task.answers-column" in out, out
out = run("predict", "--model", "learns/model", "--text", "x", code=2)
assert "has 3 columns" in out and "trainbus generate" in out, out
assert not (scratch / "refused").exists()
print("learnt, answered and trained on what has no gradient")
