// Texts as documents, lines of tokens, blocks and windows.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "support/test_paths.hpp"
#include "tasks/language_modeling/documents.hpp"
#include "tasks/language_modeling/token_line.hpp"
#include "tasks/language_modeling/windows.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus;
using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

// What strided_windows says, one token after the other.
std::vector<Window> plain_windows(std::uint64_t count, std::uint64_t size, std::uint64_t stride) {
  std::vector<Window> windows;
  std::set<std::uint64_t> scored;
  for (std::uint64_t begin = 0;; begin += stride) {
    Window window{begin, std::min(begin + size, count), 0};
    for (std::uint64_t token = window.begin; token < window.end; ++token) {
      const bool was_reached =
          std::ranges::any_of(windows, [&](const Window& before) { return token < before.end; });
      if (!was_reached && token > begin && scored.insert(token).second) ++window.scored;
    }
    windows.push_back(window);
    if (window.end == count) break;
  }
  std::erase_if(windows, [](const Window& window) { return window.scored == 0; });
  return windows;
}

struct Folder : trainbus::testing::ScratchFolder {
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name, std::ios::binary) << text;
    return (path() / name).string();
  }
};

std::vector<std::string> texts_of(const TextList& list) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < list.size(); ++i) texts.emplace_back(list[i]);
  return texts;
}

