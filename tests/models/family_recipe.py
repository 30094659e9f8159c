"""Follows "Add a model family" of framework/README.md in a copy of the tree: one file, and the lines that
the page names; compiles what changed, and lets the launcher train, save and ask a model of the new family.
Usage: family_recipe.py SOURCE BUILD LAUNCHER"""
import array
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

source, build, launcher = map(pathlib.Path, sys.argv[1:4])
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
import make_tiny_checkpoints as tiny

scratch = pathlib.Path(tempfile.mkdtemp(prefix="trainbus-recipe-"))
copy = scratch / "tree"


def insert_after(path, pattern, line):
    """Puts the line behind the last line that fits the pattern."""
    lines = path.read_text().splitlines(keepends=True)
    last = max(i for i, text in enumerate(lines) if re.search(pattern, text))
    lines.insert(last + 1, line + "\n")
    path.write_text("".join(lines))


def follow_the_recipe():
    shutil.copytree(source / "framework", copy / "framework")
    families = copy / "framework/models/families"
    shutil.copy(here / "family_recipe/one_layer.cpp", families)
    insert_after(families / "registry.cpp", r"^extern const ModelFamily \w+_family;$",
                 "extern const ModelFamily one_layer_family;")
    insert_after(families / "registry.cpp", r"^    &\w+_family,$", "    &one_layer_family,")
    insert_after(families / "CMakeLists.txt", r"^  opt\.cpp$", "  one_layer.cpp")
    page = (source / "framework/README.md").read_text()
    for line in ("models/families/registry.cpp", "models/families/CMakeLists.txt", "read_common_config(",
                 "extern const ModelFamily name_family;", "&name_family,"):
        assert line in page, f"framework/README.md does not tell of {line}"


def compile_what_changed():
    """As CMake would: with the flags of the build, against the engine that is there. The launcher finds the
    new registry before the engine's own."""
    commands = json.loads((build / "compile_commands.json").read_text())
    command = next(c for c in commands if c["file"].endswith("models/families/registry.cpp"))
    words = shlex.split(command["command"])
    words = words[next(i for i, w in enumerate(words) if re.search(r"(\+\+|/cc|/c\+\+)[\d.-]*$", w)):]
    old = command["file"]
    objects = []
    for name in ("registry", "one_layer"):
        file = copy / f"framework/models/families/{name}.cpp"
        objects.append(scratch / f"{name}.o")
        flags = [w.replace(str(source / "framework"), str(copy / "framework")) for w in words]
        flags = [str(file) if w in (old, str(file)) or w.endswith("families/registry.cpp") else w for w in flags]
        flags[flags.index("-o") + 1] = str(objects[-1])
        subprocess.run(flags, cwd=command["directory"], check=True)
    # The other families are as they were: their objects are those of the build.
    built = pathlib.Path(command["directory"], words[words.index("-o") + 1]).parent
    objects += [o for o in sorted(built.glob("*.o")) if not o.name.startswith(("registry.", "mlp."))]
    objects += [built.parent / "activations.cpp.o"]  # which only they see
    library = scratch / "libfamilies.so"
    compiler = words[0]
    engine = build / "lib/libtrainbus_engine.so"
    sanitizers = [w for w in words if w.startswith("-fsanitize")]
    subprocess.run([compiler, "-shared", *sanitizers, *map(str, objects), str(engine),
                    str(build / "lib/libtrainbus_core.so"), f"-Wl,-rpath,{build / 'lib'}",
                    "-Wl,--allow-shlib-undefined", "-Wl,-z,now", "-o", str(library)], check=True)
    return library


def make_model():
    folder = scratch / "models/one_layer"
    tiny.opt(scratch / "models/opt")
    tiny.llama(folder, scratch / "models/opt")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "one_layer", "architectures": ["OneLayerForCausalLM"],
               "num_key_value_heads": config["num_attention_heads"], "tie_word_embeddings": False}
    (folder / "config.json").write_text(json.dumps(config))
    width, words = config["hidden_size"], config["vocab_size"]
    tiny.write_safetensors(folder / "model.safetensors",
                           {"embed.weight": [words, width], "query.weight": [width, width],
                            "key.weight": [width, width], "value.weight": [width, width],
                            "head.transposed": [width, words]}, random.Random(3))
    return folder


def run(*words, library=None):
    environment = dict(os.environ)
    if library:
        environment["LD_PRELOAD"] = str(library)
    return subprocess.run([str(launcher), *map(str, words)], capture_output=True, text=True, env=environment)


def tensor_of(path, name):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    info = json.loads(data[8:8 + size])[name]
    begin, end = info["data_offsets"]
    numbers = array.array("f")
    numbers.frombytes(data[8 + size + begin:8 + size + end])
    return info["shape"], numbers


def main():
    follow_the_recipe()
    library = compile_what_changed()
    model = make_model()
    texts = scratch / "texts.csv"
    texts.write_text("text,label\n" + "".join(f"{'good' if i % 2 else 'dull'} film {i},{i % 2}\n" for i in range(60)))
    asked = ["--task.labels", "0:d|1:g", "--task.template", "{text} is", "--threads", 1]

    without = run("predict", "--model", model, *asked, "--text", "a film")
    assert without.returncode == 2 and "one_layer" in without.stderr, without
    folder = scratch / "run"
    trained = run("train", "--model", model, *asked, "--task.data", texts, "--max-steps", 5, "--mezo.lr", "1e-3",
                  "--disable-tqdm", "--run-dir", folder, library=library)
    assert trained.returncode == 0, trained.stderr
    assert "one_layer, " in trained.stderr, trained.stderr
    # It is saved as it was stored, under the stored name and turned, and it has moved.
    before = tensor_of(model / "model.safetensors", "head.transposed")
    after = tensor_of(folder / "model/model.safetensors", "head.transposed")
    assert before[0] == after[0] and before[1] != after[1], (before[0], after[0])
    answered = run("predict", "--model", folder, "--text", "a film", library=library)
    assert answered.returncode == 0 and answered.stdout.count("=") == 2, answered
    refused = run("predict", "--model", model.parent / "opt", *asked, "--text", "a film", library=library)
    assert refused.returncode == 0, refused.stderr  # the other families are there still
    shutil.rmtree(scratch)


main()
