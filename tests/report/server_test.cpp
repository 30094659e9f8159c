#include "report/server.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "core/io/error.hpp"

namespace trainbus::testing {
namespace {

namespace asio = boost::asio;
using report::Server;

// A server on a thread of its own, as long as this lives.
struct Running {
  Running()
      : server(0, {[] { return std::string("page"); }, [] { return std::string("data"); }}),
        thread([this] { server.run(); }) {}
  ~Running() {
    server.stop();
    thread.join();
  }
  Server server;
  std::thread thread;
};

// Everything that comes back until the other side closes.
std::string converse(unsigned short port, const std::string& request) {
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  boost::system::error_code error;
  asio::write(socket, asio::buffer(request), error);
  std::string reply;
  asio::read(socket, asio::dynamic_buffer(reply), error);
  return reply;
}

std::string get(unsigned short port, const std::string& target) {
  return converse(port, "GET " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                            "\r\nConnection: close\r\n\r\n");
}

// The local address of a listening socket on this port, as /proc/net/tcp writes it.
std::string listening_address(unsigned short port) {
  std::ostringstream suffix;
  suffix << ':' << std::uppercase << std::hex;
  suffix.width(4);
  suffix.fill('0');
  suffix << port;
  std::string found;
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream table(file);
    for (std::string line; std::getline(table, line);) {
      std::istringstream fields(line);
      std::string number, local, remote, state;
      fields >> number >> local >> remote >> state;
      if (state == "0A" && local.ends_with(suffix.str())) found += local.substr(0, local.find(':'));
    }
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server)

BOOST_AUTO_TEST_CASE(it_serves_page_and_data) {
  Running running;
  const unsigned short port = running.server.port();
  BOOST_TEST(get(port, "/").ends_with("\r\n\r\npage"));
  BOOST_TEST(get(port, "/data.json").ends_with("\r\n\r\ndata"));
  BOOST_TEST(get(port, "/other").starts_with("HTTP/1.1 404"));
}

BOOST_AUTO_TEST_CASE(it_listens_on_loopback_alone) {
  Running running;
  BOOST_TEST(listening_address(running.server.port()) ==
             "0100007F");  // 127.0.0.1, and nothing else
}

BOOST_AUTO_TEST_CASE(one_connection_can_ask_again) {
  Running running;
  const std::string port = std::to_string(running.server.port());
  const std::string one = "GET / HTTP/1.1\r\nHost: localhost:" + port + "\r\n";
  const std::string reply =
      converse(running.server.port(), one + "\r\n" + one + "Connection: close\r\n\r\n");
  BOOST_TEST(reply.find("page") != reply.rfind("page"));
}

BOOST_AUTO_TEST_CASE(what_is_no_http_ends_the_connection_and_nothing_else) {
  Running running;
  const unsigned short port = running.server.port();
  for (const std::string& noise :
       {std::string("\x16\x03\x01 hello\r\n\r\n"), std::string(100000, 'x'),
        "GET / HTTP/1.1\r\nX: " + std::string(100000, 'x') + "\r\n\r\n"})
    BOOST_TEST(converse(port, noise).find("page") == std::string::npos);
  BOOST_TEST(get(port, "/").ends_with("page"));
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_refused_with_a_sentence) {
  const Server first(0, {});
  BOOST_CHECK_EXCEPTION(Server(first.port(), {}), UsageError, [](const UsageError& error) {
    return std::string(error.what()).find("cannot listen on port") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
