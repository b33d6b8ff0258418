#include "shim/answers.hpp"

#include <nlohmann/json.hpp>

namespace mayla::shim {

namespace {

std::string opening(std::string_view id) {
    std::string line = R"({"jsonrpc":"2.0","id":)";
    line += id.empty() ? "null" : id;
    return line;
}

} // namespace

std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string result_line(std::string_view id, std::string_view result) {
    std::string line = opening(id) + R"(,"result":)";
    line += result;
    line += '}';
    return line;
}

std::string error_line(std::string_view id, int code, std::string_view message, std::string_view data) {
    std::string line =
        opening(id) + R"(,"error":{"code":)" + std::to_string(code) + R"(,"message":)" + json_string(message);
    if (!data.empty()) {
        line += R"(,"data":)";
        line += data;
    }
    return line + "}}";
}

std::string tool_error_line(std::string_view id, bool modern, std::string_view text) {
    return result_line(id, R"({"content":[{"type":"text","text":)" + json_string(text) +
                               R"(}],"isError":true)" + (modern ? R"(,"resultType":"complete"})" : "}"));
}

} // namespace mayla::shim
