#include "core/stop.hpp"

#include <utility>

namespace trainbus {

void StopRequest::request(std::string author, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (requested()) return;
  author_ = std::move(author);
  reason_ = std::move(reason);
  requested_.store(true, std::memory_order_release);
}

std::string StopRequest::author() const {
  const std::lock_guard lock(mutex_);
  return author_;
}

std::string StopRequest::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

}  // namespace trainbus
