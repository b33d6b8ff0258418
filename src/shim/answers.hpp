#pragma once

#include <string>
#include <string_view>

/// The lines that the shim writes itself. `id` is the client's own bytes; empty stands for null.
namespace mayla::shim {

/// JSON-RPC error codes, as MCP uses them.
namespace rpc_code {
inline constexpr int not_json = -32700;
inline constexpr int not_a_request = -32600;
inline constexpr int unknown_method = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int unknown_revision = -32022;
} // namespace rpc_code

/// `text` as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// `{"jsonrpc":"2.0","id":ID,"result":RESULT}`.
std::string result_line(std::string_view id, std::string_view result);

/// `data` is JSON; left out when empty.
std::string error_line(std::string_view id, int code, std::string_view message, std::string_view data = {});

/// A tool's failure: a result with isError and one text block, which the model reads.
std::string tool_error_line(std::string_view id, bool modern, std::string_view text);

} // namespace mayla::shim
