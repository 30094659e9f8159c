"""Multiple choice end to end: describes, trains and evaluates presets with a tiny model.

Usage: choice_run.py TRAINBUS MODEL, a decoder's folder."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

trainbus, model = sys.argv[1:]


def run(*arguments, folder, code=0):
    done = subprocess.run([trainbus, *map(str, arguments)], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def copa(count):
    return [{"premise": f"The window number {i} broke. ", "choice1": "The captain threw a stone.",
             "choice2": "I painted the wall.", "question": ("cause", "effect")[i % 2], "idx": i,
             "label": i % 2} for i in range(count)]


def record(count):
    return [{"passage": f"Anna met Tom {i} times.\n@highlight\nTom sells boats",
             "query": "@placeholder sold a boat.", "entities": ["Anna", "Tom", "Oslo"][:2 + i % 2],
             "entity_spans": {"text": ["Anna"], "start": [0]}, "answers": ["Tom"]}
            for i in range(count)]


def sst2(count):
    return [{"sentence": f"a slow river {i} ", "label": i % 2, "idx": i} for i in range(count)]


def check(preset, rows, folder, *more):
    data = write(folder / f"{preset}.jsonl", rows(30))
    test = write(folder / f"{preset}_test.jsonl", rows(12))
    options = ["--model", model, "--task", "multiple-choice", "--task.preset", preset,
               "--task.data", data, "--task.test-data", test, "--task.train-samples", "20",
               "--task.validation-samples", "5", "--task.test-samples", "8", *more]
    described = run("describe", *options, folder=folder)
    assert re.search(rf"task\.template .*preset {preset}", described), described
    trained = run("train", *options, "--max-steps", "4", "--batch-size", "4", "--eval-every", "2",
                  "--run-dir", folder / preset, folder=folder)
    assert "train: 20 examples" in trained, trained
    assert "5 dropped: not among the samples that were drawn" in trained, trained
    assert "test accuracy" in trained, trained
    # The model of the run scores as the run said.
    said = re.search(r"test loss: +\S+ before, (\S+) after", trained).group(1)
    evaluated = run("eval", "--model", folder / preset, *options[2:], folder=folder)
    found = re.search(r"cross-entropy +(\S+) nats", evaluated).group(1)
    assert abs(float(said) - float(found)) < 2e-4, (said, evaluated)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    check("copa", copa, folder)
    check("record", record, folder, "--task.score", "calibrated")
    check("sst2", sst2, folder, "--task.demonstrations", "3")
    refused = run("train", "--model", model, "--task.preset", "copa", "--task.data",
                  folder / "copa.jsonl", folder=folder, code=2)
    assert '"copa" is a preset for multiple-choice, not for prompt-classification' in refused
