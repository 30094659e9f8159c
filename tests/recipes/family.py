"""Follows "Add a model family" of framework/README.md in a copy of the tree: one file, and the lines that
the page names; compiles what changed, and lets the launcher train, save and ask a model of the new family.
Usage: family.py SOURCE BUILD LAUNCHER"""
import array
import json
import pathlib
import random
import shutil
import struct
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path += [str(here), str(here.parent / "models")]
import make_tiny_checkpoints as tiny
from recipe import Recipe

recipe = Recipe(*sys.argv[1:4])
families = "framework/models/families/"


def follow_the_recipe():
    shutil.copy(here / "one_layer.cpp", recipe.tree / families)
    recipe.insert_after(families + "registry.cpp", r"^extern const ModelFamily \w+_family;$",
                        "extern const ModelFamily one_layer_family;")
    recipe.insert_after(families + "registry.cpp", r"^    &\w+_family,$", "    &one_layer_family,")
    recipe.insert_after(families + "CMakeLists.txt", r"^  opt\.cpp$", "  one_layer.cpp")
    recipe.tells("models/families/registry.cpp", "models/families/CMakeLists.txt", "read_common_config(",
                 "extern const ModelFamily name_family;", "&name_family,")


def compile_what_changed():
    registry = "models/families/registry.cpp"
    objects = [recipe.compile(families + name, registry) for name in ("registry.cpp", "one_layer.cpp")]
    # The other families are as they were: their objects are those of the build.
    built = recipe.objects_beside(registry)
    objects += [o for o in built if not o.name.startswith(("registry.", "mlp."))]
    objects += recipe.objects_beside("models/families/encoders/encoder.cpp")
    objects += [built[0].parent.parent / "layers/activations.cpp.o"]  # which only they see
    return recipe.engine_with(objects, registry)


def make_model():
    folder = recipe.scratch / "models/one_layer"
    tiny.opt(recipe.scratch / "models/opt")
    tiny.llama(folder, recipe.scratch / "models/opt")
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
    texts = recipe.scratch / "texts.csv"
    texts.write_text("text,label\n" + "".join(f"{'good' if i % 2 else 'dull'} film {i},{i % 2}\n" for i in range(60)))
    asked = ["--task.labels", "0:d|1:g", "--task.template", "{text} is", "--threads", 1]

    without = recipe.run("predict", "--model", model, *asked, "--text", "a film")
    assert without.returncode == 2 and "one_layer" in without.stderr, without
    folder = recipe.scratch / "run"
    trained = recipe.run("train", "--model", model, *asked, "--task.data", texts, "--max-steps", 5,
                         "--mezo.lr", "1e-3", "--disable-tqdm", "--run-dir", folder, library=library)
    assert trained.returncode == 0, trained.stderr
    assert "one_layer, " in trained.stderr, trained.stderr
    # It is saved as it was stored, under the stored name and turned, and it has moved.
    before = tensor_of(model / "model.safetensors", "head.transposed")
    after = tensor_of(folder / "model/model.safetensors", "head.transposed")
    assert before[0] == after[0] and before[1] != after[1], (before[0], after[0])
    answered = recipe.run("predict", "--model", folder, "--text", "a film", library=library)
    assert answered.returncode == 0 and answered.stdout.count("=") == 2, answered
    others = recipe.run("predict", "--model", model.parent / "opt", *asked, "--text", "a film", library=library)
    assert others.returncode == 0, others.stderr  # the other families are there still
    recipe.clean()


main()
