"""Chat templates as jinja2 renders them in transformers: the templates of tests/data/chat with many conversations, and
made-up templates, compared character for character. Usage: chat_like_transformers.py RENDERER TEMPLATES [SEED [COUNT]]"""
import datetime
import json
import pathlib
import random
import re
import subprocess
import sys
import warnings

import transformers.utils.chat_template_utils as chat_utils

NOW = datetime.datetime.fromtimestamp(1753792496)


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


warnings.simplefilter("ignore", SyntaxWarning)  # of code that jinja2 makes
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


class TypedMaker(Maker):
    """The same, of parts that fit together, so that most are rendered."""

    def some(self, *makers):
        return self.rng.choice(makers)()

    def text(self, depth=0):
        p, t, n = self.pick, lambda: self.text(depth + 1), lambda: self.number(depth + 1)  # noqa: E731
        if depth > 2 or self.rng.random() < 0.2:
            return p("'a'", "'Hi there'", "''", "'x\\n y\\t'", "\"it's\"", "'é漢🙂'", "'a,b,,c'", "' ß ǅ '", "bos_token", "m.role", "m['role']", "m.content",
                     "messages[0].content", "messages[-1]['role']", "(loop.previtem or m).role", "x")
        return self.some(
            lambda: f"({t()} {p('~', '+')} {t()})", lambda: f"({t()} ~ {self.any(depth + 1)})", lambda: f"({t()} * {p('0', '2', '-1')})",
            lambda: f"({t()})[{p('1:', ':-1', '::-1', '::2', '1:3', '-3:-1', f':({n()}) | int', f'({n()}) | int:')}]", lambda: f"({t()} ~ 'z')[{p('0', '-1')}]",
            lambda: f"({t()} if {self.truth(depth + 1)} else {t()})", lambda: f"({t()} if {self.truth(depth + 1)})", lambda: f"({t()} or {t()})",
            lambda: f"({t()}) | " + p("trim", "upper", "lower", "title", "capitalize", "replace('a', 'bb')", "replace('', '-')", "indent", "indent(2, true)",
                                      "indent('> ', first=true, blank=true)", "default('d', true)", "string", "tojson", "trim('aH ')", "reverse",
                                      "replace('i', 'x', 1)", "first", "last", "join('-')", "list | join('|')"),
            lambda: f"({t()})." + p("strip()", "lstrip()", "rstrip('\\n a')", "upper()", "lower()", "title()", "capitalize()", "replace('a', '')", "replace('', '-')",
                                    "replace('i', 'x', 1)", "join(['a', 'b'])", "removeprefix('H')", "removesuffix('e')", "zfill(7)", "split('a')[0]", "split()[0:1][0]",
                                    "splitlines() | join('/')"),
            lambda: f"'%s and %s' % ({t()}, {self.any(depth + 1)})", lambda: f"'%d%%' % ({n()})", lambda: f"{self.items(depth + 1)} | join({t()})",
            lambda: f"{self.any(depth + 1)} | {p('tojson', 'tojson(indent=2)', 'string')}", lambda: f"{self.mapping(depth + 1)}.get({t()}, {t()})",
            lambda: "messages | map(attribute='role') | join(', ')", lambda: "messages | map(attribute='content') | map('trim') | list | last",
            lambda: f"(messages | selectattr('role', {p(repr('equalto'), repr('=='), repr('ne'), repr('in'))}, 'user') | first | default(m)).role")

    def number(self, depth=0):
        n = lambda: self.number(depth + 1)  # noqa: E731
        p = self.pick
        if depth > 2 or self.rng.random() < 0.3:
            return p("0", "1", "2", "7", "-3", "1_000", "0x1F", "2.5", "1e3", "0.1", "loop.index", "loop.index0", "loop.length", "loop.revindex", "messages | length", "true", "y")
        return self.some(
            lambda: f"({n()} {p('+', '-', '*')} {n()})", lambda: f"({n()} {p('/', '//', '%')} {p('2', '-3', '0.5', '7')})", lambda: f"({p('2', '-2', '3')} ** {p('2', '0', '3')})",
            lambda: f"({self.text(depth + 1)}) | {p('length', 'count', 'wordcount', 'int', 'int(-1)', 'float')}", lambda: f"{self.items(depth + 1)} | list | length",
            lambda: f"({self.text(depth + 1)}).{p('find', 'rfind', 'count')}({self.text(depth + 1)})", lambda: f"({n()}) | {p('abs', 'round', 'round(1)', 'int', 'float')}",
            lambda: f"[{n()}, {n()}] | {p('max', 'min', 'sum', 'first', 'last')}", lambda: f"(-{n()})", lambda: f"({n()} if {self.truth(depth + 1)} else {n()})",
            lambda: f"({n()} {p('and', 'or')} {n()})")

    def truth(self, depth=0):
        b, t, n = lambda: self.truth(depth + 1), lambda: self.text(depth + 1), lambda: self.number(depth + 1)  # noqa: E731
        p = self.pick
        if depth > 2 or self.rng.random() < 0.2:
            return p("true", "false", "loop.first", "loop.last", "m.role == 'user'", "add_generation_prompt", "tools", "(missing is defined)", "messages[0].role == 'system'")
        return self.some(
            lambda: f"({n()} {p('==', '!=', '<', '<=', '>', '>=')} {n()})", lambda: f"({n()} < {n()} {p('<=', '!=')} {n()})", lambda: f"({t()} {p('==', '!=', '<', '>=', 'in', 'not in')} {t()})",
            lambda: f"({b()} {p('and', 'or')} {b()})", lambda: f"(not {b()})", lambda: f"({self.items(depth + 1)})", lambda: f"({self.any(depth + 1)} in {self.items(depth + 1)})",
            lambda: f"({t()}).{p('startswith', 'endswith')}({p(t(), '(' + chr(39) + 'a' + chr(39) + ', ' + t() + ')')})", lambda: f"({t()}).{p('isdigit', 'isalpha', 'isupper', 'islower', 'isspace', 'isalnum')}()",
            lambda: f"({self.any(depth + 1)}) is {p('', 'not ')}{p('defined', 'undefined', 'none', 'string', 'mapping', 'iterable', 'sequence', 'number', 'true', 'false', 'boolean', 'integer', 'float', 'callable')}",
            lambda: f"({n()} | int) is {p('odd', 'even', 'divisibleby 3', 'divisibleby(2)', 'eq 1', 'gt(0)', 'in [1, 2]', 'sameas true' if False else 'lt 5')}",
            lambda: f"(x is undefined or {b()})")

    def items(self, depth=0):
        p, i = self.pick, lambda: self.items(depth + 1)  # noqa: E731
        if depth > 2 or self.rng.random() < 0.2:
            return p("[]", "messages[1:]", "messages", "[1, 2, 3]", "['b', 'a', 'B', 'a']", "(1, 'two')", "range(3)", "range(5, 0, -2)", "'abc'", "'a b c'.split()", "tools or []")
        return self.some(
            lambda: f"[{', '.join(self.any(depth + 1) for _ in range(self.rng.randrange(4)))}]", lambda: f"({self.text(depth + 1)}).{p('split()', 'split(' + chr(39) + 'a' + chr(39) + ')', 'rsplit(none, 1)', 'splitlines()', 'split(none, 2)', 'splitlines(true)', 'split(' + chr(39) + ' ' + chr(39) + ', 1)')}",
            lambda: f"({i()} | list + {i()} | list)", lambda: f"({i()} | list)[{p('1:', ':-1', '::-1', '::2', '-2:')}]", lambda: f"({i()} | {p('reverse', 'list', 'unique', 'map(' + chr(39) + 'string' + chr(39) + ')', 'select', 'reject', 'select(' + chr(39) + 'string' + chr(39) + ')', 'reject(' + chr(39) + 'number' + chr(39) + ')', 'map(' + chr(39) + 'tojson' + chr(39) + ')')})",
            lambda: f"([{self.text(depth + 1)}, {self.text(depth + 1)}] | {p('sort', 'sort(reverse=true)', 'sort(case_sensitive=true)', 'map(' + chr(39) + 'upper' + chr(39) + ')', 'map(' + chr(39) + 'replace' + chr(39) + ', ' + chr(39) + 'a' + chr(39) + ', ' + chr(39) + 'b' + chr(39) + ')')})",
            lambda: f"({self.mapping(depth + 1)} | {p('list', 'dictsort', 'items', 'dictsort(by=' + chr(39) + 'key' + chr(39) + ', reverse=true)')})", lambda: f"{self.mapping(depth + 1)}.{p('items()', 'keys()', 'values()')}",
            lambda: f"(messages | {p('selectattr', 'rejectattr')}('role', 'equalto', {p(repr('user'), repr('system'), 'm.role')}))", lambda: f"(messages | {p('selectattr', 'rejectattr')}('tool_calls'))", lambda: f"(messages | map(attribute='{p('role', 'content', 'missing')}'{p('', ', default=0')}))")

    def mapping(self, depth=0):
        return "{" + ", ".join(f"{self.pick(repr('k'), repr('a'), repr('B'), '1')}: {self.any(depth + 1)}" for _ in range(self.rng.randrange(3))) + "}"

    def any(self, depth=0):
        makers = [self.text, self.number, self.truth, self.text] + ([self.items, self.mapping] if depth < 2 else [])
        return self.rng.choice(makers)(depth) if self.rng.random() < 0.97 else self.pick("none", "missing", "m.missing", "m", "loop.previtem", "loop.nextitem", "ns.a")

    def printed(self):
        made = self.some(self.text, self.number, self.truth, self.text, lambda: f"{self.items()} | list", self.mapping, self.any)
        return made + self.pick(*[""] * 12, " | list", " | e", " | safe")

    def statement(self, depth):
        space = lambda: self.pick("", "", "\n", "  ", "\n  ", " \n\n")  # noqa: E731
        body = lambda: self.statements(depth + 1)  # noqa: E731
        kind = self.rng.randrange(14) if depth < 3 else self.rng.randrange(3)
        if kind < 3:
            return space() + self.pick("text", "<|x|>", "", "{# no #}", "{#- a\n comment -#}", "{% raw %}{{ x }}{% endraw %}") + space() + "{{" + self.pick("", "-") + " " + self.printed() + " " + self.pick("", "-") + "}}" + space()
        if kind < 6:
            otherwise = self.tag("else") + body() if self.rng.random() < 0.5 else ""
            middle = self.tag(f"elif {self.truth()}") + body() if self.rng.random() < 0.3 else ""
            return space() + self.tag(f"if {self.truth()}") + body() + middle + otherwise + self.tag("endif") + space()
        if kind < 9:
            target, over = self.pick(("m", "messages"), ("m", "messages"), ("x", self.items(1)), ("x, y", self.mapping() + self.pick(".items()", " | items", " | dictsort")), ("m", "messages[1:]"),
                                     ("(x, y)", "[(1, 2), ('a', 'b')]"))
            condition = f" if {self.truth(1)}" if self.rng.random() < 0.3 and "loop" not in over else ""
            condition = "" if "loop" in condition else condition
            leave = self.tag(f"if {self.truth()}") + self.tag(self.pick("break", "continue")) + self.tag("endif") if self.rng.random() < 0.3 else ""
            otherwise = self.tag("else") + body() if self.rng.random() < 0.2 else ""
            return space() + self.tag(f"for {target} in {over}{condition}") + leave + body() + otherwise + self.tag("endfor") + space()
        if kind == 9:
            return space() + self.tag(self.pick(f"set x = {self.text()}", f"set y = {self.number()}", f"set x, y = {self.text()}, {self.number()}")) + space()
        if kind == 10:
            return self.tag(self.pick("set x", "set x | upper", "set x | trim | replace('a', 'b')")) + body() + self.tag("endset") + "{{ x }}"
        if kind == 11:
            return self.tag("set ns = namespace(a=1, b=[])") + self.tag(f"for m in messages") + self.tag(f"set ns.a = {self.any()}") + self.tag("set ns.b = ns.b + [loop.index]") + self.tag("endfor") + "{{ ns.a is string }}{{ ns.b }}" + space()
        if kind == 12:
            return self.tag(f"with x = {self.text()}, y = {self.number()}") + body() + self.tag("endwith") + space() + self.tag("filter " + self.pick("upper", "trim", "indent(1) | title")) + body() + self.tag("endfilter")
        return self.tag(f"macro f(x, y={self.number(2)}, z='z')") + body() + self.tag("endmacro") + "{{ f(" + self.text() + self.pick("", ", y=2", ", 3", ", z=1", ", 1, 2") + ") }}{# a comment #}" + space()

    def whole(self):
        return "{% set x = 'X' %}{% set y = 3 %}{% set m = messages[0] %}" + self.statements(1)

    def statements(self, depth=0):
        return "".join(self.statement(depth) for _ in range(self.rng.randrange(1, 3)))


seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
count = int(sys.argv[4]) if len(sys.argv) > 4 else 4000
rng = random.Random(seed)
results = {}
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.jinja")):
    template = path.read_text(encoding="utf-8")
    for messages, variables, prompt in conversations(rng, 60):
        result = compare(path.name, template, messages, variables, prompt)
        results[result] = results.get(result, 0) + 1
assert results.get("equal", 0) > 1500 and not results.get("not supported"), results
print("templates:", results)
talks = list(conversations(rng, 50))
sensible = [(talk, variables, prompt) for talk, variables, prompt in talks if all(isinstance(message["content"], str) for message in talk)]
for kind, maker, make, some, least in (("of parts that fit", TypedMaker(rng), TypedMaker.whole, sensible, 0.4), ("of any parts", Maker(rng), Maker.statements, talks, 0.05)):
    results = {}
    for number in range(count):
        messages, variables, prompt = rng.choice(some)
        result = compare(f"made-up template {number} of seed {seed}, {kind},", make(maker), messages, variables, prompt, made_up=True)
        results[result] = results.get(result, 0) + 1
    print(f"made-up templates {kind}:", results)
    assert results["equal"] > count * least and results.get("refused there only", 0) < count / 20, results
