#pragma once

#include "mcp/call.hpp"
#include "rpc/framer.hpp"

#include <string>
#include <string_view>

namespace mayla::mcp {

/// The first line of a connection (src/README.md, "The wire").
struct Hello {
    std::string id; ///< raw JSON, as it goes back
    int protocol = 0;
    std::string build;
    Caller caller; ///< without `foreign`, which the peer does not say of itself
};

/// Reads it. Throws Error{invalid_argument} for what is no hello, Error{unavailable} for a protocol that is
/// too old.
Hello read_hello(const rpc::Line& line);

/// The answer; `protocol` is the lower of the two numbers.
std::string hello_line(const Hello& hello, std::string_view daemon, std::uint64_t acked);

} // namespace mayla::mcp
