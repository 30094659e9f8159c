#include "core/journal/reader.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/io/error.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/history.hpp"

namespace trainbus::journal {
namespace {

class Parser {
 public:
  Parser(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
    contents_.file_bytes = bytes.size();
  }

  Contents parse() {
    if (bytes_.empty()) fail("is empty, expected a journal", restore_);
    Frame frame = first_frame(bytes_);
    if (!frame.whole()) refuse_beginning(frame);
    read_header(frame);
    for (;;) {
      at_ += frame.size;
      frame = first_frame(bytes_.substr(at_));
      if (!frame.whole()) break;
      read_record(frame);
    }
    contents_.good_bytes = at_;
    contents_.last_step = sequence_.last_step();
    if (!contents_.whole()) judge_tail(frame);
    contents_.effective = effective(contents_.records);
    return std::move(contents_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
    throw RunError(what, name_, remedy);
  }
  std::string here() const { return "the record at byte " + std::to_string(at_) + after(); }
  std::string after() const {
    const std::uint64_t step = sequence_.last_step();
    return step == 0 ? ", before the first step" : ", after step " + std::to_string(step);
  }
  std::string tail_bytes() const { return std::to_string(bytes_.size() - at_) + " bytes"; }

  void read_header(const Frame& frame) {
    if (frame.kind != Kind::Header) fail("begins with another record than a header", restore_);
    try {
      contents_.header = decode_header(frame.payload);
    } catch (const OtherFormat& e) {
      fail(e.what(), "Use the version of trainbus that wrote it.");
    } catch (const MalformedRecord& e) {
      fail(std::string("its header is wrong: ") + e.what(), restore_);
    }
  }
  void read_record(const Frame& frame) {
    try {
      std::optional<Record> record = decode(frame, contents_.header.minor > minor_version);
      if (!record) return;
      sequence_.add(*record);
      contents_.records.push_back(std::move(*record));
    } catch (const MalformedRecord& e) {
      fail(here() + ", is wrong: " + e.what(), restore_);
    }
  }

  // Describes what is wrong with the bytes from at_ on.
  std::string fault(const Frame& frame) const {
    if (frame.state == Frame::State::Changed) return "does not match its checksum";
    return "was not written whole: " + tail_bytes() + " of " +
           (frame.size ? std::to_string(frame.size)
                       : "at least " + std::to_string(frame_head_bytes));
  }
  // A crash leaves the end of a journal unfinished; any other change is an error.
  void judge_tail(const Frame& frame) {
    const std::string bad =
        frame.state == Frame::State::Changed ? fault(frame) : "announces a wrong length";
    if (const std::string after = what_follows(); !after.empty())
      fail(here() + ", " + bad + after + ": the file was changed after it was written", restore_);
    contents_.damage =
        here() + ", " + fault(frame) + "; the last " + tail_bytes() + " do not count";
  }
  void refuse_beginning(const Frame& frame) const {
    if (const std::string after = what_follows(); !after.empty())
      fail("its header " + fault(frame) + after, restore_);
    fail("is no journal of trainbus, or nothing of it is left", restore_);
  }
  // What follows the bad record, if no crash can have left it.
  std::string what_follows() const {
    const Search search = find_whole_frame(bytes_.substr(at_ + 1));
    if (search.result == Search::Result::None) return "";
    return search.result == Search::Result::Found
               ? ", and good records follow it from byte " + std::to_string(at_ + 1 + search.at)
               : ", and what follows it is nothing that a crash leaves";
  }

  static constexpr const char* restore_ =
      "Restore the file from a copy, or start a new run from a checkpoint.";
  const std::string_view bytes_;
  const std::string name_;
  std::size_t at_ = 0;
  Sequence sequence_;
  Contents contents_;
};

}  // namespace

Contents read(FileSystem& files, const std::filesystem::path& path) {
  const std::unique_ptr<File> file = files.open(path, FileSystem::Mode::Read);
  if (file->length() > max_bytes)
    throw RunError("has " + std::to_string(file->length()) + " bytes; a journal has at most " +
                       std::to_string(max_bytes),
                   path.string(), "Is it the right file?");
  std::string bytes(file->length(), '\0');
  file->read(0, bytes);
  return Parser(bytes, path.string()).parse();
}

}  // namespace trainbus::journal
