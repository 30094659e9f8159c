#include "core/bus/control.hpp"

#include <utility>

#include "core/io/error.hpp"

namespace trainbus {

std::string_view request_name(ControlRequest::What what) {
  switch (what) {
    case ControlRequest::What::Stop:
      return "stop";
    case ControlRequest::What::Save:
      return "save";
    case ControlRequest::What::Evaluate:
      return "evaluate";
  }
  return "unknown";
}

void ControlDesk::request(ControlRequest request) {
  if (!open_)
    throw RunError("a request was made outside a run", request.author,
                   "Make requests between on_train_begin and on_train_end.");
  switch (request.what) {
    case ControlRequest::What::Stop:
      if (!orders_.stop) orders_.stop = request;
      break;
    case ControlRequest::What::Save:
      orders_.save = true;
      break;
    case ControlRequest::What::Evaluate:
      orders_.evaluate = true;
      break;
    default:
      throw RunError("asked for number " +
                         std::to_string(static_cast<std::uint32_t>(request.what)) +
                         ", expected a stop (1), a save (2) or an evaluation (3)",
                     request.author, "");
  }
  pending_ = true;
  history_.push_back(std::move(request));
}

ControlDesk::Orders ControlDesk::take() {
  pending_ = false;
  return std::exchange(orders_, {});
}

}  // namespace trainbus
