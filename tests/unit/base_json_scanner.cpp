#include "base/json_scanner.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace mayla;

namespace {

JsonVerdict scan(std::string_view line) {
    JsonScanner scanner;
    scanner.feed(line);
    return scanner.finish();
}

/// All that a verdict says, as text, so that two can be compared.
std::string describe(const JsonVerdict& v) {
    std::string out;
    const auto add = [&](std::uint64_t n) { out += std::to_string(n) + ' '; };
    const auto add_span = [&](const JsonSpan& s) {
        add(static_cast<std::uint64_t>(s.kind));
        add(s.begin);
        add(s.end);
    };
    add(static_cast<std::uint64_t>(v.fault));
    add(v.fault_at);
    add(v.length);
    add(static_cast<std::uint64_t>(v.top));
    for (const JsonSpan* s : {&v.id, &v.method, &v.params, &v.request_id, &v.tool_name, &v.arguments,
                              &v.protocol_version, &v.client_capabilities, &v.result, &v.error})
        add_span(*s);
    add(v.jsonrpc_2);
    for (const std::string_view text :
         {v.method_text.view(), v.tool_name_text.view(), v.version_text.view(), v.id_text.view()}) {
        out += text;
        out += '|';
    }
    return out;
}

std::string_view cut(std::string_view line, const JsonSpan& span) {
    return line.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
}

const std::string call =
    R"( {"jsonrpc":"2.0","id": "a\"1" ,"method":"tools/call","params" : {"name":"x","arguments":{"id":9,"method":"no"},)"
    R"("requestId": -12 ,"_meta":{"other":[{}],"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}}},"extra":[1,2.5e-3,true,null,"\ud83d\ude00é"]} )";

} // namespace

TEST_CASE("json scanner: finds what relaying needs, and only at its place") {
    const JsonVerdict v = scan(call);
    CHECK(v.sound());
    CHECK(v.top == JsonKind::object);
    CHECK(v.jsonrpc_2);
    CHECK(v.id.kind == JsonKind::string);
    CHECK(cut(call, v.id) == R"("a\"1")");
    CHECK(v.id_text.view() == R"("a\"1")");
    CHECK(v.method_text.view() == "tools/call");
    CHECK(cut(call, v.method) == R"("tools/call")");
    CHECK(v.params.kind == JsonKind::object);
    CHECK(cut(call, v.params).front() == '{');
    CHECK(cut(call, v.params).back() == '}');
    CHECK(cut(call, v.request_id) == "-12");
    CHECK(v.tool_name_text.view() == "x");
    CHECK(cut(call, v.arguments) == R"({"id":9,"method":"no"})");
    CHECK(v.version_text.view() == "2026-07-28");
    CHECK(v.client_capabilities.kind == JsonKind::object);
    CHECK_FALSE(v.result.present());
}

TEST_CASE("json scanner: a line split at every byte gives the same verdict") {
    const std::vector<std::string> lines = {
        call,
        R"({"id":9007199254740993,"method":"\u0070ing"})",
        R"({"id":1,"params":{"text":"\ud800 x \uDFFF"},"method":"m"})",
        std::string("{\"id\":\"\xed\xa0\x80\",\"x\":\"\xf0\x9f\x98\"}"),
        R"({"id":1,"id":2})",
        R"({"id":1.5e3,"method":12})",
        R"([1,{"id":2}])",
        R"({"id":)",
        R"(12)",
        R"(-)",
        "",
    };
    for (const std::string& line : lines) {
        const std::string whole = describe(scan(line));
        JsonScanner bytewise;
        for (std::size_t split = 0; split <= line.size(); ++split) {
            JsonScanner scanner;
            scanner.feed(std::string_view(line).substr(0, split));
            scanner.feed(std::string_view(line).substr(split));
            INFO(line << " split at " << split);
            CHECK(describe(scanner.finish()) == whole);
            if (split < line.size()) bytewise.feed(std::string_view(line).substr(split, 1));
        }
        CHECK(describe(bytewise.finish()) == whole);
    }
}

