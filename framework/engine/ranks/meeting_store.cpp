#include "engine/ranks/meeting_store.hpp"

#include <c10/util/Exception.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace trainbus::ranks {

MeetingStore::MeetingStore(Meeting& meeting, std::string prefix, std::chrono::milliseconds patience)
    : Store(patience), meeting_(meeting), prefix_(std::move(prefix)) {}

c10::intrusive_ptr<c10d::Store> MeetingStore::clone() {
  return c10::make_intrusive<MeetingStore>(meeting_, prefix_, timeout_);
}

void MeetingStore::set(const std::string& key, const std::vector<std::uint8_t>& value) {
  meeting_.set(key_of(key), std::string(value.begin(), value.end()));
}

std::vector<std::uint8_t> MeetingStore::get(const std::string& key) {
  const std::optional<std::string> text = meeting_.wait(key_of(key), timeout_);
  TORCH_CHECK(text, "nobody has set ", key, " within ", timeout_.count(), " ms");
  return {text->begin(), text->end()};
}

std::int64_t MeetingStore::add(const std::string& key, std::int64_t value) {
  return meeting_.add(key_of(key), value);
}

bool MeetingStore::check(const std::vector<std::string>& keys) {
  return std::ranges::all_of(
      keys, [&](const std::string& key) { return meeting_.find(key_of(key)).has_value(); });
}

void MeetingStore::wait(const std::vector<std::string>& keys) { wait(keys, timeout_); }

void MeetingStore::wait(const std::vector<std::string>& keys,
                        const std::chrono::milliseconds& timeout) {
  for (const std::string& key : keys)
    TORCH_CHECK(meeting_.wait(key_of(key), timeout), "nobody has set ", key, " within ",
                timeout.count(), " ms");
}

bool MeetingStore::deleteKey(const std::string& key) { TORCH_CHECK(false, key, " is not removed"); }

std::int64_t MeetingStore::getNumKeys() { TORCH_CHECK(false, "keys are not counted"); }

}  // namespace trainbus::ranks
