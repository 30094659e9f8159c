// An optimizer as the catalog sees it, without an engine behind it. TOY_ID comes from the build.
#include "core/host/catalog.hpp"

namespace {

constexpr tb_option lr = {sizeof(tb_option), 0, "lr", "real", "1e-6",
                          "learning rate",   0, 1,    nullptr};
constexpr tb_option eps = {sizeof(tb_option), 0, "eps", "real", "1e-3",
                           "perturbation",    0, 1,     nullptr};
constexpr const tb_option* options[] = {&lr, &eps};

}  // namespace

extern "C" TRAINBUS_EXPORT const trainbus::EngineModule trainbus_engine_test = {
    "optimizer", TOY_ID, "1.2.3", "a toy called " TOY_ID, options, 2, nullptr};
