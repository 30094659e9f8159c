#define BOOST_TEST_MODULE trainbus
#include <boost/test/unit_test.hpp>
