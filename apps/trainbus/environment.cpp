#include "environment.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/io/error.hpp"

namespace trainbus::cli {

void fill_closed_descriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is this one. It must not be closed again.
      [[maybe_unused]] const int opened = ::open("/dev/null", O_RDONLY);
    }
}

void check_current_folder() {
  std::error_code error;
  [[maybe_unused]] const auto folder = std::filesystem::current_path(error);
  if (error)
    throw UsageError("cannot be used (" + error.message() + ")", "the current folder",
                     "Change to one that exists, as by: cd ~");
}

bool output_has_no_reader() {
  const int flags = ::fcntl(1, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return true;
  pollfd output{1, POLLOUT, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

}  // namespace trainbus::cli
