#include "base/error.hpp"
#include "store/calls.hpp"
#include "tools/effects.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

using namespace mayla;
using namespace mayla::tools;

namespace {

constexpr std::string_view counter =
    "CREATE TABLE counter(n INTEGER NOT NULL); INSERT INTO counter VALUES (0);";

/// Effects over a real database file, worked off inside submit().
struct Bench {
    tests::Folder folder;
    store::Definition definition{folder.path() + "/memory.db", {{store::calls::schema_1(), counter}}};
    store::Readers readers{definition};
    store::Writer writer{definition, readers, [] {
                             store::Writer::Options options;
                             options.own_thread = false;
                             return options;
                         }()};
    Effects effects{writer, readers};
    std::shared_ptr<mcp::Caller> caller = std::make_shared<mcp::Caller>();
    std::vector<std::string> faults;

    Bench() {
        writer.start();
        caller->link = "11111111-2222-4333-8444-555555555555";
    }
    std::shared_ptr<mcp::Call> call(std::uint64_t seq, unsigned char hash = 1) const {
        auto made = std::make_shared<mcp::Call>();
        made->caller = caller;
        made->seq = seq;
        made->hash[0] = hash;
        return made;
    }
    mcp::Reply count_up(const std::shared_ptr<mcp::Call>& call) {
        return run(call, [](store::Transaction& transaction) {
            transaction.prepare("UPDATE counter SET n = n + 1").run();
            auto read = transaction.prepare("SELECT n FROM counter");
            read.step();
            return mcp::Reply{"counted " + std::to_string(read.integer(0)), false, "m1"};
        });
    }
    mcp::Reply run(const std::shared_ptr<mcp::Call>& call, mcp::Effect effect) {
        std::optional<mcp::Reply> got;
        effects.commit(
            call, std::move(effect), [&](mcp::Reply reply) { got = std::move(reply); },
            [&](std::string_view what) { faults.emplace_back(what); });
        REQUIRE(got);
        return *got;
    }
    std::int64_t count() {
        auto lease = readers.lease(Deadline::never());
        auto read = lease.prepare("SELECT n FROM counter");
        read.step();
        return read.integer(0);
    }
};

using Catch::Matchers::Contains;

} // namespace

TEST_CASE("effects E1: a call that comes twice has its effect once and its answer twice") {
    Bench bench;
    CHECK(bench.count_up(bench.call(1)).text == "counted 1");
    const mcp::Reply again = bench.count_up(bench.call(1));
    CHECK(again.text == "counted 1");
    CHECK(again.undo_id == "m1");
    CHECK(bench.count() == 1);
    CHECK(bench.effects.stored(*bench.call(1))->text == "counted 1");
    CHECK_FALSE(bench.effects.stored(*bench.call(2)));
}

TEST_CASE("effects: another call under the same number is refused and changes nothing") {
    Bench bench;
    bench.count_up(bench.call(1, 1));
    const mcp::Reply other = bench.count_up(bench.call(1, 2));
    CHECK(other.is_error);
    CHECK_THAT(other.text, Contains("conflict: call 1"));
    CHECK(bench.count() == 1);
    CHECK_THROWS_AS(bench.effects.stored(*bench.call(1, 2)), Error);
}

TEST_CASE("effects E2: a cancelled call does not begin") {
    Bench bench;
    const auto call = bench.call(1);
    call->cancelled = true;
    CHECK_THAT(bench.count_up(call).text, Contains("cancelled: "));
    CHECK(bench.count() == 0);
}

TEST_CASE("effects: one that fails leaves no trace, and may be tried again under its number") {
    Bench bench;
    const mcp::Reply failed = bench.run(bench.call(1), [](store::Transaction& transaction) -> mcp::Reply {
        transaction.prepare("UPDATE counter SET n = 100").run();
        throw Error(Code::conflict, "not like this");
    });
    CHECK(failed.text == "conflict: not like this");
    CHECK(bench.count() == 0);
    CHECK(bench.count_up(bench.call(1)).text == "counted 1");
    const mcp::Reply broken = bench.run(
        bench.call(2), [](store::Transaction&) -> mcp::Reply { throw std::runtime_error("our own fault"); });
    CHECK_THAT(broken.text, Contains("internal: "));
    CHECK(bench.faults == std::vector<std::string>{"our own fault"});
}

TEST_CASE("effects: what was acknowledged or abandoned is gone, and is told so rather than run") {
    Bench bench;
    bench.count_up(bench.call(1));
    bench.effects.acked(bench.caller->link, 1);
    bench.count_up(bench.call(2)); // carries the acknowledgement along
    CHECK_THAT(bench.count_up(bench.call(1)).text, Contains("outcome unknown"));
    bench.effects.abandoned(bench.caller->link, 7);
    CHECK_THAT(bench.count_up(bench.call(7)).text, Contains("outcome unknown"));
    CHECK(bench.count() == 2);
    bench.effects.acked(bench.caller->link, 2);
    bench.effects.settle(bench.caller->link);
    CHECK_THROWS_AS(bench.effects.stored(*bench.call(2)), Error);
}
