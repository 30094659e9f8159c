#include <trainbus/plugin.hpp>

struct Logfmt : trainbus::Observer {
  static constexpr trainbus::Option options[] = {
      trainbus::option::path("path", "run.log", "file to write")};
  explicit Logfmt(const trainbus::Host& host) : out(host, host.option("path")) {}

  void on_step(const trainbus::Event& event) override {
    std::string line = "step=" + std::to_string(event.step());
    for (const auto& [name, value] : event.scalars()) {
      line.append(" ").append(name).append("=");
      trainbus::append_number(line, value);
    }
    out.write(line);
  }
  trainbus::LineFile out;
};

TRAINBUS_OBSERVER(Logfmt, "acme.logfmt", "1.0.0", "one line of name=value pairs per step");
