"""A population takes the memory of one model, in every mode: its peak is within 1 % of two members'. Usage:
population_memory.py LAUNCHER"""
import os
import pathlib
import subprocess
import sys
import tempfile

launcher = sys.argv[1]
# A model of 24 MiB at least, beside which the factors of 64 directions would show, and 64 full directions the more.
TRAIN = ["train", "--task", "mlp", "--task.features", 65536, "--task.examples", 64, "--batch-size", 64, "--plugin", "es",
         "--max-steps", 2, "--eval-every", 0, "--disable-tqdm", "--threads", 1]


def peak_mib(folder, *words):
    process = subprocess.Popen([launcher, *map(str, [*TRAIN, *words, "--run-dir", folder])], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (words, process.returncode)
    return used.ru_maxrss / 1024


def least(root, name, *words):  # the noise of loading adds, it never takes away
    return min(peak_mib(pathlib.Path(root) / f"{name}-{i}", *words) for i in range(3))


with tempfile.TemporaryDirectory(prefix="trainbus-population-") as root:
    modes = {"full": [], "one-sided": ["--es.antithetic", "no"], "low-rank": ["--es.directions", "low-rank"]}
    peaks = {}
    for mode, words in modes.items():
        few, many = (least(root, f"{mode}-{n}", *words, "--es.members", n) for n in (2, 64))
        peaks[mode] = few
        print(f"{mode}: {few:.1f} MiB with 2 members, {many:.1f} MiB with 64")
        assert abs(many / few - 1) < 0.01, (mode, few, many)
    many = least(root, "per-example", "--es.directions", "per-example")
    print(f"per-example: {many:.1f} MiB with the 128 members of 64 examples")
    assert many < 1.01 * peaks["full"], (many, peaks)
