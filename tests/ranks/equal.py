"""The number of processes shows in no bit: runs under `trainbus launch` beside the run of one process, in every file.
equal.py TRAINBUS; TRAINBUS_LONG_TESTS: all numbers of processes, directions and micro-batches, all formats."""
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "launchers"))

import launched  # noqa: E402

LONG = bool(os.environ.get("TRAINBUS_LONG_TESTS"))
SIZES = list(itertools.product((1, 4, 8), (1, 4))) if LONG else [(1, 4), (4, 1), (8, 4)]
RANKS = (2, 3, 4) if LONG else (2, 4)
FORMATS = ["float32", "bfloat16-split", "bfloat16-residual"] if LONG else ["bfloat16-residual"]


def shape(directions, micro_batches):
    return ["--mezo.directions", directions, "--micro-batches", micro_batches]


def runs(scratch):
    """Name, options, and the numbers of processes."""
    for (directions, micro_batches), overlap in itertools.product(SIZES, (0, 1)):
        fitting = [n for n in RANKS if n <= directions * micro_batches]
        if fitting:
            yield (f"mlp-{directions}-{micro_batches}-{overlap}",
                   ["--task", "mlp", "--max-steps", 12, "--eval-every", 5, "--mezo.lr", "1e-2", "--threads", 1,
                    "--plugin", "jsonl",
                    "--overlap", overlap, *shape(directions, micro_batches)], fitting)
    yield "shares", [*launched.mlp(12), "--mezo.shares", "yes"], (2,)
    for overlap in (0, 1):
        yield (f"one-sided-{overlap}",
               [*launched.mlp(12), "--mezo.sides", "plus", "--mezo.step-rule", "deviation", "--overlap", overlap], (2, 3))
    yield "orthogonal", [*launched.mlp(12), "--mezo.weights", "low-rank", "--mezo.orthogonal", "yes"], (2, 3)
    for kind in FORMATS:
        yield f"llama-{kind}", [*launched.llama(scratch, 6), "--dtype", kind], RANKS


def main(launcher):
    with tempfile.TemporaryDirectory() as place:
        scratch = pathlib.Path(place)
        count = 0
        for name, options, ranks in runs(scratch):
            reference = launched.Reference(launcher, options, scratch, name)
            for n in ranks:
                folder = scratch / f"{name}-by-{n}"
                command = [launcher, "launch", "-n", str(n), "--", *reference.command(folder)[1:]]
                done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, timeout=300)
                assert done.returncode == 0, done.stdout
                reference.compare(folder)
                count += 1
        print(f"{count} runs of several processes, each equal to that of one")


main(sys.argv[1])
