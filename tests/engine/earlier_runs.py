"""Runs that version 0.1.0 made (journal 1.0) go on with this build. Usage: earlier_runs.py LAUNCHER FOLDER

FOLDER has three runs that are complete after ten steps, with the model and the data that `llama` began with:
  mezo   mlp, two directions, two micro-batches, weight decay, an evaluation every five steps
  adamw  mlp, a checkpoint after step 8, an evaluation every five steps
  llama  prompt classification with a tiny Llama
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

LAUNCHER, FOLDER = map(pathlib.Path, sys.argv[1:3])
# SHA-256 of model.safetensors as version 0.1.0 wrote it: after step 10, and after step 16 of a run that
# nobody interrupted. Forward passes have other last bits on other processors, so the second is compared
# on processors like the one that made it.
AFTER_10 = {"mezo": "1254608942f80d73564fe907cd58190817169450a96ebfcd025372c17e03e591",
            "adamw": "ca548e06914e52661d06a3dd18f01009a319d441ee18fadb1f44e61e824123e0",
            "llama": "17f9d745ae40b42a855efb9f52a56bd78e673b320312eadd3d099ac03ef62667"}
AFTER_16 = {"mezo": "cd22d0aa7f9471e42e063fe13a1d32429396779fc1460d5ec597858b4d9942b9",
            "adamw": "31dd67ebfd2817f8b587d55b2cc04ae271030038220776b956a0a231fc956f47",
            "llama": "1b793c3074eb83bdb43b6bd02038368c00e8baed53c325ad6354de83ad0fb684"}
MADE_ON = {"cpu": "avx2", "libtorch": "2.11.0"}


def run(scratch, *arguments):
    done = subprocess.run([LAUNCHER.resolve(), *map(str, arguments)], cwd=scratch, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}"
    return done.stdout


def sha256(folder):
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def is_like_the_first_machine(run_folder):
    attempt = json.loads((run_folder / "run.json").read_text())["attempts"][-1]
    return all(attempt.get(name) == value for name, value in MADE_ON.items())


def evaluated_steps(run_folder):
    script = pathlib.Path(__file__).resolve().parents[2] / "framework/core/journal/read_journal.py"
    rows = subprocess.run([sys.executable, script, run_folder / "journal", "evaluations"], text=True,
                          stdout=subprocess.PIPE, check=True).stdout.splitlines()[1:]
    return [int(row.split(",")[0]) for row in rows if row.split(",")[1:3] == ["validation", "loss"]]


def check(scratch, name):
    shutil.copytree(FOLDER / name, scratch / name)
    if name != "adamw":
        run(scratch, "replay", name, "--verify", "-o", "replayed")
        assert sha256(scratch / "replayed") == AFTER_10[name], f"{name}: replayed to other bits"
        shutil.rmtree(scratch / "replayed")
        # The model is not there any more: all ten steps are replayed, nothing is trained or evaluated.
        run(scratch, "resume", name)
        assert sha256(scratch / name / "model") == AFTER_10[name], f"{name}: resumed to other bits"
        assert evaluated_steps(scratch / name) == [5, 10], f"{name}: evaluated again"
    run(scratch, "resume", name, "--max-steps", 16)
    assert evaluated_steps(scratch / name) == [5, 10, 15, 16], evaluated_steps(scratch / name)
    if is_like_the_first_machine(scratch / name):
        assert sha256(scratch / name / "model") == AFTER_16[name], f"{name}: went on to other bits"
    else:
        print(f"{name}: made on another processor, so step 16 is not compared")


with tempfile.TemporaryDirectory(prefix="earlier-runs-") as folder:
    scratch = pathlib.Path(folder)
    shutil.copytree(FOLDER / "model", scratch / "model")
    shutil.copy(FOLDER / "data.csv", scratch)
    for name in AFTER_10:
        check(scratch, name)
print("all go on")
