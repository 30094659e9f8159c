"""Writes tests/data/torch: files of torch.save, each NAME.bin with NAME.safetensors, the same tensors
as PyTorch itself reads them; the weights of field_models/sound_llama as such files; and the inputs of
tests/data/fuzz/torch, among them files that claim what they do not hold, or that ask for what must
never run. Files of the old kind differ from run to run in the names of their storages, which are
addresses.

    pip install torch safetensors numpy
    python tests/data/make_torch_files.py
"""

import collections
import io
import json
import pathlib
import pickle
import shutil
import struct
import zipfile

import torch
from safetensors.torch import load_file, save_file

DATA = pathlib.Path(__file__).parent
FOLDER, FUZZ = DATA / "torch", DATA / "fuzz" / "torch"


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def layer() -> dict:
    return collections.OrderedDict(weight=numbers(3, 4), bias=numbers(3, seed=1))


def kinds() -> dict:
    """Every number type that a state dict may have."""
    base = numbers(2, 5, seed=2)
    tensors = {str(t).removeprefix("torch."): base.to(t)
               for t in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64,
                         torch.float8_e4m3fn, torch.float8_e5m2)}
    whole = torch.tensor([[0, 1, 2], [3, 120, 100]])
    tensors |= {str(t).removeprefix("torch."): whole.to(t)
                for t in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
                          torch.uint16, torch.uint32, torch.uint64)}
    return tensors


def views() -> dict:
    """Storages that are shared, read in part, or in another order."""
    base = numbers(6, 8, seed=3)
    return {"base": base, "transposed": base.t(), "rows": base[2:4], "columns": base[:, 3:5],
            "every_second": base[::2, 1::3], "one_row": base[5], "number": base[1, 1],
            "axes": base.view(2, 3, 8).permute(2, 0, 1), "none": base[:0],
            "one_of_each": base.view(6, 1, 8)[:, :, 2:3], "halves": base.half().t()[1:]}


def attributes() -> dict:
    """With what a module's state dict has beside tensors."""
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(numbers(*parameter.shape, seed=i))
    state = module.state_dict()
    state["parameter"] = torch.nn.Parameter(numbers(2, seed=9))
    return state


def training(state: dict) -> dict:
    """As training scripts save."""
    return {"epoch": 3, "best": torch.tensor(0.5), "state_dict": state, "loss": 0.25, "done": False, "name": "é", "none": None,
            "step": 2**70, "before": -5, "bytes": b"ab", "size": torch.Size([2, 3]),
            "optimizer": {"state": {0: {"exp_avg": numbers(2), "step": torch.tensor(3.0)}},
                          "param_groups": [{"lr": 0.1, "betas": (0.9, 0.99), "params": [0]}]}}


def bytes_of(content, **options) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def old(content) -> bytes:
    return bytes_of(content, _use_new_zipfile_serialization=False)


def python2(content: bytes) -> bytes:
    """The same with names as Python 2 writes them: as byte strings."""
    out, place = bytearray(), 0
    while place < len(content):  # only for contents whose numbers do not look like names
        if content[place : place + 1] == b"X" and content[place + 2 : place + 5] == bytes(3):
            length = content[place + 1]
            out += b"U" + bytes([length]) + content[place + 5 : place + 5 + length]
            place += 5 + length
        else:
            out.append(content[place])
            place += 1
    return bytes(out)


def write(name: str, content: bytes, tensors: dict) -> None:
    (FOLDER / f"{name}.bin").write_bytes(content)
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()},
              FOLDER / f"{name}.safetensors")


