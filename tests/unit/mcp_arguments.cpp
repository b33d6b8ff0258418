#include "base/error.hpp"
#include "mcp/arguments.hpp"

#include "support/catch.hpp"

using namespace mayla;
using namespace mayla::mcp;

namespace {

struct Example {
    std::string text;
    std::optional<std::string> scope;
    std::vector<std::string> tags;
    std::optional<std::int64_t> limit;
    bool all = false;

    template <class V>
    void fields(V& v) {
        v.required("text", text, "what to keep");
        v.optional("scope", scope, "", {"project", "user"});
        v.optional("tags", tags, "words");
        v.optional("limit", limit, "");
        v.optional("all", all, "");
    }
};

std::string failure(const char* json) {
    try {
        read_arguments<Example>("remember", Json::parse(json));
    } catch (const Error& error) {
        CHECK(error.code() == Code::invalid_argument);
        return error.message();
    }
    return "";
}

} // namespace

TEST_CASE("arguments: what is given is read, what is not keeps its default") {
    const auto read = read_arguments<Example>(
        "x", Json::parse(R"({"text":"t","tags":["a","b"],"limit":7,"all":true,"scope":null})"));
    CHECK(read.text == "t");
    CHECK_FALSE(read.scope);
    CHECK(read.tags == std::vector<std::string>{"a", "b"});
    CHECK(read.limit == 7);
    CHECK(read.all);
}

TEST_CASE("arguments: each mistake is named, with the way out") {
    using Catch::Matchers::Contains;
    CHECK_THAT(failure("{}"), Contains("'text' is missing: what to keep"));
    CHECK_THAT(failure(R"({"text":"t","tagz":[]})"),
               Contains("unknown argument 'tagz'") && Contains("did you mean 'tags'"));
    CHECK_THAT(failure(R"({"text":"t","zzzzzz":1})"), Contains("It takes: text, scope, tags, limit, all"));
    CHECK_THAT(failure(R"({"text":7})"), Contains("'text' must be a string, not an integer"));
    CHECK_THAT(failure(R"({"text":"t","scope":"projekt"})"), Contains("did you mean 'project'"));
    CHECK_THAT(failure(R"({"text":"t","tags":"a"})"), Contains("'tags' must be an array of strings"));
    CHECK_THAT(failure(R"({"text":"t","tags":[1]})"), Contains("'tags' must be a string, not an integer"));
    CHECK_THAT(failure(R"({"text":"t","limit":1.5})"),
               Contains("'limit' must be an integer, not a fraction"));
    CHECK_THAT(failure(R"({"text":"t","limit":18446744073709551615})"),
               Contains("'limit' must be an integer"));
    CHECK_THAT(failure(R"([1])"), Contains("'arguments' must be an object"));
}

TEST_CASE("arguments: the schema tells what the parser takes") {
    CHECK(
        schema_of<Example>() ==
        R"({"type":"object","properties":{"text":{"type":"string","description":"what to keep"},)"
        R"("scope":{"type":"string","enum":["project","user"]},)"
        R"("tags":{"type":"array","description":"words","items":{"type":"string"}},)"
        R"("limit":{"type":"integer"},"all":{"type":"boolean"}},"required":["text"],"additionalProperties":false})");
}
