"""Question answering end to end with a tiny model: learns answers, generates them, trains on exact match and F1, by one
process and by several, resumed and replayed; and what is refused. Usage: question_answering.py LAUNCHER MODELS, the folder
with decoders opt, llama and gpt2."""
import json
import pathlib
import re
import shutil
import sys

from scratch_runs import ScratchRuns, with_value, without

models = pathlib.Path(sys.argv[2])
runs = ScratchRuns(sys.argv[1])
scratch, run, column, model_of = runs.path, runs.run, runs.column, runs.model_of


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

# As turns of a conversation, by the model's chat template, which the trained model keeps.
chat = scratch / "chat"
shutil.copytree(models / "llama", chat)
(chat / "chat_template.jinja").write_text(
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}{% if m.role == 'assistant' %}{{ eos_token + '\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}")
CHAT = ["--model", chat, "--task", "question-answering", "--task.data", "own.csv", "--task.template", "{question}", "--task.answers-column",
        "reply", "--task.chat", "yes", "--task.max-new-tokens", 5]
out = run("train", *CHAT, "--disable-tqdm", "--plugin", "adamw", "--adamw.lr", "3e-3", "--max-steps", 60, "--batch-size", 8, "--run-dir", "turns")
assert metric(out, "exact_match")[1] == 1 and metric(out, "loss")[1] < 0.1, out
out = run("predict", "--model", "turns/model", "--text", "What is 99?")
assert out.splitlines()[0] == "yes", out
out = run("generate", "--model", "turns/model", "--prompt", "What is 7?", "--chat", "--max-new-tokens", 5, "--json")
assert json.loads(out.splitlines()[-1])["text"] == "yes" and json.loads(out.splitlines()[-1])["ended_by"] == "token", out
out = run("train", *with_value(CHAT, "--model", models / "llama"), "--max-steps", 1, "--run-dir", "refused", code=2)
assert "has no chat template" in out and "--task.chat" in out, out
out = run("train", *CHAT, "--task.answer-template", "{prompt} {answer}", "--max-steps", 1, "--run-dir", "refused", code=2)
assert "--task.answer-template" in out and "--task.chat" in out, out

# What has no gradient: the step's losses are 1 − F1, means over both sides of four directions of eight answers.
F1 = ["train", *SQUAD[2:], "--disable-tqdm", "--model", "learns/model", "--objective", "f1", "--mezo.directions", 4, "--mezo.eps", "0.1",
      "--mezo.lr", "1e-4", "--max-steps", 6, "--batch-size", 8, "--threads", 1]
run(*F1, "--run-dir", "one")
losses = column("one", "loss")
assert len(losses) == 6 and all(0 <= loss <= 1 for loss in losses) and any(loss > 0 for loss in losses), losses
run(*with_value(F1, "--threads", 2), "--run-dir", "threads")
run("launch", "-n", 3, "--", *F1, "--run-dir", "ranks")
assert model_of("threads") == model_of("one") and model_of("ranks") == model_of("one")
assert column("ranks", "loss") == losses
run(*with_value(F1, "--max-steps", 3), "--run-dir", "resumed")
run("resume", "resumed", "--max-steps", 6)
assert model_of("resumed") == model_of("one")
run("replay", "one", "--step", 6, "-o", "replayed")
assert model_of("replayed", ".") == model_of("one")
run(*F1, "--mezo.weights", "low-rank", "--run-dir", "low-rank")
run("launch", "-n", 2, "--", *F1, "--mezo.weights", "low-rank", "--run-dir", "low-rank-ranks")
assert model_of("low-rank-ranks") == model_of("low-rank") != model_of("one")
out = run(*with_value(F1, "--objective", "exact-match"), "--overlap", 1, "--run-dir", "exact")
assert all(abs(loss * 64 - round(loss * 64)) < 1e-6 for loss in column("exact", "loss"))

out = run(*without(F1, "--mezo"), "--plugin", "adamw", "--run-dir", "refused", code=2)
assert "f1 has no gradient, and adamw follows one" in out, out
out = run(*with_value(F1, "--objective", "accuracy"), "--run-dir", "refused", code=2)
assert "the task question-answering has no objective accuracy" in out and "loss, exact-match, f1" in out, out
out = run(*F1, "--task.answers-column", "answers.texts", "--run-dir", "refused", code=2)
assert "answers.text" in out and "--task.answers-column" in out, out
out = run("predict", "--model", "learns/model", "--text", "x", code=2)
assert "has 3 columns" in out and "trainbus generate" in out, out
assert not (scratch / "refused").exists()
print("learnt, answered and trained on what has no gradient")
