"""The table of framework/models/README.md: what is checked for each family of decoders, and how closely.
Usage: families_table.py MODELS_VECTORS_TEST LAUNCHER README: measures with the vectors of TRAINBUS_VECTORS (or the
repository's), runs tests/peers/decoder_families.py, whose Python has transformers, and writes the table anew."""

import collections
import pathlib
import re
import subprocess
import sys

vectors_test, launcher, readme = sys.argv[1:4]
NAMES = {"llama": "Llama, SmolLM2", "mistral": "Mistral", "qwen2": "Qwen2, Qwen2.5", "qwen3": "Qwen3",
         "gemma2": "Gemma 2", "gemma3_text": "Gemma 3 (text)", "phi3": "Phi-3, Phi-4", "smollm3": "SmolLM3",
         "gpt2": "GPT-2", "gpt_neox": "GPT-NeoX, Pythia", "falcon": "Falcon", "opt": "OPT"}


def family_of(name):
    words = re.split(r"[/, ]", name.removeprefix("families/").removeprefix("models/").removeprefix("published/"))
    return max((family for family in NAMES if words[0].startswith(family)), key=len, default=None)


def measured():
    output = subprocess.run([vectors_test, "--log_level=message"], check=True, capture_output=True, text=True).stdout
    worst = collections.defaultdict(dict)
    for name, what, number in re.findall(r"measured (\S+) (\w+) (\S+)", output):
        if family := family_of(name):
            worst[family][what] = max(worst[family].get(what, 0), float(number))
    return worst, set(re.findall(r"GGUF: (\w+)", output))


def trained():
    script = pathlib.Path(__file__).parent.parent / "peers/decoder_families.py"
    output = subprocess.run([sys.executable, script, launcher], check=True, capture_output=True, text=True).stdout
    worst, kinds = collections.defaultdict(float), collections.Counter()
    for kind, number in re.findall(r"^(.+): opened, trained.* within (\S+)$", output, re.M):
        family = family_of(kind)
        worst[family] = max(worst[family], float(number))
        kinds[family] += 1
    return worst, kinds


numbers, in_gguf = measured()
probabilities, kinds = trained()
rows = ["| family | logits | loss | gradients | kinds trained | MeZO 20 steps | AdamW 5 steps | in transformers | GGUF |",
        "|---|---|---|---|---|---|---|---|---|"]
for family, name in NAMES.items():
    cells = [f"{numbers[family][what]:.0e}" for what in ("logits", "loss", "gradients")]
    rows.append(f"| {name} | {' | '.join(cells)} | {kinds[family]} | yes | yes | {probabilities[family]:.0e} | "
                f"{'yes' if family in in_gguf else 'as Llama' if family == 'mistral' else 'no'} |")
text = pathlib.Path(readme).read_text()
table = re.compile(r"^\| family \| logits .*?\n(?!\|)", re.M | re.S)
assert table.search(text), f"{readme} has no table of families"
pathlib.Path(readme).write_text(table.sub(lambda _: "\n".join(rows) + "\n", text))
