#include "shim/hello.hpp"

#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

namespace mayla::shim {

namespace {

using nlohmann::json;

constexpr const char* told_variables[] = {"PATH",      "VIRTUAL_ENV", "CONDA_PREFIX", "GOPATH", "GOROOT",
                                          "JAVA_HOME", "CARGO_HOME",  "RUSTUP_HOME",  "LANG",   "TMPDIR"};

std::string text(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace); }

} // namespace

std::string hello_line(std::string_view link, const Session& session, const std::string& cwd,
                       const Environment& environment) {
    json params = {{"protocol", protocol::wire},
                   {"build", protocol::build()},
                   {"link", link},
                   {"role", "mcp"},
                   {"env", json::object()}};
    // JSON cannot carry other bytes, and a path with replacements would name another folder.
    if (is_utf8(cwd)) params["cwd"] = cwd;
    const auto tell = [&](const char* member, const char* variable) {
        const auto value = environment(variable);
        if (value && !value->empty() && value->size() <= limits::path_bytes && is_utf8(*value))
            params[member] = *value;
    };
    tell("project_dir", "CLAUDE_PROJECT_DIR");
    tell("claude_session", "CLAUDE_CODE_SESSION_ID");
    if (!session.roots.empty()) params["roots"] = session.roots;
    if (session.mcp_version) params["mcp_version"] = *session.mcp_version;
    for (const char* name : told_variables)
        if (const auto value = environment(name)) params["env"][name] = *value;

    json message = {{"jsonrpc", "2.0"}, {"id", 0}, {"method", "mayla/hello"}, {"params", std::move(params)}};
    std::string line = text(message);
    if (line.size() > limits::hello_bytes) {
        message["params"]["env"] = json::object();
        line = text(message);
    }
    if (line.size() > limits::hello_bytes) {
        message["params"].erase("roots");
        line = text(message);
    }
    return line;
}

std::optional<HelloReply> read_hello_reply(std::string_view line) {
    if (line.empty() || line.size() > limits::hello_bytes) return std::nullopt;
    const json message = json::parse(line, nullptr, false);
    if (!message.is_object() || !message.contains("id") || message["id"] != 0) return std::nullopt;
    HelloReply reply;
    if (message.contains("error")) {
        const json& error = message["error"];
        reply.refusal = "the daemon refused this session and did not say why";
        if (error.is_object() && error.contains("message") && error["message"].is_string())
            reply.refusal = error["message"].get<std::string>();
        return reply;
    }
    if (!message.contains("result") || !message["result"].is_object()) return std::nullopt;
    const json& result = message["result"];
    if (!result.contains("protocol") || !result["protocol"].is_number_integer()) return std::nullopt;
    const auto spoken = result["protocol"].get<std::int64_t>();
    if (spoken < protocol::oldest_wire || spoken > protocol::wire) {
        const std::string build = result.contains("build") && result["build"].is_string()
                                      ? result["build"].get<std::string>()
                                      : std::string("of unknown version");
        reply.refusal = "the daemon (" + build + ") speaks protocol " + std::to_string(spoken) +
                        ", this session's mayla-shim (" + std::string(protocol::build()) + ") speaks " +
                        std::to_string(protocol::oldest_wire) + " to " + std::to_string(protocol::wire);
        return reply;
    }
    if (result.contains("acked") && result["acked"].is_number_unsigned())
        reply.acked = result["acked"].get<std::uint64_t>();
    return reply;
}

} // namespace mayla::shim
