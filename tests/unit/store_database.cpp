#include "store/database.hpp"
#include "store/readers.hpp"
#include "store/schema.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace mayla;
using namespace mayla::store;
using tests::Folder;

namespace {

constexpr std::string_view first =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t (x) VALUES ('one')";
constexpr std::string_view second = "ALTER TABLE t ADD COLUMN y DEFAULT 2";

Definition version_1(const Folder& folder) { return {folder / "a.db", {{first}}}; }
Definition version_2(const Folder& folder) { return {folder / "a.db", {{first}, {second}}}; }

void make(const Definition& definition) {
    Database database(definition.path, Database::Access::read_write);
    migrate(database, definition);
}

template <class Action>
Error error_of(Action action) {
    try {
        action();
    } catch (const Error& e) {
        return e;
    }
    FAIL("no error");
    return Error(Code::internal, "");
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("database: values come back as they were bound") {
    Folder folder;
    Database database(folder / "a.db", Database::Access::read_write);
    database.execute("CREATE TABLE v (a, b, c, d, e, f)");
    const std::string text("a\0b\xC3\xA9", 5);
    const std::vector<std::uint8_t> blob{0, 1, 255};
    database.prepare("INSERT INTO v VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(std::int64_t(-1) << 62, 0.5, text, std::span<const std::uint8_t>(blob), nullptr,
              std::string_view())
        .run();
    Statement row = database.prepare("SELECT * FROM v");
    REQUIRE(row.step());
    CHECK(row.integer(0) == std::int64_t(-1) << 62);
    CHECK(row.real(1) == 0.5);
    CHECK(row.text(2) == text);
    CHECK(std::vector<std::uint8_t>(row.blob(3).begin(), row.blob(3).end()) == blob);
    CHECK(row.null(4));
    CHECK_FALSE(row.null(5));
    CHECK(row.text(5).empty());
    CHECK_FALSE(row.step());
}

TEST_CASE("database: one statement may be used twice at a time") {
    Folder folder;
    Database database(folder / "a.db", Database::Access::read_write);
    database.execute("CREATE TABLE v (a); INSERT INTO v VALUES (1), (2)");
    int pairs = 0;
    Statement outer = database.prepare("SELECT a FROM v");
    while (outer.step()) {
        Statement inner = database.prepare("SELECT a FROM v");
        while (inner.step()) ++pairs;
    }
    CHECK(pairs == 4);
}

TEST_CASE("database: a new file is the user's alone") {
    Folder folder;
    make(version_1(folder));
    struct stat status {};
    REQUIRE(::stat((folder / "a.db").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("schema: an older database is brought forward, after a backup") {
    Folder folder;
    make(version_1(folder));
    make(version_2(folder));
    Database now(folder / "a.db", Database::Access::read_only);
    CHECK(now.user_version() == 2);
    Statement row = now.prepare("SELECT x, y FROM t");
    REQUIRE(row.step());
    CHECK(row.text(0) == "one");
    CHECK(row.integer(1) == 2);

    Database backup(folder / "a.db.before-2", Database::Access::read_only);
    CHECK(backup.user_version() == 1);
    Statement old = backup.prepare("SELECT x FROM t");
    REQUIRE(old.step());
    CHECK(old.text(0) == "one");
}

TEST_CASE("schema: a migration that fails leaves the old database") {
    Folder folder;
    make(version_1(folder));
    Definition broken = version_2(folder);
    broken.migrations[1].push_back("CREATE TABLE t (again)");
    CHECK_THROWS_AS(make(broken), Error);
    Database now(folder / "a.db", Database::Access::read_only);
    CHECK(now.user_version() == 1);
    CHECK_THROWS_AS(now.prepare("SELECT y FROM t"), Error);
}

TEST_CASE("schema: a database from the future is not touched and says so") {
    Folder folder;
    make(version_2(folder));
    const std::string before = tests::read_file(folder / "a.db");
    const Error e = error_of([&] { make(version_1(folder)); });
    CHECK(e.code() == Code::unavailable);
    CHECK(holds(e.message(), folder / "a.db"));
    CHECK(holds(e.message(), "version 2"));
    CHECK(holds(e.message(), "knows 1"));
    CHECK(holds(e.message(), "Install the newer version again"));
    CHECK(tests::read_file(folder / "a.db") == before);

    Readers readers(version_1(folder));
    const Error reading = error_of([&] { readers.lease(Deadline::never()); });
    CHECK(reading.code() == Code::unavailable);
    CHECK(reading.message() == e.message());
    CHECK(tests::read_file(folder / "a.db") == before);
}

TEST_CASE("schema: a log that a newer version left is not folded into its database") {
    Folder folder;
    std::string log;
    std::string file;
    CHECK(tests::in_child([&] { // its end without a word leaves the log as a kill does
              Database database(folder / "a.db", Database::Access::read_write);
              migrate(database, version_2(folder));
              database.execute("INSERT INTO t (x) VALUES ('two')");
              ::_exit(0);
              return true;
          }) == 0);
    file = tests::read_file(folder / "a.db");
    log = tests::read_file(folder / "a.db-wal");
    REQUIRE_FALSE(log.empty());
    CHECK_THROWS_AS(make(version_1(folder)), Error);
    CHECK(tests::read_file(folder / "a.db") == file);
    CHECK(tests::read_file(folder / "a.db-wal") == log);
}

TEST_CASE("schema: databases of others, and files that are none, are not touched") {
    Folder folder;
    { Database(folder / "a.db", Database::Access::read_write).execute("CREATE TABLE theirs (x)"); }
    const std::string before = tests::read_file(folder / "a.db");
    CHECK(holds(error_of([&] { make(version_1(folder)); }).message(), "another program"));
    CHECK(tests::read_file(folder / "a.db") == before);

    const std::string text(5000, 'x');
    tests::write_file(folder / "b.db", text);
    const Error e = error_of([&] { make({folder / "b.db", {{first}}}); });
    CHECK(e.code() == Code::unavailable);
    CHECK(holds(e.message(), "is not a database"));
    CHECK(tests::read_file(folder / "b.db") == text);
}

TEST_CASE("database: a missing folder and a folder in the place of the file are told") {
    Folder folder;
    const Error missing = error_of([&] { make({folder / "no/a.db", {{first}}}); });
    CHECK(missing.code() == Code::unavailable);
    CHECK(holds(missing.message(), folder / "no/a.db"));
    CHECK(holds(missing.message(), "No such file"));
    CHECK(error_of([&] { make({folder.path(), {{first}}}); }).code() == Code::unavailable);
}

TEST_CASE("readers: what is acknowledged before a lease is seen on it, what comes later is not") {
    Folder folder;
    Database database(folder / "a.db", Database::Access::read_write);
    migrate(database, version_1(folder));
    Readers readers(version_1(folder));
    const auto count = [](Snapshot& snapshot) {
        Statement query = snapshot.prepare("SELECT count(*) FROM t");
        query.step();
        return query.integer(0);
    };
    Lease early = readers.lease(Deadline::never());
    CHECK(count(early) == 1);
    database.execute("INSERT INTO t (x) VALUES ('two')");
    CHECK(count(early) == 1);
    Lease late = readers.lease(Deadline::never());
    CHECK(count(late) == 2);
    CHECK_THROWS_AS(late.prepare("DELETE FROM t").run(), Error);
}

TEST_CASE("readers: a deadline and a cancellation end a read") {
    Folder folder;
    make(version_1(folder));
    Readers readers(version_1(folder));
    constexpr std::string_view endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    {
        Lease lease = readers.lease(Deadline::in(std::chrono::milliseconds(20)));
        CHECK(error_of([&] { lease.prepare(endless).run(); }).code() == Code::timed_out);
    }
    std::atomic<bool> cancelled = true;
    {
        Lease lease = readers.lease(Deadline::never(), &cancelled);
        CHECK(error_of([&] { lease.prepare(endless).run(); }).code() == Code::cancelled);
    }
    Lease next = readers.lease(Deadline::never()); // the connection they used is as good as new
    CHECK(next.prepare("SELECT 1").step());
}

TEST_CASE("readers: none begins while they are drained") {
    Folder folder;
    make(version_1(folder));
    Readers readers(version_1(folder));
    {
        Lease lease = readers.lease(Deadline::never());
        CHECK_FALSE(readers.drain(Deadline::in(std::chrono::milliseconds(1))));
        CHECK(error_of([&] { readers.lease(Deadline::in(std::chrono::milliseconds(1))); }).code() ==
              Code::timed_out);
    }
    CHECK(readers.drain(Deadline::never()));
    readers.admit();
    CHECK(readers.lease(Deadline::never()).prepare("SELECT 1").step());
}

TEST_CASE("readers: a folder that cannot be written can be read") {
    Folder folder;
    make(version_1(folder));
    CHECK(tests::as_nobody(folder.path().c_str(), [&] {
              if (::chmod(folder.path().c_str(), 0500) != 0) return false;
              Readers readers(version_1(folder));
              Lease lease = readers.lease(Deadline::never());
              Statement row = lease.prepare("SELECT x FROM t");
              return row.step() && row.text(0) == "one";
          }) == 0);
}
