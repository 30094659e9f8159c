"""AdamW by several processes: equal on every run of one number of processes, near to the run of one process; a process
that is lost ends the run in order, and it resumes. first_order.py TRAINBUS"""
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS / "launchers"))

import launched  # noqa: E402
from processes import Processes  # noqa: E402

OPTIONS = ["--task", "mlp", "--plugin", "adamw", "--adamw.lr", "1e-3", "--micro-batches", "4", "--threads", "1",
           "--eval-every", "10", "--plugin", "jsonl"]


def numbers(folder):
    """Every parameter of the model, float32."""
    import array
    import struct
    data = (folder / "model/model.safetensors").read_bytes()
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    return array.array("f", data[begin:])


def launch(launcher, ranks, *words):
    done = subprocess.run([launcher, "launch", "-n", str(ranks), "--", *map(str, words)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    return done.returncode, done.stdout


def check_equal(launcher, scratch):
    reference = launched.Reference(launcher, [*OPTIONS, "--max-steps", "20"], scratch)
    expected = numbers(reference.folder)
    for ranks in (2, 4):
        models = []
        for time in range(2):
            folder = scratch / f"by-{ranks}-{time}"
            code, said = launch(launcher, ranks, *reference.command(folder)[1:])
            assert code == 0, said
            models.append(numbers(folder))
        assert models[0] == models[1], f"two runs of {ranks} processes differ"
        away = max(abs(a - b) for a, b in zip(expected, models[0]))
        assert away <= 1e-6, f"{ranks} processes end {away} away from one"
        print(f"{ranks} processes: at most {away:.1e} away from one")


def check_lost(launcher, scratch):
    """The run ends with 75 and a checkpoint of its last step, and goes on to the bits of an undisturbed one."""
    reference = launched.Reference(launcher, [*OPTIONS, "--max-steps", "400"], scratch, "long-one")
    whole = scratch / "whole"
    code, said = launch(launcher, 3, *reference.command(whole)[1:])
    assert code == 0, said
    folder = scratch / "lost"
    with Processes(scratch) as processes:
        ranks = launched.start_ranks(processes, reference, folder, 3, "--rank-patience", "3")
        launched.wait_for_steps(folder, 20, ranks[0])
        ranks[1].kill()
        assert ranks[0].wait(timeout=60) == 75, processes.said()
        assert ranks[2].wait(timeout=60) == 75, processes.said()
    code, said = launch(launcher, 3, "resume", folder, "--disable-tqdm")
    assert code == 0, said
    assert numbers(folder) == numbers(whole), "the resumed run has other bits"
    print("a lost process ended the run in order, and it was resumed with the same bits")


with tempfile.TemporaryDirectory() as place:
    check_equal(sys.argv[1], pathlib.Path(place))
    check_lost(sys.argv[1], pathlib.Path(place))
