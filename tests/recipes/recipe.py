"""What the tests that follow the recipes of framework/README.md have in common: a copy of the tree, its new
lines, and compiling what changed with the flags of the build."""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile


class Recipe:
    def __init__(self, source, build, launcher):
        self.source, self.build, self.launcher = map(pathlib.Path, (source, build, launcher))
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="trainbus-recipe-"))
        self.tree = self.scratch / "tree"
        for folder in ("framework", "apps"):
            shutil.copytree(self.source / folder, self.tree / folder)
        self.commands = json.loads((self.build / "compile_commands.json").read_text())
        self.page = (self.source / "framework/README.md").read_text()
        self.before = []  # libraries that are loaded before that of the recipe

    def tells(self, *lines):
        """The page names each of these."""
        for line in lines:
            assert line in self.page, f"framework/README.md does not tell of {line}"

    def insert_after(self, path, pattern, line):
        """Puts the line behind the last one that fits the pattern."""
        path = self.tree / path
        lines = path.read_text().splitlines(keepends=True)
        last = max(i for i, text in enumerate(lines) if re.search(pattern, text))
        lines.insert(last + 1, line + "\n")
        path.write_text("".join(lines))

    def command_of(self, like):
        """The compiler's words for a file of the build, and the folder that it runs in."""
        command = next(c for c in self.commands if c["file"].endswith(like))
        words = shlex.split(command["command"])
        compiler = next(i for i, w in enumerate(words) if re.search(r"(\+\+|/cc|/c\+\+)[\d.-]*$", w))
        return words[compiler:], command["directory"]

    def compile(self, path, like):
        """A file of the copy, with the flags of the file `like`; its object."""
        words, directory = self.command_of(like)
        file = self.tree / path
        result = self.scratch / (path.replace("/", "_") + ".o")
        flags = []
        for word in words:
            if word.endswith(like):
                word = str(file)
            for folder in ("framework", "apps"):
                word = word.replace(str(self.source / folder), str(self.tree / folder))
            flags.append(word)
        flags[flags.index("-o") + 1] = str(result)
        subprocess.run(flags, cwd=directory, check=True)
        return result

    def objects_beside(self, like):
        """The built objects in the folder of this file's."""
        words, directory = self.command_of(like)
        return sorted(pathlib.Path(directory, words[words.index("-o") + 1]).parent.glob("*.o"))

    def engine_with(self, objects, like):
        """A library whose parts the launcher finds before the engine's own."""
        words, _ = self.command_of(like)
        library = self.scratch / "librecipe.so"
        if any(w.startswith("-fsanitize") and "address" in w for w in words):
            # AddressSanitizer wants to be the first library.
            said = subprocess.run([words[0], "-print-file-name=libasan.so"], capture_output=True, text=True)
            self.before = [said.stdout.strip()]
        subprocess.run([words[0], "-shared", *[w for w in words if w.startswith("-fsanitize")],
                        *map(str, objects), str(self.build / "lib/libtrainbus_engine.so"),
                        str(self.build / "lib/libtrainbus_core.so"), f"-Wl,-rpath,{self.build / 'lib'}",
                        "-Wl,--allow-shlib-undefined", "-Wl,-z,now", "-o", str(library)], check=True)
        return library

    def link_launcher(self, objects):
        """The launcher again, these objects before what its archives have."""
        said = subprocess.run(["ninja", "-C", str(self.build), "-t", "commands", "bin/trainbus"], check=True,
                              capture_output=True, text=True).stdout.splitlines()[-1]
        said = said.removeprefix(": && ").split(" && ")[0]
        words = shlex.split(said)
        place = words.index("-o")
        words[place + 1] = str(self.scratch / "bin/trainbus")
        # The engine's verbs and the plugins are found relative to the launcher.
        (self.scratch / "bin").mkdir()
        for folder in ("lib", "plugins", "libexec"):
            if (self.build / folder).exists():
                (self.scratch / folder).symlink_to(self.build / folder)
        subprocess.run(words[:place] + list(map(str, objects)) + words[place:], cwd=self.build, check=True)
        self.launcher = self.scratch / "bin/trainbus"

    def run(self, *words, library=None):
        environment = dict(os.environ)
        if library:
            environment["LD_PRELOAD"] = ":".join([*self.before, str(library)])
        return subprocess.run([str(self.launcher), *map(str, words)], capture_output=True, text=True,
                              env=environment)

    def clean(self):
        shutil.rmtree(self.scratch)
