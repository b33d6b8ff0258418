#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "shim/hello.hpp"

#include "support/catch.hpp"

#include <map>
#include <nlohmann/json.hpp>

using namespace mayla;
using namespace mayla::shim;
using nlohmann::json;

namespace {

Environment with(std::map<std::string, std::string> variables) {
    return [variables](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

} // namespace

TEST_CASE("shim: a path that is not UTF-8 is left out of the hello, since it would name another folder") {
    const Environment environment = with({{"CLAUDE_PROJECT_DIR", "/p\xe9"}});
    const json params = json::parse(hello_line("the-link", Session{}, "/caf\xe9", environment))["params"];
    CHECK_FALSE(params.contains("cwd"));
    CHECK_FALSE(params.contains("project_dir"));
}

TEST_CASE("shim: the hello tells what the wire lists and no other variable") {
    const Environment environment = with({{"PATH", "/bin"},
                                          {"VIRTUAL_ENV", "/v"},
                                          {"API_KEY", "secret"},
                                          {"CLAUDE_PROJECT_DIR", "/p"},
                                          {"CLAUDE_CODE_SESSION_ID", "s1"}});
    const std::string line = hello_line("the-link", Session{"2025-06-18", {"/r"}}, "/cwd", environment);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find("secret") == std::string::npos);
    const json message = json::parse(line);
    CHECK(message["id"] == 0);
    CHECK(message["method"] == "mayla/hello");
    CHECK(message["params"] ==
          json::parse(R"({"protocol":1,"build":")" + std::string(protocol::build()) +
                      R"(","link":"the-link","role":"mcp","cwd":"/cwd","project_dir":"/p",)"
                      R"("claude_session":"s1","roots":["/r"],"mcp_version":"2025-06-18",)"
                      R"("env":{"PATH":"/bin","VIRTUAL_ENV":"/v"}})"));
}

TEST_CASE("shim: what is not known is absent from the hello") {
    const json params = json::parse(hello_line("l", Session{}, "/", with({})))["params"];
    for (const char* member : {"project_dir", "claude_session", "roots", "mcp_version"})
        CHECK_FALSE(params.contains(member));
    CHECK(params["env"] == json::object());
}

TEST_CASE("shim: a hello that would be too long leaves out the environment, then the roots") {
    const std::string huge(limits::hello_bytes, 'x');
    const json params =
        json::parse(hello_line("l", Session{{}, {"/r"}}, "/", with({{"PATH", huge}})))["params"];
    CHECK(params["env"] == json::object());
    CHECK(params["roots"].size() == 1);
    const json rootless = json::parse(hello_line("l", Session{{}, {huge}}, "/", with({})))["params"];
    CHECK_FALSE(rootless.contains("roots"));
}

TEST_CASE("shim: bytes that are not UTF-8 do not spoil the hello") {
    CHECK(json::accept(hello_line("l", Session{}, "/\xff", with({{"PATH", "\xfe"}}))));
}

TEST_CASE("shim: the reply to hello is read, whatever else stands in it") {
    const auto reply = read_hello_reply(
        R"({"jsonrpc":"2.0","id":0,"result":{"protocol":1,"build":"9","daemon":"u","acked":41,"new":[]}})");
    REQUIRE(reply);
    CHECK_FALSE(reply->refusal);
    CHECK(reply->acked == 41);
}

TEST_CASE("shim: a refusal keeps the daemon's words") {
    CHECK(read_hello_reply(R"({"id":0,"error":{"code":-32001,"message":"foreign peer"}})")->refusal ==
          "foreign peer");
    CHECK(read_hello_reply(R"({"id":0,"error":7})")->refusal);
}

TEST_CASE("shim: a daemon of another protocol is refused with both numbers") {
    const auto reply = read_hello_reply(R"({"id":0,"result":{"protocol":0,"build":"0.0.1"}})");
    REQUIRE(reply);
    REQUIRE(reply->refusal);
    CHECK_THAT(*reply->refusal,
               Catch::Matchers::Contains("0.0.1") && Catch::Matchers::Contains("protocol 0"));
    CHECK(read_hello_reply(R"({"id":0,"result":{"protocol":99}})")->refusal);
}

TEST_CASE("shim: what is no reply to hello is told apart") {
    for (const char* line :
         {"", "x", "{}", "[]", R"({"id":1,"result":{"protocol":1}})", R"({"id":0})", R"({"id":0,"result":7})",
          R"({"id":0,"result":{}})", R"({"id":0,"result":{"protocol":"1"}})"})
        CHECK_FALSE(read_hello_reply(line));
}
