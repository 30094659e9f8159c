// The reader of shared objects, on a small one (tests/data/make_fuzz_corpus.py) and on whatever can
// be made of it: the answer is right, or a PluginError.
#include "core/host/elf_file.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

const fs::path corpus = TRAINBUS_TEST_DATA "/fuzz/elf";

// An input of the corpus; it says that it is of this machine, as the program that runs does.
std::string input(const char* name) {
  std::string bytes = file_system().read_all(corpus / name);
  const std::string self = file_system().read_all("/proc/self/exe");
  std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_machine),
              self.data() + offsetof(Elf64_Ehdr, e_machine), sizeof(Elf64_Half));
  return bytes;
}

// What is said of a file whose every answer was asked for; empty if it is a whole one.
std::string refusal(std::string bytes) {
  const std::size_t size = bytes.size();
  std::string said;
  const auto answered = [&](auto&& ask) {
    try {
      ask();
    } catch (const PluginError& e) {
      said = e.what();
    }
  };
  answered([&] {
    const ElfFile elf(std::move(bytes), "x.so");
    BOOST_TEST_REQUIRE(elf.run_path().size() < size);
    for (const std::string_view library : elf.needed()) BOOST_TEST_REQUIRE(library.size() < size);
    for (const ElfFile::Symbol& symbol : elf.exported()) {
      BOOST_TEST_REQUIRE(symbol.name.size() < size);
      answered([&] { elf.text(elf.pointer(symbol.address)); });
      answered([&] { elf.value<std::uint32_t>(symbol.address); });
    }
    for (std::uint64_t address = 0; address < size + 16; ++address)
      answered([&] { elf.text(address); });
    answered([&] { elf.value<std::uint64_t>(std::numeric_limits<std::uint64_t>::max() - 3); });
  });
  return said;
}

std::string refusal_at_opening(std::string bytes) {
  try {
    const ElfFile elf(std::move(bytes), "x.so");
  } catch (const PluginError& e) {
    return e.what();
  }
  return {};
}

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(elf_file_test)

BOOST_AUTO_TEST_CASE(a_shared_object_says_what_it_offers_and_needs) {
  const ElfFile elf(input("whole.so"), "whole.so");
  BOOST_REQUIRE(elf.exported().size() == 1u);  // the other one is asked for, not offered
  const ElfFile::Symbol& symbol = elf.exported().front();
  BOOST_TEST(symbol.name == "trainbus_module_v1");
  BOOST_TEST(elf.exported("trainbus_module_v") == &symbol);
  BOOST_TEST(!elf.exported("elsewhere"));
  BOOST_REQUIRE(elf.needed().size() == 1u);
  BOOST_TEST(elf.needed().front() == "libm.so.6");
  BOOST_TEST(elf.run_path() == "/opt/lib");
  BOOST_TEST(elf.stays_loaded());
  BOOST_TEST(elf.size() == fs::file_size(corpus / "whole.so"));
  BOOST_TEST(elf.text(elf.pointer(symbol.address)) == "here");
  BOOST_TEST(elf.pointer(symbol.address + 8) == 0u);  // in another library
  BOOST_TEST(elf.value<std::uint64_t>(symbol.address + 16) == 42u);
  BOOST_TEST(elf.text(0).empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_shared_object_of_this_machine_is_named) {
  BOOST_TEST(has(refusal_at_opening(""), "x.so: is empty, expected a shared object"));
  BOOST_TEST(has(refusal_at_opening("\x7f"
                                    "ELF"),
                 "is not a shared object (ELF)"));
  BOOST_TEST(has(refusal_at_opening(std::string(1000, 'x')), "is not a shared object (ELF)"));
  BOOST_TEST(has(refusal_at_opening(input("object.so")), "is an object file or a program"));
  std::string other = input("whole.so");
  put<Elf64_Half>(other, offsetof(Elf64_Ehdr, e_machine), EM_S390);
  BOOST_TEST(has(refusal_at_opening(other), "built for another machine (ELF machine 22, expected"));
  BOOST_CHECK_THROW(ElfFile(corpus / "none.so"), PluginError);
  BOOST_CHECK_THROW(ElfFile{corpus}, PluginError);
}

BOOST_AUTO_TEST_CASE(what_claims_more_than_it_holds_is_damaged) {
  for (const char* name :
       {"huge_segment.so", "library_beyond.so", "name_beyond.so", "names_without_an_end.so",
        "no_names.so", "symbol_that_is_none.so", "the_same_relocations_again_and_again.so"})
    BOOST_TEST(has(refusal_at_opening(input(name)), "is damaged or cut short: its tables"), name);
  const ElfFile elf(input("little_is_loaded.so"), "x.so");
  BOOST_CHECK_THROW(elf.text(elf.pointer(64)), PluginError);  // the text lies behind it
}

BOOST_AUTO_TEST_CASE(a_file_cut_off_anywhere_is_refused) {
  const std::string whole = input("whole.so");
  for (std::size_t length = 0; length < whole.size(); ++length)
    BOOST_TEST(!refusal_at_opening(whole.substr(0, length)).empty(), "cut to " << length);
}

BOOST_AUTO_TEST_CASE(any_byte_may_be_any_other) {
  const std::string whole = input("whole.so");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const unsigned mask : {0x01u, 0x10u, 0x80u, 0xFFu}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ mask);
      refusal(changed);
    }
}

BOOST_AUTO_TEST_CASE(any_number_may_be_an_extreme_one) {
  const std::string whole = input("whole.so");
  const std::uint64_t size = whole.size(), most = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t at = 0; at + 8 <= whole.size(); at += 4)
    for (const std::uint64_t value : {std::uint64_t{0}, size - 1, size, size + 1, most / 2,
                                      most / 2 + 1, most - size, most - 7, most}) {
      std::string changed = whole;
      put(changed, at, value);
      refusal(changed);
      changed = whole;
      put(changed, at, static_cast<std::uint32_t>(value));
      refusal(changed);
    }
}

BOOST_AUTO_TEST_CASE(any_bytes_may_follow_a_good_header) {
  std::mt19937 random(5);
  const std::string whole = input("whole.so");
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (int change = 0; change < 8; ++change)
      bytes[sizeof(Elf64_Ehdr) + random() % (bytes.size() - sizeof(Elf64_Ehdr))] =
          static_cast<char>(random());
    refusal(bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
