#include "shim/handshake.hpp"

#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "shim/answers.hpp"
#include "shim/manifest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mayla::shim {

namespace {

using nlohmann::json;

constexpr std::string_view version_key = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view capabilities_key = "io.modelcontextprotocol/clientCapabilities";

std::string refuse(const Line& request, int code, const std::string& message) {
    return error_line(request.verdict.id_text.view(), code, message);
}

std::string server_info() {
    return R"({"name":")" + std::string(protocol::server_name) + R"(","title":")" +
           std::string(protocol::server_title) + R"(","version":)" + json_string(protocol::build()) + "}";
}

/// What every result of the modern era carries, and those that may be cached.
std::string modern_members() {
    return R"(,"resultType":"complete","ttlMs":3600000,"cacheScope":"public",)"
           R"("_meta":{"io.modelcontextprotocol/serverInfo":)" +
           server_info() + "}}";
}

std::string discover() {
    return R"({"supportedVersions":[")" + std::string(protocol::modern_revision) +
           R"("],"capabilities":{"tools":{}},"instructions":)" + json_string(instructions()) +
           modern_members();
}

std::string initialize(const Line& request, std::optional<Agreed>& agreed) {
    const json message = json::parse(request.bytes, nullptr, false);
    const json* params = message.is_object() && message.contains("params") ? &message["params"] : nullptr;
    if (params == nullptr || !params->contains("protocolVersion") ||
        !(*params)["protocolVersion"].is_string())
        return refuse(request, rpc_code::invalid_params,
                      "Invalid params: initialize needs params.protocolVersion, a string");
    const auto& asked = (*params)["protocolVersion"].get_ref<const std::string&>();
    const auto& known = protocol::revisions;
    // The first of the known revisions is the modern one, which has no initialize.
    const bool supported = std::find(known.begin() + 1, known.end(), asked) != known.end();
    Agreed now{supported ? asked : std::string(protocol::latest_legacy_revision), false};
    const auto capabilities = params->find("capabilities");
    now.client_has_roots =
        capabilities != params->end() && capabilities->is_object() && capabilities->contains("roots");
    agreed = now;
    return result_line(request.verdict.id_text.view(), R"({"protocolVersion":")" + now.version +
                                                           R"(","capabilities":{"tools":{}},"serverInfo":)" +
                                                           server_info() + R"(,"instructions":)" +
                                                           json_string(instructions()) + "}");
}

std::string list_tools(const Line& request, bool modern) {
    const json message = json::parse(request.bytes, nullptr, false);
    if (message.is_object() && message.contains("params") && message["params"].contains("cursor"))
        return refuse(request, rpc_code::invalid_params,
                      "Invalid params: no such cursor; the list of tools has one page");
    return result_line(request.verdict.id_text.view(),
                       R"({"tools":)" + std::string(tools_json()) + (modern ? modern_members() : "}"));
}

/// "file:///a%20b" as "/a b". Nothing for what is not a local, absolute path.
std::optional<std::string> path_of_uri(std::string_view uri) {
    for (const std::string_view host : {"file://localhost/", "file:///"}) {
        if (uri.substr(0, host.size()) != host) continue;
        uri.remove_prefix(host.size() - 1);
        std::string path;
        for (std::size_t i = 0; i < uri.size(); ++i) {
            if (uri[i] != '%') {
                path += uri[i];
                continue;
            }
            const auto digit = [&](std::size_t at) {
                const std::size_t value = at < uri.size()
                                              ? std::string_view("0123456789abcdefABCDEF").find(uri[at])
                                              : std::string_view::npos;
                return value == std::string_view::npos ? -1
                                                       : static_cast<int>(value < 16 ? value : value - 6);
            };
            const int high = digit(i + 1);
            const int low = digit(i + 2);
            if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
            path += static_cast<char>(high * 16 + low);
            i += 2;
        }
        while (path.size() > 1 && path.back() == '/') path.pop_back();
        return path;
    }
    return std::nullopt;
}

} // namespace

std::optional<Refusal> modern_refusal(const JsonVerdict& verdict) {
    if (verdict.protocol_version.kind != JsonKind::string)
        return Refusal{rpc_code::invalid_params,
                       "Invalid params: _meta[\"" + std::string(version_key) + "\"] must be a string",
                       {}};
    const std::string_view asked = verdict.version_text.view();
    if (asked != protocol::modern_revision || verdict.version_text.overflowed())
        return Refusal{rpc_code::unknown_revision, "Unsupported protocol version: " + std::string(asked),
                       R"({"supported":[")" + std::string(protocol::modern_revision) + R"("],"requested":)" +
                           json_string(asked) + "}"};
    if (verdict.client_capabilities.kind != JsonKind::object)
        return Refusal{rpc_code::invalid_params,
                       "Invalid params: _meta[\"" + std::string(capabilities_key) + "\"] must be an object",
                       {}};
    return std::nullopt;
}

std::string local_answer(const Line& request, std::optional<Agreed>& agreed) {
    const std::string_view method = request.verdict.method_text.view();
    const std::string_view id = request.verdict.id_text.view();
    const bool modern = request.verdict.protocol_version.present();
    const bool known = method == "tools/list" || method == "server/discover" ||
                       (!modern && (method == "initialize" || method == "ping"));
    if (!known || request.verdict.method_text.overflowed())
        return refuse(request, rpc_code::unknown_method, "Method not found: " + std::string(method));
    if (request.bytes.size() > limits::handshake_bytes)
        return refuse(request, rpc_code::not_a_request,
                      "Invalid Request: " + std::string(method) + " has " +
                          std::to_string(request.bytes.size()) + " bytes; the limit is " +
                          std::to_string(limits::handshake_bytes));
    if (method == "ping") return result_line(id, "{}");
    if (method == "tools/list") return list_tools(request, modern);
    if (method == "initialize") return initialize(request, agreed);
    if (modern) return result_line(id, discover());
    return refuse(request, rpc_code::invalid_params,
                  "Invalid params: server/discover needs _meta[\"" + std::string(version_key) +
                      "\"] and _meta[\"" + std::string(capabilities_key) + "\"]");
}

std::string roots_request(std::string_view id) {
    return R"({"jsonrpc":"2.0","id":)" + json_string(id) + R"(,"method":"roots/list"})";
}

std::optional<std::vector<std::string>> roots_in_answer(std::string_view line, std::string_view id) {
    const json answer = json::parse(line, nullptr, false);
    if (!answer.is_object() || !answer.contains("id") || answer["id"] != id) return std::nullopt;
    std::vector<std::string> folders;
    if (!answer.contains("result") || !answer["result"].is_object() || !answer["result"].contains("roots"))
        return folders; // an error: the client has none to name
    for (const json& root : answer["result"]["roots"]) {
        if (folders.size() == limits::roots) break;
        if (!root.is_object() || !root.contains("uri") || !root["uri"].is_string()) continue;
        auto path = path_of_uri(root["uri"].get_ref<const std::string&>());
        if (path && path->size() <= limits::path_bytes) folders.push_back(std::move(*path));
    }
    return folders;
}

} // namespace mayla::shim
