#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "shim/client.hpp"
#include "shim/manifest.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace mayla;
using namespace mayla::shim;
using nlohmann::json;

namespace {

struct Heard : Relay {
    std::vector<std::string> calls;
    std::vector<std::string> cancels;

    void call(const Line& request, bool modern) override {
        calls.push_back(std::string(request.verdict.id_text.view()) + (modern ? " modern" : " legacy"));
    }
    void cancelled(const Line& notification) override {
        cancels.emplace_back(notification.at(notification.verdict.request_id));
    }
};

/// A client's side without anything around it.
struct Desk {
    Outbox out;
    Session session;
    Heard heard;
    Client client{out, session, heard};
    LineReader reader;

    /// What comes back for these bytes: one JSON text a line.
    std::vector<std::string> say(const std::string& bytes) {
        const std::string stream = bytes + '\n';
        std::string_view chunk = stream;
        while (const auto line = reader.next(chunk)) client.take(*line);
        std::vector<std::string> lines;
        std::string_view pending = out.pending();
        while (!pending.empty()) {
            lines.emplace_back(pending.substr(0, pending.find('\n')));
            pending.remove_prefix(lines.back().size() + 1);
        }
        out.clear();
        return lines;
    }
    json ask(const std::string& bytes) {
        const auto lines = say(bytes);
        REQUIRE(lines.size() == 1);
        return json::parse(lines.front());
    }
    int code(const std::string& bytes) { return ask(bytes)["error"]["code"].get<int>(); }
};

std::string request(const std::string& method, const std::string& params = {}, const std::string& id = "1") {
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + '"' +
           (params.empty() ? "" : ",\"params\":" + params) + '}';
}

const std::string modern_params =
    R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}})";

std::string initialize(const std::string& version, const std::string& capabilities = "{}") {
    return request("initialize",
                   R"({"protocolVersion":")" + version + R"(","capabilities":)" + capabilities + "}");
}

} // namespace

TEST_CASE("shim: initialize agrees on a revision that both know, or offers the newest with a handshake") {
    Desk desk;
    for (const char* known : {"2025-11-25", "2025-06-18", "2024-11-05"}) {
        CHECK(desk.ask(initialize(known))["result"]["protocolVersion"] == known);
        CHECK(desk.session.mcp_version == known);
    }
    for (const char* unknown : {"2025-03-26", "2026-07-28", "2099-01-01", ""})
        CHECK(desk.ask(initialize(unknown))["result"]["protocolVersion"] == "2025-11-25");
    const json result = desk.ask(initialize("2025-11-25"))["result"];
    CHECK(result["capabilities"] == json::parse(R"({"tools":{}})"));
    CHECK(result["serverInfo"]["name"] == "mayla");
    CHECK(result["instructions"] == std::string(instructions()));
    CHECK_FALSE(result.contains("resultType"));
}

TEST_CASE("shim: initialize without a revision is refused") {
    Desk desk;
    for (const char* params : {"{}", R"({"protocolVersion":7})"})
        CHECK(desk.code(request("initialize", params)) == -32602);
    CHECK(desk.code(request("initialize")) == -32602);
    CHECK_FALSE(desk.session.mcp_version);
}

TEST_CASE("shim: the modern era has no handshake and every result says that it is complete") {
    Desk desk;
    const json discovered = desk.ask(request("server/discover", modern_params))["result"];
    CHECK(discovered["supportedVersions"] == json::parse(R"(["2026-07-28"])"));
    CHECK(discovered["capabilities"] == json::parse(R"({"tools":{}})"));
    CHECK(discovered["instructions"] == std::string(instructions()));
    const json listed = desk.ask(request("tools/list", modern_params))["result"];
    CHECK(listed["tools"] == json::parse(tools_json()));
    for (const json& result : {discovered, listed}) {
        CHECK(result["resultType"] == "complete");
        CHECK(result["ttlMs"] == 3600000);
        CHECK(result["cacheScope"] == "public");
        CHECK(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "mayla");
    }
    for (const char* method :
         {"initialize", "ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen"})
        CHECK(desk.code(request(method, modern_params)) == -32601);
}

TEST_CASE("shim: a modern request without its required members is refused") {
    Desk desk;
    CHECK(desk.code(request("server/discover")) == -32602);
    CHECK(desk.code(request("server/discover", R"({"_meta":{}})")) == -32602);
    CHECK(desk.code(request("tools/list",
                            R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})")) ==
          -32602);
    CHECK(desk.code(request("tools/call", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":7,)"
                                          R"("io.modelcontextprotocol/clientCapabilities":{}}})")) == -32602);
    CHECK(desk.heard.calls.empty());
}

