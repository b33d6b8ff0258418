#include "base/limits.hpp"

#include "memory_box.hpp"

using namespace mayla;
using namespace mayla::memory;
using tests::holds;
using tests::Memories;

TEST_CASE("memory: an id is shown as #12 and read with or without its sign") {
    CHECK(shown(Id{12}) == "#12");
    CHECK(parse_id("#12") == Id{12});
    CHECK(parse_id(" 12 ") == Id{12});
    for (const char* bad : {"", "#", "0", "-1", "#1x", "x", "99999999999999999999", "1 2", "##1"})
        CHECK_THROWS_AS(parse_id(bad), Error);
    const std::vector<std::string> twice{"#1", "1", "#2"};
    CHECK(parse_ids(twice) == std::vector<Id>{{1}, {2}});
    CHECK_THROWS_AS(parse_ids(std::vector<std::string>(limits::memory_ids + 1, "1")), Error);
}

TEST_CASE("remember: what is saved comes back") {
    Memories box;
    Draft draft{.text = "Deploys run from main only.\n", .project = 1};
    draft.kind = " Decision ";
    draft.title = "Deploys\nfrom main";
    draft.tags = std::vector<std::string>{"ci", " ci ", "", "release train"};
    draft.anchors = std::vector<std::string>{"src/deploy.sh", "Deploy::run"};
    const Remembered saved = box.remember(draft);
    CHECK(saved.outcome == Remembered::Outcome::created);
    CHECK(saved.rev == 1);
    CHECK(saved.undo_id == "m1");
    const Memory memory = box.get(saved.id);
    CHECK(memory.text == draft.text);
    CHECK(memory.kind == "decision");
    CHECK(memory.status == "asserted");
    CHECK(memory.title == "Deploys from main");
    CHECK(memory.tags == std::vector<std::string>{"ci", "release train"});
    CHECK(memory.anchors == *draft.anchors);
    CHECK(memory.project == 1);
    CHECK(memory.project_name == "one");
    CHECK(memory.project_uuid == "u1");
    CHECK(memory.created_ms == 1'000);
    CHECK(memory.session == "session-1");
    CHECK(memory.uid.size() == 36);
    CHECK(box.get(box.remember({.text = "mine"}).id).project == std::nullopt);
}

TEST_CASE("remember: text is kept byte for byte, and shown harmlessly") {
    Memories box;
    const std::string text("a\0b\x1B[2Jc\r\n\xE2\x80\xAE\xF0\x9F\x9A\x80 \t", 19);
    const Id id = box.note(text);
    CHECK(rows(box.at, {.scope = {.everything = true}}).at(0).text == text);
    const std::string quoted = box.get(id).text;
    CHECK_FALSE(holds(quoted, "\x1B"));
    CHECK_FALSE(holds(quoted, std::string(1, '\0')));
    CHECK_FALSE(holds(quoted, "\xE2\x80\xAE"));
    CHECK(holds(quoted, "\xF0\x9F\x9A\x80"));
    CHECK(box.found("2Jc") == tests::Found{id.value}); // also what stands behind a NUL
}

TEST_CASE("remember: empty, too large and malformed are refused, each by its name") {
    Memories box;
    const auto error = [&](const Draft& draft) { return box.error([&] { box.remember(draft); }); };
    for (const char* text : {"", " \n\t"}) CHECK(error({.text = text}).code() == Code::invalid_argument);
    CHECK(error({.text = "\xC3\x28"}).code() == Code::invalid_argument);
    CHECK(holds(error({.text = "\xC3\x28"}).message(), "UTF-8"));

    const std::string most(limits::memory_text_bytes, 'x');
    CHECK(box.remember({.text = most}).outcome == Remembered::Outcome::created);
    const Error large = error({.text = most + "x"});
    CHECK(large.code() == Code::too_large);
    CHECK(holds(large.message(), "1048577"));
    CHECK(holds(large.message(), "1 MiB"));

    Draft draft{.text = "x"};
    draft.kind = std::string(limits::memory_kind_bytes + 1, 'k');
    CHECK(error(draft).code() == Code::too_large);
    draft = {.text = "x"};
    draft.title = std::string(limits::memory_title_bytes + 1, 't');
    CHECK(error(draft).code() == Code::too_large);
    draft = {.text = "x"};
    draft.tags = std::vector<std::string>(limits::memory_tags + 1, "t");
    CHECK(error(draft).code() == Code::too_large);
    draft.tags = std::vector<std::string>{"a\x01"};
    CHECK(error(draft).code() == Code::invalid_argument);
    draft.tags = std::vector<std::string>{"\xFF"};
    CHECK(error(draft).code() == Code::invalid_argument);
    draft = {.text = "x"};
    draft.status = "sure";
    CHECK(holds(error(draft).message(), "asserted or confirmed"));
    draft = {.text = "x"};
    draft.rev = 1;
    CHECK(error(draft).code() == Code::invalid_argument);
}

TEST_CASE("remember: the same text in the same scope is stored once") {
    Memories box;
    const Remembered first = box.remember({.text = "same", .project = 1});
    const Remembered again = box.remember({.text = "same", .project = 1});
    CHECK(again.outcome == Remembered::Outcome::already_there);
    CHECK(again.id == first.id);
    CHECK(again.undo_id.empty());
    CHECK(box.remember({.text = "same", .project = 2}).outcome == Remembered::Outcome::created);
    CHECK(box.remember({.text = "same"}).outcome == Remembered::Outcome::created);
    CHECK(box.remember({.text = "same "}).outcome == Remembered::Outcome::created);
    box.forget({first.id});
    CHECK(box.remember({.text = "same", .project = 1}).outcome == Remembered::Outcome::created);
}

TEST_CASE("remember: a revision keeps what is not given, and every version") {
    Memories box;
    const Id id = box.note("first", {"tag"}, "title");
    Draft draft{.text = "second", .project = 2};
    draft.id = id;
    draft.rev = 1;
    const Remembered revised = box.remember(draft);
    CHECK(revised.outcome == Remembered::Outcome::revised);
    CHECK(revised.rev == 2);
    CHECK(revised.undo_id == "m2");
    const Memory memory = box.get(id);
    CHECK(memory.text == "second");
    CHECK(memory.title == "title");
    CHECK(memory.tags == std::vector<std::string>{"tag"});
    CHECK(memory.project == 1); // where the caller is does not move it
    CHECK(memory.created_ms == 1'000);
    CHECK(box.found("first").empty());
    CHECK(box.found("second") == tests::Found{id.value});

    auto version = box.at.prepare("SELECT rev, text FROM versions WHERE memory = ?1");
    version.bind(id.value);
    REQUIRE(version.step());
    CHECK(version.integer(0) == 1);
    CHECK(version.text(1) == "first");

    draft.move = true;
    draft.rev = 2;
    CHECK(box.remember(draft).rev == 3);
    CHECK(box.get(id).project == 2);
    CHECK(box.remember({.text = "second", .project = 2, .id = id}).outcome ==
          Remembered::Outcome::already_there);
    CHECK(box.get(id).rev == 3);
}

TEST_CASE("remember: a lost update is refused and the current revision named") {
    Memories box;
    const Id id = box.note("one");
    box.remember({.text = "two", .id = id, .rev = 1});
    const Error conflict = box.error([&] { box.remember({.text = "three", .id = id, .rev = 1}); });
    CHECK(conflict.code() == Code::conflict);
    CHECK(holds(conflict.message(), "rev 2"));
    const Error unknown = box.error([&] { box.remember({.text = "x", .id = Id{99}}); });
    CHECK(unknown.code() == Code::not_found);
    CHECK(holds(unknown.message(), "#99"));
    CHECK(holds(unknown.message(), "#1"));
}

TEST_CASE("remember: what supersedes others hides them while it is live, and both say so") {
    Memories box;
    const Id old = box.note("the port is 8080");
    const Id other = box.note("the port was 80 once");
    Draft draft{.text = "the port is 9090", .project = 1};
    draft.supersedes = {old, other, old};
    const Id now = box.remember(draft).id;
    CHECK(box.found("port") == tests::Found{now.value});
    CHECK(box.get(now).supersedes == std::vector<Id>{old, other});
    CHECK(box.get(old).superseded_by == std::vector<Id>{now});
    // the same words again say nothing new; that they supersede one more does
    const Id third = box.note("port 1234");
    draft.supersedes = {third};
    CHECK(box.remember(draft).outcome == Remembered::Outcome::revised);
    CHECK(box.get(now).supersedes == std::vector<Id>{old, other, third});
    CHECK(box.remember(draft).outcome == Remembered::Outcome::already_there);
    box.forget({now});
    CHECK(box.found("port").size() == 3);

    draft = {.text = "x", .supersedes = {{77}}};
    CHECK(box.error([&] { box.remember(draft); }).code() == Code::not_found);
    draft = {.text = "x", .supersedes = {old}, .id = old};
    CHECK(box.error([&] { box.remember(draft); }).code() == Code::invalid_argument);
}

TEST_CASE("forget: all or none, kept, and named") {
    Memories box;
    const Id one = box.note("alpha one");
    const Id two = box.note("alpha two");
    const Error error = box.error([&] { box.forget({one, Id{55}, Id{66}}); });
    CHECK(error.code() == Code::not_found);
    CHECK(holds(error.message(), "#55, #66"));
    CHECK(holds(error.message(), "recall"));
    CHECK(box.found("alpha").size() == 2);

    const Forgotten forgotten = forget(box.at, std::vector{one, one}, "wrong", box.author);
    CHECK(forgotten.undo_id == "m3");
    CHECK(forgotten.memories.at(0).text == "alpha one");
    CHECK(box.found("alpha") == tests::Found{two.value});
    const Memory memory = box.get(one);
    CHECK(memory.forgotten_ms == 1'000);
    CHECK(memory.forgotten_why == "wrong");
    CHECK(memory.rev == 2);
    CHECK(forget(box.at, std::vector{one}, "", box.author).undo_id.empty()); // it is already
    CHECK(holds(box.error([&] { box.remember({.text = "x", .id = one}); }).message(), "wrong"));
    CHECK(box.error([&] { box.forget({}); }).code() == Code::invalid_argument);
    const Statistics numbers = statistics(box.at);
    CHECK(numbers.live == 1);
    CHECK(numbers.forgotten == 1);
    CHECK(numbers.projects == 2);
}

TEST_CASE("memory: what is quoted holds no secret, what is stored is whole") {
    Memories box;
    const std::string key = "ghp_" + std::string(36, 'k');
    const Id id = box.note("the token is " + key + " and more", {}, "title " + key);
    CHECK_FALSE(holds(box.get(id).text, key));
    CHECK_FALSE(holds(box.get(id).title, key));
    CHECK_FALSE(holds(headline(box.get(id)), key));
    const Page page = box.recall("token");
    REQUIRE(page.rows.size() == 1);
    CHECK_FALSE(holds(page.rows[0].text, key));
    CHECK(holds(page.rows[0].text, "[redacted"));
    const Memory raw = rows(box.at, {.scope = {.projects = {1}}}).at(0);
    CHECK(holds(raw.text, key));
    CHECK_FALSE(holds(headline(raw), key));
}
