"""Trains one step through the launcher and opens the folder that it writes with the packages safetensors
and tokenizers. Usage: check_saved_folder.py LAUNCHER MODEL.gguf"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
from safetensors.numpy import load_file
from tokenizers import Tokenizer

launcher, model = sys.argv[1:]
with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    with open(scratch / "data.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for i in range(40):
            rows.writerow([f"review number {i}", i % 2])
    command = [launcher, "train", "--model", model, "--task.data", scratch / "data.csv", "--task.labels",
               "0: bad|1: good", "--task.template", "Review: {text}\\nIt was", "--max-steps", "1", "--batch-size", "2",
               "--mezo.lr", "1e-4", "--test", "no", "--disable-tqdm", "--run-dir", scratch / "run"]
    subprocess.run(command, check=True)
    folder = scratch / "run" / "model"

    config = json.loads((folder / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"], config
    weights = load_file(folder / "model.safetensors")
    layers = config["num_hidden_layers"]
    assert len(weights) == 2 + 9 * layers, len(weights)
    embedding = weights["model.embed_tokens.weight"]
    assert embedding.shape == (config["vocab_size"], config["hidden_size"]), embedding.shape
    assert all(w.dtype == numpy.float32 and numpy.isfinite(w).all() for w in weights.values())

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    text = "Review: a masterpiece of quiet power .\nSentiment:"
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert ids == [21465, 42, 253, 21720, 282, 8354, 1149, 1673, 198, 35658, 2572, 42], ids
    assert tokenizer.decode(ids) == text

    answer = subprocess.run([launcher, "predict", "--model", scratch / "run", "--text", "a fine film"],
                            check=True, capture_output=True, text=True).stdout
    label, *probabilities = answer.strip().split("\t")
    values = [float(p.split("=")[1]) for p in probabilities]
    assert label in "01" and abs(sum(values) - 1) < 1e-3, answer
print("the folder opens in safetensors and tokenizers")
