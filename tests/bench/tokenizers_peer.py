"""The `tokenizers` package beside tokenizers_bench.

    tokenizers_peer.py make FOLDER REVIEWS.csv   write text and tokenizers of four kinds there
    tokenizers_peer.py time FOLDER               answer each line "FILE" with the seconds of encoding the text;
                                                 "new FILE": by a tokenizer that has seen nothing yet
"""

import csv
import json
import os
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402


def byte_level(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                                   " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=16000, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def sentence_piece(texts: list[str]) -> Tokenizer:
    """Llama 2's kind: the whole text is one word."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=16000, show_progress=False,
        special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]))
    model = json.loads(trained.to_str())["model"]
    tokenizer = Tokenizer(models.BPE(model["vocab"], [tuple(merge) for merge in model["merges"]], unk_token="<unk>",
                                     fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def unigram(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(
        vocab_size=8000, show_progress=False, special_tokens=["<unk>"], unk_token="<unk>"))
    return tokenizer


def word_piece(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(
        vocab_size=8000, show_progress=False, special_tokens=["[UNK]"]))
    return tokenizer


def make(folder: Path, reviews: Path) -> None:
    with open(reviews, encoding="utf-8", newline="") as file:
        texts = [" ".join(row["text"].split()) for row in csv.DictReader(file)]
    (folder / "text.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    for kind in (byte_level, sentence_piece, unigram, word_piece):
        kind(texts).save(str(folder / f"{kind.__name__}.json"))


def answer(folder: Path) -> None:
    texts = (folder / "text.txt").read_text(encoding="utf-8").split("\n")[:-1]
    known: dict[str, Tokenizer] = {}
    for line in sys.stdin:
        name = line.strip().removeprefix("new ")
        if name not in known or line.startswith("new "):
            known[name] = Tokenizer.from_file(str(folder / name))
        tokenizer = known[name]
        begin = time.perf_counter()
        encoded = tokenizer.encode_batch_fast(texts)
        seconds = time.perf_counter() - begin
        print(seconds, sum(len(each.ids) for each in encoded), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        answer(Path(sys.argv[2]))
