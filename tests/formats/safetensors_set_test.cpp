#include "formats/tensor_set.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "file_bytes.hpp"
#include "refusal.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

using testing::check_refusal;
using testing::ScratchFolder;
using testing::write_bytes;

struct Fixture {
  Fixture() {
    write("one.safetensors", {"a", "b"});
    write("two.safetensors", {"c"});
  }
  void write(const std::string& file, const std::vector<std::string>& names) const {
    std::vector<TensorSource> tensors;
    for (const std::string& name : names) tensors.push_back({name, DType::U8, {1}, name.data()});
    write_safetensors(folder / file, tensors);
  }
  void index(const std::string& weight_map) const {
    write_bytes(folder / "model.safetensors.index.json",
                R"({"metadata":{"total_size":3},"weight_map":{)" + weight_map + "}}");
  }
  void refuses(std::string_view expected) const {
    check_refusal([&] { SafetensorsSet set(folder.path()); }, expected);
  }
  ScratchFolder folder;
};

BOOST_FIXTURE_TEST_SUITE(safetensors_set, Fixture)

BOOST_AUTO_TEST_CASE(shards_are_found_through_the_index) {
  index(R"("a":"one.safetensors","b":"one.safetensors","c":"two.safetensors")");
  const SafetensorsSet set(folder.path());
  BOOST_CHECK((set.names() == std::vector<std::string>{"a", "b", "c"}));
  BOOST_TEST(set.files().size() == 2u);
  for (const std::string name : {"a", "b", "c"}) {
    const SafetensorsSet::Tensor tensor = set.at(name);
    BOOST_TEST(static_cast<char>(tensor.file->data(*tensor.info)[0]) == name[0]);
  }
  check_refusal([&] { set.at("d"); }, "has no tensor \"d\"");
}

BOOST_AUTO_TEST_CASE(a_single_file_is_a_set_too) {
  const SafetensorsSet file(folder / "one.safetensors");
  BOOST_TEST(file.has("b"));
  write("model.safetensors", {"x"});
  BOOST_TEST(SafetensorsSet(folder.path()).has("x"));
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_checkpoint_is_refused) {
  refuses("holds one.safetensors, weights under another name than model.safetensors");
}

BOOST_AUTO_TEST_CASE(an_index_that_disagrees_with_its_shards_is_refused) {
  index(R"("a":"one.safetensors","b":"one.safetensors","c":"one.safetensors")");
  refuses("\"c\" in one.safetensors, but it is not");
  index(R"("a":"one.safetensors","c":"two.safetensors")");
  refuses("does not list tensor \"b\" of one.safetensors");
  index(R"("a":"one.safetensors","b":"one.safetensors","c":"absent.safetensors")");
  refuses("No such file");
}

BOOST_AUTO_TEST_CASE(a_tensor_in_two_shards_is_refused) {
  write("two.safetensors", {"b", "c"});
  index(R"("a":"one.safetensors","b":"one.safetensors","c":"two.safetensors")");
  refuses("which is also in");
}

BOOST_AUTO_TEST_CASE(an_index_cannot_point_out_of_its_folder) {
  for (const char* shard :
       {"../one.safetensors", "/etc/passwd", "..", ".", "", "a\\b", "a\\u0000b"}) {
    index(R"("a":")" + std::string(shard) + "\"");
    BOOST_CHECK_THROW(SafetensorsSet(folder.path()), UsageError);
  }
  index(R"("a":"../one.safetensors")");
  refuses("the name of a file beside the index");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
