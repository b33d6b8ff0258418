#pragma once

#include "rpc/framer.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace mayla::rpc {

/// Error codes of JSON-RPC 2.0 (section 5.1), of MCP, and our own.
enum class ErrorCode : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    internal_error = -32603,
    refused = -32001,              ///< ours: a foreign peer, too old a protocol
    unsupported_revision = -32022, ///< MCP 2026-07-28, UnsupportedProtocolVersion
};

/// A request. Views point into the line.
struct Request {
    std::string_view id; ///< its bytes, as they go back
    std::string_view method;
    std::string_view params;    ///< raw JSON; empty when there are none
    std::string_view arguments; ///< params.arguments, raw JSON; empty when there are none
};

struct Notification {
    std::string_view method;
    std::string_view params;
};

/// An answer to a request of ours.
struct Response {
    std::string_view id;
};

/// Not a message; what has to be answered.
struct Malformed {
    std::string_view id; ///< empty: unknown, the answer carries null
    ErrorCode code;
    std::string message;
};

using Message = std::variant<Request, Notification, Response, Malformed>;

/// Tells what a line is. Never throws for what a peer has sent.
Message read_message(const Line& line);

/// One line with its newline: {"jsonrpc":"2.0","id":ID,"result":RESULT}. Both are raw JSON.
std::string result_line(std::string_view id, std::string_view result);
/// The same for an error; `id` empty means null. `data` is raw JSON or empty.
std::string error_line(std::string_view id, ErrorCode code, std::string_view message,
                       std::string_view data = {});
/// A request or, with an empty id, a notification.
std::string request_line(std::string_view id, std::string_view method, std::string_view params);

/// `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
std::string quoted(std::string_view text);

} // namespace mayla::rpc
