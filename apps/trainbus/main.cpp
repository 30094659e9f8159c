#include "cli.hpp"

int main(int argc, char** argv) {
  return trainbus::cli::run({argv + 1, argv + argc}, TRAINBUS_ENGINE_TAG);
}
