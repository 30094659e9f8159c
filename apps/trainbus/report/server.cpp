#include "report/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <csignal>

#include "core/io/error.hpp"
#include "report/answer.hpp"

namespace trainbus::report {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

// Enough for any request for this page.
constexpr std::uint32_t header_bytes = 16 << 10;
constexpr std::uint64_t body_bytes = 1 << 10;
constexpr std::chrono::seconds patience{30};

asio::awaitable<void> converse(tcp::socket socket, const Content& content, unsigned short port) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  boost::system::error_code error;  // the client is gone or did not send HTTP: no answer
  for (bool alive = true; alive;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(header_bytes);
    parser.body_limit(body_bytes);
    stream.expires_after(patience);
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    const HttpResponse response = answer(parser.get(), content, port);
    stream.expires_after(patience);
    co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
    alive = !error && response.keep_alive();
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, const Content& content) {
  const unsigned short port = acceptor.local_endpoint().port();
  while (acceptor.is_open()) {
    boost::system::error_code error;
    tcp::socket socket =
        co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      asio::co_spawn(acceptor.get_executor(), converse(std::move(socket), content, port),
                     asio::detached);
    } else {  // for example too many open files: try again later
      asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
}

}  // namespace

struct Server::Impl {
  explicit Impl(Content what) : content(std::move(what)), acceptor(context), signals(context) {}
  Content content;
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::signal_set signals;
};

Server::Server(unsigned short port, Content content)
    : impl_(std::make_unique<Impl>(std::move(content))) {
  tcp::acceptor& acceptor = impl_->acceptor;
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    throw UsageError("cannot listen on port " + std::to_string(port) + ": " + error.message(),
                     "--port", "Choose another, or leave it out for any free one.");
}

Server::~Server() = default;

unsigned short Server::port() const { return impl_->acceptor.local_endpoint().port(); }

void Server::stop_on_signals() {
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.async_wait([this](boost::system::error_code error, int) {
    if (!error) impl_->context.stop();
  });
}

void Server::run() {
  asio::co_spawn(impl_->context, accept(impl_->acceptor, impl_->content), asio::detached);
  impl_->context.run();
}

void Server::stop() { impl_->context.stop(); }

}  // namespace trainbus::report