def make_files() -> None:
    write("kinds", bytes_of(kinds()), kinds())
    write("views", bytes_of(views()), views())
    write("attributes", bytes_of(attributes()), attributes())
    for protocol in (3, 4, 5):
        write(f"protocol_{protocol}", bytes_of(layer(), pickle_protocol=protocol), layer())
    write("training", bytes_of(training(layer())), layer())
    write("training_protocol_4", bytes_of(training(layer()), pickle_protocol=4), layer())
    for key in ("model", "model_state_dict", "module"):
        write(f"below_{key}", bytes_of({key: layer(), "epoch": 1}), layer())
    plain = {k: v for k, v in kinds().items() if k not in ("uint16", "uint32", "uint64")
             and "float8" not in k}
    write("old_kinds", old(plain), plain)
    write("old_views", old(views()), views())
    write("old_training", old(training(layer())), layer())
    write("old_python2", python2(old(layer())), layer())


def make_models() -> None:
    """The weights of field_models/sound_llama, whole and as two shards; every other matrix is a
    view of its transpose."""
    folder = DATA / "field_models"
    state = load_file(folder / "sound_llama" / "model.safetensors")
    for i, (name, value) in enumerate(state.items()):
        if i % 2 == 0 and value.dim() == 2:
            state[name] = value.t().contiguous().t()
    (folder / "sound_llama_old.bin").write_bytes(old(state))
    target = folder / "sound_llama_shards"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    weights, names = {}, sorted(state)
    for i, part in enumerate((names[:5], names[5:])):
        shard = f"pytorch_model-{i + 1:05}-of-00002.bin"
        (target / shard).write_bytes(bytes_of({name: state[name] for name in part}))
        weights |= dict.fromkeys(part, shard)
    (target / "pytorch_model.bin.index.json").write_text(
        json.dumps({"metadata": {"total_size": 1}, "weight_map": weights}, indent=1) + "\n")


# What must be refused, and inputs for the fuzzer ---------------------------------------------------


