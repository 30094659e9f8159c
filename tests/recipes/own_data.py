"""Follows apps/own_data.md: its commands, as they stand there, in a folder of their own. Usage: own_data.py LAUNCHER PAGE MODEL,
where MODEL is what the page calls .deps/models/smollm2.gguf; skipped if it is not there."""
import pathlib
import re
import subprocess
import sys
import tempfile

launcher, page, model = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(), pathlib.Path(sys.argv[3])
if not model.exists():
    print("there is no", model)
    sys.exit(77)

# Indented blocks; what a command printed, after "$ ", is no command.
blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", page, re.MULTILINE)
commands = [re.sub(r"^    ", "", block, flags=re.MULTILINE).strip("\n") + "\n" for block in blocks]
commands = [command for command in commands if command.startswith(("cat >", "build/bin/trainbus"))]
assert len(commands) == 5, commands
outputs = []
with tempfile.TemporaryDirectory(prefix="trainbus-own-data-") as folder:
    for command in commands:
        command = command.replace("build/bin/trainbus", launcher).replace(".deps/models/smollm2.gguf", str(model))
        done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        outputs.append(done.stdout)
described, trained, generated = outputs[2:]
assert described.count("of them scored") == 3 and described.count("[\\n]") == 3, described
before, after = map(float, re.search(r"test exact_match: +(\S+) before, (\S+) after", trained).groups())
assert after >= before, trained
print("exact match", before, "before,", after, "after; it writes:", generated.strip())
