#include "base/limits.hpp"
#include "base/text.hpp"
#include "memory/terms.hpp"

#include "memory_box.hpp"

#include <algorithm>
#include <set>

using namespace mayla;
using namespace mayla::memory;
using tests::Found;
using tests::holds;
using tests::Memories;

TEST_CASE("recall: words by their stem, whatever their case and accents") {
    Memories box;
    const Id id = box.note("Deployments are running at the Caf\xC3\xA9");
    for (const char* text :
         {"deployment", "DEPLOYMENTS", "run", "cafe", "runs deployment", "deployments zebra"})
        CHECK(box.found(text) == Found{id.value});
    CHECK(box.found("zebra").empty());
}

TEST_CASE("recall: titles and tags count more, and memories with every word come first") {
    Memories box;
    const Id text = box.note("one line about the parser among many other words here");
    const Id title = box.note("something else entirely that goes on", {}, "parser");
    const Id tag = box.note("again something else that is as long", {"parser"});
    CHECK(box.found("parser") == Found{title.value, tag.value, text.value});

    const Id both =
        box.note("the word zebra stands far away from the word giraffe, with much between the two");
    const Id one = box.note("zebra zebra zebra", {}, "zebra");
    const Page page = box.recall("zebra giraffe");
    REQUIRE(page.rows.size() == 2);
    CHECK(page.rows[0].id == both);
    CHECK(page.rows[1].id == one);
    CHECK(page.all_words == 1);
    CHECK(page.total == 2);
    CHECK(page.total_exact);
    CHECK(page.matched == Page::Matched::words);
}

TEST_CASE("recall: any text is a legal query") {
    Memories box;
    const Id cpp = box.note("we use c++ here, what's more \"a quote and a -x flag; AND, OR, NOT are words");
    box.note("a c compiler and an x axis");
    for (const std::string& text :
         {std::string("c++"), std::string("what's"), std::string("\"a"), std::string("AND"),
          std::string("-x"), std::string("NOT"), std::string("a AND"), std::string("title:use"),
          std::string("use*"), std::string("^we"), std::string("(use"), std::string("{use}: we"),
          std::string("+more"), std::string("quote\""), std::string("\"\"a\"\""), std::string("use\0more", 8),
          std::string("use\x01")}) {
        INFO(text);
        const Found found = box.found(text);
        REQUIRE_FALSE(found.empty());
        CHECK(found[0] == cpp.value);
    }
    for (const std::string& text :
         {std::string("NEAR(a b)"), std::string("???"), std::string("\""), std::string("''"),
          std::string("*"), std::string("%_"), std::string("()"), std::string("\xF0\x9F\x9A\x80"),
          std::string("\xFF\xFE"), std::string("\xE6\x95\xB0"), std::string("\\"), std::string(3, '\0') + "?",
          std::string(5000, 'x'), std::string(9000, '"')})
        CHECK_NOTHROW(box.found(text));
    std::string every;
    for (int c = 1; c < 256; ++c) {
        const std::string one(1, static_cast<char>(c));
        every += one + " ";
        CHECK_NOTHROW(box.found(one));
        CHECK_NOTHROW(box.found("a" + one + "b" + one));
    }
    CHECK_NOTHROW(box.found(every));
}

TEST_CASE("recall: signs, emoji and scripts without spaces are found as they stand") {
    Memories box;
    const Id c = box.note("plain c is used in the kernel part");
    const Id cpp = box.note("C++ is used in the other part");
    CHECK(box.found("c++") == Found{cpp.value, c.value});
    const Id rocket = box.note("releases \xF0\x9F\x9A\x80 on friday");
    const Id plain = box.note("releases on friday");
    CHECK(box.found("\xF0\x9F\x9A\x80") == Found{rocket.value});
    CHECK(box.found("\xF0\x9F\x9A\x80 friday") == Found{rocket.value, plain.value});
    const Id cjk = box.note(
        "\xE6\x88\x91\xE4\xBB\xAC\xE7\x9A\x84\xE6\x95\xB0\xE6\x8D\xAE\xE5\xBA\x93\xE8\xBF\x81\xE7\xA7\xBB");
    CHECK(box.found("\xE6\x95\xB0\xE6\x8D\xAE\xE5\xBA\x93") == Found{cjk.value}); // inside a run
    CHECK(box.found("\xE6\x95\xB0") == Found{cjk.value});
    const Id punctuation = box.note("wait, what?!? really");
    CHECK(box.found("?!?") == Found{punctuation.value});
}