class Runs:
    """Asks for a call when it is unpickled."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


def archive(pickled: bytes, storages: dict[str, bytes], extra: dict[str, bytes] = {},
            method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, content in {"data.pkl": pickled, "byteorder": b"little",
                              **{f"data/{key}": value for key, value in storages.items()},
                              "version": b"3\n", **extra}.items():
            file.writestr(zipfile.ZipInfo(f"archive/{name}", (1980, 1, 1, 0, 0, 0)), content, method)
    return stream.getvalue()


def one_inside_the_other(data: bytes) -> bytes:
    """The directory says that data/1 lies within data/0."""
    name = b"archive/data/1"
    inner = archive(b"", {"1": data})
    begin = inner.index(name) - 30
    inner = inner[begin : begin + 30 + len(name) + len(data)]
    file = archive(state(w=tensor()), {"0": inner, "1": data})
    entry = file.rindex(name) - 46
    return file[: entry + 42] + struct.pack("<I", file.index(inner)) + file[entry + 46 :]


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def integer(value: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", value)


def tensor(key: str = "0", elements: int = 4, offset: int = 0, shape=(2, 2), strides=(2, 1),
           storage: str = "torch\nFloatStorage") -> bytes:
    def sizes(values):
        return b"(" + b"".join(map(integer, values)) + b"t"

    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + b"c" + storage.encode()
            + b"\n" + text(key) + text("cpu") + integer(elements) + b"tQ" + integer(offset)
            + sizes(shape) + sizes(strides) + b"\x89ccollections\nOrderedDict\n)RtR")


def state(**tensors: bytes) -> bytes:
    return b"\x80\x02}" + b"".join(text(k) + v + b"s" for k, v in tensors.items()) + b"."


def make_fuzz() -> None:
    data = struct.pack("<4f", 1, 2, 3, 4)
    whole = archive(state(w=tensor()), {"0": data})
    directory = whole.rindex(b"PK\x01\x02")
    small = {"a": numbers(2, 3), "b": numbers(3).half()}
    files = {
        "whole": whole, "by_torch": bytes_of(small), "by_old_torch": old(small),
        "training": bytes_of(training(small), pickle_protocol=5), "views": bytes_of(views()),
        "old_python2": python2(old(small)), "cut": whole[:-30], "half": whole[: len(whole) // 2],
        "old_cut": old(small)[:-5], "only_magic": b"PK\x03\x04", "only_proto": b"\x80\x02",
        "compressed": archive(state(w=tensor()), {"0": data}, method=zipfile.ZIP_DEFLATED),
        "program": archive(state(w=tensor()), {"0": data}, {"constants.pkl": b"\x80\x02)."}),
        "big_endian": archive(state(w=tensor()), {"0": data}).replace(b"little", b"big\n\n\n"),
        "claims_a_size": whole[:directory] + whole[directory:].replace(
            struct.pack("<II", 2, 2), struct.pack("<II", 2**31, 2**31)),
        "entries_overlap": one_inside_the_other(data),
        "claims_elements": archive(state(w=tensor(elements=2**40)), {"0": data}),
        "claims_a_shape": archive(state(w=tensor(shape=(2**40, 2**40))), {"0": data}),
        "claims_a_stride": archive(state(w=tensor(strides=(2**62, 2**62))), {"0": data}),
        "claims_strides": archive(state(w=tensor(shape=(2, 4), strides=(2**62, 2**62))), {"0": data}),
        "begins_outside": archive(state(w=tensor(offset=2**62)), {"0": data}),
        "one_number_as_many": archive(state(w=tensor(shape=(2**40,), strides=(0,))), {"0": data}),
        "many_of_one": archive(state(**{f"w{i}": tensor("0", 8192, 0, (8192,), (1,)) for i in range(200)}),
                               {"0": bytes(32768)}),
        "negative_stride": archive(state(w=tensor(strides=(-2, 1))), {"0": data}),
        "no_storage": archive(state(w=tensor(key="7")), {"0": data}),
        "complex_storage": archive(state(w=tensor(storage="torch\nComplexDoubleStorage")), {"0": data}),
        "no_tensors": archive(b"\x80\x02}" + text("a") + b"K\x01s.", {}),
        "holds_itself": archive(b"\x80\x02}q\x00" + text("state_dict") + b"h\x00s.", {}),
        "repeats_itself": archive(b"\x80\x02](" + b"N" * 400 + b"eq\x00ccollections\nOrderedDict\nq\x01"
                                  + b"h\x01h\x00\x85R" * 400 + b".", {}),
        "a_dict_again_and_again": archive(
            b"\x80\x02](" + b"NN\x86" * 200 + b"eq\x00ccollections\nOrderedDict\nq\x01"
            + b"h\x01h\x00\x85R" * 200 + b".", {}),
        "takes_more": archive(b"\x80\x02\x87.", {}), "no_mark": archive(b"\x80\x02t.", {}),
        "odd_items": archive(b"\x80\x02}(Nu.", {}), "no_value": archive(b"\x80\x02h\x05.", {}),
        "long_text": archive(b"\x80\x04\x8d" + struct.pack("<Q", 2**60) + b"a.", {}),
        "no_end": archive(b"\x80\x02N", {}), "many_marks": archive(b"\x80\x02" + b"(" * 3000, {}),
        "many_lists": archive(b"\x80\x02" + b"]" * 3000 + b".", {}),
        "many_memos": archive(b"\x80\x04" + b"]\x94" * 2000 + b".", {}),
        "system": archive(pickle.dumps({"w": Runs(print, "x")}, 2), {}),
        "old_system": pickle.dumps({"w": Runs(print, "x")}, 2),
        "instance": archive(b"\x80\x02(iposix\nsystem\n.", {}),
        "new_object": archive(b"\x80\x02carray\narray\n)\x81.", {}),
    }
    for name, content in files.items():
        (FUZZ / name).write_bytes(content)


if __name__ == "__main__":
    torch.manual_seed(0)
    for folder in (FOLDER, FUZZ):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    make_files()
    make_models()
    make_fuzz()
