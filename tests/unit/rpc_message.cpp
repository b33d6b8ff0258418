#include "base/limits.hpp"
#include "rpc/framer.hpp"
#include "rpc/message.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace mayla;
using namespace mayla::rpc;

namespace {

/// What the only line of `bytes` is; strings are copied out, since views die with the line.
struct Read {
    std::string kind, id, method, text;
    int code = 0;
};

std::vector<Read> read_all(const std::vector<std::string>& parts) {
    Framer framer;
    std::vector<Read> all;
    for (const std::string& part : parts)
        framer.feed(part, [&](const Line& line) {
            const Message message = read_message(line);
            Read read;
            if (const auto* request = std::get_if<Request>(&message))
                read = {"request", std::string(request->id), std::string(request->method),
                        std::string(request->params)};
            else if (const auto* notification = std::get_if<Notification>(&message))
                read = {"notification", "", std::string(notification->method),
                        std::string(notification->params)};
            else if (const auto* response = std::get_if<Response>(&message))
                read = {"response", std::string(response->id), "", ""};
            else if (const auto* bad = std::get_if<Malformed>(&message))
                read = {"malformed", std::string(bad->id), "", bad->message, static_cast<int>(bad->code)};
            all.push_back(read);
        });
    return all;
}

Read read_one(const std::string& line) {
    const auto all = read_all({line + "\n"});
    REQUIRE(all.size() == 1);
    return all.front();
}

} // namespace

TEST_CASE("framer: a line split at every byte is still one line") {
    const std::string line = R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"é"}})"
                             "\r\n\n";
    for (std::size_t at = 0; at <= line.size(); ++at) {
        const auto all = read_all({line.substr(0, at), line.substr(at)});
        REQUIRE(all.size() == 1);
        CHECK(all.front().id == "7");
        CHECK(all.front().text == R"({"name":"é"})");
    }
}

TEST_CASE("framer: a line above the limit keeps nothing but its id, and the next line is whole") {
    Framer framer;
    std::vector<std::string> seen;
    const auto on_line = [&](const Line& line) {
        const Message message = read_message(line);
        if (const auto* bad = std::get_if<Malformed>(&message)) {
            CHECK(line.bytes.empty());
            seen.push_back("malformed " + std::string(bad->id) + " " + bad->message);
        } else {
            seen.push_back(std::string(std::get<Request>(message).method));
        }
    };
    framer.feed(R"({"jsonrpc":"2.0","params":{"text":")", on_line);
    const std::string megabyte(1u << 20, 'x');
    for (int i = 0; i < 17; ++i) framer.feed(megabyte, on_line);
    framer.feed("\"},\"method\":\"m\",\"id\":\"last\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"next\"}\n",
                on_line);
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].find("malformed \"last\" ") == 0);
    CHECK(seen[0].find("16 MiB") != std::string::npos);
    CHECK(seen[1] == "next");
}

TEST_CASE("message: what is a request, a notification, a response") {
    CHECK(read_one(R"({"jsonrpc":"2.0","id":"a","method":"x"})").kind == "request");
    CHECK(read_one(R"({"jsonrpc":"2.0","method":"x","params":{}})").kind == "notification");
    CHECK(read_one(R"({"jsonrpc":"2.0","id":1,"result":{}})").kind == "response");
    CHECK(read_one(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})").kind == "response");
}

TEST_CASE("message: what is malformed gets the right code, and its id where it has one") {
    struct Case {
        std::string line, id;
        ErrorCode code;
    };
    const std::vector<Case> cases{
        {"{", "", ErrorCode::parse_error},
        {"nonsense", "", ErrorCode::parse_error},
        {"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"\xff\"}", "5", ErrorCode::parse_error},
        {"[]", "", ErrorCode::invalid_request},
        {R"([{"jsonrpc":"2.0","id":1,"method":"x"}])", "", ErrorCode::invalid_request},
        {"7", "", ErrorCode::invalid_request},
        {R"({"id":1,"method":"x"})", "1", ErrorCode::invalid_request},
        {R"({"jsonrpc":"1.0","id":1,"method":"x"})", "1", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":null,"method":"x"})", "", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":1.5,"method":"x"})", "", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":true,"method":"x"})", "", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":{},"method":"x"})", "", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"x"})", "", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":1,"method":7})", "1", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":1})", "1", ErrorCode::invalid_request},
        {R"({"jsonrpc":"2.0","id":1,"method":"x","params":[1]})", "1", ErrorCode::invalid_params},
        {R"({"jsonrpc":"2.0","id":1,"method":"x","params":"p"})", "1", ErrorCode::invalid_params},
        {R"({"jsonrpc":"2.0","result":{}})", "", ErrorCode::invalid_request},
    };
    for (const Case& c : cases) {
        INFO(c.line);
        const Read read = read_one(c.line);
        CHECK(read.kind == "malformed");
        CHECK(read.code == static_cast<int>(c.code));
        CHECK(read.id == c.id);
    }
    const std::string deep(100'000, '[');
    const Read read = read_one(R"({"jsonrpc":"2.0","params":)" + deep + std::string(100'000, ']') +
                               R"(,"id":3,"method":"x"})");
    CHECK(read.kind == "malformed");
    CHECK(read.id == "3");
    CHECK(read.text.find("512") != std::string::npos);
}

TEST_CASE("message: large integers and odd strings keep their bytes as ids") {
    for (const std::string id : {"9007199254740993", "18446744073709551616", "-1", R"("a\"\u0041 b")"})
        CHECK(read_one(R"({"jsonrpc":"2.0","method":"x","id":)" + id + "}").id == id);
}

TEST_CASE("message: lines that we write are lines that we read") {
    CHECK(
        read_one(result_line("5", R"({"a":1})").substr(0, result_line("5", R"({"a":1})").size() - 1)).kind ==
        "response");
    CHECK(error_line("", ErrorCode::parse_error, "a \"b\"\n") ==
          "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"a \\\"b\\\"\\n\"}}\n");
    CHECK(request_line("", "mayla/acked", R"({"seq":1})") ==
          "{\"jsonrpc\":\"2.0\",\"method\":\"mayla/acked\",\"params\":{\"seq\":1}}\n");
    CHECK(quoted("\xff") == "\"\xef\xbf\xbd\"");
}
