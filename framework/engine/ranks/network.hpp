// What c10d leaves to its users of the network: which address to listen on, and a socket bound to
// that address alone.
#pragma once

#include <cstdint>
#include <string>

namespace trainbus::ranks {

// A listening TCP socket on this address, which has to be one of this machine's, and on no other.
// c10d's own server listens on every interface. Throws UsageError if the name is unknown, the
// address is another machine's, or the port is taken.
int listen_on(const std::string& host, std::uint16_t port);

// The address of this machine from which the host is reached, "10.0.0.7": what a machine's own name
// resolves to is often 127.0.1.1, where no other machine reaches it. No packet is sent. Throws
// UsageError if the name is unknown or there is no way to it.
std::string address_towards(const std::string& host, std::uint16_t port);

// Keeps c10d from writing warnings and stack traces to standard error, where the progress bar is,
// and from waiting long for a name service: at each connection it asks for the other end's name,
// and one that does not answer would cost 10 s. TORCH_CPP_LOG_LEVEL and RES_OPTIONS in the
// environment count more. Once, before anything of c10d is used and before other threads look up
// names.
void prepare_c10d();

// The first line of an exception of c10d's, which have some twenty lines of stack trace.
std::string first_line(const std::exception& error);

}  // namespace trainbus::ranks
