#include "base/fd.hpp"
#include "base/limits.hpp"
#include "store/writer.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/folder.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <future>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace mayla;
using namespace mayla::store;
using tests::Folder;

namespace {

constexpr std::string_view schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)";
Definition definition(const Folder& folder) { return {folder / "a.db", {{schema}}}; }

void insert(Transaction& transaction, std::int64_t id, std::string_view text = "x") {
    transaction.prepare("INSERT INTO t (id, x) VALUES (?1, ?2)").bind(id, text).run();
}

std::int64_t count(Readers& readers) {
    Lease lease = readers.lease(Deadline::never());
    Statement query = lease.prepare("SELECT count(*) FROM t");
    query.step();
    return query.integer(0);
}

Code code_of(const std::exception_ptr& failure) {
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const Error& e) {
        return e.code();
    }
    FAIL("no error");
    return Code::internal;
}

/// Holds the writer inside a job until released, so that what is submitted meanwhile is one group.
struct Gate {
    std::promise<void> entered;
    std::promise<void> released;
    void close(Writer& writer) {
        writer.submit(
            [this](Transaction&) {
                entered.set_value();
                released.get_future().wait();
            },
            [](const std::exception_ptr&) {});
        entered.get_future().wait();
    }
};

} // namespace

TEST_CASE("writer: a job that returns is stored, and seen by the next reader") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers);
    writer.start();
    writer.run([](Transaction& t) { insert(t, 1); });
    CHECK(count(readers) == 1);
    CHECK_FALSE(writer.failure());
}

TEST_CASE("writer: jobs that queue while a commit runs share the next one") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers);
    writer.start();
    Gate gate;
    gate.close(writer);
    std::array<std::promise<void>, 50> done;
    for (std::size_t i = 0; i < done.size(); ++i)
        writer.submit([i](Transaction& t) { insert(t, static_cast<std::int64_t>(i)); },
                      [&done, i](const std::exception_ptr& failure) {
                          if (failure)
                              done[i].set_exception(failure);
                          else
                              done[i].set_value();
                      });
    gate.released.set_value();
    for (auto& promise : done) promise.get_future().get();
    CHECK(count(readers) == 50);
    CHECK(writer.counts().jobs == 51);
    CHECK(writer.counts().commits == 2);
}

TEST_CASE("writer: a job that throws is taken back alone, its caller gets what it threw") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers, {.own_thread = false});
    writer.start();
    writer.run([](Transaction& t) { insert(t, 1); });
    CHECK_THROWS_WITH(writer.run([](Transaction& t) {
        insert(t, 2);
        throw Error(Code::conflict, "no");
    }),
                      "no");
    CHECK_THROWS_AS(writer.run([](Transaction& t) { insert(t, 1); }), Error); // a constraint
    writer.run([](Transaction& t) { insert(t, 3); });
    CHECK(count(readers) == 2);
}

TEST_CASE("writer: nobody hears of a group before its commit") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers);
    writer.start();
    Gate gate;
    gate.close(writer);
    std::promise<std::int64_t> seen;
    writer.submit([](Transaction&) { throw Error(Code::conflict, "no"); },
                  [&](const std::exception_ptr& failure) {
                      CHECK(code_of(failure) == Code::conflict);
                      seen.set_value(count(readers)); // what it threw may quote the other job's row
                  });
    writer.submit([](Transaction& t) { insert(t, 1); }, [](const std::exception_ptr&) {});
    gate.released.set_value();
    CHECK(seen.get_future().get() == 1);
}

