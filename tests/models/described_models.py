"""What `trainbus models` lists and `trainbus describe --model` tells, as accepted in described_models.txt; and the table
of models on the first page. Usage: described_models.py LAUNCHER; TRAINBUS_ACCEPT=1 accepts what is said now."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

LAUNCHER = sys.argv[1]
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
VECTORS = ROOT / "tests" / "data" / "vectors"
ACCEPT = bool(os.environ.get("TRAINBUS_ACCEPT"))
TOKENIZER = {"model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2, "ab": 3}, "merges": ["a b"]},
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False}, "decoder": {"type": "ByteLevel"},
             "added_tokens": [{"id": 0, "content": "<s>", "special": True}],
             "post_processor": {"type": "TemplateProcessing", "special_tokens": {
                 "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
                 "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}}


def launch(*arguments, folder=ROOT):
    done = subprocess.run([LAUNCHER, *arguments], capture_output=True, text=True, cwd=folder,
                          env=os.environ | {"COLUMNS": "80"})
    said = f"$ trainbus {' '.join(arguments)}\nexit code {done.returncode}\n{done.stdout}"
    return said + (f"---- standard error\n{done.stderr}" if done.stderr else "") + "\n"


def described(model, tokenizer=True, config=None, task=None):
    """In a folder of its own, so that no path is in the text."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "model"
        folder.mkdir()
        if model:
            for file in (VECTORS / model).iterdir():
                (folder / file.name).symlink_to(file)
        if config:
            (folder / "config.json").unlink(missing_ok=True)
            (folder / "config.json").write_text(json.dumps(config))
        if task:
            (folder / "trainbus.json").write_text(task if isinstance(task, str) else json.dumps(task))
        if tokenizer:
            (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
        return launch("describe", "--model", "model", folder=folder.parent).replace(scratch, "HERE")


def compare(path, expected, found):
    if expected != found and not ACCEPT:
        sys.exit(f"{path} says something else than what is found:\n{found}If it is right, accept it: tests/accept.sh")


def check_first_page():
    page = ROOT / "README.md"
    text = page.read_text()
    begin = text.index("\n", text.index("<!-- models:")) + 1
    end = text.index("<!-- end of models -->")
    found = launch("models", "--markdown").split("\n", 2)[2].removesuffix("\n")
    compare(page, text[begin:end], found)
    if ACCEPT:
        page.write_text(text[:begin] + found + text[end:])


configuration = json.loads((VECTORS / "families/mistral/config.json").read_text())
found = "".join([
    launch("models"),
    described("families/mistral"),
    described("families/mistral", task={"task": "prompt-classification", "template": "{text}\nso:", "labels": "a|b"}),
    described("families/mistral", task="{"),
    described("families/bert_classifier"),
    described("families/distilbert"),
    described("published/bert"),
    described("published/gpt2"),
    described("families/mistral", tokenizer=False, config=configuration | {"num_hidden_layers": 3}),
    described(None, config={"model_type": "t5"}),
    described(None, tokenizer=False),
    launch("describe", "--model=none"),
])
accepted = HERE / "described_models.txt"
compare(accepted, accepted.read_text() if accepted.exists() else "", found)
if ACCEPT:
    accepted.write_text(found)
check_first_page()
