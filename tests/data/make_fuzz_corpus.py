"""Writes the hand-made inputs of tests/data/fuzz: well-formed files that touch every part of a
reader, and files that claim what they do not hold. What the fuzzers found lies beside them, as
found_*.

    python tests/data/make_fuzz_corpus.py
"""

import base64
import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "fuzz"
HUGE = 2**60


def write(target: str, name: str, content: bytes | str) -> None:
    if isinstance(content, str):
        content = content.encode()
    folder = FOLDER / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


# GGUF ---------------------------------------------------------------------------------------------

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
FORMATS = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "?", U64: "Q",
           I64: "q", F64: "d"}


def gguf_string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf_value(kind: int, value) -> bytes:
    if kind == STRING:
        return gguf_string(value)
    if kind == ARRAY:
        inner, values = value
        return struct.pack("<IQ", inner, len(values)) + b"".join(gguf_value(inner, v) for v in values)
    return struct.pack("<" + FORMATS[kind], value)


def gguf_entry(key: str, kind: int, value) -> bytes:
    return gguf_string(key) + struct.pack("<I", kind) + gguf_value(kind, value)


def gguf_tensor(name: str, kind: int, axes: list[int], offset: int) -> bytes:
    axes_bytes = struct.pack(f"<I{len(axes)}Q", len(axes), *axes)
    return gguf_string(name) + axes_bytes + struct.pack("<IQ", kind, offset)


def gguf(entries: list[bytes], tensors: list[bytes], data: int = 0, version: int = 3) -> bytes:
    file = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries))
    file += b"".join(entries) + b"".join(tensors)
    file += bytes(-len(file) % 32)
    return file + bytes(i % 251 for i in range(data))


def gguf_llama(heads: int = 2) -> bytes:
    names = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]
    tensors, offset = [], 0
    for name, axes in [("token_embd.weight", [4, 5]), *((f"blk.0.{n}.weight", [4, 4]) for n in names),
                       ("blk.0.attn_norm.weight", [4]), ("blk.0.ffn_norm.weight", [4]),
                       ("output_norm.weight", [4]), ("output.weight", [4, 5])]:
        tensors.append(gguf_tensor(name, 1, axes, offset))
        offset += 64
    sizes = {"embedding_length": 4, "feed_forward_length": 4, "block_count": 1, "context_length": 8}
    entries = [gguf_entry("general.architecture", STRING, "llama"),
               gguf_entry("llama.attention.head_count", U64, heads),
               gguf_entry("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
               gguf_entry("llama.rope.freq_base", F64, 1e4),
               *(gguf_entry("llama." + key, U32, size) for key, size in sizes.items())]
    return gguf(entries, tensors, offset)


def gguf_tokenizer(pre: str) -> bytes:
    prefix = "tokenizer.ggml."
    return gguf([gguf_entry(prefix + "model", STRING, "gpt2"), gguf_entry(prefix + "pre", STRING, pre),
                 gguf_entry(prefix + "tokens", ARRAY, (STRING, ["a", "b", "ab", "Ġ", "<s>", "1"])),
                 gguf_entry(prefix + "token_type", ARRAY, (I32, [1, 1, 1, 1, 3, 4])),
                 gguf_entry(prefix + "merges", ARRAY, (STRING, ["a b"])),
                 gguf_entry(prefix + "bos_token_id", U32, 4),
                 gguf_entry(prefix + "add_bos_token", BOOL, True)], [])


def make_gguf() -> None:
    values = {U8: 200, I8: -3, U16: 60000, I16: -4, U32: 2**31, I32: -5, F32: 0.1, BOOL: True,
              STRING: "é", ARRAY: (ARRAY, [(STRING, ["a", ""]), (BOOL, [True, False])]),
              U64: 2**63, I64: -(2**63), F64: 1e300}
    write("gguf", "every_type", gguf([gguf_entry(f"k{k}", k, v) for k, v in values.items()], []))
    elements_of = ({0: 1, 1: 1, 28: 1, 30: 1} | dict.fromkeys((2, 3, 6, 7, 8, 9, 20, 39), 32)
                   | dict.fromkeys((10, 11, 12, 13, 14, 23, 34, 35), 256))
    for kind, elements in elements_of.items():
        write("gguf", f"tensor_type_{kind}",
              gguf([gguf_entry("general.alignment", U32, 1)],
                   [gguf_tensor("t", kind, [elements, 2], 0)], 420, version=2))
    for number in (1, 3):
        write("gguf", f"part_{number}_of_3",
              gguf([gguf_entry("split.no", U16, number), gguf_entry("split.count", U16, 3)], []))
    write("gguf", "llama", gguf_llama())
    write("gguf", "heads_without_end", gguf_llama(2**63 - 1))
    write("gguf", "half_of_all_heads", gguf_llama(2**62))
    for pre in ("smollm", "gpt-2", "llama-bpe"):
        write("gguf", f"tokenizer_{pre}", gguf_tokenizer(pre))
    write("gguf", "nothing", b"")
    write("gguf", "claims_tensors", b"GGUF" + struct.pack("<IQQ", 3, HUGE, 0) + bytes(1000))
    write("gguf", "claims_entries", b"GGUF" + struct.pack("<IQQ", 3, 0, HUGE) + bytes(1000))
    key = gguf_string("k")
    for kind in (U8, BOOL, STRING, ARRAY, F64):
        claim = key + struct.pack("<IIQ", ARRAY, kind, HUGE) + bytes(1000)
        write("gguf", f"claims_elements_of_type_{kind}", gguf([claim], []))
    write("gguf", "claims_a_string", gguf([key + struct.pack("<IQ", STRING, HUGE)], []))
    write("gguf", "deep_arrays", gguf([key + struct.pack("<I", ARRAY) +
                                       struct.pack("<IQ", ARRAY, 1) * 80 +
                                       struct.pack("<IQ", U8, 0)], []))
    write("gguf", "claims_numbers", gguf([], [gguf_tensor("t", 0, [HUGE], 0)], 64))
    write("gguf", "claims_rows", gguf([], [gguf_tensor("t", 0, [2**31, 2**31, 2**31], 0)], 64))
    write("gguf", "rows_of_nothing", gguf([gguf_entry("general.architecture", STRING, "llama")],
                                          [gguf_tensor("token_embd.weight", 0, [0, 2**62], 0)]))


# safetensors --------------------------------------------------------------------------------------


def safetensors(header: dict | str, data: int = 0) -> bytes:
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text)) + text + bytes(range(data))


