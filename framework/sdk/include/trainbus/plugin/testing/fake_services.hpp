// The C functions behind the fake host's services.
#pragma once

#include <trainbus/plugin/testing/fake_files.hpp>
#include <trainbus/plugin/testing/fake_terminal.hpp>
#include <trainbus/plugin/text.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trainbus::testing {

// A control observer's request.
struct ControlRequest {
  std::uint32_t what;  // TB_REQUEST_…
  std::string reason;
};

// A tb_host with the state of its services.
struct FakeServices : tb_host {
  FakeFiles* files;
  FakeTerminal* terminal;
  std::vector<ControlRequest>* requests;
  const tb_histogram* histogram;

  static const FakeServices& of(const tb_host* host) {
    return *static_cast<const FakeServices*>(host);
  }
};

inline FakeFiles::Open& opened(tb_file* file) { return *reinterpret_cast<FakeFiles::Open*>(file); }

inline constexpr tb_file_api fake_file_api = {
    .size = sizeof(tb_file_api),
    .open =
        [](const tb_host* host, const char* path, std::uint32_t mode, tb_error* error) {
          return reinterpret_cast<tb_file*>(FakeServices::of(host).files->open(path, mode, error));
        },
    .append =
        [](tb_file* file, const void* data, std::size_t size, tb_error* error) {
          return FakeFiles::append(opened(file), {static_cast<const char*>(data), size}, error);
        },
    .sync = [](tb_file* file, tb_error* error) { return FakeFiles::sync(opened(file), error); },
    .length = [](tb_file* file) { return std::uint64_t{opened(file).content->size()}; },
    .read =
        [](tb_file* file, std::uint64_t offset, void* data, std::size_t size, tb_error* error) {
          return FakeFiles::read(opened(file), offset, data, size, error);
        },
    .truncate = [](tb_file* file, std::uint64_t length,
                   tb_error* error) { return FakeFiles::truncate(opened(file), length, error); },
    .close = [](tb_file* file) { FakeFiles::close(&opened(file)); },
    .replace =
        [](const tb_host* host, const char* path, const void* data, std::size_t size,
           tb_error* error) {
          const std::string_view text(static_cast<const char*>(data), size);
          return FakeServices::of(host).files->replace(path, text, error);
        },
    .exists =
        [](const tb_host* host, const char* path) {
          return static_cast<int>(FakeServices::of(host).files->exists(path));
        },
    .list =
        [](const tb_host* host, const char* directory, void (*each)(void*, tb_text), void* context,
           tb_error*) {
          FakeServices::of(host).files->each_in(directory,
                                                [&](tb_text name) { each(context, name); });
          return tb_status{TB_OK};
        }};

inline constexpr tb_terminal_api fake_terminal_api = {
    .size = sizeof(tb_terminal_api),
    .flags = [](const tb_host* host) { return FakeServices::of(host).terminal->flags; },
    .columns = [](const tb_host* host) { return FakeServices::of(host).terminal->columns; },
    .set_live =
        [](const tb_host* host, std::uint32_t row, tb_text line) {
          FakeTerminal& screen = *FakeServices::of(host).terminal;
          screen.draws.emplace_back(row, view(line));
          if (line.size > 0)
            screen.live[row] = view(line);
          else
            screen.live.erase(row);
        },
    .print =
        [](const tb_host* host, tb_text line) {
          FakeServices::of(host).terminal->printed.emplace_back(view(line));
        }};

inline constexpr tb_control_api fake_control_api = {
    .size = sizeof(tb_control_api),
    .request = [](const tb_host* host, std::uint32_t what, tb_text reason, tb_error*) {
      FakeServices::of(host).requests->push_back({what, std::string(view(reason))});
      return tb_status{TB_OK};
    }};

inline constexpr tb_histogram_api fake_histogram_api = {
    .size = sizeof(tb_histogram_api),
    .read = [](const tb_host* host, const tb_event* event, tb_histogram* out, tb_error*) {
      const tb_histogram* histogram = FakeServices::of(host).histogram;
      if (event->kind != TB_ON_HISTOGRAM || !histogram) return tb_status{TB_FAILED};
      *out = *histogram;
      return tb_status{TB_OK};
    }};

}  // namespace trainbus::testing
