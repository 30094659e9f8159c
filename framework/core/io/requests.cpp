#include "core/io/requests.hpp"

#include <utility>

namespace trainbus {

void Requests::stop(std::string author, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (stop_requested()) return;
  author_ = std::move(author);
  reason_ = std::move(reason);
  stop_.store(true, std::memory_order_release);
}

std::string Requests::author() const {
  const std::lock_guard lock(mutex_);
  return author_;
}

std::string Requests::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

}  // namespace trainbus
