"""trainbus generate from end to end, on the small reference checkpoints and, if it is there, SmolLM2.
Usage: generate_verb.py LAUNCHER VECTORS [SMOLLM2]"""
import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile

launcher, vectors = sys.argv[1], pathlib.Path(sys.argv[2])
smollm2 = sys.argv[3] if len(sys.argv) > 3 else ""
CASES = json.loads((vectors / "generate.json").read_text())["cases"]


def run(*command, code=0, stdin=None):
    done = subprocess.run([launcher, "generate", *map(str, command)], capture_output=True, text=True, input=stdin)
    assert done.returncode == code, (command, done.returncode, done.stdout, done.stderr)
    return done


def objects(*command, **more):
    return [json.loads(line) for line in run(*command, "--json", **more).stdout.splitlines()]


def refused(*command, words, **more):
    done = run(*command, code=2, **more)
    assert done.stdout == "", done.stdout
    for word in words:
        assert word in done.stderr, (word, done.stderr)


def model_of(case):
    return vectors / "tasks" / case["model"]


def stop_ids(model):
    eos = json.loads((model / "config.json").read_text())["eos_token_id"]
    return eos if isinstance(eos, list) else [eos]


def greedy_cases():
    """Those whose prompt is a text and whose ids hold no token that ends a text."""
    for case in CASES:
        if case["kind"] == "greedy" and case["prompt"] and "stops" not in case:
            if not set(case["out"]) & set(stop_ids(model_of(case))):
                yield case


def check_reference():
    """The vectors' ids and texts, by the command line alone; and the whole file of prompts at once."""
    prompts = {}
    for case in greedy_cases():
        (found,) = objects(model_of(case), case["prompt"], "--max-new-tokens", case["new_tokens"])
        assert found["ids"] == case["out"] and found["text"] == case["text"], (case["prompt"], found)
        assert found["prompt"] == case["prompt"] and found["ended_by"] == "length", found
        assert found["prompt_tokens"] == len(case["ids"]), found
        text = run(model_of(case), case["prompt"], "--max-new-tokens", case["new_tokens"]).stdout
        assert text == case["text"] + "\n", (text, case["text"])
        prompts.setdefault(case["model"], []).append(case)
    assert prompts
    for name, cases in prompts.items():
        file = scratch / "prompts.jsonl"
        file.write_text("\n".join(json.dumps({"prompt": case["prompt"]}) for case in cases))
        for size in (1, 2, 16):
            found = objects(vectors / "tasks" / name, "--input", file, "--max-new-tokens", 12, "--batch-size", size)
            assert [row["ids"] for row in found] == [case["out"][:12] for case in cases], (name, size)


def check_several():
    model = vectors / "tasks" / "gpt2"
    prompts = ["The quiet river", "Winter number 42", "if (a", "It"]
    file = scratch / "prompts.txt"
    file.write_text("\n".join(prompts) + "\n")
    sampled = ["--temperature", 1.1, "--top-p", 0.9, "--top-k", 50, "--max-new-tokens", 12]
    one_by_one = objects(model, "--input", file, "--batch-size", 1, *sampled)
    assert [row["prompt"] for row in one_by_one] == prompts
    assert objects(model, "--input", file, "--threads", 1, *sampled) == one_by_one
    assert objects(model, "--input", "-", *sampled, stdin=file.read_text()) == one_by_one
    assert objects(model, "--input", file, "--seed", 1, *sampled) != one_by_one
    lines = run(model, "--input", file, *sampled).stdout.split("\n")
    assert lines == [row["text"].replace("\n", "\\n").replace("\r", "\\r") for row in one_by_one] + [""], lines


def check_stops():
    case = next(case for case in greedy_cases() if "�" not in case["text"][:12])
    stop = case["text"][5:8]
    (found,) = objects(model_of(case), case["prompt"], "--stop", "not there", "--stop", stop)
    assert found["text"] == case["text"][: case["text"].index(stop)] and found["ended_by"] == "text", found
    assert case["out"][: len(found["ids"])] == found["ids"]
    (found,) = objects(model_of(case), case["prompt"], "--stop", "\n", "--stop", "\\n\\t", "--max-new-tokens", 3)
    assert found["ended_by"] == "length" and found["ids"] == case["out"][:3], found


