// The server's answers, independent of the network code.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "report/server.hpp"

namespace trainbus::report {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

// port: the one that received the request.
HttpResponse answer(const HttpRequest& request, const Content& content, unsigned short port);

}  // namespace trainbus::report
