// Runs code that may crash, hang or call exit in its own process.
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

// Runs work in a child process until it returns, the process dies or the time limit, when it is
// killed. Exceptions of work become record.problem. Returns a description of the failure that names
// where the plugin was; empty: none. The record must be new. This process must have only one
// thread.
std::string run_in_child(Record& record, std::chrono::duration<double> limit,
                         const std::function<void()>& work);

}  // namespace trainbus::cli
