"""The fine-tuned model as transformers opens it: all weights, right tokens, the same probabilities."""

import re
import subprocess
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

run, trainbus = Path(sys.argv[1]), sys.argv[2]
folders = [file.parent for file in run.rglob("model.safetensors")]
assert folders, f"no model.safetensors under {run}"
folder = max(folders, key=lambda path: path.stat().st_mtime)
words = {"rotten": " Negative", "fresh": " Positive"}
texts = [
    "A moving, funny and beautifully shot film.",
    "Dull from start to finish; 102 minutes I won't get back.",
    "Il est très bon — naïve, café, 100% … \"what?\"",
]

tokenizer = AutoTokenizer.from_pretrained(folder)
model, loading = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, output_loading_info=True
)
for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
    assert not loading.get(problem), f"{problem}: {loading[problem]}"
assert sum(p.numel() for p in model.parameters()) == 134_515_008, "parameters are missing"

label_ids = []
for word in words.values():
    ids = tokenizer(word, add_special_tokens=False).input_ids
    assert len(ids) == 1, (word, ids)
    label_ids.append(ids[0])

for text in texts:
    prompt = tokenizer(f"Review: {text}\nSentiment:", add_special_tokens=False, return_tensors="pt")
    assert tokenizer.decode(prompt.input_ids[0]) == f"Review: {text}\nSentiment:"
    with torch.no_grad():
        scores = model(**prompt).logits[0, -1, label_ids]
    expected = dict(zip(words, scores.softmax(0).tolist()))

    command = [trainbus, "predict", "--model", str(folder), "--text", text]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {label: float(number) for label, number in re.findall(r"(\w+)=(\S+)", output)}
    assert found.keys() == expected.keys(), output
    for label, probability in expected.items():
        # Four digits are printed.
        assert abs(found[label] - probability) < 1.5e-4, (text, label, probability, output)
    assert output.split()[0] == max(expected, key=expected.get), output
print(f"{folder.name}: {len(texts)} texts have the same probabilities here and there")