TEST_CASE("recall: when there is no such word, a part of one will do") {
    Memories box;
    const Id id = box.note("kubernetes ingress misconfiguration");
    const Page page = box.recall("gress config");
    REQUIRE(page.rows.size() == 1);
    CHECK(page.rows[0].id == id);
    CHECK(page.matched == Page::Matched::substring);
    CHECK(page.all_words == 1);
    CHECK(box.recall("nothing-of-the-kind").rows.empty());
}

TEST_CASE("recall: words that signs join are found apart as well, but together first") {
    Memories box;
    const Id apart = box.note("the parser lives in scanner, which is cpp");
    CHECK(box.found("src/scanner.cpp") == Found{apart.value});
    const Id together = box.note("see src/scanner.cpp");
    CHECK(box.found("src/scanner.cpp") == Found{together.value});
}

TEST_CASE("recall: an overlong query is searched by its beginning and says so") {
    Memories box;
    const Id id = box.note("needle");
    std::string text = "needle ";
    while (text.size() <= limits::query_bytes) text += "\xC3\xA9 ";
    const Page page = box.recall(text);
    CHECK(page.query_cut);
    REQUIRE_FALSE(page.rows.empty());
    CHECK(page.rows[0].id == id);
    std::string many;
    for (std::size_t i = 0; i <= limits::query_terms; ++i) many += "w" + std::to_string(i) + " ";
    CHECK(box.recall(many).query_cut);
    CHECK_FALSE(box.recall("needle").query_cut);
}

TEST_CASE("recall: scope, kind and tags bound what is found") {
    Memories box;
    const Id here = box.note("common", {"Red", "blue sky"});
    const Id there = box.remember({.text = "common", .project = 2}).id;
    Draft draft{.text = "common"};
    draft.kind = "fact";
    const Id mine = box.remember(draft).id;
    const auto found = [&](Query query) {
        query.text = "common";
        std::set<std::int64_t> out;
        for (const Memory& memory : recall(box.at, query).rows) out.insert(memory.id.value);
        return out;
    };
    using Set = std::set<std::int64_t>;
    CHECK(found({.scope = {.projects = {1}}}) == Set{here.value, mine.value});
    CHECK(found({.scope = {.projects = {1}, .user = false}}) == Set{here.value});
    CHECK(found({.scope = {.projects = {1, 2}, .user = false}}) == Set{here.value, there.value});
    CHECK(found({.scope = {}}) == Set{mine.value});
    CHECK(found({.scope = {.user = false}}).empty());
    CHECK(found({.scope = {.everything = true}}) == Set{here.value, there.value, mine.value});
    CHECK(found({.scope = {.everything = true}, .kind = "Fact"}) == Set{mine.value});
    CHECK(found({.scope = {.everything = true}, .tags = {"red"}}) == Set{here.value});
    CHECK(found({.scope = {.everything = true}, .tags = {"red", "BLUE SKY"}}) == Set{here.value});
    CHECK(found({.scope = {.everything = true}, .tags = {"sky"}}).empty());
    // the same conditions hold for literals and for no text at all
    CHECK(recall(box.at, {.text = "comm", .scope = {.projects = {2}, .user = false}}).rows.at(0).id == there);
    CHECK(recall(box.at, {.scope = {.projects = {2}, .user = false}}).total == 1);
}

TEST_CASE("recall: without a text the newest come first") {
    Memories box;
    box.note("one");
    const Id two = box.note("two");
    const Page page = box.recall("");
    CHECK(page.matched == Page::Matched::listed);
    CHECK(page.rows.at(0).id == two);
    CHECK(page.total == 2);
    CHECK(box.recall(" \n ").rows.size() == 2);
}

TEST_CASE("recall: pages fit together while memories come and go") {
    Memories box;
    for (int i = 0; i < 50; ++i)
        box.note("page word " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 7), 'x'));
    for (const std::string& text :
         {std::string("page"), std::string(""), std::string("page 7"), std::string("pag")}) {
        INFO(text);
        Query query{.text = text, .scope = {.projects = {1}}, .limit = 7};
        std::vector<std::int64_t> seen;
        int pages = 0;
        Id forgotten;
        do {
            const Page page = recall(box.at, query);
            for (const Memory& memory : page.rows) seen.push_back(memory.id.value);
            query.cursor = page.cursor;
            if (++pages == 2) {
                box.note("page word new 7 " +
                         std::to_string(text.size())); // comes later: on none of these pages
                forgotten = page.rows.at(3).id;        // was shown already: shifts no other out of sight
                box.forget({forgotten});
            }
        } while (!query.cursor.empty());
        std::set<std::int64_t> once(seen.begin(), seen.end());
        CHECK(once.size() == seen.size());
        CHECK(seen.size() >= 50);
        const Page whole =
            recall(box.at, {.text = text, .scope = {.projects = {1}}, .limit = limits::recall_rows});
        CHECK(whole.rows.size() == seen.size()); // the new one is in, the forgotten one is out
        box.remember({.text = "page word again " + std::to_string(forgotten.value), .project = 1});
    }
}

