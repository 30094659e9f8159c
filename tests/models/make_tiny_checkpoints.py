"""Writes tiny checkpoints with random weights in Hugging Face's layout, OPT, Llama and BERT, and some
labelled texts for them. Needs no package. Usage: make_tiny_checkpoints.py FOLDER"""
import array
import csv
import json
import pathlib
import random
import struct
import sys

WIDTH, INNER, POSITIONS, LAYERS, HEADS = 16, 24, 24, 2, 2
GOOD, BAD = ["fine", "moving", "great"], ["dull", "empty", "long"]
OTHERS = ["film", "plot", "the", "a", "is", "it", "was"]
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def write_safetensors(path, shapes, generator):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, shape in shapes.items():
        count = 1
        for size in shape:
            count *= size
        weight = name.lower().endswith(("norm.weight",))
        values = array.array("f", (1.0 if weight else generator.gauss(0, 0.3) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + 4 * count]}
        blobs.append(values.tobytes())
        offset += 4 * count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def added(tokens, vocabulary):
    return [{"id": vocabulary[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for t in tokens]


def template(before, after, vocabulary):
    def piece(token):
        return {"SpecialToken": {"id": token, "type_id": 0}}

    return {"type": "TemplateProcessing",
            "single": [*map(piece, before), {"Sequence": {"id": "A", "type_id": 0}}, *map(piece, after)],
            "pair": [*map(piece, before), {"Sequence": {"id": "A", "type_id": 0}}, *map(piece, after),
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]} for t in before + after}}


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def layer_shapes(prefix, square, intermediate, output, norms):
    shapes = {}
    for name in square:
        shapes |= {f"{prefix}{name}.weight": [WIDTH, WIDTH], f"{prefix}{name}.bias": [WIDTH]}
    shapes |= {f"{prefix}{intermediate}.weight": [INNER, WIDTH], f"{prefix}{intermediate}.bias": [INNER],
               f"{prefix}{output}.weight": [WIDTH, INNER], f"{prefix}{output}.bias": [WIDTH]}
    for name in norms:
        shapes |= {f"{prefix}{name}.weight": [WIDTH], f"{prefix}{name}.bias": [WIDTH]}
    return shapes


def opt(folder):
    folder.mkdir(parents=True)
    # Every printable ASCII character and the blank, as GPT-2's byte alphabet writes them.
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *map(chr, range(33, 127)), "\u0120", "\u010a"]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    write_json(folder / "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": added(["<s>", "<pad>", "</s>", "<unk>"], vocabulary), "normalizer": None,
        "pre_tokenizer": BYTE_LEVEL,
        "post_processor": template(["</s>"], [], vocabulary), "decoder": BYTE_LEVEL,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []}})
    write_json(folder / "tokenizer_config.json", {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>",
                                                  "add_bos_token": True, "tokenizer_class": "PreTrainedTokenizerFast"})
    write_json(folder / "config.json", {
        "architectures": ["OPTForCausalLM"], "model_type": "opt", "vocab_size": len(tokens), "hidden_size": WIDTH,
        "word_embed_proj_dim": WIDTH, "ffn_dim": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "max_position_embeddings": 2 * POSITIONS, "do_layer_norm_before": True, "activation_function": "relu",
        "bos_token_id": 2, "eos_token_id": 2, "pad_token_id": 1})
    decoder = "model.decoder."
    shapes = {decoder + "embed_tokens.weight": [len(tokens), WIDTH],
              decoder + "embed_positions.weight": [2 * POSITIONS + 2, WIDTH],
              decoder + "final_layer_norm.weight": [WIDTH], decoder + "final_layer_norm.bias": [WIDTH]}
    for i in range(LAYERS):
        shapes |= layer_shapes(f"{decoder}layers.{i}.",
                               [f"self_attn.{n}_proj" for n in ("k", "v", "q", "out")], "fc1", "fc2",
                               ["self_attn_layer_norm", "final_layer_norm"])
    write_safetensors(folder / "model.safetensors", shapes, random.Random(1))


