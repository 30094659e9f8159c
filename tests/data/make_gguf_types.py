"""Writes tests/data/gguf/TYPE.gguf and TYPE.safetensors for every tensor type that trainbus reads.

The GGUF files are written, quantised and dequantised by the `gguf` package, so that they are a
reference of their own. Values: normal numbers of several magnitudes and, where the type has them,
signed zeros, infinities and subnormals.

    pip install gguf safetensors numpy
    python tests/data/make_gguf_types.py
"""

import pathlib

import gguf
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent / "gguf"
TYPES = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.TQ1_0, T.TQ2_0, T.MXFP4]
# The package reads these and does not write them: random bytes, with these offsets of f16 scales.
READ_ONLY = {T.Q2_K: (80, 82), T.Q3_K: (108,), T.Q4_K: (0, 2), T.Q5_K: (0, 2), T.Q6_K: (208,),
             T.IQ4_NL: (0,), T.IQ4_XS: (0,)}
SPECIALS = np.array([0.0, -0.0, np.inf, -np.inf, 6e-8, -5.9e-5, 65504.0, 1e-39], dtype=np.float32)


def numbers(kind: T) -> np.ndarray:
    """[3, 2 blocks] float32, of other magnitudes in each row."""
    rng = np.random.default_rng(int(kind))
    values = rng.standard_normal((3, max(64, 2 * GGML_QUANT_SIZES[kind][0]))).astype(np.float32)
    values *= np.array([[1.0], [1e-3], [30.0]], dtype=np.float32)
    if kind in (T.F32, T.F16, T.BF16):
        values[0, : len(SPECIALS)] = SPECIALS
    return values


def random_blocks(kind: T) -> np.ndarray:
    """[3, 2 blocks] bytes; the first row's scales are zero, subnormal and the largest."""
    rng = np.random.default_rng(int(kind))
    size = GGML_QUANT_SIZES[kind][1]
    blocks = rng.integers(0, 256, (6, size), dtype=np.uint8)
    scales = np.array([0.0, 6e-8, 65504.0, 1.0, -0.37, 1e-3], dtype=np.float16)
    for i, offset in enumerate(READ_ONLY[kind]):
        blocks[:, offset : offset + 2] = np.roll(scales, i).view(np.uint8).reshape(6, 2)
    return blocks.reshape(3, 2 * size)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for kind in TYPES + list(READ_ONLY):
        with np.errstate(over="ignore"):
            stored = (random_blocks(kind) if kind in READ_ONLY
                      else gguf.quants.quantize(numbers(kind), kind))
        expected = gguf.quants.dequantize(stored, kind).astype(np.float32)
        name = kind.name.lower()
        writer = gguf.GGUFWriter(FOLDER / f"{name}.gguf", "llama")
        writer.add_uint32("test.uint32", 7)
        writer.add_float32("test.float32", 1e-5)
        writer.add_array("test.strings", ["a", "", "\u00e9"])
        writer.add_array("test.integers", [-1, 2, 3])
        writer.add_tensor("weight", stored, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        save_file({"weight": expected}, FOLDER / f"{name}.safetensors")


if __name__ == "__main__":
    main()