TEST_CASE("json scanner: the kind of an id is told, and its bytes are kept") {
    const auto kind = [](std::string_view id) { return scan("{\"id\":" + std::string(id) + "}").id.kind; };
    CHECK(kind("null") == JsonKind::null);
    CHECK(kind("true") == JsonKind::boolean);
    CHECK(kind("1.0") == JsonKind::floating);
    CHECK(kind("1e2") == JsonKind::floating);
    CHECK(kind("{}") == JsonKind::object);
    CHECK(kind("[7]") == JsonKind::array);
    CHECK(kind("\"\"") == JsonKind::string);
    CHECK(scan("{}").id.kind == JsonKind::absent);
    for (const std::string_view id : {"0", "-1", "9007199254740993", "18446744073709551616", "\"\\u0041\""}) {
        const JsonVerdict v = scan("{\"id\":" + std::string(id) + "}");
        CHECK(v.id_usable());
        CHECK(v.id_text.view() == id);
    }
}

TEST_CASE("json scanner: an id beyond its limit is not usable") {
    const std::string longest = '"' + std::string(limits::id_bytes - 2, 'x') + '"';
    CHECK(scan("{\"id\":" + longest + "}").id_usable());
    CHECK_FALSE(scan("{\"id\":" + longest.substr(0, longest.size() - 1) + "x\"}").id_usable());
}

TEST_CASE("json scanner: escaped keys mean what they say") {
    const std::string line =
        R"({"\u0069d":7,"m\u0065thod":"pi\u006eg","p\u0061rams":{"request\u0049d":"r"}})";
    const JsonVerdict v = scan(line);
    CHECK(v.id_text.view() == "7");
    CHECK(v.method_text.view() == "ping");
    CHECK(cut(line, v.request_id) == "\"r\"");
}

TEST_CASE("json scanner: a member that is looked for may stand only once") {
    for (const char* line :
         {R"({"id":1,"method":"a","id":2})", R"({"method":"a","method":"b"})", R"({"params":{},"params":{}})",
          R"({"id":1,"\u0069d":2})", R"({"params":{"requestId":1,"requestId":2}})"}) {
        INFO(line);
        CHECK(scan(line).fault == JsonFault::duplicate_key);
    }
    CHECK_FALSE(scan(R"({"id":1,"id":2})").id.present());
    CHECK(scan(R"({"method":"a","method":"b","id":3})").id_text.view() == "3");
    CHECK(scan(R"({"x":1,"x":2,"params":{"id":1,"a":{"id":2}}})").sound());
}

TEST_CASE("json scanner: the grammar is checked to the last byte") {
    for (const char* good : {"{}", "[]", " 1 ", "-0", "0.5", "1E+9", "\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"",
                             "[[],{}]", "{\"a\":{\"b\":[1,2,{}]}}", "true", "null", "1e999"}) {
        INFO(good);
        CHECK(scan(good).sound());
    }
    for (const char* bad :
         {"{",        "}",   "[1,]",      "{\"a\":1,}", "{a:1}",    "{\"a\" 1}", "01",      "1.",
          ".5",       "+1",  "1e",        "-",          "nul",      "truee",     "\"\\x\"", "\"\\u12g4\"",
          "\"a\tb\"", "[1}", "{\"a\":1]", "1 2",        "{} {}",    "'a'",       "[1 2]",   "{1:2}",
          "NaN",      "//x", "\"abc",     "{\"a\"}",    "{\"a\":}", "\x7f"}) {
        INFO(bad);
        CHECK(scan(bad).fault == JsonFault::syntax);
    }
    const std::string with_nul("{\"a\":\"\0\"}", 9);
    CHECK(scan(with_nul).fault == JsonFault::syntax);
    CHECK(scan("").blank());
    CHECK(scan(" \r\t").blank());
    CHECK_FALSE(scan("1").blank());
}

