// trainbus: write an observer plugin in C++20. The only header to include; it needs the standard
// library only. A complete plugin:
//
//     #include <trainbus/plugin.hpp>
//
//     struct Loss : trainbus::Observer {
//       static constexpr trainbus::Option options[] = {
//           trainbus::option::path("path", "loss.txt", "file to write")};
//       explicit Loss(const trainbus::Host& host) : out(host, host.option("path")) {}
//       void on_step(const trainbus::Event& event) override {
//         std::string line;
//         trainbus::append_number(line, event.find("loss").value_or(0));
//         out.write(line);
//       }
//       trainbus::LineFile out;
//     };
//     TRAINBUS_OBSERVER(Loss, "acme.loss", "1.0.0", "one loss per line")
//
// The class may declare, as static constexpr members:
//     trainbus::Option options[]      what the user can set
//     const char* metrics[]           a MetricObserver's names, without the instance's prefix
//     std::uint32_t flags             TB_OBSERVER_LOSSY, TB_OBSERVER_TERMINAL
//     std::uint64_t wants             1 << TB_ON_STEP | …, where on_event is overridden: not all
//     const char* url, * license      where to find it; an SPDX id
// Its constructor takes a `const trainbus::Host&`, or nothing. A constructor that throws refuses
// the run before step 0 with the exception's text.
//
// Everything lives in an inline namespace named after the ABI, which keeps a plugin's symbols apart
// from the host's own classes of the same names.
#pragma once

#include <trainbus/plugin.h>
#include <trainbus/plugin/control.hpp>
#include <trainbus/plugin/event.hpp>
#include <trainbus/plugin/export.hpp>
#include <trainbus/plugin/file.hpp>
#include <trainbus/plugin/histogram.hpp>
#include <trainbus/plugin/host.hpp>
#include <trainbus/plugin/line_file.hpp>
#include <trainbus/plugin/metrics.hpp>
#include <trainbus/plugin/number.hpp>
#include <trainbus/plugin/observer.hpp>
#include <trainbus/plugin/option.hpp>
#include <trainbus/plugin/terminal.hpp>
#include <trainbus/plugin/text.hpp>
#include <trainbus/plugin/utf8.hpp>
