"""Follows "Add a task" and "Add a verb" of framework/README.md in a copy of the tree: a folder, a file, and
the lines that the page names; compiles what changed, and lets a launcher with both train, go on with,
evaluate and describe the new task. Usage: task_and_verb.py SOURCE BUILD LAUNCHER"""
import pathlib
import re
import shutil
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from recipe import Recipe

recipe = Recipe(*sys.argv[1:4])
tasks, verbs = "framework/tasks/", "apps/trainbus/verbs/"


def follow_the_recipes():
    shutil.copytree(here / "parity", recipe.tree / tasks / "parity")
    recipe.insert_after(tasks + "registry.hpp", r'^#include "tasks/\w+/task.hpp"$', '#include "tasks/parity/task.hpp"')
    registry = recipe.tree / tasks / "registry.hpp"
    old = registry.read_text()
    registry.write_text(old.replace("SyntheticMlp>;", "SyntheticMlp, Parity>;"))
    assert registry.read_text() != old
    shutil.copy(here / "count.cpp", recipe.tree / verbs)
    recipe.insert_after(verbs + "verbs.cpp", r"^extern const Verb \w+_verb;$", "extern const Verb count_verb;")
    recipe.insert_after(verbs + "verbs.cpp", r"^    &describe_verb,", "    &count_verb,")
    recipe.tells("tasks/registry.hpp", "tasks/CMakeLists.txt", "trainbus_task(", "class NameSetup final : public TaskSetup",
                 "verbs/verbs.cpp", "verbs/CMakeLists.txt", "const Verb name_verb = {", "TRAINBUS_ENGINE_VERB(name)")


def compile_what_changed():
    torch_free, engine = "tasks/task_kind.cpp", "tasks/task_setup.cpp"
    launcher = [recipe.compile(tasks + "task_kind.cpp", torch_free),
                recipe.compile(tasks + "parity/options.cpp", torch_free)]
    verb = [recipe.compile(verbs + name, "verbs/verbs.cpp") for name in ("verbs.cpp", "count.cpp")]
    parts = [recipe.compile(tasks + "task_setup.cpp", engine), recipe.compile(tasks + "parity/setup.cpp", engine)]
    # The other tasks are as they were.
    words, directory = recipe.command_of(engine)
    room = pathlib.Path(directory, words[words.index("-o") + 1]).parent
    kept = [o for o in room.rglob("*.o") if o.name != "task_setup.cpp.o"]
    words, directory = recipe.command_of(torch_free)
    room = pathlib.Path(directory, words[words.index("-o") + 1]).parent
    kept += [o for o in room.rglob("*.o") if o.name != "task_kind.cpp.o"]
    recipe.link_launcher(launcher + verb)
    return recipe.engine_with(launcher + parts + kept, engine)


def said(*words, library, code=0):
    result = recipe.run(*words, library=library)
    assert result.returncode == code, (words, result.stdout, result.stderr)
    return result.stdout + result.stderr


def main():
    unknown = recipe.run("train", "--task", "parity")
    assert unknown.returncode == 2 and "parity" in unknown.stderr, unknown
    follow_the_recipes()
    library = compile_what_changed()
    listed = len(re.findall(r"^    &\w+_verb,$", (recipe.tree / verbs / "verbs.cpp").read_text(), re.MULTILINE))
    tasks_listed = len(re.findall(r"^#include \"tasks/\w+/task.hpp\"$", (recipe.tree / tasks / "registry.hpp").read_text(),
                                  re.MULTILINE))
    assert f"{listed} verbs, {tasks_listed} tasks, 2 words" in said("count", "a", "b", library=library)
    assert "count verbs and words" in said("help", library=library)
    assert "Task parity: whether two signs are equal" in said("train", "--help", library=library)
    folder = recipe.scratch / "run"
    asked = ["--task", "parity", "--task.width", 16, "--mezo.lr", "0.05", "--without", "tensorboard"]
    out = said("train", *asked, "--max-steps", 400, "--run-dir", folder, library=library)
    assert "100.0 % after" in out, out
    out = said("resume", folder, "--max-steps", 401, library=library)
    assert "steps:          401" in out, out
    assert "pairs told apart" in said("eval", "--task", "parity", library=library)
    assert "no option 'width', parity has" in said("eval", "--task", "mlp", "--task.width", 3, library=library, code=2)
    assert "is about no texts" in said("predict", "--task", "parity", "--text", "a", library=library, code=2)
    recipe.clean()


main()
