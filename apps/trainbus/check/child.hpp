// A process of its own for code that may crash, hang or call exit.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "record.hpp"

namespace trainbus::cli {

// Memory that this process and its children share.
class SharedRecord {
 public:
  SharedRecord();
  ~SharedRecord();
  SharedRecord(const SharedRecord&) = delete;
  SharedRecord& operator=(const SharedRecord&) = delete;
  Record& operator*() const { return *record_; }
  Record* operator->() const { return record_; }

 private:
  Record* record_;
};

// Runs work in a child until it returns, the process dies or the time is over, when it is killed.
// What work throws becomes record.problem. Returns what went wrong, in words that name where the
// plugin was; empty: nothing did. The record is to be a fresh one. This process must have one
// thread only.
std::string run_in_child(Record& record, std::chrono::duration<double> limit,
                         const std::function<void()>& work);

}  // namespace trainbus::cli
