"""Tiny decoders of every family as transformers makes them: opened, asked, trained and saved here, and
opened again there, with the same probabilities both ways. Usage: decoder_families.py LAUNCHER [FAMILY]…"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import torch
import transformers
from opened import record
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

launcher, chosen = sys.argv[1], sys.argv[2:]
TEXTS = ["a fine moving film", "the plot was long, empty and dull", "it is 100 % unknown: naïve"]
LABELS = {"poor": "d", "good": "f"}
PROMPT = ["--task.template", "{text} is", "--task.labels", "|".join(f"{k}:{v}" for k, v in LABELS.items())]
SIZES = {"vocab_size": 256, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4,
         "num_attention_heads": 4, "max_position_embeddings": 128, "bos_token_id": None,
         "eos_token_id": None, "pad_token_id": None}
GROUPED = SIZES | {"num_key_value_heads": 2}
ROPES = {
    "linear": {"rope_type": "linear", "factor": 4.0},
    "llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 32},
    "dynamic": {"rope_type": "dynamic", "factor": 2.0},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32},
    "longrope": {"rope_type": "longrope", "original_max_position_embeddings": 16, "factor": 8.0,
                 "short_factor": [1.0, 1.5, 2.0, 3.0], "long_factor": [2.0, 3.5, 5.0, 9.0]},
}
THETA = {"rope_theta": 10000.0}
# A family's name, then what distinguishes the kind; as transformers' configurations take it.
KINDS = {
    "llama": GROUPED,
    "llama, biases, heads of their own width": GROUPED | {"attention_bias": True, "mlp_bias": True, "head_dim": 12},
    "llama, tied": GROUPED | {"tie_word_embeddings": True},
    **{f"llama, {name}": GROUPED | {"rope_parameters": THETA | rope, "max_position_embeddings":
                                    20 if name == "dynamic" else 128} for name, rope in ROPES.items()},
    "mistral": GROUPED | {"sliding_window": 5},
    "mistral, without a window": GROUPED | {"sliding_window": None},
    "qwen2": GROUPED,
    "qwen2, yarn": GROUPED | {"rope_parameters": THETA | ROPES["yarn"]},
    "qwen2, windows": GROUPED | {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 2},
    "qwen3": GROUPED | {"head_dim": 16},
    "gemma2": GROUPED | {"head_dim": 12, "sliding_window": 4, "query_pre_attn_scalar": 20,
                         "attn_logit_softcapping": 1.5, "final_logit_softcapping": 3.0},
    "gemma3_text": GROUPED | {"head_dim": 12, "sliding_window": 4, "query_pre_attn_scalar": 18,
                              "layer_types": ["sliding_attention", "full_attention"] * 2,
                              "rope_parameters": {
                                  "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
                                  "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}},
    "phi3": GROUPED | {"sliding_window": 6, "original_max_position_embeddings": 128},
    "phi3, partial": GROUPED | {"num_attention_heads": 2, "num_key_value_heads": 1, "original_max_position_embeddings":
                                128, "rope_parameters": THETA | {"rope_type": "default", "partial_rotary_factor": 0.75}},
    "phi3, longrope": GROUPED | {"original_max_position_embeddings": 16, "rope_parameters":
                                 THETA | {k: v for k, v in ROPES["longrope"].items() if k != "factor"}},
    "smollm3": GROUPED | {"no_rope_layers": [1, 1, 1, 0]},
    "gpt2": {"vocab_size": 256, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128, "bos_token_id": None,
             "eos_token_id": None},
    "gpt2, scores by layer": {"vocab_size": 256, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 128,
                              "bos_token_id": None, "eos_token_id": None, "n_inner": 40,
                              "scale_attn_by_inverse_layer_idx": True},
    "gpt_neox": SIZES,
    "gpt_neox, serial": SIZES | {"use_parallel_residual": False, "attention_bias": False},
    "falcon": SIZES | {"ffn_hidden_size": 96},
    "falcon, 40B": SIZES | {"new_decoder_architecture": True, "num_kv_heads": 2},
    "falcon, heads of their own": SIZES | {"multi_query": False, "parallel_attn": False, "bias": True},
    "opt": SIZES | {"ffn_dim": 48, "word_embed_proj_dim": 32},
    "opt, 350m": SIZES | {"ffn_dim": 48, "word_embed_proj_dim": 24, "do_layer_norm_before": False},
}


def run(*command):
    done = subprocess.run([launcher, *map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done


def byte_tokenizer(folder):
    """One token a byte: GPT-2's alphabet and no merges."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 128}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def make(kind, fields, folder):
    config = transformers.AutoConfig.for_model(kind.split(",")[0], **fields)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            norm = "norm" in name or ".ln_" in name or name.endswith("layernorm.weight")
            spread = 0.1 if norm else 0.3
            weight.add_(torch.randn(weight.shape, generator=generator), alpha=spread)
    model.save_pretrained(folder)
    byte_tokenizer(folder)