TEST_CASE("json scanner: what is not UTF-8 is told apart, and the id is still found") {
    for (const char* bad :
         {"\xff", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xf0\x9f\x98", "\\ud800", "\\udc00",
          "\\ud800\\ud800", "\\ud800\\n", "\\ud800x", "\xc3\xa9\xc3"}) {
        const JsonVerdict v = scan("{\"x\":\"" + std::string(bad) + "\",\"id\":5}");
        INFO(bad);
        CHECK(v.fault == JsonFault::bad_utf8);
        CHECK(v.id_text.view() == "5");
    }
    for (const char* good : {"\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                             "\xf4\x8f\xbf\xbf", "\\ud83d\\ude00", "\\u0000", "\x7f"}) {
        INFO(good);
        CHECK(scan("{\"x\":\"" + std::string(good) + "\"}").sound());
    }
    CHECK_FALSE(scan("{\"id\":\"\xff\",\"x\":1}").id.present());
    CHECK_FALSE(scan("{\"id\":\"\\ud800\"}").id.present());
    CHECK(scan("{\"\xff\":1,\"id\":5}").id_text.view() == "5");
    CHECK(scan("\xff").fault == JsonFault::syntax);
}

TEST_CASE("json scanner: the depth limit holds, and what follows is still read") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(scan(nested(limits::json_depth)).sound());
    CHECK(scan(nested(limits::json_depth + 1)).fault == JsonFault::too_deep);
    const JsonVerdict v =
        scan("{\"params\":{\"a\":" + nested(100'000) + ",\"b\":{\"c\":\"]\\\"}\"}},\"id\":\"last\"}");
    CHECK(v.fault == JsonFault::too_deep);
    CHECK(v.id_text.view() == "\"last\"");
    CHECK(scan("{\"id\":1,\"params\":" + std::string(100'000, '[')).fault == JsonFault::too_deep);
}

TEST_CASE("json scanner: an id that is cut short is no id") {
    CHECK_FALSE(scan("{\"x\":\"\\ud800\",\"id\":\"abc").id.present());
    CHECK_FALSE(scan("{\"x\":\"\\ud800\",\"id\":\"a\tb\"}").id.present());
}

TEST_CASE("json scanner: a line far above the message limit costs no more, and its id may come last") {
    JsonScanner scanner;
    scanner.feed("{\"method\":\"tools/call\",\"params\":{\"text\":\"");
    const std::string block(1u << 20, 'x');
    for (std::size_t fed = 0; fed < 4 * limits::message_bytes; fed += block.size()) scanner.feed(block);
    scanner.feed("\"},\"id\":\"the ");
    scanner.feed("last\"}");
    const JsonVerdict& v = scanner.finish();
    CHECK(v.sound());
    CHECK(v.length > 4 * limits::message_bytes);
    CHECK(v.id_text.view() == "\"the last\"");
    CHECK(v.method_text.view() == "tools/call");
    STATIC_REQUIRE(sizeof(JsonScanner) < 4096);
}

TEST_CASE("json scanner: responses, batches and other shapes are recognised") {
    CHECK(scan(R"({"jsonrpc":"2.0","id":1,"result":null})").result.kind == JsonKind::null);
    CHECK(scan(R"({"jsonrpc":"2.0","id":1,"error":{}})").error.kind == JsonKind::object);
    CHECK(scan("[{\"id\":1}]").batch());
    CHECK_FALSE(scan("[{\"id\":1}]").id.present());
    CHECK(scan(R"({"params":[{"_meta":{}}]})").params.kind == JsonKind::array);
    CHECK(scan(R"({"params":"x"})").params.kind == JsonKind::string);
    CHECK_FALSE(scan(R"({"jsonrpc":2.0})").jsonrpc_2);
    CHECK_FALSE(scan(R"({"jsonrpc":"2.00"})").jsonrpc_2);
    CHECK(scan(R"({"method":7})").method.kind == JsonKind::integer);
    CHECK(scan(R"({"method":7})").method_text.view().empty());
    CHECK(
        scan("{\"method\":\"" + std::string(limits::method_bytes + 1, 'm') + "\"}").method_text.overflowed());
    CHECK(scan(R"({"params":{"x":{"_meta":{"io.modelcontextprotocol/protocolVersion":"no"}}}})")
              .version_text.view()
              .empty());
}

TEST_CASE("json scanner: reset forgets the line before") {
    JsonScanner scanner;
    scanner.feed("{\"id\":1,\"id\":2,[");
    scanner.finish();
    scanner.reset();
    scanner.feed("{\"id\":3}");
    CHECK(describe(scanner.finish()) == describe(scan("{\"id\":3}")));
}