def llama(folder, tokenizer):
    """tokenizer: the folder whose tokenizer it has."""
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text((tokenizer / name).read_text())
    vocabulary_size = len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])
    write_json(folder / "config.json", {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocabulary_size,
        "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": 1, "max_position_embeddings": 2 * POSITIONS,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": True,
        "bos_token_id": 2, "eos_token_id": 2, "pad_token_id": 1})
    shapes = {"model.embed_tokens.weight": [vocabulary_size, WIDTH], "model.norm.weight": [WIDTH]}
    for i in range(LAYERS):
        layer, key_width = f"model.layers.{i}.", WIDTH // HEADS
        shapes |= {f"{layer}self_attn.q_proj.weight": [WIDTH, WIDTH],
                   f"{layer}self_attn.k_proj.weight": [key_width, WIDTH],
                   f"{layer}self_attn.v_proj.weight": [key_width, WIDTH],
                   f"{layer}self_attn.o_proj.weight": [WIDTH, WIDTH],
                   f"{layer}mlp.gate_proj.weight": [INNER, WIDTH], f"{layer}mlp.up_proj.weight": [INNER, WIDTH],
                   f"{layer}mlp.down_proj.weight": [WIDTH, INNER],
                   f"{layer}input_layernorm.weight": [WIDTH], f"{layer}post_attention_layernorm.weight": [WIDTH]}
    write_safetensors(folder / "model.safetensors", shapes, random.Random(5))


def bert(folder):
    folder.mkdir(parents=True)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *GOOD, *BAD, *OTHERS, "##s", "good", "bad", "."]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    write_json(folder / "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added(tokens[:5], vocabulary),
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(["[CLS]"], ["[SEP]"], vocabulary),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary}})
    write_json(folder / "tokenizer_config.json", {
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
        "mask_token": "[MASK]", "tokenizer_class": "BertTokenizer"})
    config = {"model_type": "bert", "vocab_size": len(tokens), "hidden_size": WIDTH, "intermediate_size": INNER,
              "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "max_position_embeddings": POSITIONS,
              "type_vocab_size": 2, "pad_token_id": 0, "hidden_act": "gelu", "layer_norm_eps": 1e-12}
    shapes = {"embeddings.word_embeddings.weight": [len(tokens), WIDTH],
              "embeddings.position_embeddings.weight": [POSITIONS, WIDTH],
              "embeddings.token_type_embeddings.weight": [2, WIDTH],
              "embeddings.LayerNorm.weight": [WIDTH], "embeddings.LayerNorm.bias": [WIDTH]}
    for i in range(LAYERS):
        shapes |= layer_shapes(f"encoder.layer.{i}.",
                               [f"attention.self.{n}" for n in ("query", "key", "value")] + ["attention.output.dense"],
                               "intermediate.dense", "output.dense",
                               ["attention.output.LayerNorm", "output.LayerNorm"])
    pooler = {"pooler.dense.weight": [WIDTH, WIDTH], "pooler.dense.bias": [WIDTH]}
    write_json(folder / "config.json", config | {"architectures": ["BertModel"]})
    write_safetensors(folder / "model.safetensors", shapes | pooler, random.Random(2))
    return config, shapes, pooler


def bert_with_head(folder, bare, architecture, head, extra):
    """The same tokenizer, another head."""
    config, shapes = bare
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text((folder.parent / "bert" / name).read_text())
    write_json(folder / "config.json", config | extra | {"architectures": [architecture]})
    write_safetensors(folder / "model.safetensors",
                      {"bert." + name: shape for name, shape in shapes.items()} | head, random.Random(3))


def main(folder):
    opt(folder / "opt")
    llama(folder / "llama", folder / "opt")
    config, shapes, pooler = bert(folder / "bert")
    vocabulary_size = config["vocab_size"]
    bert_with_head(folder / "bert-classifier", (config, shapes), "BertForSequenceClassification",
                   {"bert." + name: shape for name, shape in pooler.items()}
                   | {"classifier.weight": [2, WIDTH], "classifier.bias": [2]},
                   {"id2label": {"0": "poor", "1": "good"}, "label2id": {"poor": 0, "good": 1}})
    predictions = "cls.predictions."
    bert_with_head(folder / "bert-masked", (config, shapes), "BertForMaskedLM",
                   {predictions + "bias": [vocabulary_size],
                    predictions + "transform.dense.weight": [WIDTH, WIDTH],
                    predictions + "transform.dense.bias": [WIDTH],
                    predictions + "transform.LayerNorm.weight": [WIDTH],
                    predictions + "transform.LayerNorm.bias": [WIDTH]}, {})
    generator = random.Random(4)
    with open(folder / "reviews.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for i in range(400):
            good = i % 2 == 1
            words = generator.sample(OTHERS, 3) + generator.sample(GOOD if good else BAD, 2)
            generator.shuffle(words)
            rows.writerow([" ".join(words), "good" if good else "poor"])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
