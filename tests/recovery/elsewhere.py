"""A run goes on from another working folder, after its files were moved or copied, and says so when what it
finds there is not what it began with. Usage: elsewhere.py LAUNCHER"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from undisturbed import write_tiny_models

OPTIONS = ["--task.template", "{text} is", "--task.labels", "poor:d|good:f", "--batch-size", "8", "--threads", "1",
           "--mezo.lr", "1e-3", "--test", "no", "--disable-tqdm"]


class Tests:
    def __init__(self, launcher, scratch):
        self.launcher, self.scratch, self.count = launcher, scratch, 0
        write_tiny_models(scratch / "tiny")
        project = self.project()
        self.reference = self.goes_on(project, "runs/x")

    def run(self, folder, *words):
        return subprocess.run([self.launcher, *map(str, words)], capture_output=True, text=True, cwd=folder,
                              stdin=subprocess.DEVNULL, timeout=120)

    def project(self, *more):
        """A folder with model, data and a run of 4 steps, all by relative paths."""
        self.count += 1
        project = self.scratch / f"project-{self.count}"
        project.mkdir()
        shutil.copytree(self.scratch / "tiny/llama", project / "model")
        shutil.copy(self.scratch / "tiny/reviews.csv", project / "reviews.csv")
        done = self.run(project, "train", "--model", "model", "--task.data", "reviews.csv", *OPTIONS, "--max-steps", 4,
                        "--run-dir", "runs/x", *more)
        assert done.returncode == 0, done.stderr
        return project

    def goes_on(self, folder, run, *words):
        done = self.run(folder, "resume", run, "--max-steps", 8, *words)
        assert done.returncode == 0, done.stderr
        return (folder / run / "model/model.safetensors").read_bytes()

    def refused(self, folder, *words):
        done = self.run(folder, "resume", *words)
        assert done.returncode == 2, (done.returncode, done.stderr)
        return done.stderr

    def from_another_working_folder(self):
        project = self.project()
        assert self.goes_on(pathlib.Path("/"), project / "runs/x") == self.reference
        # And again: the record of that attempt is right as well.
        done = self.run(project / "runs", "resume", "x", "--max-steps", "9")
        assert done.returncode == 0, done.stderr
        done = self.run("/", "replay", project / "runs/x", "--step", "8", "-o", self.scratch / "made")
        assert done.returncode == 0, done.stderr
        assert (self.scratch / "made/model.safetensors").read_bytes() == self.reference

    def moved_and_copied(self):
        project = self.project()
        moved = self.scratch / "moved here"
        project.rename(moved)
        assert self.goes_on(self.scratch, "moved here/runs/x") == self.reference
        project = self.project()
        copy = self.scratch / "copy"
        shutil.copytree(project, copy)
        (copy / "reviews.csv").unlink()  # the original's is as good
        assert self.goes_on(copy, "runs/x") == self.reference
        alone = self.scratch / "alone"
        shutil.copytree(project / "runs/x", alone)  # the run without its files
        assert self.goes_on(self.scratch, "alone") == self.reference
        done = self.run(moved, "resume", "runs/x")
        assert done.returncode == 0 and "the run is complete" in done.stdout, done.stdout + done.stderr

    def files_at_other_places(self):
        project = self.project()
        (project / "reviews.csv").rename(project / "other.csv")
        (project / "model").rename(project / "weights")
        said = self.refused(project, "runs/x", "--max-steps", "8")
        assert str(project / "reviews.csv") in said, said
        assert self.goes_on(project, "runs/x", "--task.data", "other.csv", "--model", "weights") == self.reference
        for words in (["--model", "./weights"], ["--model", "weights/"], ["--task.data", project / "other.csv"]):
            done = self.run(project, "resume", "runs/x", *words)
            assert done.returncode == 0 and "the run is complete" in done.stdout, done.stderr

    def other_contents(self):
        project = self.project()
        rows = (project / "reviews.csv").read_text().splitlines(keepends=True)
        (project / "other.csv").write_text("".join(rows[:-1]))
        assert "the data is not that of the run" in self.refused(project, "runs/x", "--max-steps", "8", "--task.data",
                                                                 "other.csv")
        config = json.loads((project / "model/config.json").read_text())
        for key, value in (("rms_norm_eps", 1e-3), ("rope_theta", 77.0)):
            changed = dict(config, **{key: value})
            if "rope_parameters" in changed and key == "rope_theta":
                changed["rope_parameters"] = dict(changed["rope_parameters"], rope_theta=value)
            (project / "model/config.json").write_text(json.dumps(changed))
            said = self.refused(project, "runs/x", "--max-steps", "8")
            assert key in said, said
            done = self.run(project, "replay", "runs/x", "--verify")
            assert done.returncode == 2 and key in done.stderr, done.stderr
        (project / "model/config.json").write_text(json.dumps(config))
        assert self.goes_on(project, "runs/x") == self.reference

    def journals_without_a_configuration(self):
        """Those of the version before: what they do not say is not compared."""
        project = self.project()
        before = self.scratch / "before"
        record = json.loads((project / "runs/x/run.json").read_text())
        del record["folder"]
        (project / "runs/x/run.json").write_text(json.dumps(record))
        project.rename(before)
        assert self.goes_on(pathlib.Path("/"), before / "runs/x") == self.reference

    def a_plugin_that_is_another_now(self):
        built = pathlib.Path(self.launcher).parent.parent / "plugins"
        (self.scratch / "mine").mkdir()
        plugin = self.scratch / "mine/jsonl.so"
        shutil.copy(built / "jsonl.so", plugin)
        project = self.project("--plugin", plugin)
        plugin.write_bytes(plugin.read_bytes() + b"\0")
        done = self.run(project, "resume", "runs/x", "--max-steps", "5")
        assert done.returncode == 0 and "jsonl" in done.stderr and "other contents" in done.stderr, done.stderr
        plugin.unlink()
        done = self.run(project, "resume", "runs/x", "--max-steps", "6")
        assert done.returncode == 0 and f"taken from {plugin}" in done.stderr, done.stderr

    def a_run_that_is_not_finished_is_no_model(self):
        project = self.project()
        shutil.rmtree(project / "runs/x/model")
        for verb in (["predict", "--text", "fine"], ["eval", "--task.data", "reviews.csv"]):
            done = self.run(project, verb[0], "--model", "runs/x", *verb[1:])
            assert done.returncode == 2 and "trainbus resume" in done.stderr, done.stderr

    def replay_replaces_nothing_that_is_needed(self):
        project = self.project()
        (project / "notes").mkdir()
        (project / "notes/a.txt").write_text("mine")
        files = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
        for output, why in (("model", "is the model that the run began with"), (".", "is the model that the run began"),
                            ("runs/x/model", "holds files of the run"), ("runs/x", "holds files of the run"),
                            ("runs", "holds files of the run"), ("notes", "holds no model"),
                            ("reviews.csv", "is no folder")):
            for words in ([], ["--overwrite"]):
                done = self.run(project, "replay", "runs/x", "-o", output, *words)
                assert done.returncode == 2 and why in done.stderr, (output, done.stderr)
        for path, content in files.items():
            assert path.read_bytes() == content, path
        assert self.run(project, "replay", "runs/x", "--step", 2, "-o", "made").returncode == 0
        done = self.run(project, "replay", "runs/x", "-o", "made")
        assert done.returncode == 2 and "--overwrite" in done.stderr, done.stderr
        assert self.run(project, "replay", "runs/x", "-o", "made", "--overwrite").returncode == 0
        assert (project / "made/model.safetensors").read_bytes() == files[project / "runs/x/model/model.safetensors"]

    def a_run_whose_folder_is_removed_cannot_go_on(self):
        project = self.project()
        process = subprocess.Popen(
            [self.launcher, "train", "--task", "mlp", "--threads", "1", "--max-steps", "0", "--epochs", "100000000",
             "--without", "csv", "--without", "tensorboard", "--run-dir", "gone"], cwd=project, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True)
        journal = project / "gone/journal"
        while not (journal.exists() and journal.stat().st_size > 5000):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        shutil.rmtree(project / "gone")
        process.terminate()
        said = process.communicate(timeout=120)[1]
        assert process.returncode not in (0, 75), (process.returncode, said)
        assert "to go on" not in said and "journal" in said, said


def main():
    with tempfile.TemporaryDirectory() as temporary:
        tests = Tests(sys.argv[1], pathlib.Path(temporary))
        for test in (tests.from_another_working_folder, tests.moved_and_copied, tests.files_at_other_places,
                     tests.other_contents, tests.journals_without_a_configuration, tests.a_plugin_that_is_another_now,
                     tests.a_run_that_is_not_finished_is_no_model, tests.replay_replaces_nothing_that_is_needed,
                     tests.a_run_whose_folder_is_removed_cannot_go_on):
            test()
            print(test.__name__.replace("_", " "), flush=True)


main()
