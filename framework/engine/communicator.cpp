#include "engine/communicator.hpp"

namespace trainbus {
namespace {

class OneProcess final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum_in_rank_order(std::span<double>) override {}
  Decision agree(Decision own) override { return own; }
};

}  // namespace

Communicator::~Communicator() = default;

Communicator& one_process() {
  static OneProcess only;
  return only;
}

}  // namespace trainbus
