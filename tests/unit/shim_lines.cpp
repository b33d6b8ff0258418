#include "base/limits.hpp"
#include "shim/line_reader.hpp"
#include "shim/outbox.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace mayla;
using namespace mayla::shim;

namespace {

std::vector<std::string> lines_of(std::string_view stream, std::size_t piece) {
    LineReader reader;
    std::vector<std::string> lines;
    while (!stream.empty()) {
        std::string_view chunk = stream.substr(0, piece);
        stream.remove_prefix(chunk.size());
        while (const auto line = reader.next(chunk))
            lines.push_back(std::string(line->bytes) + '|' + std::string(line->verdict.id_text.view()));
    }
    return lines;
}

} // namespace

TEST_CASE("shim: a stream is cut into the same lines wherever it is split") {
    const std::string stream = "{\"id\":1}\n\n{\"id\":\"two\"}\r\n{\"id\":3";
    const std::vector<std::string> expected{"{\"id\":1}|1", "|", "{\"id\":\"two\"}\r|\"two\""};
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        INFO("pieces of " << piece);
        CHECK(lines_of(stream, piece) == expected);
    }
}

TEST_CASE("shim: a line over the limit is dropped, its id is not, and the next line is whole") {
    LineReader reader;
    const std::string block(1u << 20, 'x');
    std::string_view chunk = "{\"text\":\"";
    CHECK_FALSE(reader.next(chunk));
    for (std::size_t fed = 0; fed < limits::message_bytes; fed += block.size()) {
        chunk = block;
        CHECK_FALSE(reader.next(chunk));
    }
    const std::string rest = "\",\"id\":\"late\"}\n{\"id\":2}\n";
    chunk = rest;
    const auto line = reader.next(chunk);
    REQUIRE(line);
    CHECK(line->over_limit);
    CHECK(line->bytes.empty());
    CHECK(line->verdict.id_text.view() == "\"late\"");
    const auto next = reader.next(chunk);
    REQUIRE(next);
    CHECK_FALSE(next->over_limit);
    CHECK(next->bytes == "{\"id\":2}");
}

TEST_CASE("shim: a line of exactly the limit is taken") {
    LineReader reader;
    const std::string line = '"' + std::string(limits::message_bytes - 2, 'x') + '"';
    std::string_view chunk = line;
    CHECK_FALSE(reader.next(chunk));
    chunk = "\n";
    const auto taken = reader.next(chunk);
    REQUIRE(taken);
    CHECK(taken->bytes == line);
    chunk = line;
    CHECK_FALSE(reader.next(chunk));
    chunk = " \n";
    CHECK(reader.next(chunk)->over_limit);
}

TEST_CASE("shim: a line that has begun can be forgotten") {
    LineReader reader;
    std::string_view chunk = "{\"id\":";
    CHECK_FALSE(reader.next(chunk));
    reader.reset();
    chunk = "{}\n";
    CHECK(reader.next(chunk)->bytes == "{}");
}

TEST_CASE("shim: what is written leaves the outbox from the front") {
    Outbox outbox;
    CHECK(outbox.empty());
    outbox.add_line("one");
    outbox.add("two");
    CHECK(outbox.pending() == "one\ntwo");
    outbox.written(2);
    CHECK(outbox.pending() == "e\ntwo");
    outbox.written(3);
    outbox.add("!");
    CHECK(outbox.pending() == "wo!");
    CHECK(outbox.size() == 3);
    outbox.written(3);
    CHECK(outbox.empty());
    outbox.add("x");
    CHECK(outbox.pending() == "x");
}
