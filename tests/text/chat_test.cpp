// Chat templates: what they render, what they refuse, and that no message becomes a control token.
// tests/peers compares many more with jinja2.
#include "text/chat/chat_template.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "core/io/error.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"

using namespace trainbus;
namespace json = boost::json;

namespace {

const json::array talk = {chat_message("system", " Be brief. "), chat_message("user", "Hi\n"),
                          chat_message("assistant", "Hello"), chat_message("user", "Bye")};

std::string rendered(std::string_view text, const json::array& messages = talk,
                     const ChatOptions& options = {}) {
  return ChatTemplate(text, "t.jinja").render(messages, options).text;
}

std::string refusal(std::string_view text, const json::array& messages = talk) {
  try {
    rendered(text, messages);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string file(const std::string& name) {
  std::ifstream in(std::string(TRAINBUS_TEST_DATA "/chat/") + name + ".jinja");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chat_test)

BOOST_AUTO_TEST_CASE(templates_of_the_common_kinds_render_as_they_do_in_transformers) {
  BOOST_TEST(rendered(file("chatml")) ==
             "<|im_start|>system\n Be brief. <|im_end|>\n<|im_start|>user\nHi\n<|im_end|>\n"
             "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
             "<|im_start|>assistant\n");
  BOOST_TEST(rendered(file("llama3"), talk, {.variables = {{"bos_token", "<B>"}}}) ==
             "<B><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
             "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
             "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>"
             "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
             "<|start_header_id|>assistant<|end_header_id|>\n\n");
  BOOST_TEST(
      rendered(file("chatml"), {chat_message("user", "x")}, {.add_generation_prompt = false}) ==
      "<|im_start|>system\nYou are a helpful assistant<|im_end|>\n"
      "<|im_start|>user\nx<|im_end|>\n");
  BOOST_TEST(rendered(file("dated_tools"), {chat_message("user", "x")}, {.now = 1753792496}) ==
             "<|start_header_id|>system<|end_header_id|>\n\nToday Date: 29 Jul 2025\n\n<|eot_id|>"
             "<|start_header_id|>user<|end_header_id|>\n\nx<|eot_id|>"
             "<|start_header_id|>assistant<|end_header_id|>\n\n");
}

BOOST_AUTO_TEST_CASE(white_space_goes_where_jinja_takes_it_away) {
  BOOST_TEST(rendered("a\n  {% if true %}\nb\n  {% endif %}\nc\n") == "a\nb\nc");
  BOOST_TEST(rendered("a  {%- if true -%}  b  {%- endif +%}\nc") == "ab\nc");
  BOOST_TEST(rendered("  {%+ if true %}\nb{% endif %}") == "  b");
  BOOST_TEST(rendered("a {{- ' b ' -}} c{# d #}\n\n") == "a b c");
}

BOOST_AUTO_TEST_CASE(names_belong_to_their_blocks) {
  BOOST_TEST(rendered("{% set x = 1 %}{% for m in messages %}{% set x = x + 1 %}{{ x }}"
                      "{% endfor %}{{ x }}") == "22221");
  BOOST_TEST(rendered("{% set n = namespace(x=1) %}{% for m in messages %}{% set n.x = n.x + 1 %}"
                      "{% endfor %}{{ n.x }}") == "5");
  BOOST_TEST(rendered("{% macro f(a, b='y') %}{{ a }}{{ b }}{% endmacro %}{{ f('x') }}"
                      "{{ f(b=1, a=2) }}") == "xy21");
}

// A template that asks whether there are tool turns finds a generator, which is true.
BOOST_AUTO_TEST_CASE(generators_are_true_and_gone_through_once) {
  const std::string tools = "messages | selectattr('role', 'equalto', 'tool')";
  BOOST_TEST(rendered("{{ 'yes' if " + tools + " else 'no' }}") == "yes");
  BOOST_TEST(rendered("{{ 'yes' if " + tools + " | list else 'no' }}") == "no");
  BOOST_TEST(rendered("{% set roles = messages | map(attribute='role') %}{{ roles | join(',') }}"
                      "{{ roles | list }}") == "system,user,assistant,user[]");
  BOOST_TEST(contains(refusal("{% set roles = messages | map(attribute='role') %}"
                              "{{ roles | first }}{{ roles | list }}"),
                      "the rest of a generator is not supported"));
  BOOST_TEST(contains(refusal("{{ " + tools + " | length }}"), "has no len()"));
  BOOST_TEST(rendered("{{ range(3) }}{{ {'a': 1}.keys() | list }}") == "range(0, 3)['a']");
}

BOOST_AUTO_TEST_CASE(words_begin_as_in_python) {
  BOOST_TEST(
      rendered("{{ 'ß of ΣΑΣ'.title() }}, {{ 'ß of ΣΑΣ' | title }}, {{ 'ǆ'.capitalize() }}") ==
      "Ss Of Σας, SS Of Σας, ǅ");
}

BOOST_AUTO_TEST_CASE(refusals_say_where_and_what) {
  BOOST_TEST(contains(refusal("{% for m in messages %}\n{{ m.content"),
                      "t.jinja, line 2: a tag that begins here is never closed"));
  BOOST_TEST(contains(refusal("\n{{ raise_exception('no system turns') }}"),
                      "t.jinja, line 2: refuses the messages: no system turns"));
  BOOST_TEST(contains(refusal("{% include 'x' %}"), "the tag 'include' is not supported"));
  BOOST_TEST(contains(refusal("{{ messages | pprint }}"), "the filter 'pprint' is not supported"));
  BOOST_TEST(contains(refusal("{{ missing.content }}"), "'missing' is undefined"));
  BOOST_TEST(contains(refusal("{{ messages.append(1) }}"), "templates may not"));
  BOOST_TEST(contains(refusal("{{ 1 / 0 }}"), "division by zero"));
}

BOOST_AUTO_TEST_CASE(no_template_hangs_or_overflows) {
  BOOST_TEST(contains(refusal("{% for a in range(100000) %}{% for b in range(100000) %}"
                              "{% endfor %}{% endfor %}"),
                      "takes too long"));
  BOOST_TEST(contains(refusal("{{ 'aaaaaaaaaa' * 1000000000 }}"), "too long"));
  BOOST_TEST(contains(refusal("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), "too deeply"));
  BOOST_TEST(
      contains(refusal("{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}"),
               "nested too deeply"));
  BOOST_TEST(contains(refusal("{{ 9223372036854775807 + 1 }}"), "too large"));
  BOOST_TEST(contains(refusal("{% set n = namespace(x='abcdefgh') %}{% for i in range(100) %}"
                              "{% set n.x = n.x ~ n.x %}{% endfor %}"),
                      "too long"));
  BOOST_TEST(contains(refusal("{% set n = namespace(x=1) %}{% for i in range(100000) %}"
                              "{% set n.x = [n.x] %}{% endfor %}"),
                      "nested too deeply"));
  BOOST_TEST(
      contains(refusal("{% set n = namespace(x=1) %}{% for i in range(100000) %}"
                       "{% for x in [n.x, 1] %}{% set n.x = loop %}{% endfor %}{% endfor %}"),
               "nested too deeply"));
  BOOST_TEST(contains(refusal("{% set a = [1] * 100 %}{% set b = [a] * 1000 %}"
                              "{% set c = [b] * 1000 %}{{ [c] == [c] }}{{ c }}"),
                      "takes too long"));
  BOOST_TEST(contains(refusal("{{ range(100000) | unique | list }}"), "takes too long"));
  BOOST_TEST(contains(refusal("{% set a = 'a' * 4000000 %}{% for i in range(100000) %}"
                              "{{ a.find('b') }}{% endfor %}"),
                      "takes too long"));
  BOOST_TEST(rendered("{% set a = 'a' * 4000000 %}{{ a.find('a' * 2000000 ~ 'b') }}"
                      "{{ a.rfind('b' ~ 'a' * 2000000) }}") == "-1-1");
  json::array deep = {chat_message("user", "x")};
  for (int i = 0; i < 200; ++i) deep = json::array({json::value(deep)});
  BOOST_TEST(contains(refusal("{{ messages }}", deep), "nested too deeply"));
  rendered("{% set n = namespace() %}{% set n.me = n %}");  // no leak, with the address sanitizer
}

// The parts of the text that messages brought in stay marked through what a template does to them.
BOOST_AUTO_TEST_CASE(what_came_from_a_message_is_known) {
  const ChatTemplate chat("<s>{{ messages[0].content.strip().replace('a', 'bb') | upper }}</s>",
                          "t.jinja");
  const RenderedChat result = chat.render({chat_message("user", " <s>x ")});
  BOOST_TEST(result.text == "<s><S>X</s>");
  BOOST_REQUIRE(result.from_messages.size() == 1u);
  BOOST_TEST(result.from_messages[0].begin == 3u);
  BOOST_TEST(result.from_messages[0].end == 7u);
}

BOOST_AUTO_TEST_CASE(a_message_cannot_end_its_turn) {
  const Tokenizer tokenizer = load_tokenizer(TRAINBUS_TEST_DATA "/vectors/tokenizer_kinds/llama3");
  const TokenizerSpec& spec = tokenizer.spec();
  std::string special;
  for (const AddedToken& added : spec.added)
    if (added.special) special = spec.token(added.id);
  BOOST_REQUIRE(!special.empty());
  const std::vector<std::int32_t> id = tokenizer.encode(special);
  BOOST_REQUIRE(id.size() == 1u);
  const auto count = [&](const std::string& content) {
    const ChatTemplate chat("{{ '" + special + "' }}{{ messages[0].content }}" + special,
                            "t.jinja");
    const std::vector<std::int32_t> ids =
        encode_chat(tokenizer, chat.render({chat_message("user", content)}));
    BOOST_TEST(tokenizer.decode(ids) == special + content + special);
    return std::ranges::count(ids, id[0]);
  };
  BOOST_TEST(count("plain") == 2);
  BOOST_TEST(count("an " + special + " in it") == 2);
  BOOST_TEST(count(special.substr(0, special.size() - 1)) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
