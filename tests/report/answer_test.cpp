#include "report/answer.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace trainbus::testing {
namespace {

namespace http = boost::beast::http;
using report::HttpRequest;
using report::HttpResponse;

const report::Content content = {[] { return std::string("<page>"); },
                                 [] { return std::string("{}"); }};

HttpResponse ask(http::verb verb, const std::string& target, const std::string& host) {
  HttpRequest request(verb, target, 11);
  if (!host.empty()) request.set(http::field::host, host);
  return report::answer(request, content, 8080);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(there_are_a_page_and_its_data) {
  const HttpResponse page = ask(http::verb::get, "/", "127.0.0.1:8080");
  BOOST_TEST(page.result_int() == 200u);
  BOOST_TEST(page.body() == "<page>");
  BOOST_TEST(page[http::field::content_type] == "text/html; charset=utf-8");
  const HttpResponse data = ask(http::verb::get, "/data.json", "localhost:8080");
  BOOST_TEST(data.body() == "{}");
  BOOST_TEST(data[http::field::content_type] == "application/json");
  BOOST_TEST(data[http::field::cache_control] == "no-store");
}

BOOST_AUTO_TEST_CASE(there_is_nothing_else) {
  for (const char* target : {"/x", "/../etc/passwd", "//", "/?a", "/data.json?x", "*"})
    BOOST_TEST(ask(http::verb::get, target, "localhost").result_int() == 404u, target);
}

BOOST_AUTO_TEST_CASE(a_name_that_only_points_here_gets_nothing) {
  for (const char* host :
       {"evil.example", "evil.example:8080", "", "127.0.0.1:8081", "127.0.0.1.evil.example",
        "localhost.evil.example:8080", "[::1]:8080", "127.0.0.1:8080:8080"}) {
    const HttpResponse response = ask(http::verb::get, "/", host);
    BOOST_TEST(response.result_int() == 403u, host);
    BOOST_TEST(response.body().find("<page>") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(head_answers_as_get_without_the_body) {
  const HttpResponse response = ask(http::verb::head, "/", "localhost:8080");
  BOOST_TEST(response.result_int() == 200u);
  BOOST_TEST(response.body().empty());
  BOOST_TEST(response[http::field::content_length] == "6");
}

BOOST_AUTO_TEST_CASE(other_methods_are_refused) {
  for (const http::verb verb :
       {http::verb::post, http::verb::put, http::verb::delete_, http::verb::options}) {
    const HttpResponse response = ask(verb, "/", "localhost:8080");
    BOOST_TEST(response.result_int() == 405u);
    BOOST_TEST(response[http::field::allow] == "GET, HEAD");
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_told) {
  HttpRequest request(http::verb::get, "/", 11);
  request.set(http::field::host, "localhost");
  const report::Content broken = {[]() -> std::string { throw std::runtime_error("gone"); },
                                  nullptr};
  const HttpResponse response = report::answer(request, broken, 8080);
  BOOST_TEST(response.result_int() == 500u);
  BOOST_TEST(response.body() == "gone\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