TEST_CASE("shim: an unknown modern revision is answered with those that are known") {
    Desk desk;
    for (const std::string version : {"2027-01-01", "2025-11-25", "a\\\"b"}) {
        const json error = desk.ask(
            request("tools/list", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":")" + version +
                                      R"(","io.modelcontextprotocol/clientCapabilities":{}}})"))["error"];
        CHECK(error["code"] == -32022);
        CHECK(error["data"]["supported"] == json::parse(R"(["2026-07-28"])"));
        CHECK(error["data"]["requested"] == json::parse('"' + version + '"'));
    }
}

TEST_CASE("shim: eras may be mixed on one connection") {
    Desk desk;
    desk.ask(initialize("2025-06-18"));
    CHECK(desk.ask(request("tools/list", modern_params))["result"]["resultType"] == "complete");
    CHECK_FALSE(desk.ask(request("tools/list"))["result"].contains("resultType"));
    CHECK(desk.say(request("tools/call", modern_params, "\"a\"")).empty());
    CHECK(desk.say(request("tools/call", "{}", "2")).empty());
    CHECK(desk.heard.calls == std::vector<std::string>{"\"a\" modern", "2 legacy"});
}

TEST_CASE("shim: ping is answered before and after the handshake") {
    Desk desk;
    CHECK(desk.say(request("ping")) == std::vector<std::string>{R"({"jsonrpc":"2.0","id":1,"result":{}})"});
    desk.ask(initialize("2025-11-25"));
    CHECK(desk.ask(request("ping"))["result"] == json::object());
}

TEST_CASE("shim: the list of tools has one page and fits on one line") {
    Desk desk;
    CHECK(desk.code(request("tools/list", R"({"cursor":"x"})")) == -32602);
    CHECK(tools_json().find('\n') == std::string_view::npos);
    for (const json& tool : json::parse(tools_json())) {
        CHECK(tool["inputSchema"]["type"] == "object");
        CHECK_FALSE(tool.contains("outputSchema"));
    }
    CHECK(tools_json().size() <= 9000);
    CHECK(instructions().size() < 2048);
}

TEST_CASE("shim: unknown methods are errors, unknown notifications are not") {
    Desk desk;
    CHECK(desk.code(request("resources/list")) == -32601);
    CHECK(desk.code(request("x/" + std::string(500, 'y'))) == -32601);
    CHECK(desk.say(R"({"jsonrpc":"2.0","method":"notifications/unheard-of"})").empty());
    CHECK(desk.say("").empty());
    CHECK(desk.say(" \r").empty());
    CHECK(desk.ask(request("ping"))["id"] == 1);
}

TEST_CASE("shim: ids go back byte for byte when they are legal, as null when they are not") {
    Desk desk;
    const std::string too_long = "\"" + std::string(limits::id_bytes, 'x') + "\"";
    for (const std::string_view bad : {"null", "true", "1.5", "1e3", "{}", "[]", too_long.c_str()}) {
        const std::string id(bad);
        const json answer = desk.ask(request("ping", {}, id));
        CHECK(answer["id"].is_null());
        CHECK(answer["error"]["code"] == -32600);
    }
}

TEST_CASE("shim: malformed lines get the right code, and the reading goes on") {
    Desk desk;
    const auto check = [&](const std::string& line, int code, const json& id) {
        INFO(line.substr(0, 100));
        const json answer = desk.ask(line);
        CHECK(answer["error"]["code"] == code);
        CHECK(answer["id"] == id);
        CHECK(desk.ask(request("ping"))["id"] == 1);
    };
    check("hello", -32700, nullptr);
    check(R"({"jsonrpc":"2.0","id":1,"method":"ping")", -32700, nullptr);
    check(R"({"jsonrpc":"2.0","id":1,"method":"ping",})", -32700, nullptr);
    check("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\",\"params\":{\"x\":\"\xff\"}}", -32700, 5);
    check(R"({"jsonrpc":"2.0","id":6,"method":"ping","params":{"x":"\ud800"}})", -32700, 6);
    check("[" + request("ping") + "]", -32600, nullptr);
    check("[]", -32600, nullptr);
    check("7", -32600, nullptr);
    check("\"text\"", -32600, nullptr);
    check(R"({"jsonrpc":"2.0","id":7})", -32600, 7);
    check(R"({"jsonrpc":"2.0","id":7,"method":5})", -32600, 7);
    check(R"({"id":7,"method":"ping"})", -32600, 7);
    check(R"({"jsonrpc":"1.0","id":7,"method":"ping"})", -32600, 7);
    check(R"({"jsonrpc":"2.0","id":7,"id":8,"method":"ping"})", -32600, nullptr);
    check(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":[1]})", -32602, 7);
    check(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":"x"})", -32600, 7);
    check(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":null})", -32600, 7);
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    check(R"({"jsonrpc":"2.0","id":"d","method":"tools/call","params":{"a":)" + deep + "}}", -32600, "d");
    check(R"({"jsonrpc":"2.0","method":"tools/call","params":{"a":)" + deep + "},\"id\":9}", -32600, 9);
    CHECK(desk.heard.calls.empty());
}