TEST_CASE("recall: a cursor serves its own search only") {
    Memories box;
    box.note("word one");
    box.note("word two");
    const Page page = box.recall("word", 1);
    REQUIRE_FALSE(page.cursor.empty());
    CHECK(page.total == 2);
    Query query{.text = "word", .scope = {.projects = {1}}, .limit = 1, .cursor = page.cursor};
    CHECK(recall(box.at, query).rows.at(0).id != page.rows.at(0).id);
    CHECK(recall(box.at, query).cursor.empty());
    query.text = "other";
    CHECK(box.error([&] { recall(box.at, query); }).code() == Code::invalid_argument);
    for (const char* bad : {"x", "....", "1.2.3.4", "-1.-1.-1.-1", "zzzzzzzzzzzzzzzzzzzzzz.1.1.1"}) {
        query = {.text = "word", .scope = {.projects = {1}}, .cursor = bad};
        CHECK(box.error([&] { recall(box.at, query); }).code() == Code::invalid_argument);
    }
}

TEST_CASE("recall: excerpts stand around the match, cut at characters") {
    Memories box;
    std::string text;
    for (int i = 0; i < 400; ++i) text += "w\xC3\xB6rter ohne ende ";
    text.insert(3000, " needle\nhere ");
    box.note(text);
    const Memory row =
        recall(box.at, {.text = "needle", .scope = {.projects = {1}}, .excerpt_bytes = 100}).rows.at(0);
    CHECK(holds(row.text, "needle here"));
    CHECK(row.text.size() <= 100 + 6);
    CHECK(row.text_bytes == text.size());
    CHECK(is_utf8(row.text));
    for (std::size_t bytes = 0; bytes < 40; ++bytes)
        CHECK(is_utf8(
            excerpt("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x9A\x80 \xC3\xA4\xE2\x82\xAC\xF0\x9F\x9A\x80", {}, bytes)));
}

TEST_CASE("recall: full texts in the order asked for, unknown ones named") {
    Memories box;
    const Id one = box.note("one");
    const Id two = box.note("two");
    const std::vector<Memory> both = by_ids(box.at, std::vector{two, one});
    CHECK(both.at(0).text == "two");
    CHECK(both.at(1).text == "one");
    const Error error = box.error([&] { by_ids(box.at, std::vector{one, Id{9}}); });
    CHECK(error.code() == Code::not_found);
    CHECK(holds(error.message(), "#9"));
}

TEST_CASE("recall: the timeline around a memory stays in its scope") {
    Memories box;
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 9; ++i) {
        ids.push_back(box.note("n" + std::to_string(i)).value);
        box.remember({.text = "other " + std::to_string(i), .project = 2});
    }
    const auto at = [&](std::size_t index, std::size_t limit) {
        std::vector<std::int64_t> out;
        for (const Memory& memory : around(box.at, Id{ids[index]}, limit)) out.push_back(memory.id.value);
        return out;
    };
    const auto part = [&](std::size_t from, std::size_t to) {
        return std::vector<std::int64_t>(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                         ids.begin() + static_cast<std::ptrdiff_t>(to));
    };
    CHECK(at(4, 5) == part(2, 7));
    CHECK(at(0, 5) == part(0, 5));
    CHECK(at(8, 5) == part(4, 9));
    CHECK(at(4, 1) == part(4, 5));
    CHECK(at(4, 100) == ids);
    CHECK(box.error([&] { around(box.at, Id{99}, 3); }).code() == Code::not_found);
}

TEST_CASE("rows: every memory once, in order of id, page by page") {
    Memories box;
    for (int i = 0; i < 10; ++i) box.note("text " + std::to_string(i));
    box.forget({Id{3}}, "old");
    const auto all = [&](RowsQuery query) {
        std::vector<std::int64_t> out;
        for (;;) {
            const std::vector<Memory> page = rows(box.at, query);
            if (page.empty()) return out;
            for (const Memory& memory : page) out.push_back(memory.id.value);
            query.after = page.back().id;
        }
    };
    CHECK(all({.scope = {.everything = true}, .limit = 3}) == Found{1, 2, 4, 5, 6, 7, 8, 9, 10});
    CHECK(all({.scope = {.everything = true}, .with_forgotten = true, .bytes = 1}).size() == 10);
    CHECK(all({.scope = {.projects = {2}}}).empty());
}
