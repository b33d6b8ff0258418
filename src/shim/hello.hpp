#pragma once

#include "base/paths.hpp"
#include "shim/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::shim {

/// The first line of a connection (src/README.md, The wire), without newline. Of the environment only what
/// the wire lists is told, because the rest holds keys. Within limits::hello_bytes: what is too long is left
/// out, the environment first.
std::string hello_line(std::string_view link, const Session& session, const std::string& cwd,
                       const Environment& environment);

/// The daemon's answer to it. A refusal has a message, made for the user.
struct HelloReply {
    std::optional<std::string> refusal;
    std::uint64_t acked = 0;
};
/// Nothing when the line is not an answer to hello at all.
std::optional<HelloReply> read_hello_reply(std::string_view line);

} // namespace mayla::shim
