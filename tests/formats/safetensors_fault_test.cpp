// Writing safetensors files on a disk that fails: alone, and into a checkpoint.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint_writer.hpp"
#include "core/checkpoint/verify.hpp"
#include "formats/atomic_file.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "support/fault_loop.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

namespace data = boost::unit_test::data;

const std::vector<float> w = {1, 2, 3, 4, 5, 6};
const std::vector<std::uint16_t> half = {0x3c00, 0xc000};
const std::int64_t step = 450;
const unsigned char flags[] = {1, 0, 1};
const std::vector<TensorSource> tensors = {
    {"w", DType::F32, {2, 3}, w.data()},    {"b", DType::BF16, {2}, half.data()},
    {"h", DType::F16, {1, 2}, half.data()}, {"step", DType::I64, {}, &step},
    {"mask", DType::U8, {3}, flags},        {"nothing", DType::F32, {0, 7}, nullptr}};

std::string all_bytes(const SafetensorsContent& content) {
  std::string bytes;
  content.write([&](std::string_view piece) { bytes += piece; });
  return bytes;
}
const std::string old_content = all_bytes({{}, {{"epoch", "1"}}, "old"});
const std::string new_content = all_bytes({tensors, {{"epoch", "2"}}, "new"});

void write_old(FileSystem& files) {
  write_safetensors("/run/model.safetensors", {}, {{"epoch", "1"}}, files);
}
void write_new(FileSystem& files) {
  write_safetensors("/run/model.safetensors", tensors, {{"epoch", "2"}}, files);
}
void check_content(const FaultyFileSystem& disk, bool succeeded) {
  const std::string found = disk.content("/run/model.safetensors").value_or("(none)");
  BOOST_TEST((found == new_content || (!succeeded && found == old_content)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safetensors_fault_test)

BOOST_DATA_TEST_CASE(a_file_is_replaced_whole_or_stays_as_it_was, data::make(faults), fault) {
  const std::uint64_t calls =
      at_every_call(fault, write_old, write_new, [](FaultyFileSystem& disk, bool succeeded) {
        check_content(disk, succeeded);
        BOOST_TEST(disk.file_count() == 1u);  // no temporary
      });
  BOOST_TEST(calls > 10u);
}

BOOST_DATA_TEST_CASE(after_power_loss_the_file_is_the_old_or_the_new_one, data::xrange(12), seed) {
  bool met = true;
  for (std::uint64_t k = 1; met; ++k) {
    FaultyFileSystem disk;
    write_old(disk.files());
    disk.fail(Fault::DiskGone, k);
    bool succeeded = true;
    try {
      write_new(disk.files());
    } catch (const RunError&) {
      succeeded = false;
    }
    met = disk.fault_met();
    disk.heal();
    seed == 0 ? disk.lose_power() : disk.lose_power(100 * k + static_cast<std::uint64_t>(seed));
    BOOST_TEST_CONTEXT("call " << k) check_content(disk, succeeded);
  }
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_of_the_same_number_left_is_in_nobodys_way) {
  for (int k = 2; k < 6; ++k) {
    FaultyFileSystem disk;
    disk.fail(Fault::DiskGone, static_cast<std::uint64_t>(k));
    BOOST_CHECK_THROW(write_old(disk.files()), RunError);
    disk.heal();
    for (const std::string& name : disk.files().list("/run"))
      for (int counter = 0; counter < 1000; ++counter)
        disk.files().replace(
            "/run/" + name.substr(0, name.rfind('-') + 1) + std::to_string(counter), "left");
    write_new(disk.files());
    check_content(disk, true);
  }
}

BOOST_AUTO_TEST_CASE(the_size_is_known_before_anything_is_written) {
  const SafetensorsContent content(tensors, {}, "here");
  BOOST_TEST(content.bytes() == all_bytes(content).size());
  FaultyFileSystem disk;
  disk.set_free_bytes(content.bytes() - 1);
  BOOST_CHECK_THROW(write_safetensors("/run/a", tensors, {}, disk.files()), RunError);
  BOOST_TEST(disk.file_count() == 0u);
  disk.set_free_bytes(content.bytes());
  write_safetensors("/run/a", tensors, {}, disk.files());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_takes_a_file_in_a_stream_and_one_from_another_writer) {
  const ScratchFolder folder;
  const SafetensorsContent content(tensors, {{"epoch", "2"}}, "optimizer.safetensors");
  CheckpointWriter writer(file_system(), folder.path(), 450, 2 * content.bytes());
  CheckpointFile& optimizer = writer.open("optimizer.safetensors", content.bytes());
  content.write([&](std::string_view bytes) { optimizer.append(bytes); });
  write_safetensors(writer.folder() / "model.safetensors", tensors);
  write_file(writer.folder() / "config.json", "{}");
  const std::filesystem::path path = writer.commit();
  BOOST_TEST(!verify_checkpoint(file_system(), path));
  const SafetensorsFile file(path / "optimizer.safetensors");
  BOOST_TEST(file.tensors().size() == tensors.size());
  BOOST_TEST(*reinterpret_cast<const std::int64_t*>(file.data(file.at("step")).data()) == 450);
  BOOST_TEST(file_system().list(path).size() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
