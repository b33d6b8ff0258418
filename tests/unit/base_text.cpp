#include "base/text.hpp"

#include "support/catch.hpp"

#include <array>
#include <string>

using namespace mayla;
using namespace std::string_literals;

TEST_CASE("text: UTF-8 is what RFC 3629 calls so") {
    for (const char* good :
         {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x9A\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
        CHECK(is_utf8(good));
    CHECK(is_utf8("a\0b"s));
    for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\xAF", "\xED\xA0\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "a\xC3"})
        CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("text: a cut never splits a character") {
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x80z"; // 1 + 2 + 3 + 4 + 1 bytes
    const std::array<std::size_t, 12> expected{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (std::size_t bytes = 0; bytes < expected.size(); ++bytes)
        CHECK(cut(text, bytes).size() == expected[bytes]);
    CHECK(cut(text, 1000) == text);
}

TEST_CASE("text: what is shown holds no control characters") {
    CHECK(shown("a\tb\nc") == "a\tb\nc");
    CHECK(shown_line("a\tb\nc") == "a b c");
    CHECK(shown("a\r\nb") == "a\nb");
    CHECK(shown("a\x1B[31mb") == "a\xEF\xBF\xBD[31mb");
    CHECK(shown("a\0b"s) == "a\xEF\xBF\xBD"s + "b");
    CHECK(shown("a\x7F") == "a\xEF\xBF\xBD");
    CHECK(shown("\xC2\x9B") == "\xEF\xBF\xBD");             // C1
    CHECK(shown("\xE2\x80\xAE") == "\xEF\xBF\xBD");         // right-to-left override
    CHECK(shown("\xFF\xC3") == "\xEF\xBF\xBD\xEF\xBF\xBD"); // not UTF-8
    CHECK(shown("\xE6\x97\xA5 \xF0\x9F\x9A\x80") == "\xE6\x97\xA5 \xF0\x9F\x9A\x80");
}

TEST_CASE("text: edit distance counts a swap as one") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("recall", "recal") == 1);
    CHECK(edit_distance("recall", "recalll") == 1);
    CHECK(edit_distance("recall", "rceall") == 1);
    CHECK(edit_distance("Recall", "recall") == 0);
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance(std::string(300, 'a'), "a") == 300);
}

TEST_CASE("text: the nearest name is offered only when it is near") {
    const std::array<std::string_view, 4> names{"remember", "recall", "forget", "tags"};
    CHECK(nearest("remeber", names) == "remember");
    CHECK(nearest("Recal", names) == "recall");
    CHECK(nearest("rem", names) == "remember");
    CHECK(nearest("tag", names) == "tags");
    CHECK_FALSE(nearest("xyzzy", names));
    CHECK_FALSE(nearest("", names));
}

TEST_CASE("text: small things") {
    const std::array<std::uint8_t, 3> bytes{0x00, 0x9F, 0xFF};
    CHECK(hex(bytes) == "009fff");
    CHECK(ascii_lower("A\xC3\x89z") == "a\xC3\x89z");
    CHECK(trimmed(" \n a b\t") == "a b");
    CHECK(trimmed(" \n").empty());
    CHECK(fnv1a("") == 0xcbf29ce484222325u);
    CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cu);
}