std::vector<std::string> sorted(const Documents& documents) {
  std::vector<std::string> all;
  for (const TextList& part : documents.parts)
    for (std::string& text : texts_of(part)) all.push_back(std::move(text));
  std::ranges::sort(all);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(language_modeling_test)

BOOST_AUTO_TEST_CASE(windows_are_those_of_the_definition) {
  for (std::uint64_t count = 0; count < 40; ++count)
    for (std::uint64_t size = 2; size < 12; ++size)
      for (std::uint64_t stride = 1; stride <= size; ++stride)
        BOOST_TEST((strided_windows(count, size, stride) == plain_windows(count, size, stride)),
                   count << " tokens, " << size << ", " << stride);
  BOOST_CHECK_THROW(strided_windows(9, 1, 1), std::invalid_argument);
  BOOST_CHECK_THROW(strided_windows(9, 4, 0), std::invalid_argument);
  BOOST_CHECK_THROW(strided_windows(9, 4, 5), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_stride_below_the_size_scores_every_token_but_the_first) {
  std::uint64_t scored = 0;
  for (const Window& window : strided_windows(1000, 48, 24)) scored += window.scored;
  BOOST_TEST(scored == 999u);
}

BOOST_AUTO_TEST_CASE(blocks_are_cut_at_the_ends_of_documents) {
  TextList texts;
  for (const char* text : {"abc", "d", "", "efgh"}) texts.append(text);
  const auto encode = [](std::string_view text) {
    return std::vector<std::int32_t>(text.begin(), text.end());
  };
  const TokenLine line = token_line(texts, encode, -1);
  BOOST_TEST((std::vector<std::int32_t>(line.ids.begin(), line.ids.end()) ==
              std::vector<std::int32_t>{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}));
  BOOST_TEST(line.documents() == 3u);  // nothing is no document
  BOOST_TEST((line.document(2) == Piece{4, 8}));
  BOOST_TEST(line.blocks(3) == 2u);
  BOOST_TEST((line.pieces({0, 3}) == std::vector<Piece>{{0, 3}}));
  BOOST_TEST((line.pieces({3, 6}) == std::vector<Piece>{{3, 4}, {4, 6}}));
  BOOST_TEST((line.pieces({2, 8}) == std::vector<Piece>{{2, 3}, {3, 4}, {4, 8}}));
  const TokenLine ended = token_line(texts, encode, 0);
  BOOST_TEST(ended.ids.size() == 12u);
  BOOST_TEST((ended.document(2) == Piece{6, 7}));
}

BOOST_AUTO_TEST_CASE(a_text_is_one_document_or_its_lines_or_its_paragraphs) {
  const Folder folder;
  const std::string file = folder.write("a.txt", "one\r\ntwo\n\n \nthree\nfour");
  DocumentOptions options{.data = file};
  BOOST_TEST(texts_of(read_documents(options).part(Part::Train)) ==
             std::vector<std::string>{"one\r\ntwo\n\n \nthree\nfour"});
  options.document = "line";
  options.validation_fraction = options.test_fraction = 0;
  BOOST_TEST(texts_of(read_documents(options).part(Part::Train)) ==
             (std::vector<std::string>{"one", "two", "three", "four"}));
  options.document = "paragraph";
  BOOST_TEST(texts_of(read_documents(options).part(Part::Train)) ==
             (std::vector<std::string>{"one\r\ntwo", "three\nfour"}));
  BOOST_TEST(read_documents(options).summary.find("2 documents") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows_of_tables_are_documents) {
  const Folder folder;
  const std::string csv = folder.write("a.csv", "text,stars\n\"one, two\",3\n ,1\nthree,2\n");
  const std::string jsonl =
      folder.write("a.jsonl", "{\"body\": \"one, two\"}\n{\"body\": \"three\"}\n");
  const std::vector<std::string> expected = {"one, two", "three"};
  DocumentOptions options{.data = csv, .validation_fraction = 0, .test_fraction = 0};
  const Documents documents = read_documents(options);
  BOOST_TEST(texts_of(documents.part(Part::Train)) == expected);
  BOOST_TEST(documents.summary.find("1 empty one left out") != std::string::npos);
  options.data = jsonl;
  options.text_column = "body";
  BOOST_TEST(texts_of(read_documents(options).part(Part::Train)) == expected);
  options.format = "text";  // as it stands
  BOOST_TEST(read_documents(options).part(Part::Train).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_part_of_a_document_follows_from_its_text) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 400; ++i) text += "line " + std::to_string(i) + "\n";
  DocumentOptions options{.data = folder.write("a.txt", text), .document = "line"};
  const Documents documents = read_documents(options);
  for (std::size_t i = 0; i < 3; ++i)
    for (const std::string& document : texts_of(documents.parts[i]))
      BOOST_TEST((part_of(document, 0.1, 0.1) == static_cast<Part>(i)));
  BOOST_TEST(documents.part(Part::Validation).size() > 15u);
  BOOST_TEST(documents.part(Part::Test).size() > 15u);
  BOOST_TEST(sorted(documents).size() == 400u);
  options.validation_data = folder.write("b.txt", "x\ny\n");
  BOOST_TEST(texts_of(read_documents(options).part(Part::Validation)) ==
             (std::vector<std::string>{"x", "y"}));
}

BOOST_AUTO_TEST_CASE(rows_of_one_group_are_in_one_part) {
  const Folder folder;
  std::string csv = "film,text\n";
  for (int i = 0; i < 300; ++i)
    csv += "film " + std::to_string(i % 30) + ",text " + std::to_string(i) + "\n";
  const Documents documents = read_documents(
      {.data = folder.write("a.csv", csv), .group_column = "film", .test_fraction = 0.3});
  for (std::size_t i = 0; i < 3; ++i)
    for (const std::string& document : texts_of(documents.parts[i])) {
      const std::string film = "film " + std::to_string(std::stoi(document.substr(5)) % 30);
      BOOST_TEST((part_of(film, 0.1, 0.3) == static_cast<Part>(i)));
    }
  BOOST_TEST(documents.part(Part::Test).size() > 30u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused) {
  const Folder folder;
  BOOST_TEST(contains(refusal([] { read_documents({}); }), "names no file"));
  const std::string empty = folder.write("e.txt", " \n\n");
  BOOST_TEST(contains(refusal([&] { read_documents({.data = empty}); }), "holds no text"));
  const std::string one = folder.write("o.txt", "one text\n");
  BOOST_TEST(contains(refusal([&] { read_documents({.data = one, .validation_fraction = 0.2}); }),
                      "no document is left for the"));
  BOOST_TEST(contains(refusal([&] {
                        read_documents(
                            {.data = one, .validation_fraction = 0.5, .test_fraction = 0.5});
                      }),
                      "leave nothing to train on"));
  const std::string csv = folder.write("a.csv", "body\nx\n");
  BOOST_TEST(contains(refusal([&] { read_documents({.data = csv}); }), "--task.text-column"));
}

BOOST_AUTO_TEST_SUITE_END()
