#include "base/limits.hpp"
#include "store/calls.hpp"
#include "store/schema.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

using namespace mayla;
using namespace mayla::store;

namespace {

const std::string session = "5d1b3b32-0f0c-4b8e-9a55-3e7b8f9a1c2d";
const std::string other = "7c1b3b32-0f0c-4b8e-9a55-3e7b8f9a1c2d";

struct Log {
    tests::Folder folder;
    Database database{folder / "a.db", Database::Access::read_write};
    Transaction at(std::int64_t ms) { return Transaction(database, ms); }
    Transaction now{database, 1'000};
    Log() { migrate(database, {folder / "a.db", {{calls::schema_1()}}}); }
};

calls::Stored result(const std::string& text) {
    calls::Stored stored{.text = text, .is_error = true, .undo_id = "m1"};
    stored.hash.fill(0xAB);
    return stored;
}
bool unknown(const calls::Found& found) { return std::holds_alternative<calls::Unknown>(found); }
bool gone(const calls::Found& found) { return std::holds_alternative<calls::Gone>(found); }
bool stored(const calls::Found& found) { return std::holds_alternative<calls::Stored>(found); }

} // namespace

TEST_CASE("calls: a result comes back as it was stored, for its link and seq alone") {
    Log log;
    CHECK(unknown(calls::find(log.now, session, 1)));
    calls::put(log.now, session, 1, result("text"));
    const calls::Found found = calls::find(log.now, session, 1);
    REQUIRE(stored(found));
    const auto& value = std::get<calls::Stored>(found);
    CHECK(value.text == "text");
    CHECK(value.is_error);
    CHECK(value.undo_id == "m1");
    CHECK(value.hash == result("").hash);
    CHECK(unknown(calls::find(log.now, session, 2)));
    CHECK(unknown(calls::find(log.now, other, 1)));
    CHECK_THROWS(calls::put(log.now, session, 1, result("again")));
}

TEST_CASE("calls: what is acknowledged goes and never runs again") {
    Log log;
    for (int seq = 1; seq <= 4; ++seq) calls::put(log.now, session, seq, result("x"));
    calls::ack(log.now, session, 3);
    CHECK(calls::acked(log.now, session) == 3);
    for (int seq = 1; seq <= 3; ++seq) CHECK(gone(calls::find(log.now, session, seq)));
    CHECK(stored(calls::find(log.now, session, 4)));
    CHECK(unknown(calls::find(log.now, session, 5)));
    calls::ack(log.now, session, 2); // late
    CHECK(calls::acked(log.now, session) == 3);
    CHECK(calls::acked(log.now, other) == 0);
}

TEST_CASE("calls: an abandoned call never runs, its neighbours may") {
    Log log;
    calls::abandon(log.now, session, 2);
    CHECK(unknown(calls::find(log.now, session, 1)));
    CHECK(gone(calls::find(log.now, session, 2)));
    CHECK(unknown(calls::find(log.now, session, 3)));
    calls::put(log.now, session, 3, result("x"));
    calls::abandon(log.now, session, 3);
    CHECK(gone(calls::find(log.now, session, 3)));
    calls::ack(log.now, session, 3);
    CHECK(gone(calls::find(log.now, session, 2)));
}

TEST_CASE("calls: age turns results into a tombstone") {
    Log log;
    const std::int64_t age = std::chrono::milliseconds(limits::results_age).count();
    Transaction first = log.at(0);
    calls::put(first, session, 1, result("x"));
    calls::put(first, session, 5, result("x"));
    Transaction later = log.at(age);
    calls::put(later, session, 3, result("x"));
    CHECK(calls::expire(later) == 0);
    Transaction past = log.at(age + 1);
    CHECK(calls::expire(past) == 2);
    CHECK(gone(calls::find(past, session, 1)));
    CHECK(gone(calls::find(past, session, 2))); // not known whether it ran: never a second execution
    CHECK(stored(calls::find(past, session, 3)));
    CHECK(gone(calls::find(past, session, 5)));
    CHECK(unknown(calls::find(past, session, 6)));

    Transaction end = log.at(age * 30);
    CHECK(calls::expire(end) == 1);
    CHECK(unknown(calls::find(end, session, 1))); // the link itself is forgotten
}

TEST_CASE("calls: number turns the oldest results of a link into a tombstone") {
    Log log;
    const auto most = static_cast<std::int64_t>(limits::results_per_link);
    log.database.execute("BEGIN");
    static_assert(limits::results_per_link % limits::results_look == 0);
    const std::int64_t looked = most + limits::results_look; // the first look that finds too many
    for (std::int64_t seq = 1; seq <= looked; ++seq) calls::put(log.now, session, seq, result("x"));
    log.database.execute("COMMIT");
    CHECK(gone(calls::find(log.now, session, looked - most)));
    CHECK(stored(calls::find(log.now, session, looked - most + 1)));
    CHECK(stored(calls::find(log.now, session, looked)));
}
