// A web server for this machine only: a page and the data that it polls.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace trainbus::report {

struct Content {
  std::function<std::string()> page;  // GET /
  std::function<std::string()> data;  // GET /data.json
};

// Listens on 127.0.0.1 only, and answers only requests whose Host is that address or localhost: a
// foreign page whose host name resolves to this address (DNS rebinding) gets nothing.
class Server {
 public:
  // port 0: any free one. Throws UsageError if the port is taken.
  Server(unsigned short port, Content content);
  ~Server();
  unsigned short port() const;
  void stop_on_signals();  // makes Ctrl-C and SIGTERM call stop()
  // Serves until stop(), calling the content's functions on this thread. Their exceptions are
  // answered with 500.
  void run();
  void stop();  // from any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trainbus::report
