#include "base/limits.hpp"
#include "shim/calls.hpp"

#include "support/catch.hpp"

#include <string>

using namespace mayla;
using namespace mayla::shim;

TEST_CASE("shim: calls are numbered once and found by number and by id") {
    Calls calls("/tmp");
    CHECK(calls.next_seq() == 1);
    calls.add("\"a\"", false, "line 1");
    calls.add("7", true, "line 2");
    CHECK(calls.next_seq() == 3);
    REQUIRE(calls.find(2) != nullptr);
    CHECK(calls.find(2)->modern);
    CHECK(calls.line(*calls.find(1)) == "line 1");
    CHECK(calls.find_id("7")->first == 2);
    CHECK(calls.find_id("8") == calls.end());
    calls.erase(1);
    calls.erase(2);
    CHECK(calls.empty());
    calls.add("7", true, "again");
    CHECK(calls.find(3) != nullptr);
}

TEST_CASE("shim: of two calls with one id the older is found first") {
    Calls calls("/tmp");
    calls.add("1", false, "a");
    calls.add("1", false, "b");
    CHECK(calls.find_id("1")->first == 1);
    calls.erase(1);
    CHECK(calls.find_id("1")->first == 2);
}

TEST_CASE("shim: finished is what no earlier call waits for") {
    Calls calls("/tmp");
    CHECK(calls.finished_through() == 0);
    calls.add("1", false, "a");
    calls.add("2", false, "b");
    calls.add("3", false, "c");
    calls.erase(2);
    CHECK(calls.finished_through() == 0);
    calls.erase(1);
    CHECK(calls.finished_through() == 2);
    calls.erase(3);
    CHECK(calls.finished_through() == 3);
}

TEST_CASE("shim: calls beyond the memory limit go to the disk and come back as they were") {
    Calls calls("/tmp");
    const auto text = [](char c) { return std::string(limits::unanswered_bytes_in_memory / 2, c); };
    for (const char c : {'a', 'b', 'c', 'd'}) calls.add("1", false, text(c));
    CHECK_FALSE(calls.find(1)->at);
    CHECK_FALSE(calls.find(2)->at);
    CHECK(calls.find(3)->at);
    CHECK(calls.find(4)->line.empty());
    CHECK(calls.line(*calls.find(3)) == text('c'));
    CHECK(calls.line(*calls.find(4)) == text('d'));
    CHECK(calls.bytes() == 4 * text('x').size());
    calls.erase(1);
    calls.erase(3);
    calls.add("5", false, text('e'));
    CHECK_FALSE(calls.find(5)->at);
    CHECK(calls.line(*calls.find(4)) == text('d'));
    for (const std::uint64_t seq : {2u, 4u, 5u}) calls.erase(seq);
    CHECK(calls.bytes() == 0);
    calls.add("6", false, text('f') + text('f') + "!");
    CHECK(calls.line(*calls.find(6)) == text('f') + text('f') + "!");
}

TEST_CASE("shim: without a disk calls stay in memory") {
    Calls calls("/nonexistent");
    const std::string text(2 * limits::unanswered_bytes_in_memory, 'x');
    const Call& call = calls.add("1", false, text);
    CHECK_FALSE(call.at);
    CHECK(calls.line(call) == text);
}
