// What the shared libraries core and engine show to the launcher and to engine plugins.
#pragma once
#define TRAINBUS_EXPORT __attribute__((visibility("default")))
