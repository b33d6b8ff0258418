#pragma once

#include "mcp/call.hpp"
#include "rpc/message.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace mayla::mcp {

/// How a call's answer is dressed.
enum class Dress {
    legacy, ///< a tool result of the revisions with a handshake
    modern, ///< the same with `resultType` and serverInfo (MCP 2026-07-28)
    method, ///< a method of ours: the reply's text is the result itself, a failure is a JSON-RPC error
};

/// The line that answers `id`.
std::string answer_line(std::string_view id, const Reply& reply, Dress dress);

/// What a failure looks like to the caller: "CODE: what happened". The only place where an exception becomes
/// an answer. What is no Error of ours is `internal`; `unexpected`, when given, is set to its text, for the
/// log.
Reply reply_of(const std::exception_ptr& failure, std::string* unexpected = nullptr);

} // namespace mayla::mcp