def tensor(dtype: str, shape: list[int], begin: int, end: int) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def make_safetensors() -> None:
    write("safetensors", "three_tensors",
          safetensors({"__metadata__": {"format": "pt"}, "a": tensor("F32", [2, 2], 0, 16),
                       "b": tensor("BF16", [3], 16, 22), "é": tensor("I64", [], 22, 30)}, 30))
    names = ("BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 "
             "F16 BF16 I32 U32 F32 C64 F64 I64 U64").split()
    write("safetensors", "every_dtype",
          safetensors({name: tensor(name, [0], 0, 0) for name in names}))
    write("safetensors", "nothing", b"")
    write("safetensors", "empty", safetensors({}))
    write("safetensors", "claims_a_header", struct.pack("<Q", HUGE) + b"{" + bytes(1000))
    write("safetensors", "claims_numbers", safetensors({"a": tensor("F32", [HUGE], 0, 8)}, 8))
    write("safetensors", "claims_bytes", safetensors({"a": tensor("U8", [HUGE], 0, HUGE)}, 8))
    write("safetensors", "size_past_64_bits",
          safetensors({"a": tensor("U8", [2**32, 2**32], 0, 0)}))
    write("safetensors", "a_hole", safetensors({"a": tensor("U8", [1], 1, 2)}, 2))
    write("safetensors", "twice", safetensors('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'
                                              '"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'))
    write("safetensors", "deep", safetensors('{"a":' * 500))
    index = {"metadata": {"total_size": 16}, "weight_map": {"x": "a", "y": "a", "z": "b"}}
    write("safetensors_index", "whole", json.dumps(index))
    for name, weights in {"without_y": {"x": "a", "z": "b"}, "in_the_other": {"x": "b"},
                          "not_there": {"x": "c"}, "leads_out": {"x": "../a"}, "itself": {
                              "x": "model.safetensors.index.json"}}.items():
        write("safetensors_index", name, json.dumps({"weight_map": weights}))


# config.json, tokenizers --------------------------------------------------------------------------


