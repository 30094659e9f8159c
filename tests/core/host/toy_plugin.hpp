// A plugin whose code is in the test, and its instances' input.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/host/plugin_observer.hpp"
#include "support/faulty_file_system.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

// Each test case sets its reaction to an event.
struct Toy {
  static inline const tb_host* host = nullptr;
  static inline std::function<tb_status(const tb_event&, tb_metrics*, tb_error*)> at_event;

  static void* create(const tb_host* given, tb_error*) {
    host = given;
    return &host;
  }
  static tb_status on_event(void*, const tb_event* event, tb_metrics* out, tb_error* error) {
    return at_event ? at_event(*event, out, error) : tb_status{TB_OK};
  }
  static void destroy(void*) { host = nullptr; }
};

inline tb_observer toy_observer(std::uint32_t role) {
  tb_observer observer = {};
  observer.size = sizeof observer;
  observer.role = role;
  observer.id = "toy";
  observer.version = observer.summary = observer.url = observer.license = "";
  observer.wants = ~std::uint64_t{0};
  observer.create = Toy::create;
  observer.on_event = Toy::on_event;
  observer.destroy = Toy::destroy;
  return observer;
}

inline tb_text text(std::string_view t) { return {t.data(), t.size()}; }
inline bool has(const std::string& all, const std::string& part) {
  return all.find(part) != all.npos;
}

struct PluginFixture {
  ScratchFolder folder;
  Terminal screen{-1};
  FaultyFileSystem disk;
  HostServices real{folder.path(), file_system(), screen};
  HostServices faulty{"/run", disk.files(), screen};
  const tb_observer metric = toy_observer(TB_ROLE_METRIC), sink = toy_observer(TB_ROLE_SINK);
  Catalog catalog{{TRAINBUS_BINARY_DIR "/tests/core/plugins", TRAINBUS_BINARY_DIR "/bad_plugins"}};

  PluginFixture() { Toy::at_event = nullptr; }

  static Plugin plugin(const tb_observer& observer) {
    return {.id = "toy", .file = "toy.so", .observer = &observer};
  }
  static std::unique_ptr<Observer> make(const tb_observer& observer, const HostServices& services) {
    return make_plugin_observer(plugin(observer), "mine", {}, services);
  }
  std::unique_ptr<Observer> load(const std::string& id) {
    const Plugin& found = catalog.load(id);
    return make_plugin_observer(found, id, OptionValues(id, found.options()), real);
  }
};

inline const tb_file_api& files_of(const tb_host* host) {
  return *reinterpret_cast<const tb_file_api*>(host->extension(host, TB_EXTENSION_FILE));
}

}  // namespace trainbus::testing
