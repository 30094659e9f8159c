// The engine's verbs in miniature: says what it was handed, or waits for a stop.
#include <poll.h>

#include <iostream>

#include "core/error.hpp"
#include "engine_entry.hpp"

// --name says what is to happen.
extern "C" TRAINBUS_EXPORT int trainbus_engine_main(const trainbus::RunSpec& spec,
                                                    trainbus::StopRequest& stop) {
  const std::string wish = spec.run.has("name") ? spec.run.text("name") : "";
  if (wish == "fail")
    throw trainbus::RunError("the toy was told to fail", "toy", "Tell it not to.");
  if (wish == "refuse") throw trainbus::UsageError("the toy was told to refuse", "toy", "");
  if (wish == "quarantine") return 3;
  if (wish == "wait" || wish == "hang") {
    std::cout << "waiting" << std::endl;
    while (wish == "hang" || !stop.requested()) poll(nullptr, 0, 1);
    std::cout << "stopped by " << stop.author() << ": " << stop.reason() << '\n';
    return trainbus::engine_interrupted;
  }
  if (wish == "json") std::cout << trainbus::to_json(spec) << '\n';
  std::cout << spec.verb;
  for (const auto& plugin : spec.plugins) std::cout << ' ' << plugin.name;
  std::cout << '\n';
  return 0;
}
