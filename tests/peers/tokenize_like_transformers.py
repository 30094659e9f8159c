"""Both tokenizers agree on random Unicode strings: ids and offsets, for every kind of tokenizer of the
reference vectors, and for the ways to split and normalise that published files have."""

import json
import os
import random
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

trainbus, kinds = sys.argv[1], Path(sys.argv[2])
count = int(os.environ.get("TRAINBUS_STRINGS", "2000"))

# Characters that had their properties before both libraries' tables of Unicode.
old = unicodedata.ucd_3_2_0
plain = [chr(c) for c in range(0x110000) if old.category(chr(c)) not in ("Cn", "Cs") and
         old.category(chr(c)) == unicodedata.category(chr(c))]
marks = [c for c in plain if unicodedata.category(c)[0] == "M"]
pieces = ["the", " the", "The", " river", "ing", "er", "don't", "WE'RE", "'s", " ", "  ", "   ", "\n", "\n\n",
          "\r\n", "\t", "1", "23", "2024", "3.14", ",", ".", "!?", "...", "-", "_", "(", ")", "<", ">", "#", "##",
          "é", "e\u0301", "ü", "ß", "İ", "ﬁ", "中文", "日本語", "가", "각", "한국어", "न\u094dद", "ي", "🙂", "👍🏽",
          "👨\u200d👩\u200d👧", "\u200b", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\ufeff", "▁", "▁▁", "Ġ",
          "½", "Ⅷ", "２", "\u1100\u1161", "\x00", "\x1f", "<s>", "</s>", "<unk>", "<mask>", "<pad>", "[MASK]"]


def strings(own: list[str]) -> list[str]:
    pick = random.Random(1)
    out = []
    for _ in range(count):
        parts = []
        for _ in range(pick.randrange(1, 12)):
            roll = pick.random()
            if roll < 0.7:
                parts.append(pick.choice(pieces))
            elif roll < 0.8:
                parts.append(pick.choice(own) if own else "")
            elif roll < 0.9:
                parts.append(pick.choice(plain))
            else:
                parts.append(pick.choice("aeoncAEO") + "".join(pick.choices(marks, k=pick.randrange(1, 4))))
        out.append("".join(parts))
    return out


def ours(model: Path, texts: list[str]) -> list[dict]:
    lines = "".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.jsonl"
        file.write_text(lines, encoding="utf-8", newline="")
        run = subprocess.run([trainbus, "tokenize", "--model", model, "--input", file, "--json", "--no-special"],
                             capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.split("\n") if line]


def begins_with_nothing(peer: Tokenizer, text: str) -> bool:
    """Whether the character map removes a character: where that is the first one, tokenizers 0.23 counts
    the offsets behind it from one character too early."""
    if peer.normalizer is None or "Precompiled" not in repr(peer.normalizer):
        return False
    return any(peer.normalizer.normalize_str(c) == "" for c in text)


def compare(name: str, model: Path, peer: Tokenizer) -> None:
    peer.no_truncation()
    peer.no_padding()
    texts = strings([token.content for token in peer.get_added_tokens_decoder().values()])
    rows = ours(model, texts)
    assert len(rows) == len(texts), (name, len(rows))
    wrong = 0
    for text, row in zip(texts, rows):
        encoded = peer.encode(text, add_special_tokens=False)
        same_offsets = row["offsets"] == [list(each) for each in encoded.offsets]
        if row["ids"] == encoded.ids and (same_offsets or begins_with_nothing(peer, text)):
            continue
        wrong += 1
        if wrong <= 3:
            print(f"{name}: {text!r}\n  here  {row['ids']} {row['offsets']}\n"
                  f"  there {encoded.ids} {[list(each) for each in encoded.offsets]}")
    print(f"{name}: {len(texts) - wrong} of {len(texts)} strings equal")
    failures.extend([name] * (wrong > 0))


def split(*patterns: str) -> dict:
    steps = [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
             for pattern in patterns]
    return sequence(*steps, byte_level(False))


def byte_level(use_regex: bool, blank: bool = False) -> dict:
    return {"type": "ByteLevel", "add_prefix_space": blank, "trim_offsets": True, "use_regex": use_regex}


def sequence(*steps: dict) -> dict:
    return {"type": "Sequence", "pretokenizers": list(steps)}


def digits(individual: bool) -> dict:
    return {"type": "Digits", "individual_digits": individual}


def normalizers(*steps: dict) -> dict:
    return {"type": "Sequence", "normalizers": list(steps)}


words = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
small = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
rest = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
ending = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
# Ways of published files, tried with the vocabulary of the kind gpt2.
ways = {
    "starcoder": {"pre_tokenizer": sequence(digits(True), byte_level(True))},
    "falcon": {"pre_tokenizer": sequence(
        {"type": "Punctuation", "behavior": "Contiguous"}, byte_level(True), digits(False),
        {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": False})},
    "gpt-4o": {"pre_tokenizer": split(f"{words}*{small}+{ending}|{words}+{small}*{ending}|\\p{{N}}{{1,3}}|{rest}")},
    "tekken": {"pre_tokenizer": split(f"{words}*{small}+|{words}+{small}*|\\p{{N}}|{rest}")},
    "deepseek-v3": {"pre_tokenizer": split(
        "\\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
        " ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")},
    "bloom": {"pre_tokenizer": split(" ?[^(\\s|[.,!?…。，、।۔،])]+")},
    "word classes": {"pre_tokenizer": split("\\b\\w+\\b|\\d+|\\W")},
    "blank before": {"pre_tokenizer": byte_level(True, True)},
    "words": {"pre_tokenizer": sequence({"type": "Whitespace"}, byte_level(False))},
    "bert words": {"pre_tokenizer": sequence({"type": "BertPreTokenizer"}, byte_level(False))},
    "nfkc, lower case": {"normalizer": normalizers({"type": "NFKC"}, {"type": "Lowercase"})},
    "nfd, no accents": {"normalizer": normalizers({"type": "NFD"}, {"type": "StripAccents"})},
    "nfkd, nmt, strip": {"normalizer": normalizers({"type": "Nmt"}, {"type": "NFKD"},
                                                   {"type": "Strip", "strip_left": True, "strip_right": True})},
    "replace": {"normalizer": {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}},
    "bert": {"normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                            "strip_accents": None, "lowercase": True}},
}

failures: list[str] = []
for kind in sorted(kinds.iterdir()):
    file = kind / "tokenizer.json"
    if file.exists():
        compare(kind.name, kind, Tokenizer.from_file(str(file)))
    elif (kind / "vocab.json").exists():
        compare(kind.name, kind, AutoTokenizer.from_pretrained(kind).backend_tokenizer)
with tempfile.TemporaryDirectory() as scratch:
    for name, change in ways.items():
        if not (kinds / "gpt2/tokenizer.json").exists():
            break
        document = json.loads((kinds / "gpt2/tokenizer.json").read_text(encoding="utf-8")) | change
        file = Path(scratch) / "tokenizer.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        compare(name, file, Tokenizer.from_file(str(file)))
assert not failures, failures