def opened_there(folder):
    model, loading = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    for problem in ("missing_keys", "mismatched_keys", "unexpected_keys"):
        assert not loading.get(problem), f"{problem}: {loading[problem]}"
    return model.eval(), transformers.AutoTokenizer.from_pretrained(folder)


def compare(folder, options):
    """The largest distance of a label's probability, of those that were printed with four digits."""
    tokens = opened_there(folder)[1]
    words = [tokens(word, add_special_tokens=False).input_ids[0] for word in LABELS.values()]
    worst = 0
    for text in TEXTS:
        prompt = tokens(f"{text} is", return_tensors="pt", add_special_tokens=False)
        model, _ = opened_there(folder)  # dynamic angles remember the longest text of earlier calls
        with torch.no_grad():
            scores = model(input_ids=prompt.input_ids).logits[0, -1, words]
        printed = run("predict", "--model", folder, *options, "--text", text).stdout
        found = {label: float(number) for label, number in re.findall(r"(\w+)=(\S+)", printed)}
        for label, expected in zip(LABELS, scores.softmax(0).tolist()):
            worst = max(worst, abs(found[label] - expected))
    return worst


def check(kind, fields, scratch):
    folder = scratch / re.sub(r"\W+", "_", kind)
    make(kind, fields, folder)
    worst = compare(folder, PROMPT)
    for optimizer, steps in (("mezo", 20), ("adamw", 5)):
        out = scratch / f"{folder.name}_{optimizer}"
        run("train", "--model", folder, "--task.data", scratch / "reviews.csv", *PROMPT, "--batch-size", 4,
            "--max-steps", steps, "--plugin", optimizer, f"--{optimizer}.lr", "1e-3", "--threads", 1, "--test", "no",
            "--disable-tqdm", "--run-dir", out)
        before = {n: w.clone() for n, w in opened_there(folder)[0].named_parameters()}
        after = dict(opened_there(out / "model")[0].named_parameters())
        assert before.keys() == after.keys(), before.keys() ^ after.keys()
        still = [n for n in before if torch.equal(before[n], after[n])]
        assert not still, (optimizer, "not trained", still)
        worst = max(worst, compare(out / "model", []))
    assert worst < 1.5e-4, (kind, worst)
    print(f"{kind}: opened, trained, saved and opened by transformers; probabilities within {worst:.1e}", flush=True)


transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
with tempfile.TemporaryDirectory() as temporary:
    scratch = pathlib.Path(temporary)
    rows = ["text,label"] + [f"the {word} film number {i} was so,{label}" for i in range(8)
                             for word, label in (("dull", "poor"), ("fine", "good"))]
    (scratch / "reviews.csv").write_text("\n".join(rows) + "\n")
    failed = []
    for kind, fields in KINDS.items():
        if chosen and kind.split(",")[0] not in chosen and kind not in chosen:
            continue
        try:
            check(kind, fields, scratch)
        except Exception as error:  # all are told before it fails
            failed.append(kind)
            print(f"{kind}: {type(error).__name__}: {str(error)[:1500]}", flush=True)
    assert not failed, failed
    record({kind.split(",")[0] for kind in KINDS if not chosen or kind in chosen or kind.split(",")[0] in chosen})