TEST_CASE("writer: a full queue says busy, a stopped writer unavailable, and what it took is done") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers);
    writer.start();
    Gate gate;
    gate.close(writer);
    std::atomic<std::size_t> done = 0;
    for (std::size_t i = 0; i < limits::writer_queue; ++i)
        writer.submit([](Transaction&) {},
                      [&done](const std::exception_ptr& failure) { done += failure ? 0 : 1; });
    const auto submit = [&] { writer.submit([](Transaction&) {}, [](const std::exception_ptr&) {}); };
    try {
        submit();
        FAIL("no error");
    } catch (const Error& e) {
        CHECK(e.code() == Code::busy);
    }
    gate.released.set_value();
    writer.stop();
    CHECK(done == limits::writer_queue);
    try {
        submit();
        FAIL("no error");
    } catch (const Error& e) {
        CHECK(e.code() == Code::unavailable);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "a.db-wal")); // folded into the file
}

TEST_CASE("writer: one call cannot write without bound") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers, {.own_thread = false});
    writer.start();
    const std::string text(limits::transaction_bytes + 1, 'x');
    try {
        writer.run([&](Transaction& t) { insert(t, 1, text); });
        FAIL("no error");
    } catch (const Error& e) {
        CHECK(e.code() == Code::too_large);
    }
    CHECK(count(readers) == 0);
}

TEST_CASE("writer: its log stays small while readers never leave it alone") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers);
    writer.start();
    writer.run([](Transaction&) {});
    // Each holds its snapshot until the other has begun a new one, or its time is over: without a gate there
    // would never be a moment at which the log can begin anew.
    std::array<std::atomic<int>, 2> begun{};
    std::atomic<bool> end = false;
    const auto hold = [&](std::size_t mine) {
        while (!end) {
            const Deadline deadline = Deadline::in(std::chrono::milliseconds(100));
            try {
                Lease lease = readers.lease(deadline);
                lease.prepare("SELECT count(*) FROM t").step();
                ++begun.at(mine);
                const int other = begun.at(1 - mine);
                while (!end && !deadline.passed() && begun.at(1 - mine) == other) std::this_thread::yield();
            } catch (const Error&) {
            } // no time left to read: the gate was closed
        }
    };
    std::thread one(hold, 0);
    std::thread two(hold, 1);
    const std::string text(1 << 20, 'x');
    std::uintmax_t largest = 0;
    for (int i = 0; i < 120; ++i) {
        writer.run([&](Transaction& t) { insert(t, i, text); });
        largest = std::max(largest, std::filesystem::file_size(folder / "a.db-wal"));
    }
    end = true;
    one.join();
    two.join();
    CHECK(largest < (48u << 20));
}

TEST_CASE("writer: service begins once the folder can be made") {
    Folder folder;
    const std::string data = folder / "data";
    tests::write_file(data, "in the way");
    const Definition there{data + "/a.db", {{schema}}};
    Readers readers(there);
    Writer writer(there, readers, {.own_thread = false});
    std::exception_ptr opened;
    writer.start([&](const std::exception_ptr& failure) { opened = failure; });
    CHECK(code_of(opened) == Code::unavailable);
    REQUIRE(writer.failure());
    CHECK(writer.failure()->message().find(data) != std::string::npos);
    CHECK_THROWS_AS(writer.run([](Transaction& t) { insert(t, 1); }), Error);
    std::filesystem::remove(data);
    writer.run([](Transaction& t) { insert(t, 1); });
    CHECK_FALSE(writer.failure());
    CHECK(count(readers) == 1);
}

TEST_CASE("readers: a file that was moved away is made anew by the first who reads") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers);
    writer.start();
    writer.run([](Transaction& t) { insert(t, 1); });
    CHECK(count(readers) == 1);
    for (const char* suffix : {"", "-wal", "-shm"})
        std::filesystem::rename(folder / ("a.db" + std::string(suffix)),
                                folder / ("old" + std::string(suffix)));
    CHECK(count(readers) == 0);
    writer.run([](Transaction& t) { insert(t, 2); });
    CHECK(count(readers) == 1);
}

