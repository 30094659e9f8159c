"""llama.cpp, by the package llama-cpp-python, beside generate_bench.

    generate_peer.py make IN.gguf F32|BF16|F16 OUT.gguf   the same model with matrices of this type
    generate_peer.py time FILE.gguf THREADS IDS           answer each line "NEW-TOKENS" with the median seconds of a step
                                                          that continues the text by a token, and the last token; IDS:
                                                          the text's tokens, 1,2,3
"""

import statistics
import sys
import time


def make(source, kind, out):
    import gguf
    import numpy as np

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(out, reader.get_field("general.architecture").contents())
    for field in reader.fields.values():
        if field.name in ("general.architecture", "general.file_type") or field.name.startswith("GGUF."):
            continue
        inner = field.types[1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)
    for tensor in reader.tensors:
        numbers = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1]).astype(np.float32)
        to = gguf.GGMLQuantizationType[kind if numbers.ndim > 1 else "F32"]
        writer.add_tensor(tensor.name, gguf.quants.quantize(numbers, to), raw_dtype=to)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def answer(file, threads, ids):
    import llama_cpp
    import numpy as np

    model = llama_cpp.Llama(file, n_ctx=512, n_threads=int(threads), n_threads_batch=int(threads), verbose=False,
                            logits_all=False)
    prompt = [int(word) for word in ids.split(",")]
    for line in sys.stdin:
        model.reset()
        model.eval(prompt)
        seconds, token = [], None
        for _ in range(int(line)):
            logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(model.ctx, -1), (model.n_vocab(),))
            token = int(logits.argmax())
            begin = time.perf_counter()
            model.eval([token])
            llama_cpp.llama_get_logits_ith(model.ctx, -1)[0]  # waits for them
            seconds.append(time.perf_counter() - begin)
        print(statistics.median(seconds), token, flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 5:
        {"make": make, "time": answer}[sys.argv[1]](*sys.argv[2:])
    else:
        sys.exit(__doc__)