TEST_CASE("shim: a message over the limit is answered with its id, even when the id comes last") {
    Desk desk;
    const std::string text(4 * limits::message_bytes, 'x');
    const json answer = desk.ask(R"({"jsonrpc":"2.0","method":"tools/call","params":{"text":")" + text +
                                 R"("},"id":"last"})");
    CHECK(answer["id"] == "last");
    CHECK(answer["error"]["code"] == -32600);
    CHECK_THAT(answer["error"]["message"].get<std::string>(), Catch::Matchers::Contains("16777216"));
    CHECK(desk.say(R"({"jsonrpc":"2.0","method":"notifications/x","params":{"text":")" + text + "\"}}")
              .empty());
    CHECK(desk.ask(request("ping"))["id"] == 1);
}

TEST_CASE("shim: a handshake message over its own limit is refused") {
    Desk desk;
    const std::string long_name(limits::handshake_bytes, 'x');
    CHECK(desk.code(request("initialize", R"({"protocolVersion":"2025-11-25","x":")" + long_name + "\"}")) ==
          -32600);
}

TEST_CASE("shim: a client with roots is asked for them once, and again when they change") {
    Desk desk;
    desk.ask(initialize("2025-11-25", R"({"roots":{"listChanged":true}})"));
    const json question = desk.ask(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    CHECK(question["method"] == "roots/list");
    REQUIRE(question["id"].is_string());
    const auto answer = [](const json& id, const std::string& roots) {
        return R"({"jsonrpc":"2.0","id":)" + id.dump() + R"(,"result":{"roots":)" + roots + "}}";
    };
    CHECK(desk.say(answer("other", R"([{"uri":"file:///no"}])")).empty());
    CHECK(desk.session.roots.empty());
    CHECK(desk.say(answer(question["id"],
                          R"([{"uri":"file:///a%20b/"},{"uri":"http://x/"},{"uri":7},)"
                          R"({"uri":"file://localhost/c"},{"uri":"file:///d%zz"},{"uri":"file:///%00"}])"))
              .empty());
    CHECK(desk.session.roots == std::vector<std::string>{"/a b", "/c"});
    CHECK(desk.say(answer(question["id"], "[]")).empty());
    CHECK(desk.session.roots.size() == 2);

    const json again = desk.ask(R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})");
    CHECK(again["id"] != question["id"]);
    CHECK(
        desk.say(R"({"jsonrpc":"2.0","id":)" + again["id"].dump() + R"(,"error":{"code":-1,"message":"x"}})")
            .empty());
    CHECK(desk.session.roots.empty());
}

TEST_CASE("shim: nobody else is asked for roots") {
    Desk desk;
    CHECK(desk.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").empty());
    desk.ask(initialize("2025-11-25"));
    CHECK(desk.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").empty());
    desk.ask(request("server/discover", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                        R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}}}})"));
    CHECK(desk.say(R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})").empty());
}

TEST_CASE("shim: cancellations are passed on when they name a request") {
    Desk desk;
    const auto cancel = [](const std::string& params) {
        return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":)" + params + "}";
    };
    for (const char* params : {R"({"requestId":"a"})", R"({"requestId":18446744073709551616})",
                               R"({"requestId":null})", "{}", "[]", R"({"requestId":1.5})"})
        CHECK(desk.say(cancel(params)).empty());
    CHECK(desk.heard.cancels == std::vector<std::string>{"\"a\"", "18446744073709551616"});
}
