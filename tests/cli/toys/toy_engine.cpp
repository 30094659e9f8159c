// A minimal engine: prints its arguments, or waits for a stop.
#include <poll.h>

#include <iostream>

#include "core/io/error.hpp"
#include "engine_entry.hpp"

namespace {

// Prints the request without executing it.
[[noreturn]] void hang(trainbus::Requests& requests) {
  std::cout << "waiting" << std::endl;
  for (bool stop = false, hurry = false;; poll(nullptr, 0, 1)) {
    if (requests.take_save()) std::cout << "asked to save" << std::endl;
    if (!stop && (stop = requests.stop_requested())) std::cout << "asked to stop" << std::endl;
    if (!hurry && (hurry = requests.hurried())) std::cout << "asked to hurry" << std::endl;
  }
}

// --name says what is to happen.
int play(const trainbus::RunSpec& spec, trainbus::Requests& requests) {
  const std::string wish = spec.run.has("name") ? spec.run.text("name") : "";
  if (wish == "fail")
    throw trainbus::RunError("the toy was told to fail", "toy", "Tell it not to.");
  if (wish == "refuse") throw trainbus::UsageError("the toy was told to refuse", "toy", "");
  if (wish == "quarantine") return 3;
  if (wish == "hang") hang(requests);
  if (wish == "wait") {
    std::cout << "waiting" << std::endl;
    while (!requests.stop_requested()) poll(nullptr, 0, 1);
    std::cout << "stopped by " << requests.author() << ": " << requests.reason() << '\n';
    return trainbus::engine_interrupted;
  }
  if (wish == "json") std::cout << trainbus::to_json(spec) << '\n';
  std::cout << spec.verb;
  for (const auto& plugin : spec.plugins) std::cout << ' ' << plugin.name;
  std::cout << '\n';
  return 0;
}

}  // namespace

#define TOY_VERB(name)                                                                      \
  TRAINBUS_ENGINE_VERB(name)(const trainbus::RunSpec& spec, trainbus::Requests& requests) { \
    return play(spec, requests);                                                            \
  }
TOY_VERB(train)
TOY_VERB(replay)
TOY_VERB(eval)
TOY_VERB(predict)
TOY_VERB(probe)
