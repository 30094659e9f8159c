// Hosts of other minor versions: grown structs, missing services.
#include <cstring>

#include "raw_run.hpp"

namespace trainbus::cli {
namespace {

// Fields that a later version may append.
struct LongerEvent : tb_event {
  unsigned char appended[64];
};

// The fake host's own struct, which may be changed here; it is const for plugins.
tb_host& struct_of(testing::FakeHost& host) { return const_cast<tb_host&>(host.raw()); }

}  // namespace

void events_and_a_host_that_grew(const RawSubject& subject) {
  RawRun run(subject, [](testing::FakeHost& host) {
    struct_of(host).size += 64;
    struct_of(host).abi_minor += 1;
  });
  RawRun::short_run([&](testing::EventBuilder builder) {
    LongerEvent longer;
    std::memset(&longer, 0xff, sizeof longer);
    static_cast<tb_event&>(longer) = builder.build();
    longer.size = sizeof longer;
    run.publish(longer);
  });
  run.destroy();
}

void host_of_version_1_0(const RawSubject& subject) {
  RawRun run(subject, [](testing::FakeHost& host) {
    struct_of(host).abi_minor = 0;
    host.withhold(TB_EXTENSION_CONTROL).withhold(TB_EXTENSION_HISTOGRAM);
  });
  RawRun::short_run([&](testing::EventBuilder builder) { run.publish(builder.build()); });
  run.destroy();
}

}  // namespace trainbus::cli
