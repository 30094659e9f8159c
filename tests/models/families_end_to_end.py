"""Trains, evaluates and asks tiny random models of the families OPT and BERT through the launcher.
Usage: families_end_to_end.py LAUNCHER [transformers]: with the second word, also opens the saved
folders with transformers and compares the probabilities."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

launcher, with_transformers = sys.argv[1], sys.argv[2:] == ["transformers"]
TEXTS = ["a fine moving film", "the plot was long empty dull", "it is unknownword ."]
PROMPT = ["--task.template", "{text} is", "--task.labels", "poor:d|good:f"]
MASKED = ["--task.template", "{text} is [MASK] .", "--task.labels", "poor: bad|good: good"]
CLASSES = ["--task", "text-classification", "--task.labels", "poor|good"]


def run(*command, code=0):
    done = subprocess.run([launcher, *map(str, command)], capture_output=True, text=True)
    assert done.returncode == code, (command, done.returncode, done.stdout, done.stderr)
    return done


def accuracies(text):
    return [float(n) for n in re.findall(r"(\S+) %", re.search(r"test accuracy:.*", text)[0])]


def train(model, name, *options):
    folder = scratch / "runs" / name
    done = run("train", "--model", scratch / model, "--task.data", scratch / "reviews.csv", "--batch-size", 8,
               "--threads", 1, "--disable-tqdm", "--run-dir", folder, *options)
    return folder, done


def refused(*words, code=2, command):
    message = run(*command, code=code).stderr
    for word in words:
        assert word in message, (word, message)


def probabilities(folder, text):
    label, *fields = run("predict", "--model", folder, "--text", text).stdout.strip().split("\t")
    values = {name: float(number) for name, number in (field.split("=") for field in fields)}
    assert values.keys() == {"poor", "good"} and abs(sum(values.values()) - 1) < 1e-3, values
    assert label == max(values, key=values.get), (label, values)
    return values


def check_learning():
    folder, done = train("bert", "adamw", *CLASSES, "--max-steps", 60, "--plugin", "adamw", "--adamw.lr", 5e-3)
    assert "initialising one for 2 classes" in done.stderr, done.stderr
    before, after = accuracies(done.stdout)
    assert after > before and after > 90, done.stdout
    assert probabilities(folder, TEXTS[0])["good"] > 0.5 > probabilities(folder, TEXTS[1])["good"]
    # The folder names its task; a run from it continues with its head.
    evaluated = run("eval", "--model", folder, "--task.data", scratch / "reviews.csv").stdout
    assert f"accuracy              {after / 100:.2f}" in evaluated, (after, evaluated)
    # Neither need training say the task again.
    again, done = train("runs/adamw/model", "again", "--max-steps", 1)
    assert "a new one" not in done.stderr and accuracies(done.stdout)[0] == after, done.stderr
    return folder


def check_every_family():
    folders = {"mean": train("bert", "mezo", *CLASSES, "--max-steps", 3, "--mezo.lr", 1e-3)[0],
               "pooler": train("bert-classifier", "pooler", "--task", "text-classification", "--max-steps", 3)[0],
               "opt": train("opt", "opt", *PROMPT, "--max-steps", 3, "--mezo.lr", 1e-3)[0],
               "words": train("opt", "words", "--task.template", "{text} is", "--task.labels",
                              "poor: dull|good: fine", "--max-steps", 2)[0],
               "masked": train("bert-masked", "masked", *MASKED, "--max-steps", 3)[0],
               "sgd": train("opt", "sgd", *PROMPT, "--max-steps", 2, "--plugin", "sgd")[0]}
    for folder in folders.values():
        probabilities(folder, TEXTS[2])
    return folders


def with_fewer_layers(model):
    folder = scratch / f"{model}-short"
    shutil.copytree(scratch / model, folder)
    config = json.loads((folder / "config.json").read_text())
    config["num_hidden_layers"] -= 1
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def check_refusals():
    data = ["--task.data", scratch / "reviews.csv"]
    refused("family 'opt'", "text-classification", "--task prompt-classification",
            command=["train", "--model", scratch / "opt", *CLASSES, *data])
    refused("encoder of the family bert (BertModel)", "without a head that predicts words", "--task text-classification",
            command=["train", "--model", scratch / "bert", *PROMPT, *data])
    refused("names no classes", "--task.labels",
            command=["train", "--model", scratch / "bert", "--task", "text-classification", *data])
    refused("tells 2 classes apart, the task 3",
            command=["predict", "--model", scratch / "bert-classifier", *CLASSES[:3], "poor|good|so", "--text", "x"])
    refused("classes are 'poor', 'good', in this order",
            command=["train", "--model", scratch / "bert-classifier", *CLASSES[:3], "good|poor", *data])
    refused("a layer that the configuration does not have", "config.json",
            command=["train", "--model", with_fewer_layers("opt"), *PROMPT, *data])
    refused("has 0 masks", "[MASK]",
            command=["train", "--model", scratch / "bert-masked", *PROMPT[:2], *MASKED[2:], *data])
    refused("has no classification head", "Train it first",
            command=["predict", "--model", scratch / "bert", *CLASSES, "--text", "x"])
    refused("is 25, the model has 24 positions",
            command=["train", "--model", scratch / "bert", *CLASSES, *data, "--task.max-tokens", "25"])


def check_models_as_people_bring_them():
    field = pathlib.Path(__file__).parent.parent / "data/field_models"
    words = ["--task.template", "{text} is", "--task.labels", "0: bad|1: good", "--threads", 1]
    data = ["--task.data", field / "padded.csv", "--test", "no", "--max-steps", 2, "--disable-tqdm"]
    poisoned = scratch / "poisoned"
    shutil.copytree(field / "sound_llama", poisoned)
    weights = poisoned / "model.safetensors"
    for bits in (b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff"):  # NaN, minus infinity
        weights.write_bytes(weights.read_bytes()[:-4] + bits)
        for verb in (["train", *data, "--run-dir", scratch / "refused"],
                     ["eval", "--task.data", field / "padded.csv", "--split", "train"],
                     ["predict", "--text", "x"]):
            refused("model.safetensors: tensor '", "holds 1 number that is NaN or infinite",
                    command=[verb[0], "--model", poisoned, *words, *verb[1:]])
    for kind in ("dual", "cache", "low-rank"):
        refused("the tokenizer has 105 tokens", '"[PAD]" (104)',
                command=["train", "--model", field / "more_tokens_than_rows.gguf", *words, *data,
                         "--mezo.weights", kind, "--run-dir", scratch / "refused"])
    assert not (scratch / "refused").exists()


def open_with_transformers(folders):
    import torch
    from safetensors.torch import load_file
    from transformers import (AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM,
                              AutoModelForSequenceClassification, AutoTokenizer)

    def opened(kind, folder, expected_extra=()):
        model, loading = kind.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        for problem in ("missing_keys", "mismatched_keys"):
            assert not loading.get(problem), f"{problem}: {loading[problem]}"
        extra = set(loading.get("unexpected_keys") or ())
        assert extra == set(expected_extra), extra
        return model.eval(), AutoTokenizer.from_pretrained(folder)

    def compare(folder, scores):
        for text in TEXTS:
            with torch.no_grad():
                expected = dict(zip(("poor", "good"), scores(text).softmax(-1).tolist()))
            found = probabilities(folder, text)
            for label, probability in expected.items():
                assert abs(found[label] - probability) < 1.5e-4, (folder, text, expected, found)

    folder = folders["mean"] / "model"
    encoder, tokens = opened(AutoModel, folder, ["head.weight", "head.bias"])
    stored = load_file(folder / "model.safetensors")
    compare(folder, lambda text: stored["head.weight"] @ encoder(
        **tokens(text, return_tensors="pt")).last_hidden_state[0].mean(0) + stored["head.bias"])

    folder = folders["pooler"] / "model"
    classifier, tokens2 = opened(AutoModelForSequenceClassification, folder)
    assert classifier.config.id2label == {0: "poor", 1: "good"}, classifier.config.id2label
    compare(folder, lambda text: classifier(**tokens2(text, return_tensors="pt")).logits[0])

    def last_token(model, tokens, words):
        ids = [tokens(word, add_special_tokens=False).input_ids for word in words]
        assert all(len(i) == 1 for i in ids), ids
        ids = [i[0] for i in ids]

        def scores(text):
            prompt = tokens(f"{text} is", return_tensors="pt", return_token_type_ids=False)
            assert prompt.input_ids[0, 0] == 2, prompt  # the leading </s>
            return model(**prompt).logits[0, -1, ids]
        return scores

    folder = folders["opt"] / "model"
    compare(folder, last_token(*opened(AutoModelForCausalLM, folder), ["d", "f"]))

    folder = folders["masked"] / "model"
    masked, tokens3 = opened(AutoModelForMaskedLM, folder)

    def fill(text):
        prompt = tokens3(f"{text} is [MASK] .", return_tensors="pt")
        place = (prompt.input_ids[0] == tokens3.mask_token_id).nonzero().item()
        return masked(**prompt).logits[0, place, tokens3.convert_tokens_to_ids(["bad", "good"])]
    compare(folder, fill)
    print("transformers opens the folders and agrees")


with tempfile.TemporaryDirectory() as temporary:
    scratch = pathlib.Path(temporary)
    here = pathlib.Path(__file__).parent
    subprocess.run([sys.executable, here / "make_tiny_checkpoints.py", scratch], check=True)
    trained = check_every_family()
    if with_transformers:
        open_with_transformers(trained)
    else:
        check_learning()
        check_refusals()
        check_models_as_people_bring_them()
        print("OPT and BERT are trained, saved, evaluated and asked")
