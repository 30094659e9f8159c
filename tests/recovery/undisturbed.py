"""An undisturbed run, and others that must end with the same result."""
import math
import pathlib
import subprocess
import sys
import time

import journal_file
import sinks
from changes import Changes


def write_tiny_models(folder):
    script = pathlib.Path(__file__).parent.parent / "models" / "make_tiny_checkpoints.py"
    subprocess.run([sys.executable, script, folder], check=True)


def journal_of(folder):
    """The steps that count, and the highest one in the file."""
    return journal_file.steps(folder / "journal") if (folder / "journal").exists() else ([], 0)


class Undisturbed:
    """options: of `trainbus train`, but for the folder of the run."""

    def __init__(self, launcher, options, scratch):
        self.launcher, self.options, self.scratch = launcher, options, scratch
        self.folder = scratch / "reference"
        began = time.monotonic()
        self.folder.mkdir()
        changes = Changes(self.folder)
        process = self.start(self.folder)
        assert not changes.wait_for(math.inf, process) and process.returncode == 0, self.said(self.folder)
        self.seconds, self.changes = time.monotonic() - began, changes.count
        changes.close()
        self.shown = {name: read(self.folder) for name, read in sinks.READERS.items()}
        self.steps, _ = journal_of(self.folder)
        assert self.steps == list(range(1, len(self.steps) + 1)) and len(self.steps) > 5, self.steps
        for name, shown in self.shown.items():
            assert max(step for _, step in shown) == len(self.steps), name

    def command(self, folder, *more):
        """Starts the run or, if it has started, resumes it."""
        begun = (folder / "run.json").exists()
        command = ["resume", folder] if begun else ["train", *self.options, "--run-dir", folder]
        return [self.launcher, *map(str, [*command, *more]), "--disable-tqdm"]

    def start(self, folder, *more, **settings):
        command = self.command(folder, *more)
        with open(self.said_of(folder), "a") as said:
            print("$", *command, file=said, flush=True)
            return subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, **settings)

    def said_of(self, folder):
        return self.scratch / f"{folder.name}.said"

    def said(self, folder):
        return self.said_of(folder).read_text()

    def compare(self, folder, may_lack=False):
        """may_lack: the sinks could not write everything; what they show has to be right all the same."""
        counting, _ = journal_of(folder)
        assert counting == self.steps, (counting, len(self.steps))
        assert not list(folder.rglob("*.tmp-*")), list(folder.rglob("*.tmp-*"))
        for name in ("model", "best-model"):
            if (self.folder / name).exists():
                file = pathlib.Path(name) / "model.safetensors"
                assert (folder / file).read_bytes() == (self.folder / file).read_bytes(), file
        for name, read in sinks.READERS.items():
            shown, expected = read(folder), self.shown[name]
            missing, extra = expected.keys() - shown.keys(), shown.keys() - expected.keys()
            assert (may_lack or not missing) and not extra, f"{name} lacks {missing} and has {extra}"
            for point, value in shown.items():
                assert value == expected[point], f"{name}: {point} is {value}, expected {expected[point]}"
