"""Every encoder family there and back: a tiny model that transformers makes is asked here, trained for
three steps, and opened by transformers again, which gives the same probabilities both times.
Usage: encoders_with_transformers.py LAUNCHER"""

import csv
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import torch
import transformers
from opened import record
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

LAUNCHER = sys.argv[1]
GOOD, BAD = ["fine", "moving", "great"], ["dull", "empty", "long"]
OTHERS = ["film", "plot", "the", "a", "is", "it", "was"]
TEXTS = ["a fine moving film", "the plot was long empty dull", "it is ."]
WIDTH = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
         "max_position_embeddings": 80}
FAMILIES = {
    "bert": WIDTH,
    "roberta": WIDTH | {"type_vocab_size": 1},
    "xlm-roberta": WIDTH | {"type_vocab_size": 1},
    "camembert": WIDTH | {"type_vocab_size": 1},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48, "max_position_embeddings": 80},
    "electra": WIDTH | {"embedding_size": 20},
    "modernbert": WIDTH | {"num_hidden_layers": 4, "local_attention": 4},
    "deberta-v2": WIDTH | {"relative_attention": True, "position_buckets": 8, "norm_rel_ebd": "layer_norm",
                           "share_att_key": True, "pos_att_type": ["p2c", "c2p"],
                           "position_biased_input": False, "type_vocab_size": 0},
}
BYTE_LEVEL = {"roberta", "xlm-roberta", "camembert", "modernbert"}


def word_piece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = special + GOOD + BAD + OTHERS + ["##s", "good", "bad", "."]
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"])


def byte_level():
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("g", "o"), ("o", "d"), ("go", "od"), ("Ġ", "good"), ("b", "a"), ("ba", "d"), ("Ġ", "bad")]
    pieces = special + letters + [a + b for a, b in merges] + ["<mask>"]
    tokenizer = Tokenizer(models.BPE({p: i for i, p in enumerate(pieces)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special + ["<mask>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", sep_token="</s>",
        cls_token="<s>", unk_token="<unk>", mask_token="<mask>", model_input_names=["input_ids", "attention_mask"])


def run(*command):
    done = subprocess.run([LAUNCHER, *map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done


def probabilities(folder, text, *task):
    line = run("predict", "--model", folder, "--text", text, *task).stdout
    return {name: float(number) for name, number in re.findall(r"(\w+)=(\S+)", line)}


def opened(kind, folder):
    model, loading = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                          output_loading_info=True)
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not loading.get(problem), f"{folder}: {problem}: {loading[problem]}"
    return model.eval()


def compare(kind, folder, tokens, template, *task):
    """kind: of the model. template: None for classes."""
    model = opened(kind, folder)
    with torch.no_grad():
        for text in TEXTS:
            if template is None:
                scores = model(**tokens(text, return_tensors="pt")).logits[0]
            else:
                prompt = tokens(template.replace("{text}", text), return_tensors="pt")
                place = (prompt.input_ids[0] == tokens.mask_token_id).nonzero().item()
                words = [tokens(word, add_special_tokens=False).input_ids for word in label_words(tokens)]
                assert all(len(ids) == 1 for ids in words), words
                scores = model(**prompt).logits[0, place, [ids[0] for ids in words]]
            expected = dict(zip(("poor", "good"), scores.softmax(-1).tolist()))
            found = probabilities(folder, text, *task)
            assert found.keys() == expected.keys(), found
            for name, probability in expected.items():  # four digits are printed
                assert abs(found[name] - probability) < 1.5e-4, (folder, text, expected, found)
    return model


def label_words(tokens):
    return (" bad", " good") if tokens.mask_token == "<mask>" else ("bad", "good")


def check(family, use, scratch):
    torch.manual_seed(sum(map(ord, family)))
    tokens = byte_level() if family in BYTE_LEVEL else word_piece()
    ids = {"pad_token_id": tokens.pad_token_id, "bos_token_id": tokens.bos_token_id,
           "eos_token_id": tokens.eos_token_id, "cls_token_id": tokens.cls_token_id,
           "sep_token_id": tokens.sep_token_id}
    names = {"id2label": {0: "poor", 1: "good"}, "label2id": {"poor": 0, "good": 1}} if use == "classes" else {}
    config = transformers.AutoConfig.for_model(
        family, vocab_size=len(tokens), initializer_range=0.5, **FAMILIES[family], **ids, **names)
    kind = (transformers.AutoModelForSequenceClassification if use == "classes"
            else transformers.AutoModelForMaskedLM)
    folder = scratch / f"{family}-{use}"
    kind.from_config(config).save_pretrained(folder)
    tokens.save_pretrained(folder)
    mask = f"{{text}} was {tokens.mask_token} ." if tokens.mask_token != "<mask>" else "{text} was<mask>."
    if use == "classes":
        template, task = None, ["--task", "text-classification"]
    else:
        bad, good = label_words(tokens)
        template, task = mask, ["--task.template", mask, "--task.labels", f"poor:{bad}|good:{good}"]
    before = compare(kind, folder, tokens, template, *task)
    results = {}
    for optimizer in ("mezo", "adamw"):
        result = scratch / "runs" / f"{family}-{use}-{optimizer}"
        run("train", "--model", folder, "--task.data", scratch / "reviews.csv", "--batch-size", 8, "--threads", 1,
            "--disable-tqdm", "--max-steps", 3, "--plugin", optimizer, f"--{optimizer}.lr", 1e-3, "--run-dir", result,
            *task)
        after = compare(kind, result / "model", tokens, template)
        assert list(before.state_dict()) == list(after.state_dict())
        assert any(not torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters())), "nothing moved"
        results[optimizer] = json.loads((result / "model" / "config.json").read_text())
    assert results["mezo"]["model_type"] == family, results


def main():
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(temporary)
        generator = random.Random(4)
        with open(scratch / "reviews.csv", "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["text", "label"])
            for i in range(200):
                good = i % 2 == 1
                words = generator.sample(OTHERS, 3) + generator.sample(GOOD if good else BAD, 2)
                generator.shuffle(words)
                rows.writerow([" ".join(words), "good" if good else "poor"])
        for family in sys.argv[2:] or FAMILIES:
            for use in ("words", "classes"):
                check(family, use, scratch)
                print(f"{family}, {use}: the same there and here, before and after training")
        record(sys.argv[2:] or FAMILIES)


main()