def make_configs() -> None:
    common = {"vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
              "max_position_embeddings": 8, "intermediate_size": 16}
    llama = {"architectures": ["LlamaForCausalLM"], "num_key_value_heads": 1, "rms_norm_eps": 1e-5,
             "rope_theta": 1e4, "bos_token_id": 1, "eos_token_id": [2, 3], "torch_dtype": "bfloat16"}
    configs = {
        "llama": llama | {"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}},
        "llama_scaled": llama | {"rope_scaling": {"type": "linear", "factor": 2.0}},
        "qwen2": {"use_sliding_window": False}, "qwen3": {"tie_word_embeddings": True},
        "gpt2": {"n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 8},
        "opt": {"ffn_dim": 16, "word_embed_proj_dim": 8, "do_layer_norm_before": True},
        "bert": {"architectures": ["BertForSequenceClassification"], "type_vocab_size": 2,
                 "id2label": {"0": "negative", "1": "positive"}, "classifier_pooling": "mean"},
        "roberta": {"type_vocab_size": 1, "pad_token_id": 1},
        "distilbert": {"dim": 8, "hidden_dim": 16, "n_heads": 2, "n_layers": 1, "activation": "gelu"},
        "electra": {"embedding_size": 4, "type_vocab_size": 2},
        "modernbert": {"hidden_activation": "gelu", "local_attention": 4, "global_rope_theta": 1.6e5,
                       "global_attn_every_n_layers": 2, "classifier_pooling": "mean"},
        "deberta-v2": {"relative_attention": True, "share_att_key": True, "pos_att_type": "p2c|c2p",
                       "position_buckets": 4, "norm_rel_ebd": "layer_norm", "position_biased_input": False}}
    for name, own in configs.items():
        config = {"model_type": name.split("_")[0]} | common | own
        write("config", name, json.dumps(config, indent=1))
    for key in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"):
        write("config", f"claims_{key}", json.dumps({"model_type": "llama"} | common | {key: HUGE}))
    write("config", "deep", "[" * 400)
    write("config", "nothing", "")


def bpe(**changes) -> str:
    document = {
        "added_tokens": [{"id": 5, "content": "<s>", "special": True, "lstrip": True},
                         {"id": 3, "content": "Ġa", "normalized": True, "rstrip": True}],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "Split", "pattern": {"Regex": "\\s+|[^\\s\\p{L}]+|\\p{L}+"},
             "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}]},
        "post_processor": {"type": "TemplateProcessing", "single": [
            {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [5], "tokens": ["<s>"]}}},
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ġa": 3, "Ġ": 4},
                  "merges": ["a b", ["Ġ", "a"]], "unk_token": "a", "ignore_merges": True}}
    return json.dumps(document | changes)


def word_piece() -> str:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b", ",", "語"]
    return json.dumps({
        "added_tokens": [{"id": 1, "content": "[UNK]", "special": True}],
        "normalizer": {"type": "BertNormalizer", "strip_accents": None},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {token: i for i, token in enumerate(vocabulary)}}}, ensure_ascii=False)


def unigram(**changes) -> str:
    document = {
        "added_tokens": [{"id": 0, "content": "<unk>", "special": True},
                         {"id": 7, "content": "<m>", "special": True, "single_word": True, "lstrip": True}],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap()).decode()},
            {"type": "Strip", "strip_left": False, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "WhitespaceSplit"}, {"type": "Metaspace", "prepend_scheme": "first", "split": True}]},
        "decoder": {"type": "Metaspace", "prepend_scheme": "always"},
        "model": {"type": "Unigram", "unk_id": 0, "vocab": [
            ["<unk>", 0], ["▁", -1], ["a", -2], ["▁a", -2.5], ["b", -3], ["ab", -4.5], ["語", -5]]}}
    return json.dumps(document | changes, ensure_ascii=False)


def sentence_piece_bpe(**changes) -> str:
    """Llama's kind of tokenizer.json."""
    tokens = ["<unk>", "<s>"] + [f"<0x{b:02X}>" for b in range(256)] + ["▁", "a", "b", "ab", "▁a"]
    return json.dumps({
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
            {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "vocab": {token: i for i, token in enumerate(tokens)},
                  "merges": [["a", "b"], ["▁", "a"]], "unk_token": "<unk>", "fuse_unk": True,
                  "byte_fallback": True}} | changes, ensure_ascii=False)


