#include "report/answer.hpp"

#include <exception>

namespace trainbus::report {
namespace {

namespace http = boost::beast::http;

bool is_ours(std::string_view host, unsigned short port) {
  const std::string suffix = ':' + std::to_string(port);
  if (host.ends_with(suffix)) host.remove_suffix(suffix.size());
  return host == "127.0.0.1" || host == "localhost";
}

HttpResponse respond(const HttpRequest& request, http::status status, const char* type,
                     std::string body) {
  HttpResponse response(status, request.version());
  response.set(http::field::server, "trainbus");
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Referrer-Policy", "no-referrer");
  response.keep_alive(request.keep_alive());
  response.content_length(body.size());
  if (request.method() != http::verb::head) response.body() = std::move(body);
  return response;
}

HttpResponse refuse(const HttpRequest& request, http::status status, std::string sentence) {
  return respond(request, status, "text/plain; charset=utf-8", std::move(sentence) + '\n');
}

}  // namespace

HttpResponse answer(const HttpRequest& request, const Content& content, unsigned short port) {
  if (!is_ours(request[http::field::host], port))
    return refuse(request, http::status::forbidden,
                  "This server answers only as 127.0.0.1 or localhost.");
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    HttpResponse response = refuse(request, http::status::method_not_allowed, "Only GET and HEAD.");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const std::string_view target = request.target();
  try {
    if (target == "/")
      return respond(request, http::status::ok, "text/html; charset=utf-8", content.page());
    if (target == "/data.json")
      return respond(request, http::status::ok, "application/json", content.data());
  } catch (const std::exception& error) {
    return refuse(request, http::status::internal_server_error, error.what());
  }
  return refuse(request, http::status::not_found, "There is only / and /data.json.");
}

}  // namespace trainbus::report
