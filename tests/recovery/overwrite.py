"""Nothing of an earlier run, and nothing of a person's, is changed before the run that replaces it has begun;
what is refused leaves nothing behind. Usage: overwrite.py LAUNCHER"""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from undisturbed import write_tiny_models

MLP = ["--task", "mlp", "--threads", "1", "--disable-tqdm", "--test", "no", "--task.examples", "64"]
OWN = {"notes.md": "mine", "model/notes.md": "mine too", "checkpoints/why.txt": "kept", "more/data.csv": "text,label\n"}


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Tests:
    def __init__(self, launcher, scratch):
        self.launcher, self.scratch, self.count = launcher, scratch, 0
        write_tiny_models(scratch / "tiny")

    def run(self, *words, **settings):
        return subprocess.run([self.launcher, *map(str, words)], capture_output=True, text=True, cwd=self.scratch,
                              stdin=subprocess.DEVNULL, timeout=120, **settings)

    def earlier(self, *more):
        """The folder of a run that is done, with files of a person's in it."""
        self.count += 1
        folder = self.scratch / f"run-{self.count}"
        done = self.run("train", *MLP, "--max-steps", 20, "--save-every", 8, "--run-dir", folder, *more)
        assert done.returncode == 0, done.stderr
        for name, text in OWN.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        return folder

    def check_own(self, folder):
        for name, text in OWN.items():
            assert (folder / name).read_text() == text, name

    def refused(self):
        folder = self.earlier()
        before = tree(folder)
        (self.scratch / "crash.so").write_text("no plugin")
        model = ["--model", self.scratch / "tiny/llama", "--task.template", "{text} is", "--task.labels", "poor:d|good:f"]
        for words in ([*MLP, "--keep-best", "eval_loss"], [*MLP, "--keep-best", "eval/loss"], [*MLP, "--sed", "3"],
                      [*MLP, "--plugin", "none"], [*MLP, "--plugin", self.scratch / "crash.so"],
                      [*MLP, "--plugin", "csv2=csv", "--csv2.path", "../out.csv"],
                      [*MLP, "--name", "a/b"], [*MLP, "--task.examples", "0"], [*MLP, "--dtype", "bfloat16"],
                      [*MLP, "--plugin", "jsonl", "--jsonl.path", "no/such/folder/m.jsonl", "--csv.path", "/proc/x.csv"],
                      ["--model", "none"], [*model, "--task.data", "none.csv"], [*model, "--task.data", folder / "more/data.csv"],
                      ["--model", folder], ["--model", folder / "model"]):
            done = self.run("train", *words, "--run-dir", folder, "--overwrite")
            assert done.returncode == 2, (words, done.returncode, done.stderr)
            assert tree(folder) == before, (words, set(tree(folder)) ^ set(before))
            fresh = self.scratch / "fresh"
            done = self.run("train", *words, "--run-dir", fresh / "deep")
            assert done.returncode == 2 and not fresh.exists(), (words, done.stderr)
            fresh.mkdir()
            (fresh / "notes.md").write_text("mine")
            done = self.run("train", *words, "--run-dir", fresh, "--overwrite")
            assert done.returncode == 2 and os.listdir(fresh) == ["notes.md"], (words, os.listdir(fresh))
            shutil.rmtree(fresh)

    def fed_from_what_it_replaces(self):
        options = ["--task.template", "{text} is", "--task.labels", "poor:d|good:f", "--batch-size", 8, "--max-steps", 4,
                   "--test", "no", "--threads", 1, "--disable-tqdm"]
        folder = self.scratch / "fed"
        done = self.run("train", "--model", self.scratch / "tiny/llama", "--task.data", self.scratch / "tiny/reviews.csv",
                        *options, "--run-dir", folder)
        assert done.returncode == 0, done.stderr
        shutil.copy(self.scratch / "tiny/reviews.csv", folder / "reviews.csv")
        (self.scratch / "link").symlink_to(folder / "model")
        before = tree(folder)
        for model in (folder, folder / "model", "fed/model", "fed/../fed/model", "link"):
            done = self.run("train", "--model", model, "--task.data", folder / "reviews.csv", *options, "--run-dir", folder,
                            "--overwrite")
            assert done.returncode == 2 and "copy it" in done.stderr, (model, done.stderr)
            assert tree(folder) == before, model
        # The user's data in the folder is kept, and the run continues from it.
        shutil.copytree(folder / "model", self.scratch / "copy")
        done = self.run("train", "--model", "copy", "--task.data", folder / "reviews.csv", *options, "--run-dir", folder,
                        "--overwrite")
        assert done.returncode == 0, done.stderr
        assert (folder / "reviews.csv").exists()
        done = self.run("resume", folder, "--max-steps", 6)
        assert done.returncode == 0, done.stderr

    def replaced(self):
        folder = self.earlier("--plugin", "jsonl", "--csv.path", "tables.csv")
        done = self.run("train", *MLP, "--max-steps", 3, "--without", "csv", "--run-dir", folder, "--overwrite")
        assert done.returncode == 0, done.stderr
        self.check_own(folder)
        left = {name for name in tree(folder) if "tfevents" not in name}
        assert left == {*OWN, "run.json", "run.lock", "journal", "log.txt", "model/model.safetensors"}, left

    def told_to_end_while_loading(self):
        folder = self.earlier()
        before = tree(folder)
        slow = [*MLP[:-1], "4000000", "--run-dir", str(folder), "--overwrite"]
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            process = subprocess.Popen([self.launcher, "train", *slow], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while (folder / "run.lock").read_bytes() == before["run.lock"]:
                assert process.poll() is None
            process.send_signal(number)
            assert process.wait() == -number, process.returncode
            after = tree(folder)
            if number == signal.SIGKILL:
                after["run.lock"] = before["run.lock"]
            assert after == before, number

    def killed_anywhere(self):
        generator = random.Random(7)
        folder = self.earlier()
        old = (folder / "model/model.safetensors").read_bytes()
        words = ["train", *MLP, "--seed", "5", "--max-steps", "4", "--run-dir", str(folder), "--overwrite"]
        began = time.monotonic()
        shutil.copytree(folder, self.scratch / "timed")
        self.run(*words[:-2], self.scratch / "timed", "--overwrite")
        seconds, new = time.monotonic() - began, (self.scratch / "timed/model/model.safetensors").read_bytes()
        assert new != old
        outcomes = {"old": 0, "new": 0}
        for _ in range(25):
            process = subprocess.Popen([self.launcher, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.uniform(0, seconds))
            process.kill()
            process.wait()
            done = self.run("resume", folder)
            assert done.returncode == 0, done.stderr
            model = (folder / "model/model.safetensors").read_bytes()
            assert model in (old, new)
            self.check_own(folder)
            outcomes["old" if model == old else "new"] += 1
            assert not (folder / "earlier-run.set-aside").exists()
            if model == new:
                shutil.rmtree(folder)
                self.count -= 1
                folder = self.earlier()
        print("killed while replacing a run:", outcomes)

    def locked(self):
        folder = self.scratch / "on"
        on = subprocess.Popen([self.launcher, "train", *MLP, "--max-steps", "100000000", "--run-dir", str(folder)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not (folder / "run.json").exists():
                assert on.poll() is None
            lock = (folder / "run.lock").read_bytes()
            done = self.run("train", *MLP, "--run-dir", folder, "--overwrite")
            assert done.returncode == 2 and "being written" in done.stderr, done.stderr
            assert (folder / "run.lock").read_bytes() == lock
        finally:
            on.terminate()
        assert on.wait() == 75

    def begun_in_the_same_second(self):
        here = self.scratch / "same"
        here.mkdir()
        command = [self.launcher, "train", *MLP, "--max-steps", "3"]
        all_at_once = [subprocess.Popen(command, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                       for _ in range(6)]
        for process in all_at_once:
            _, said = process.communicate()
            assert process.returncode == 0, said
        runs = list((here / "runs").iterdir())
        assert len(runs) == 6 and all((run / "model/model.safetensors").exists() for run in runs), runs
        assert all(f'"name":{{"value":"{run.name}"' in (run / "run.json").read_text() for run in runs)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        tests = Tests(sys.argv[1], pathlib.Path(temporary))
        for test in (tests.refused, tests.fed_from_what_it_replaces, tests.replaced, tests.told_to_end_while_loading,
                     tests.killed_anywhere, tests.locked, tests.begun_in_the_same_second):
            test()
            print(test.__name__.replace("_", " "))


main()
