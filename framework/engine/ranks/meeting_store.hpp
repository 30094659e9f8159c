// A meeting as the store through which the members of a group of c10d's find one another. Private
// to engine/ranks.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/ranks/meeting.hpp"

namespace trainbus::ranks {

// Waits by asking again and again, so that no thread keeps the others from the meeting. Any thread.
class MeetingStore final : public c10d::Store {
 public:
  // All keys get this prefix. The meeting must outlive it.
  MeetingStore(Meeting& meeting, std::string prefix, std::chrono::milliseconds patience);

  c10::intrusive_ptr<c10d::Store> clone() override;
  void set(const std::string& key, const std::vector<std::uint8_t>& value) override;
  std::vector<std::uint8_t> get(const std::string& key) override;
  std::int64_t add(const std::string& key, std::int64_t value) override;
  bool check(const std::vector<std::string>& keys) override;
  void wait(const std::vector<std::string>& keys) override;
  void wait(const std::vector<std::string>& keys,
            const std::chrono::milliseconds& timeout) override;
  // Not for groups; both throw.
  bool deleteKey(const std::string& key) override;
  std::int64_t getNumKeys() override;

 private:
  std::string key_of(const std::string& key) const { return prefix_ + key; }
  Meeting& meeting_;
  std::string prefix_;
};

}  // namespace trainbus::ranks
