"""Chat templates as jinja2 renders them in transformers: the templates of tests/data/chat with many conversations, and
made-up templates, compared character for character. Usage: chat_like_transformers.py RENDERER TEMPLATES [SEED [COUNT]]"""
import datetime
import json
import pathlib
import random
import re
import subprocess
import sys

import transformers.utils.chat_template_utils as chat_utils

NOW = datetime.datetime.fromtimestamp(1753792496)


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_utils.datetime = FixedTime
renderer = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def here(template, messages, variables, prompt):
    renderer.stdin.write(json.dumps({"template": template, "messages": messages, "variables": variables,
                                     "add_generation_prompt": prompt}) + "\n")
    renderer.stdin.flush()
    answer = renderer.stdout.readline()
    assert answer, f"the renderer ended at {template!r} {messages} {variables}"
    return json.loads(answer)


def there(template, messages, variables, prompt):
    try:
        compiled = chat_utils._compile_jinja_template(template)
        return {"text": compiled.render(messages=messages, **{"tools": None, "documents": None, **variables},
                                        add_generation_prompt=prompt)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


# What is refused here by name may be rendered there; nothing else may differ, but that a made-up template's type error may
# be seen by one of them alone.
def compare(what, template, messages, variables, prompt, made_up=False):
    ours, theirs = here(template, messages, variables, prompt), there(template, messages, variables, prompt)
    if "text" in ours and ours.get("text") == theirs.get("text"):
        return "equal"
    if "error" in ours and "error" in theirs:
        return "both refuse"
    if "error" in ours and ("not supported" in ours["error"] or "takes too long" in ours["error"]):
        return "not supported"
    if made_up and "text" in ours and re.match("(TypeError|AttributeError|UndefinedError|SecurityError)", theirs.get("error", "")):
        return "refused there only"
    sys.exit(f"{what} differs\n{template}\n{json.dumps(messages, ensure_ascii=False)} {variables} {prompt}\nhere:  {ours}\nthere: {theirs}")


TEXTS = ["Hi", "  two\n lines \n", "", "é漢字 🙂 ß", "<|im_end|>\n<|im_start|>system", "a</think>b<think>c", "{{ x }} {% if %}", "\"quoted\" 'it' \\ \t",
         "<tool_response>x</tool_response>", "ÀÉ ǅ İstanbul ΣΑΣ"]
TOOLS = [{"type": "function", "function": {"name": "add", "description": "adds <two> & more", "parameters": {
    "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number", "default": 1.5}}, "required": ["a"]}}}]


def conversations(rng, count):
    for _ in range(count):
        messages = []
        if rng.random() < 0.5:
            messages.append({"role": "system", "content": rng.choice(TEXTS)})
        for turn in range(rng.randrange(1, 6)):
            role = ("user", "assistant")[turn % 2] if rng.random() < 0.9 else rng.choice(["user", "assistant", "tool", "system", "critic"])
            message = {"role": role, "content": rng.choice(TEXTS)}
            if role == "assistant" and rng.random() < 0.2:
                message["tool_calls"] = [{"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": -0.5}}}]
            if role == "assistant" and rng.random() < 0.2:
                message["reasoning_content"] = rng.choice(TEXTS)
            if rng.random() < 0.1:
                message["content"] = [{"type": "text", "text": rng.choice(TEXTS)}, {"type": "image"}]
            messages.append(message)
        variables = {"bos_token": "<s>", "eos_token": "</s>"}
        if rng.random() < 0.3:
            variables["tools"] = TOOLS
        if rng.random() < 0.3:
            variables["enable_thinking"] = rng.random() < 0.5
        yield messages, variables, rng.random() < 0.5


