"""What the tests of whole runs have in common: a folder that is removed at the end, the launcher in it, and what a run leaves."""
import csv
import pathlib
import subprocess
import tempfile


class ScratchRuns:
    def __init__(self, launcher):
        self._launcher = launcher
        self._temporary = tempfile.TemporaryDirectory(prefix="trainbus-runs-")
        self.path = pathlib.Path(self._temporary.name)

    def run(self, *words, code=0):
        """The launcher's output, both streams; it must end with this exit code."""
        done = subprocess.run([self._launcher, *map(str, words)], capture_output=True, text=True, cwd=self.path, timeout=300)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def rows(self, folder):
        with open(self.path / folder / "metrics.csv", newline="") as file:
            return list(csv.DictReader(file))

    def column(self, folder, name):
        """The numbers of a metric, without the steps that have none."""
        return [float(row[name]) for row in self.rows(folder) if row.get(name)]

    def model_of(self, folder, model="model"):
        """The bytes of its weights."""
        return (self.path / folder / model / "model.safetensors").read_bytes()


def with_value(words, option, value):
    """The words with another value behind an option."""
    return [value if i > 0 and words[i - 1] == option else word for i, word in enumerate(words)]


def without(words, *beginnings):
    """The words without the options that begin so, and their values."""
    gone = [str(word).startswith(beginnings) for word in words]
    return [word for i, word in enumerate(words) if not gone[i] and not (i > 0 and gone[i - 1])]
