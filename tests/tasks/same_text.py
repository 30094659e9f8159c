"""The same text is the same text: train, eval and predict prepare it alike, whatever editor saved it; and a
model that was trained says what it was trained for. Usage: same_text.py LAUNCHER DATA"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

launcher, data = sys.argv[1], pathlib.Path(sys.argv[2])
scratch = pathlib.Path(tempfile.mkdtemp(prefix="trainbus-text-"))
LABELS = ["--task.labels", "poor: b|good: a", "--task.template", "{text}\\nso:"]
TEXTS = ["a fine moving film", "long and empty", "naïve, but it works", "one more"]


def run(*words, code=0, **more):
    done = subprocess.run([launcher, *map(str, words)], capture_output=True, cwd=scratch, **more)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout.decode() + (done.stderr.decode() if code else "")


def table(name, lines, encode=lambda text: text.encode()):
    path = scratch / name
    path.write_bytes(encode("".join(lines)))
    return path


def loss_of(path, *words):
    out = run("eval", "--model", scratch / "run", "--task.data", path, "--split", "train", "--threads", 1,
              "--task.validation-fraction", 0, "--task.test-fraction", 0, *words)
    return re.search(r"cross-entropy +(\S+)", out)[1]


def answers(text):
    return run("predict", "--model", scratch / "run", "--threads", 1, input=text)


rows = ["text,label\n"] + [f'"{text}",{"good" if i % 2 else "poor"}\n' for i, text in enumerate(TEXTS)]
plain = table("plain.csv", rows)
run("train", "--model", data / "tiny_llama", "--task.data", plain, *LABELS, "--max-steps", 3, "--threads", 1,
    "--task.validation-fraction", 0, "--task.test-fraction", 0, "--run-dir", scratch / "run", "--plugin", "jsonl")

# Plugins are told of the run that is trained: all that its options came to.
record = json.loads((scratch / "run/run.json").read_text())
begin = json.loads((scratch / "run/metrics.jsonl").read_text().splitlines()[0])
for part in ("options", "task", "plugins"):
    assert begin["run"][part] == record[part], (part, begin["run"][part], record[part])
assert record["task"]["max-tokens"]["source"] == "the model", record["task"]

# The same rows as other programs save them: line ends, byte-order marks, blanks around, another order of
# columns, other separators, other formats.
expected = loss_of(plain)
windows = [line.replace("\n", "\r\n") for line in rows]
padded = [rows[0]] + [line.replace('"', '"  ', 1).replace('",', ' \t",') for line in rows[1:]]
jsonl = [json.dumps({"text": text + "\n", "label": "good" if i % 2 else "poor"}) + "\n" for i, text in enumerate(TEXTS)]
for name, lines, more in (("windows.csv", windows, []), ("padded.csv", padded, []), ("rows.jsonl", jsonl, []),
                          ("marked.csv", ["\ufeff"] + windows, []),
                          ("semicolon.csv", [line.replace('",', '";').replace("text,", "text;") for line in rows],
                           ["--task.separator", ";"])):
    assert loss_of(table(name, lines), *more) == expected, name

# The texts alone: one a line or one on the command line.
asked = answers("".join(text + "\n" for text in TEXTS).encode())
assert [line.split("\t")[-1] for line in asked.splitlines()] == TEXTS, asked
assert answers("".join(f" {text}\t\r\n" for text in TEXTS).encode()) == asked
assert answers("\ufeff".encode() + "\n".join(TEXTS).encode()) == asked
for line, text in zip(asked.splitlines(), TEXTS):
    for given in (text, f"  {text}\n", f"{text}\r\n"):
        one = run("predict", "--model", scratch / "run", "--threads", 1, "--text", given).strip()
        assert one == line.rsplit("\t", 1)[0], (given, one, line)

# What eval counts is what predict answers.
right = sum(line.split("\t")[0] == ("good" if i % 2 else "poor") for i, line in enumerate(asked.splitlines()))
out = run("eval", "--model", scratch / "run", "--task.data", plain, "--split", "train", "--threads", 1,
          "--task.validation-fraction", 0, "--task.test-fraction", 0)
assert f"accuracy              {right / len(TEXTS):.4f}" in out, (right, out)

# The plan shows what the model brings along, and from where.
held = run("describe", "--model", scratch / "run")
assert re.search(r"trained for +--task prompt-classification\n", held), held
assert re.search(r"\n  template +\{text\}\\nso:\n", held), held
plan = run("describe", "--model", scratch / "run", "--seed", 1)
assert re.search(r"task\.template +\{text\}\\nso: +\S*trainbus\.json", plan), plan
other = scratch / "other"
shutil.copytree(scratch / "run/model", other)
(other / "trainbus.json").write_text('{"task":"none-such"}')
message = run("eval", "--model", other, "--task.data", plain, code=2)
assert "none-such" in message and "trainbus.json" in message, message
(other / "trainbus.json").write_text('{"task":"text-classification","labels":"poor|good"}')
message = run("predict", "--model", other, "--task.template", "{text}", "--text", "a", code=2)
assert "the task text-classification" in message and "has no option 'template'" in message, message
(other / "trainbus.json").write_text("not JSON")
assert "is no JSON object" in run("predict", "--model", other, "--text", "a", code=2)
assert "is no JSON object" in " ".join(run("describe", "--model", other, code=2).split())
assert "there is no such file or folder" in run("predict", "--model", scratch / "none", "--text", "a", code=2)
assert "hf download org/name" in run("predict", "--model", "org/name", "--text", "a", code=2)
shutil.rmtree(scratch)