class Maker:
    """Made-up templates, of what chat templates use; many of them make no sense, and are refused alike."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, *choices):
        return self.rng.choice(choices)

    def constant(self):
        return self.pick("1", "0", "-3", "2.5", "'a'", "'Hi there'", "\"\"", "'x\\n y'", "true", "false", "none", "'é漢'", "10", "'a,b,c'", "[]", "{}")

    def name(self):
        return self.pick("messages", "m", "x", "y", "bos_token", "missing", "loop", "ns", "m.content", "m.role", "m['content']", "messages[0].content",
                         "messages[-1]['role']", "loop.index", "loop.last", "loop.first", "loop.previtem", "ns.a", "tools")

    def expression(self, depth=0):
        if depth > 3 or self.rng.random() < 0.25:
            return self.pick(self.constant(), self.name(), self.name())
        e = lambda: self.expression(depth + 1)  # noqa: E731
        kind = self.rng.randrange(14)
        if kind == 0:
            return f"({e()} {self.pick('+', '-', '*', '/', '//', '%', '~', '~', '+')} {e()})"
        if kind == 1:
            return f"({e()} {self.pick('==', '!=', '<', '<=', '>', '>=', 'in', 'not in')} {e()})"
        if kind == 2:
            return f"({e()} {self.pick('and', 'or')} {e()})"
        if kind == 3:
            return f"(not {e()})"
        if kind == 4:
            return f"({e()} if {e()} else {e()})"
        if kind == 5:
            return f"({e()}) is {self.pick('', 'not ')}{self.pick('defined', 'none', 'string', 'mapping', 'iterable', 'sequence', 'number', 'true', 'false', 'boolean', 'integer', 'float', 'odd', 'undefined', 'callable')}"
        if kind in (6, 7):
            return f"({e()}) | {self.filter(e)}"
        if kind in (8, 9):
            return f"({e()}).{self.method(e)}"
        if kind == 10:
            return f"[{', '.join(e() for _ in range(self.rng.randrange(4)))}]"
        if kind == 11:
            return "{" + ", ".join(f"{self.pick(chr(39) + 'k' + chr(39), chr(39) + 'b' + chr(39), '1')}: {e()}" for _ in range(self.rng.randrange(3))) + "}"
        if kind == 12:
            return f"({e()})[{self.pick('0', '-1', '1', '1:', ':-1', '::-1', '::2', '1:3', chr(39) + 'role' + chr(39), '-3:-1', '5')}]"
        return f"({self.pick('-', '+')}{e()})"

    def filter(self, e):
        return self.pick("trim", "length", "upper", "lower", "title", "capitalize", "first", "last", "list", "string", "int", "float", "reverse | list", "abs",
                         "tojson", "tojson(indent=2)", "default('d')", "default('d', true)", "join(', ')", "join", "replace('a', 'bb')", "sort",
                         "unique | list", "map('upper') | list", "map(attribute='role') | list", "select | list", "select('string') | list",
                         "selectattr('role', 'equalto', 'user') | list", "rejectattr('tool_calls') | list", "reject('none') | list", "items | list", "dictsort",
                         "indent(3)", "round(1)", "round", "sum", "min", "max", "wordcount", "safe", "count", "trim('a')", "e")

    def method(self, e):
        return self.pick("strip()", "lstrip()", "rstrip('\\n')", "split(',')", "split()", "split('a', 1)", "split(none, 1)", "rsplit(' ', 1)", "rsplit(none, 1)",
                         "startswith('H')", "endswith(('a', 'b'))", "upper()", "lower()", "title()", "capitalize()", "replace('a', '')", "replace('', '-')",
                         "replace('i', 'x', 1)", "find('a')", "rfind('i')", "count('a')", "items() | list", "keys() | list", "values() | list", "get('role')", "get('k', 'n')",
                         "isdigit()", "isalpha()", "isupper()", "islower()", "isspace()", "splitlines()", "join(['a', 'b'])", "append(1)", "index('a')", "content", "role")

    def statements(self, depth=0):
        return "".join(self.statement(depth) for _ in range(self.rng.randrange(1, 4)))

    def tag(self, text):
        return "{%" + self.pick("", "-", "", "+") + f" {text} " + self.pick("", "-", "", "+") + "%}"

    def statement(self, depth):
        space = lambda: self.pick("", "", "\n", "  ", "\n  ", " \n\n")  # noqa: E731
        kind = self.rng.randrange(11) if depth < 3 else self.rng.randrange(3)
        body = lambda: self.statements(depth + 1)  # noqa: E731
        if kind < 3:
            return space() + self.pick("text", "<|x|>", "") + space() + "{{" + self.pick("", "-") + " " + self.expression() + " " + self.pick("", "-") + "}}" + space()
        if kind in (3, 4):
            otherwise = self.tag("else") + body() if self.rng.random() < 0.5 else ""
            middle = self.tag(f"elif {self.expression()}") + body() if self.rng.random() < 0.3 else ""
            return space() + self.tag(f"if {self.expression()}") + body() + middle + otherwise + self.tag("endif") + space()
        if kind in (5, 6):
            target, over = self.pick(("m", "messages"), ("x", self.expression()), ("x, y", "{'k': 1, 'b': 'two'}.items()"), ("m", "messages[1:]"))
            condition = f" if {self.expression()}" if self.rng.random() < 0.3 else ""
            leave = self.tag(f"if {self.expression()}") + self.tag(self.pick("break", "continue")) + self.tag("endif") if self.rng.random() < 0.2 else ""
            otherwise = self.tag("else") + body() if self.rng.random() < 0.2 else ""
            return space() + self.tag(f"for {target} in ({over}){condition}") + leave + body() + otherwise + self.tag("endfor") + space()
        if kind == 7:
            return space() + self.tag(f"set {self.pick('x', 'y', 'm')} = {self.expression()}") + space()
        if kind == 8:
            return self.tag("set x") + body() + self.tag("endset") + "{{ x }}"
        if kind == 9:
            return self.tag("set ns = namespace(a=1)") + self.tag(f"set ns.a = {self.expression()}") + "{{ ns.a }}" + space()
        return self.tag(f"macro f(x, y={self.constant()})") + body() + self.tag("endmacro") + "{{ f(" + self.expression() + self.pick("", ", y=2", ", 3") + ") }}{# a comment #}" + space()


seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
count = int(sys.argv[4]) if len(sys.argv) > 4 else 4000
rng = random.Random(seed)
results = {}
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.jinja")):
    template = path.read_text(encoding="utf-8")
    for messages, variables, prompt in conversations(rng, 120):
        result = compare(path.name, template, messages, variables, prompt)
        results[result] = results.get(result, 0) + 1
assert results.get("equal", 0) > 700 and not results.get("not supported"), results
print("templates:", results)
maker, results = Maker(rng), {}
talks = list(conversations(rng, 50))
for number in range(count):
    messages, variables, prompt = rng.choice(talks)
    result = compare(f"made-up template {number} of seed {seed}", maker.statements(), messages, variables, prompt, made_up=True)
    results[result] = results.get(result, 0) + 1
print("made-up:", results)
assert results["equal"] > count / 20 and results.get("refused there only", 0) < count / 20, results
