// What a worker and its leader tell each other at the meeting, before there is a link: who comes,
// and what the run is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::ranks {

// A worker's first words.
struct TRAINBUS_EXPORT Hello {
  std::string build;  // engine_tag(): leader and workers must be of one build
  std::string version, host, cpu;
  std::int64_t pid = 0;
  std::int64_t rank = -1;  // the launcher's number; −1: it joins a run that is under way

  std::string name() const;  // for people: "rank 2 (node7, pid 4711)"
};

// The leader's answer.
struct TRAINBUS_EXPORT Welcome {
  std::string refusal;   // why the worker cannot take part; empty: it can
  bool is_over = false;  // there is nothing left to do: the run is complete
  std::string run;       // the leader's record of the run
  std::string header;    // of the journal: what model and data must be
  double patience_s = 30;
  std::uint64_t ranks = 1;  // of a first-order run
  bool is_fixed = false;    // a first-order run, whose ranks do not change
  std::string scores = {};  // the file of the task's starting scores; empty: it has none
};

// As JSON, and back. Throw RunError if the text is none of ours.
TRAINBUS_EXPORT std::string text_of(const Hello& hello);
TRAINBUS_EXPORT std::string text_of(const Welcome& welcome);
TRAINBUS_EXPORT Hello hello_in(std::string_view text);
TRAINBUS_EXPORT Welcome welcome_in(std::string_view text);

}  // namespace trainbus::ranks
