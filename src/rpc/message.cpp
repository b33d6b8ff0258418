#include "rpc/message.hpp"

#include "base/limits.hpp"

#include <nlohmann/json.hpp>

namespace mayla::rpc {

namespace {

std::string_view bytes_of(const Line& line, const JsonSpan& span) {
    return line.bytes.substr(span.begin, span.end - span.begin);
}

Malformed malformed(const JsonVerdict& verdict, ErrorCode code, std::string message) {
    return Malformed{verdict.id_usable() ? verdict.id_text.view() : std::string_view(), code,
                     std::move(message)};
}

std::string mib(std::size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

} // namespace

Message read_message(const Line& line) {
    const JsonVerdict& v = line.verdict;
    if (v.fault == JsonFault::bad_utf8)
        return malformed(v, ErrorCode::parse_error,
                         "the message is not UTF-8 (byte " + std::to_string(v.fault_at) + ")");
    if (v.fault == JsonFault::syntax)
        return malformed(v, ErrorCode::parse_error,
                         "the message is not JSON (byte " + std::to_string(v.fault_at) + ")");
    if (line.too_long)
        return malformed(v, ErrorCode::invalid_request,
                         "the message is " + std::to_string(v.length) + " bytes long; the limit is " +
                             mib(limits::message_bytes) + ". Send it in smaller parts");
    if (v.fault == JsonFault::too_deep)
        return malformed(v, ErrorCode::invalid_request,
                         "the message is nested more than " + std::to_string(limits::json_depth) + " deep");
    if (v.fault == JsonFault::duplicate_key)
        return malformed(v, ErrorCode::invalid_request, "a member of the message stands twice");
    if (v.batch())
        return malformed(v, ErrorCode::invalid_request, "batches are not supported; send one message a line");
    if (v.top != JsonKind::object || !v.jsonrpc_2)
        return malformed(v, ErrorCode::invalid_request, "not a JSON-RPC 2.0 message");
    if (v.id.present() && !v.id_usable())
        return malformed(v, ErrorCode::invalid_request,
                         "the id must be an integer or a string of at most " +
                             std::to_string(limits::id_bytes) + " bytes");
    if (v.result.present() || v.error.present()) {
        if (!v.id.present()) return malformed(v, ErrorCode::invalid_request, "an answer without an id");
        return Response{v.id_text.view()};
    }
    if (v.method.kind != JsonKind::string || v.method_text.overflowed())
        return malformed(v, ErrorCode::invalid_request,
                         "the method must be a string of at most " + std::to_string(limits::method_bytes) +
                             " bytes");
    if (v.params.present() && v.params.kind != JsonKind::object)
        return malformed(v, ErrorCode::invalid_params, "params must be an object");
    const std::string_view params = v.params.present() ? bytes_of(line, v.params) : std::string_view();
    if (!v.id.present()) return Notification{v.method_text.view(), params};
    const std::string_view arguments =
        v.arguments.present() ? bytes_of(line, v.arguments) : std::string_view();
    return Request{v.id_text.view(), v.method_text.view(), params, arguments};
}

std::string result_line(std::string_view id, std::string_view result) {
    std::string line;
    line.reserve(id.size() + result.size() + 48);
    line.append(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"result":)").append(result).append("}\n");
    return line;
}

std::string error_line(std::string_view id, ErrorCode code, std::string_view message, std::string_view data) {
    std::string line(R"({"jsonrpc":"2.0","id":)");
    line.append(id.empty() ? std::string_view("null") : id);
    line.append(R"(,"error":{"code":)").append(std::to_string(static_cast<int>(code)));
    line.append(R"(,"message":)").append(quoted(message));
    if (!data.empty()) line.append(R"(,"data":)").append(data);
    line.append("}}\n");
    return line;
}

std::string request_line(std::string_view id, std::string_view method, std::string_view params) {
    std::string line(R"({"jsonrpc":"2.0",)");
    if (!id.empty()) line.append(R"("id":)").append(id).append(",");
    line.append(R"("method":)").append(quoted(method));
    if (!params.empty()) line.append(R"(,"params":)").append(params);
    line.append("}\n");
    return line;
}

std::string quoted(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace mayla::rpc