def on_terminal(*command):
    """What a terminal gets."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(launcher, [launcher, "generate", *map(str, command)])
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def check_terminal():
    case = next(case for case in greedy_cases() if case["model"] == "opt")
    expected = "".join(c if c == "\n" or c == "\t" or ord(c) >= 32 else " " for c in case["text"])
    shown = on_terminal(model_of(case), case["prompt"], "--max-new-tokens", case["new_tokens"])
    assert shown == expected + "\n", (shown, expected)


def check_chat():
    """As the text that the template writes; a message's special token is text."""
    model = scratch / "chat"
    shutil.copytree(vectors / "tasks" / "llama", model)
    (model / "chat_template.jinja").write_text(
        "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}\n")
    written = "<system>Be brief.<user>a river<assistant>"
    (plain,) = objects(model, written, "--max-new-tokens", 8)
    (chat,) = objects(model, " a river ", "--chat", "--system", "Be brief.", "--max-new-tokens", 8)
    assert chat["ids"] == plain["ids"] and chat["prompt_tokens"] == plain["prompt_tokens"], (chat, plain)
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a river"}]
    lines = scratch / "chat.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in [{"messages": messages}, messages, {"prompt": "a river"}]))
    found = objects(model, "--input", lines, "--chat", "--max-new-tokens", 8)
    assert [row["ids"] for row in found[:2]] == [plain["ids"]] * 2, found
    assert found[2]["prompt_tokens"] < plain["prompt_tokens"], found
    (turn,) = objects(model, "</s>", "--chat", "--max-new-tokens", 1)
    (other,) = objects(model, "x", "--chat", "--max-new-tokens", 1)
    assert turn["prompt_tokens"] > other["prompt_tokens"], (turn, other)
    refused(vectors / "tasks" / "llama", "a", "--chat", words=["chat template", "Leave out --chat"])
    refused(model, "a", "--system", "b", words=["--system", "--chat"])
    lines.write_text('[{"content": "a"}]\n')
    refused(model, "--input", lines, "--chat", words=[":1", "role"])
    (model / "chat_template.jinja").write_text("{{ raise_exception('no users here') }}")
    refused(model, "a", "--chat", words=["no users here", "line 1"])


def check_refusals():
    model = vectors / "tasks" / "opt"
    refused(words=["no model is given", "trainbus generate"])
    refused(model, words=["no prompt is given", "--input"])
    refused(model, "", words=["--prompt", "empty"])
    refused(model, "a", "--input", "-", words=["both a prompt and --input"])
    refused(model, "a", "b", words=["b"])
    refused(model, "a", "--stop", "", words=["--stop", "empty"])
    refused(scratch / "nothing", "a", words=["nothing"])
    for option, value in [("--temperature", -1), ("--temperature", "warm"), ("--top-p", 1.5), ("--top-k", -1),
                          ("--max-new-tokens", 0), ("--batch-size", 0), ("--temprature", 1)]:
        refused(model, "a", option, value, words=[option])
    refused(model, "word " * 400, words=["--prompt", "tokens", "320 positions"])
    file = scratch / "prompts.jsonl"
    for text, words in [('"a"\n{"text": "b"}\n', [":2", "prompt"]), ('"a"\n\n', [":2"]), ("", ["no prompts"]),
                        ('""\n', [":1", "empty"]), ("[1]\n", [":1"])]:
        file.write_text(text)
        refused(model, "--input", file, words=[str(file), *words])
    bert = scratch / "bert"
    shutil.copytree(vectors / "models" / "bert", bert)
    (bert / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"]))
    refused(bert, "a", words=["encoder (bert)", "decoder"])


def check_smollm2():
    (found,) = objects(smollm2, "The capital of France is", "--max-new-tokens", 8)
    assert "Paris" in found["text"], found
    chat = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    for dtype in ("float32", "bfloat16"):
        (found,) = objects(smollm2, chat, "--max-new-tokens", 60, "--dtype", dtype)
        assert found["ended_by"] == "token" and "<|" not in found["text"] and found["text"], found


with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder)
    check_reference()
    check_several()
    check_stops()
    check_terminal()
    check_chat()
    check_refusals()
    if smollm2:
        check_smollm2()
