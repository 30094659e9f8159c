"""SmolLM2 in the mix of types that llama.cpp calls Q4_K_M, in a file that the package gguf writes; and as the launcher
opens it. Usage:

    k_quants.py make SMOLLM2.gguf OUT.gguf
    k_quants.py check LAUNCHER SMOLLM2.gguf    a run's model has the numbers that the package reads; TRAINBUS_LONG_TESTS=1
                                               also trains the main job from it
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import load_file

SUPER = 256  # numbers of a block


def halves(x):
    return x.astype(np.float16).astype(np.float32)


def reciprocal(x):
    return np.divide(1, x, out=np.zeros_like(x), where=x != 0)


def q4_k(x):
    """[N, 256] to [N, 144]: eight parts with a scale and a minimum of six bits, numbers of four (ggml: block_q4_K)."""
    parts = x.reshape(-1, 8, 32)
    low = np.minimum(parts.min(-1), 0)
    step = (parts.max(-1) - low) / 15
    d, dmin = halves(step.max(-1) / 63), halves(-low.min(-1) / 63)
    scales = np.rint(step * reciprocal(d)[:, None]).clip(0, 63).astype(np.uint8)
    minima = np.rint(-low * reciprocal(dmin)[:, None]).clip(0, 63).astype(np.uint8)
    offset = dmin[:, None] * minima
    numbers = np.rint((parts + offset[..., None]) * reciprocal(d[:, None] * scales)[..., None]).clip(0, 15).astype(np.uint8)
    packed = np.empty((len(x), 12), np.uint8)
    packed[:, 0:4] = scales[:, :4] | scales[:, 4:] >> 4 << 6
    packed[:, 4:8] = minima[:, :4] | minima[:, 4:] >> 4 << 6
    packed[:, 8:12] = scales[:, 4:] & 15 | (minima[:, 4:] & 15) << 4
    nibbles = numbers[:, 0::2] | numbers[:, 1::2] << 4
    ends = np.stack([d, dmin], -1).astype(np.float16).view(np.uint8)
    return np.concatenate([ends, packed, nibbles.reshape(-1, 128)], -1)


def q6_k(x):
    """[N, 256] to [N, 210]: sixteen parts with a scale of eight bits, numbers of six (ggml: block_q6_K)."""
    parts = x.reshape(-1, 16, 16)
    most = np.take_along_axis(parts, np.abs(parts).argmax(-1)[..., None], -1)[..., 0]
    step = -most / 32  # the largest number becomes 0, which is -32
    d = halves(np.take_along_axis(step, np.abs(step).argmax(-1)[:, None], -1)[:, 0] / -128)
    scales = np.rint(step * reciprocal(d)[:, None]).clip(-128, 127).astype(np.int8)
    numbers = np.rint(parts * reciprocal(d[:, None] * scales)[..., None] + 32).clip(0, 63).astype(np.uint8)
    quarters = numbers.reshape(-1, 2, 4, 32)  # of each half: 32 numbers four times
    low = np.stack([quarters[:, :, 0] & 15 | (quarters[:, :, 2] & 15) << 4,
                    quarters[:, :, 1] & 15 | (quarters[:, :, 3] & 15) << 4], 2)
    high = sum((quarters[:, :, i] >> 4) << 2 * i for i in range(4)).astype(np.uint8)
    end = d.astype(np.float16)[:, None].view(np.uint8)
    return np.concatenate([low.reshape(-1, 128), high.reshape(-1, 64), scales.view(np.uint8), end], -1)


def type_of(name, width, layers):
    """llama.cpp's rules for Q4_K_M, and what it takes for rows that are no multiple of 256."""
    if "norm" in name:
        return Type.F32
    kind = Type.Q4_K
    if name == "token_embd.weight":
        kind = Type.Q6_K
    elif re.search(r"attn_v|ffn_down", name):
        layer = int(name.split(".")[1])
        more_bits = layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2
        kind = Type.Q6_K if more_bits else kind
    if width % SUPER:
        kind = {Type.Q4_K: Type.Q5_0, Type.Q6_K: Type.Q8_0}[kind]
    return kind


def quantised(numbers, kind):
    if kind == Type.F32:
        return numbers
    if kind not in (Type.Q4_K, Type.Q6_K):
        return gguf.quants.quantize(numbers, kind)
    blocks = (q4_k if kind == Type.Q4_K else q6_k)(numbers.reshape(-1, SUPER))
    return blocks.reshape(numbers.shape[0], -1)


def make(source, out):
    reader = gguf.GGUFReader(source)
    layers = int(reader.get_field("llama.block_count").contents())
    writer = gguf.GGUFWriter(out, "llama")
    for field in reader.fields.values():
        if field.name == "general.architecture" or field.name.startswith("GGUF."):
            continue
        inner = field.types[1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)
    kinds = {}
    for tensor in reader.tensors:
        numbers = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1])
        kind = type_of(tensor.name, numbers.shape[-1], layers)
        kinds[kind.name] = kinds.get(kind.name, 0) + 1
        writer.add_tensor(tensor.name, quantised(numbers, kind), raw_dtype=None if kind == Type.F32 else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print("made a file with", ", ".join(f"{count} tensors of {kind}" for kind, count in sorted(kinds.items())))


def run(launcher, *arguments):
    done = subprocess.run([launcher, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "attn_q": "self_attn.q_proj",
         "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
         "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}


def name_there(name):
    parts = name.split(".")
    return f"model.layers.{parts[1]}.{NAMES[parts[2]]}.weight" if parts[0] == "blk" else f"{NAMES[parts[0]]}.weight"


def in_order(name, numbers):
    """Rows of queries and keys as Hugging Face has them."""
    if not re.search(r"attn_[qk]\.", name):
        return numbers
    heads = numbers.shape[0] // 64
    return numbers.reshape(heads, 32, 2, -1).swapaxes(1, 2).reshape(numbers.shape)


def check(launcher, source):
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        file = scratch / "smollm2.q4_k_m.gguf"
        make(source, file)
        print(run(launcher, "describe", "--model", file))
        run_file = pathlib.Path(__file__).parents[2] / "apps" / "rotten_tomatoes.ini"
        options = ["train", run_file, "--model", file, "--disable-tqdm"]
        run(launcher, *options, "--run-dir", scratch / "still", "--max-steps", 1, "--mezo.lr", 0, "--test", "no")
        saved = load_file(scratch / "still" / "model" / "model.safetensors")
        for tensor in gguf.GGUFReader(file).tensors:
            expected = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1])
            found = saved.pop(name_there(tensor.name))
            assert np.array_equal(found, in_order(tensor.name, expected).reshape(found.shape)), tensor.name
        assert not saved, saved.keys()
        print("all numbers of the run's model are those that the package reads", flush=True)
        if os.environ.get("TRAINBUS_LONG_TESTS"):
            said = run(launcher, *options, "--run-dir", scratch / "main")
            print("\n".join(line for line in said.splitlines() if line.startswith("test ")))
            after = float(re.search(r"test accuracy: .* ([\d.]+) % after", said)[1])
            assert after > 76, said


if sys.argv[1] == "make":
    make(*sys.argv[2:])
else:
    check(*sys.argv[2:])
