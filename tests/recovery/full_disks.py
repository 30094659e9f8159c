"""Training runs whose disk takes no more, the real thing: a limit on the size of files, a file system of
64 KiB, /dev/full. They train on, say what they could not write, and go on when there is room again.
Usage: full_disks.py LAUNCHER"""
import pathlib
import resource
import subprocess
import sys
import tempfile

from undisturbed import Undisturbed, write_tiny_models

OPTIONS = ["--batch-size", "8", "--threads", "1", "--mezo.lr", "1e-3", "--max-steps", "150", "--eval-every", "50",
           "--save-every", "40", "--plugin", "jsonl", "--task.template", "{text} is", "--task.labels", "poor:d|good:f"]


def limit_files(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def train(undisturbed, folder, **settings):
    done = subprocess.run(undisturbed.command(folder), capture_output=True, text=True, **settings)
    code, said = done.returncode, done.stdout + done.stderr
    assert code in (0, 1, 2), (code, said)  # by no signal
    assert code == 0 or "trainbus: error: " in said, said
    if (folder / "run.json").exists():  # it had begun, so it trained to its end
        assert "steps:          150 in" in said, said
        assert code == 0 or "the model is not saved" in said, said
    else:
        assert str(folder) in said.split("error:")[-1], said


def go_on(undisturbed, folder):
    process = undisturbed.start(folder)
    assert process.wait() == 0, undisturbed.said(folder)
    undisturbed.compare(folder, may_lack=True)


def files_of_limited_size(undisturbed):
    for size in (0, 100, 1000, 4096, 8192, 16384, 24576, 40000):
        folder = undisturbed.scratch / f"limit-{size}"
        train(undisturbed, folder, preexec_fn=limit_files(size))
        go_on(undisturbed, folder)


def a_small_file_system(undisturbed):
    mount = undisturbed.scratch / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], capture_output=True).returncode:
        print("no right to mount a file system: left out")
        return
    try:
        folder = mount / "run"
        train(undisturbed, folder)
        subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
        go_on(undisturbed, folder)
    finally:
        subprocess.run(["umount", mount], check=True)


def what_prints_may_fail(undisturbed):
    folder = undisturbed.scratch / "full"
    with open("/dev/full", "w") as full:
        command = undisturbed.command(folder, "--csv.path", "/dev/full")
        code = subprocess.run(command, stdout=full, stderr=full).returncode
    assert code == 1, code  # the results were not printed; all else is well
    assert "/dev/full" in (folder / "log.txt").read_text()
    reference = undisturbed.folder / "model/model.safetensors"
    assert (folder / "model/model.safetensors").read_bytes() == reference.read_bytes()


def main():
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(temporary)
        write_tiny_models(scratch / "tiny")
        options = ["--model", scratch / "tiny/llama", "--task.data", scratch / "tiny/reviews.csv", *OPTIONS]
        undisturbed = Undisturbed(sys.argv[1], options, scratch)
        files_of_limited_size(undisturbed)
        a_small_file_system(undisturbed)
        what_prints_may_fail(undisturbed)
    print("full disks end no training")


main()
