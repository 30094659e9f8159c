// Encoding the reviews with one thread, beside Hugging Face's `tokenizers` in the same run:
// byte-level BPE, SentencePiece's BPE and unigram model, WordPiece. The peer's Python is
// TRAINBUS_PEERS_PYTHON of the environment.
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "python_peer.hpp"
#include "rounds.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace {

using trainbus::bench::now_s;
using trainbus::bench::quoted;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string script = trainbus::bench::peer_script("tokenizers_peer.py");
  const trainbus::testing::ScratchFolder folder;
  const std::string here = quoted(folder.path().string());
  const std::string make =
      script + "make " + here + " '" TRAINBUS_SOURCE_DIR "/.deps/data/rotten_tomatoes.csv'";
  if (std::system(make.c_str()) != 0) {
    std::fputs(
        "The peer made no tokenizers: set TRAINBUS_PEERS_PYTHON to a Python with the package "
        "tokenizers.\n",
        stderr);
    return 1;
  }
  const std::vector<std::string> texts = lines_of(folder / "text.txt");
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size() + 1;

  trainbus::bench::PythonPeer peer(script + "time " + here, "tokenizers");
  trainbus::bench::Rounds rounds;
  const std::vector<std::string> kinds = {"byte_level", "sentence_piece", "unigram", "word_piece"};
  std::vector<trainbus::Tokenizer> tokenizers;
  for (const std::string& kind : kinds)
    tokenizers.push_back(trainbus::load_tokenizer(folder / (kind + ".json")));
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    rounds.add(kinds[i] + ", trainbus", [&, i] {
      const double begin = now_s();
      for (const std::string& text : texts) tokenizers[i].encode(text);
      return now_s() - begin;
    });
    rounds.add(kinds[i] + ", with offsets", [&, i] {
      const double begin = now_s();
      for (const std::string& text : texts) tokenizers[i].encode_with_offsets(text);
      return now_s() - begin;
    });
    // Without what it remembers of words that it has seen.
    rounds.add(kinds[i] + ", first time", [&, i] {
      const trainbus::Tokenizer fresh = trainbus::load_tokenizer(folder / (kinds[i] + ".json"));
      const double begin = now_s();
      for (const std::string& text : texts) fresh.encode(text);
      return now_s() - begin;
    });
    rounds.add(kinds[i] + ", tokenizers, first time",
               [&, i] { return peer.ask("new " + kinds[i] + ".json").first; });
    rounds.add(kinds[i] + ", tokenizers", [&, i] {
      const auto [seconds, theirs] = peer.ask(kinds[i] + ".json");
      long here_ids = 0;
      for (const std::string& text : texts)
        here_ids += static_cast<long>(tokenizers[i].encode(text).size());
      if (here_ids != theirs) throw std::runtime_error(kinds[i] + ": the ids differ");
      return seconds;
    });
  }
  rounds.run(7);

  trainbus::bench::Results results(argc, argv);
  rounds.for_each([&](const std::string& name, double seconds) {
    results.add(name, static_cast<double>(bytes) / seconds / 1e6, "MB/s");
  });
  for (const std::string& kind : kinds) {
    results.add(kind + ", time of tokenizers / time here",
                rounds.ratio(kind + ", tokenizers", kind + ", trainbus"), "");
    results.add(kind + ", the same, first time",
                rounds.ratio(kind + ", tokenizers, first time", kind + ", first time"), "");
  }
}
