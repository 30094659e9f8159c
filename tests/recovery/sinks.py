"""What the sinks of a run show: {(what, step): number}, each point once, without what is measured."""
import csv
import json
import math
import re

import event_files

MEASURED = {"tokens_per_s", "train/tokens_per_s", "seconds", "wall_time", "attempt"}


def number(text):
    value = float(text)
    return "nan" if math.isnan(value) else value


def add(shown, what, step, value):
    if what in MEASURED:
        return
    assert (what, step) not in shown, f"{what} of step {step} stands twice"
    shown[what, step] = number(value)


def metrics_csv(folder):
    shown, last = {}, 0
    with open(folder / "metrics.csv", newline="") as file:
        for row in csv.DictReader(file):
            assert None not in row and None not in row.values(), f"a ragged row: {row}"
            step = int(row.pop("step"))
            assert step >= last, f"step {step} stands behind {last}"
            last = step
            for name, value in row.items():
                if value != "" and name != "epoch":
                    add(shown, name, step, value)
    return shown


def metrics_jsonl(folder):
    """The history that lasted, as the head of plugins/jsonl/jsonl.cpp says to read it."""
    text = (folder / "metrics.jsonl").read_text()
    assert text == "" or text.endswith("\n"), "a torn line"
    lines = [json.loads(line) for line in text.splitlines()]
    for mark in [line for line in lines if line["type"] == "resume"]:
        lines = [l for l in lines if l["attempt"] >= mark["attempt"] or l["step"] <= mark["step"]]
    shown = {}
    for line in lines:
        if line["type"] == "save":
            add(shown, "save " + re.sub(".*/", "", line["path"]), line["step"], 1)
        if line["type"] in ("step", "evaluate"):
            for name, value in line.items():
                if name not in ("v", "type", "attempt", "step", "t", "epoch", "text"):
                    add(shown, name, line["step"], value)
    return shown


def tensorboard(folder):
    shown = {}
    for (tag, step), value in event_files.read(folder).items():
        add(shown, tag, step, value)
    return shown


READERS = {"metrics.csv": metrics_csv, "metrics.jsonl": metrics_jsonl, "TensorBoard": tensorboard}


def highest_step(folder):
    """That any sink has in any way, also what is void."""
    steps = [0]
    if (folder / "metrics.csv").exists():
        rows = (folder / "metrics.csv").read_text().splitlines()[1:]
        steps += [int(row.split(",")[0]) for row in rows if row]
    if (folder / "metrics.jsonl").exists():
        lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
        steps += [line["step"] for line in lines if line["type"] == "step"]
    for path in folder.glob("events.out.tfevents.*"):
        for payload in event_files.payloads(path.read_bytes()):
            event = dict(event_files.fields(payload))
            if list(event_files.scalars_of(event.get(5, b""))):
                steps.append(event.get(2, 0))
    return max(steps)