def charsmap() -> bytes:
    """One rule, "A" to "a": a double array of 256 units and a leaf."""
    units = [0] * 512
    units[0] = 1 << 10
    units[1 ^ ord("A")] = ord("A") | 1 << 8 | (300 ^ 1 ^ ord("A")) << 10
    units[300] = 0x80000000
    blob = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(blob)) + blob + b"a\0"


def protobuf(number: int, value) -> bytes:
    def varint(n: int) -> bytes:
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def sentence_piece(kind: int, charsmap: bytes = b"") -> bytes:
    pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("<tool>", 0, 4)]
    pieces += [(f"<0x{b:02X}>", 0, 6) for b in range(256)] if kind == 2 else []
    pieces += [(text, -i, 1) for i, text in enumerate(["ab", "▁a", "▁", "a", "b", "語"])]
    model = b"".join(protobuf(1, protobuf(1, text) + protobuf(2, float(score)) + protobuf(3, type))
                     for text, score, type in pieces)
    trainer = protobuf(3, kind) + protobuf(35, int(kind == 2)) + protobuf(43, 2**64 - 1)
    normalizer = protobuf(1, "nfkc") + protobuf(2, charsmap) + protobuf(3, 1) + protobuf(4, kind % 2)
    return model + protobuf(2, trainer) + protobuf(3, normalizer)