TEST_CASE("writer: a read-only folder is read, writes say why, and resume") {
    Folder folder;
    {
        Readers readers(definition(folder));
        Writer writer(definition(folder), readers, {.own_thread = false});
        writer.start();
        writer.run([](Transaction& t) { insert(t, 1); });
    }
    CHECK(tests::as_nobody(folder.path().c_str(), [&] {
              const std::string file = folder / "a.db";
              if (::chmod(file.c_str(), 0400) != 0 || ::chmod(folder.path().c_str(), 0500) != 0) return false;
              Readers readers(definition(folder));
              Writer writer(definition(folder), readers, {.own_thread = false});
              writer.start();
              if (count(readers) != 1) return false;
              try {
                  writer.run([](Transaction& t) { insert(t, 2); });
                  return false;
              } catch (const Error& e) {
                  if (e.code() != Code::unavailable ||
                      e.message().find("cannot be written") == std::string::npos)
                      return false;
              }
              if (count(readers) != 1) return false;
              if (::chmod(folder.path().c_str(), 0700) != 0 || ::chmod(file.c_str(), 0600) != 0) return false;
              writer.run([](Transaction& t) { insert(t, 2); });
              return count(readers) == 2;
          }) == 0);
}

TEST_CASE("writer: a database that is taken away is noticed before the next acknowledgement") {
    Folder folder;
    Readers readers(definition(folder));
    Writer writer(definition(folder), readers, {.own_thread = false});
    writer.start();
    writer.run([](Transaction& t) { insert(t, 1); });
    std::filesystem::create_directory(folder / "old");
    for (const char* part : {"", "-wal", "-shm"})
        std::filesystem::rename(folder / (std::string("a.db") + part),
                                folder / (std::string("old/a.db") + part));
    writer.run([](Transaction& t) { insert(t, 2); });
    Database fresh(folder / "a.db", Database::Access::read_only);
    Statement row = fresh.prepare("SELECT id FROM t");
    REQUIRE(row.step());
    CHECK(row.integer(0) == 2);
    CHECK(count(readers) == 1);
}

TEST_CASE("writer: kill -9 loses nothing that was acknowledged and keeps nothing twice") {
    Folder folder;
    for (int round = 0; round < 5; ++round) {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        const OwnedFd read_end = OwnedFd::adopt(ends[0]);
        OwnedFd write_end = OwnedFd::adopt(ends[1]);
        const pid_t child = tests::start_child([&] {
            Readers readers(definition(folder));
            Writer writer(definition(folder), readers);
            writer.start();
            std::atomic<std::size_t> waiting = 0;
            for (std::int64_t id = round * 1'000'000;; ++id) {
                while (waiting > 64) std::this_thread::yield();
                ++waiting;
                writer.submit([id](Transaction& t) { insert(t, id, std::string(2000, 'x')); },
                              [&, id](const std::exception_ptr& failure) {
                                  if (failure || ::write(write_end.get(), &id, sizeof id) != sizeof id)
                                      ::_exit(1);
                                  --waiting;
                              });
            }
        });
        write_end.reset();
        std::set<std::int64_t> acknowledged;
        std::int64_t id = 0;
        while (acknowledged.size() < 200u + 37u * static_cast<unsigned>(round) &&
               ::read(read_end.get(), &id, sizeof id) == sizeof id)
            acknowledged.insert(id);
        ::kill(child, SIGKILL);
        CHECK(tests::wait_child(child) == 128 + SIGKILL);
        while (::read(read_end.get(), &id, sizeof id) == sizeof id) acknowledged.insert(id);

        Database database(folder / "a.db", Database::Access::read_only);
        std::size_t found = 0;
        for (const std::int64_t each : acknowledged) {
            Statement row = database.prepare("SELECT length(x) FROM t WHERE id = ?1");
            row.bind(each);
            if (row.step() && row.integer(0) == 2000) ++found;
        }
        CHECK(found == acknowledged.size());
        Statement whole = database.prepare("PRAGMA integrity_check");
        REQUIRE(whole.step());
        CHECK(whole.text(0) == "ok");
    }
}
