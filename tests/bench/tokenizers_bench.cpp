// Encoding the reviews with one thread, beside Hugging Face's `tokenizers` in the same run:
// byte-level BPE, SentencePiece's BPE and unigram model, WordPiece. The peer's Python is
// TRAINBUS_PEERS_PYTHON of the environment.
#include <stdio.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "rounds.hpp"
#include "support/test_paths.hpp"
#include "text/sources/tokenizer_folder.hpp"

namespace {

using trainbus::bench::now_s;

// The peer's process: a line with a file's name is answered by seconds and the number of ids.
class Peer {
 public:
  explicit Peer(const std::string& command) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("no pipe");
    if (fork() == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int fd : {to[0], to[1], from[0], from[1]}) close(fd);
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    ask_ = fdopen(to[1], "w");
    answer_ = fdopen(from[0], "r");
  }
  ~Peer() {
    std::fclose(ask_);
    std::fclose(answer_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::pair<double, long> time(const std::string& file) {
    std::fprintf(ask_, "%s\n", file.c_str());
    std::fflush(ask_);
    double seconds = 0;
    long ids = 0;
    if (std::fscanf(answer_, "%lf %ld", &seconds, &ids) != 2)
      throw std::runtime_error("the peer ended; has its Python the package tokenizers?");
    return {seconds, ids};
  }

 private:
  std::FILE* ask_;
  std::FILE* answer_;
};

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

int main(int argc, char** argv) {
  const char* python = std::getenv("TRAINBUS_PEERS_PYTHON");
  const std::string script = quoted(python == nullptr ? "python3" : python) +
                             " '" TRAINBUS_SOURCE_DIR "/tests/bench/tokenizers_peer.py' ";
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

  Peer peer("exec " + script + "time " + here);
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
               [&, i] { return peer.time("new " + kinds[i] + ".json").first; });
    rounds.add(kinds[i] + ", tokenizers", [&, i] {
      const auto [seconds, theirs] = peer.time(kinds[i] + ".json");
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