def make_sentence_pieces() -> None:
    whole = sentence_piece(2)
    write("sentence_piece", "bpe", whole)
    write("sentence_piece", "unigram", sentence_piece(1, charsmap()))
    write("sentence_piece", "words", sentence_piece(3))
    write("sentence_piece", "cut_off", whole[:len(whole) // 2])
    write("sentence_piece", "claims_a_length", whole + protobuf(1, b"")[:1] + b"\xff\xff\xff\xff\x0f")
    write("sentence_piece", "long_number", b"\x08" + b"\xff" * 12)
    write("sentence_piece", "group", b"\x0b\x0c")
    write("sentence_piece", "twice", whole + whole)
    write("sentence_piece", "empty_piece", protobuf(1, b""))
    write("sentence_piece", "not_utf8", protobuf(1, protobuf(1, b"\xff")))
    write("sentence_piece", "score_is_nan", protobuf(1, protobuf(1, b"a") + protobuf(2, float("nan"))))
    write("sentence_piece", "odd_wire_types", protobuf(1, 3) + protobuf(2, 1.0) + whole)
    for name, bytes_ in {"nothing": b"", "short": b"\4\0\0", "claims_a_size": b"\xff" * 8,
                         "endless": struct.pack("<III", 8, 1 << 8, 1 << 8) + b"a"}.items():
        write("sentence_piece", f"charsmap_{name}", sentence_piece(1, bytes_))


def split(pattern: str) -> dict:
    return {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated"},
        {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}]}


def make_tokenizers() -> None:
    write("tokenizer_json", "bpe", bpe())
    write("tokenizer_json", "word_piece", word_piece())
    write("tokenizer_json", "unigram", unigram())
    write("tokenizer_json", "score_too_large",
          unigram().replace("-2.5", "-1e999"))
    write("tokenizer_json", "unigram_without_unknown", unigram(added_tokens=[], model={
        "type": "Unigram", "vocab": [["a", -1], ["a", -2]], "byte_fallback": True}))
    write("tokenizer_json", "sentence_piece_bpe", sentence_piece_bpe())
    grow = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
    write("tokenizer_json", "grows", sentence_piece_bpe(
        normalizer={"type": "Sequence", "normalizers": [grow] * 40}))
    write("tokenizer_json", "decoder_grows", sentence_piece_bpe(
        decoder={"type": "Sequence", "decoders": [grow] * 40}))
    write("tokenizer_json", "bytes_of_bytes", bpe(pre_tokenizer={
        "type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}] * 30}))
    write("tokenizer_json", "falcon", bpe(pre_tokenizer={"type": "Sequence", "pretokenizers": [
        {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "ByteLevel", "add_prefix_space": False},
        {"type": "Digits"}, {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"},
                             "behavior": "Isolated"}]}))
    write("tokenizer_json", "every_normalizer", bpe(normalizer={"type": "Sequence", "normalizers": [
        {"type": kind} for kind in ("NFD", "NFC", "NFKD", "NFKC", "Nmt", "StripAccents", "Lowercase",
                                    "Strip", "BertNormalizer", "ByteLevel")]}))
    patterns = {"explodes": "(a+)+$|(\\p{L}|\\p{L}\\p{L})+!", "matches_nothing": "", "looks_back":
                "(?<=a)b|(?=c)", "large": "((a{1,999}){1,999}){1,999}", "captures": "(((((((a)))))))\\7",
                "recurses": "(a|b(?1)c)+", "resets": "a\\Kb", "class": "[\\s\\S]"}
    for name, pattern in patterns.items():
        write("tokenizer_json", f"pattern_{name}", bpe(pre_tokenizer=split(pattern)))
    model = {"type": "BPE", "vocab": {"a": 0}, "merges": []}
    for name, change in {"claims_an_id": {"vocab": {"a": 2**31 - 1}}, "negative_id": {"vocab": {"a": -1}},
                         "merge_of_nothing": {"merges": [["", ""]]}}.items():
        write("tokenizer_json", name, bpe(added_tokens=[], model=model | change))
    write("tokenizer_json", "claims_a_long_word",
          word_piece().replace('"max_input_chars_per_word": 100',
                               f'"max_input_chars_per_word": {2**60}'))
    write("tokenizer_json", "deep", '{"model":' * 400)
    tokens = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n##é\n,\n語\n"
    write("vocab_txt", "plain", tokens)
    write("vocab_txt", "carriage_returns", tokens.replace("\n", "\r\n"))
    write("vocab_txt", "settings", tokens + "\0" + json.dumps(
        {"do_lower_case": False, "tokenize_chinese_chars": False, "unk_token": {"content": "a"}}))
    write("vocab_txt", "twice", tokens + "a\n")
    write("vocab_txt", "empty_tokens", tokens + "\n##\n")
    write("vocab_txt", "nothing", "")


# Tables, run files, records -----------------------------------------------------------------------


def make_tables() -> None:
    write("csv", "quotes", 'text,label\r\n"a, ""b""\n",1\n\nc,2')
    write("csv", "tabs", "text\tlabel\na \"b\"\t1\n\t\n")
    write("csv", "byte_order_mark", b"\xef\xbb\xbfa\n1\n")
    write("csv", "only_columns", "a,b\n")
    write("csv", "never_closed", 'a\n"' + "\n" * 500)
    write("csv", "many_columns", ",".join(map(str, range(900))) + "\n")
    write("csv", "not_utf8", b"a\n\xff\n")
    write("csv", "blank_lines", "\n" * 900 + "a\n")
    write("jsonl", "every_value",
          '{"t":"a\\u00e9\\n","n":1.50,"i":-3,"u":18446744073709551615,"b":true,"e":null}\n\n'
          '{"n":1e999,"t":"","i":0,"u":1,"b":false,"e":""}\n')
    write("jsonl", "other_keys", '{"a":1}\n{"b":1}\n')
    write("jsonl", "twice", '{"a":1,"a":2}\n')
    write("jsonl", "not_flat", '{"a":[1]}\n')
    write("jsonl", "no_keys", "{}\n{}\n")
    write("jsonl", "many_keys",
          json.dumps({str(i): i for i in range(350)}) + "\n")
    write("jsonl", "surrogate", '{"a":"\\ud800"}\n')
    write("jsonl", "deep", '{"a":' * 600)


def make_run_files() -> None:
    write("run_file", "whole", "# a run\nplugin = mezo\nmodel=a#b # the model\n"
          '[ task ] # ours\ntemplate = "{text}\\n\\"x\\" # "  # comment\nempty =\n[mezo]\nlr = 1e-6\n')
    for name, text in {"two_sections": "[a]\n[a]\n", "open_bracket": "[a\n", "no_equals": "a\n",
                       "open_quote": 'a = "b\n', "unknown_escape": 'a = "\\x"\n', "nul": "a = \0\n",
                       "after_the_quote": 'a = "b" c\n', "brackets": "[[a]]\n",
                       "carriage_returns": "a = 1\r\n[b]\r\nc = \" d\"\r\n"}.items():
        write("run_file", name, text)
    option = {"value": 1e-3, "source": "command line"}
    record = {"trainbus": "0.1.0", "options": {"max-steps": {"value": 3, "source": "default"},
                                               "plugin-path": {"value": "a\nb", "source": "x"},
                                               "key": {"value": "(secret)", "source": "x"}},
              "task": {"seed": option}, "plugins": [{"name": "mezo", "id": "mezo", "file": "/nowhere",
                                                     "options": {"lr": option}}],
              "attempts": [{"number": 1, "end": {"kind": "interrupted"}}], "end": {"kind": "failed"}}
    write("run_record", "whole", json.dumps(record))
    for key, value in {"attempts": [3], "plugins": [7, {"options": 3}, {"name": {}, "file": []}],
                       "options": {"a": 1, "b": {"value": [1, {}]}}, "task": {"x": None}}.items():
        write("run_record", f"odd_{key}", json.dumps(record | {key: value}))
    write("run_record", "attempts_elsewhere", json.dumps(record | {"attempts": {"a": 1}}))
    write("run_record", "deep", '{"options":' * 300)
    write("run_record", "no_object", "[]")


# ELF ----------------------------------------------------------------------------------------------


def elf_section(kind: int, offset: int, size: int, link: int = 0, entry: int = 0) -> bytes:
    return struct.pack("<IIQQQQIIQQ", 0, kind, 0, offset, offset, size, link, 0, 8, entry)


def elf(**changes) -> bytes:
    """A shared object of x86-64 with one of everything that is read. At address 64, behind the
    header: a pointer to the text "here", one into another library, a number."""
    names = b"\0trainbus_module_v1\0elsewhere\0libm.so.6\0/opt/lib\0"
    at = lambda name: names.index(name)  # noqa: E731
    parts = {"data": struct.pack("<QQQ", 0, 0, 42) + b"here\0\0\0\0",
             "symbols": bytes(24) + struct.pack("<IBBHQQ", at(b"trainbus"), 0x11, 0, 1, 64, 24)
             + struct.pack("<IBBHQQ", at(b"elsewhere"), 0x11, 0, 0, 0, 0),
             "names": names,
             "dynamic": struct.pack("<8Q", 1, at(b"libm"), 29, at(b"/opt"), 0x6FFFFFFB, 8, 0, 0),
             "relocations": struct.pack("<6Q", 64, 8, 64 + 24, 72, 2 << 32 | 6, 0),
             "segment": b""} | {k: v for k, v in changes.items() if isinstance(v, bytes)}
    file, place = bytes(64), {}
    for name, part in parts.items():
        place[name] = (len(file), len(part))
        file += part + bytes(-len(part) % 8)
    sections = [elf_section(0, 0, 0), elf_section(3, *place["names"]),
                elf_section(11, *place["symbols"], 1, 24), elf_section(6, *place["dynamic"], 1, 16)]
    sections += [elf_section(4, *place["relocations"], 2, 24)] * changes.get("relocation_sections", 1)
    size = len(file) + 56 + 64 * len(sections)
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", changes.get("type", 3), changes.get("machine", 62), 1, 0, len(file),
        len(file) + 56, 0, 64, 56, 1, 64, len(sections), 1)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, changes.get("loaded", size), size, 4096)
    return header + file[64:] + segment + b"".join(sections)


def make_elf() -> None:
    whole = elf()
    write("elf", "whole.so", whole)
    write("elf", "cut.so", whole[:-1])
    write("elf", "header_only.so", whole[:64])
    write("elf", "text.so", "not a shared object\n" * 8)
    write("elf", "object.so", elf(type=1))
    write("elf", "other_machine.so", elf(machine=8))
    write("elf", "the_same_relocations_again_and_again.so",
          elf(relocations=struct.pack("<3Q", 64, 8, 88) * 10, relocation_sections=200))
    write("elf", "names_without_an_end.so", elf(names=b"x" * 48))
    write("elf", "no_names.so", elf(names=b""))
    write("elf", "little_is_loaded.so", elf(loaded=80))
    write("elf", "huge_segment.so", elf(loaded=HUGE))
    write("elf", "symbol_that_is_none.so", elf(relocations=struct.pack("<3Q", 64, 999 << 32, 0)))
    write("elf", "name_beyond.so",
          elf(symbols=bytes(24) + struct.pack("<IBBHQQ", 2**32 - 1, 0x11, 0, 1, 64, 24)))
    write("elf", "library_beyond.so", elf(dynamic=struct.pack("<2Q", 1, 2**64 - 1)))


if __name__ == "__main__":
    make_gguf()
    make_safetensors()
    make_configs()
    make_tokenizers()
    make_sentence_pieces()
    make_tables()
    make_run_files()
    make_elf()
