#include "cli.hpp"
#include "core/io/standard_descriptors.hpp"

int main(int argc, char** argv) {
  trainbus::open_standard_descriptors();
  return trainbus::cli::run({argv + 1, argv + argc}, TRAINBUS_ENGINE_TAG);
}
