#include "unit/shim_bench.hpp"

using namespace shim_tests;

TEST_CASE("shim: calls without an answer are sent again to the next daemon, told to be repeats") {
    Bench bench;
    bench.call("1");
    bench.call("2");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.heard();
    daemon.say(answer("2")); // written before it dies: not lost
    daemon.fd.reset();
    bench.turn();
    bench.turn();
    CHECK(bench.answers() == Lines{answer("2")});
    bench.turn();
    Peer next = bench.accept();
    next.greet();
    bench.call("3");
    bench.turn();
    CHECK(next.heard() == Lines{own("resend", "\"seq\":1,\"attempt\":2"), wire_call(1), wire_call(3)});
    next.say(answer("1"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("1")});
}

TEST_CASE("shim: a lost daemon is not missed while nothing waits") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.say(answer("1"));
    bench.turn();
    bench.answers();
    daemon.fd.reset();
    bench.turn();
    CHECK(bench.link.fd() == -1);
    CHECK_FALSE(bench.link.deadline());
    CHECK(bench.nobody_waits());
    bench.call("2");
    CHECK_FALSE(bench.nobody_waits());
}

TEST_CASE("shim: a call that loses its daemon three times is given up, and the next daemon is told") {
    Bench bench;
    bench.call("1");
    for (int attempt = 1; attempt <= 1 + limits::resends; ++attempt) {
        CHECK(bench.answers().empty());
        Peer daemon = bench.accept();
        daemon.greet();
        bench.turn();
        Lines expected{wire_call(1)};
        if (attempt > 1)
            expected.insert(expected.begin(),
                            own("resend", "\"seq\":1,\"attempt\":" + std::to_string(attempt)));
        CHECK(daemon.heard() == expected);
        daemon.fd.reset();
        bench.turn();
    }
    CHECK_THAT(bench.failure(), Contains("unavailable: ") && Contains("lost 3 times") &&
                                    Contains("outcome unknown; check before repeating"));
    CHECK(bench.link.fd() == -1);
    bench.call("2");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{own("abandon", "\"seq\":1"), own("acked", "\"seq\":1"), wire_call(2)});

    // That daemon may have died before it read the line: it is said again until an answer proves it.
    daemon.fd.reset();
    bench.turn();
    Peer next = bench.accept();
    next.greet();
    bench.turn();
    CHECK(next.heard().front() == own("abandon", "\"seq\":1"));
    next.say(answer("2"));
    bench.turn();
    bench.answers();
    next.fd.reset();
    bench.turn();
    bench.call("3");
    Peer last = bench.accept();
    last.greet();
    bench.turn();
    CHECK(last.heard() == Lines{own("acked", "\"seq\":2"), wire_call(3)});
}

TEST_CASE("shim: a daemon that says nothing costs a call ten seconds, and nothing was changed") {
    Bench bench;
    bench.call("1", "x", true);
    Peer daemon = bench.accept();
    const auto begin = bench.time;
    while (bench.out.empty()) bench.pass_time();
    CHECK(bench.time - begin == limits::hello_reply);
    const Lines lines = bench.answers();
    REQUIRE(lines.size() == 1);
    const json result = json::parse(lines.front())["result"];
    CHECK(result["resultType"] == "complete");
    CHECK_THAT(result["content"][0]["text"].get<std::string>(),
               Contains("unavailable: ") && Contains("no answer to hello within 10 s") &&
                   Contains("not sent; nothing was changed") && Contains("\nRun `mayla doctor`"));
    CHECK_FALSE(bench.link.deadline());
    CHECK(bench.link.fd() == -1);
}

TEST_CASE("shim: a call that was sent and whose daemon does not come back has an unknown outcome") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.fd.reset();
    bench.turn();
    while (bench.out.empty()) bench.pass_time();
    CHECK_THAT(bench.failure(), Contains("outcome unknown; check before repeating"));
    CHECK_FALSE(bench.link.deadline());
}

TEST_CASE("shim: a refused hello answers all that wait with the daemon's words") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.say(R"({"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"foreign namespace; set it"}})");
    daemon.fd.reset();
    bench.turn();
    CHECK_THAT(bench.failure(),
               Contains("foreign namespace; set it") && Contains("not sent; nothing was changed"));
    CHECK(bench.link.fd() == -1);
    CHECK_FALSE(bench.link.deadline());
}

TEST_CASE("shim: a daemon that ends before its hello is met with growing pauses") {
    Bench bench;
    bench.call("1");
    std::vector<Clock::duration> pauses;
    for (int i = 0; i < 7; ++i) {
        Peer daemon = bench.accept();
        daemon.fd.reset();
        bench.turn();
        CHECK(bench.nobody_waits());
        const auto before = bench.time;
        bench.pass_time();
        pauses.push_back(bench.time - before);
    }
    using namespace std::chrono_literals;
    CHECK(pauses == std::vector<Clock::duration>{50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms});
}

TEST_CASE("shim: a daemon that speaks something else is left") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.say("garbage");
    bench.turn();
    Peer next = bench.accept();
    next.greet();
    bench.turn();
    CHECK(next.heard().back() == wire_call(1));
}

TEST_CASE("shim: what the client tells later is told to the daemon as soon as nothing is under way") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.heard();
    bench.session.roots = {"/r"};
    bench.call("2");
    CHECK(daemon.heard() == Lines{wire_call(2)});
    daemon.say(answer("1"));
    daemon.say(answer("2"));
    bench.turn();
    bench.answers();
    bench.call("3");
    Peer next = bench.accept();
    const Lines hello = next.heard();
    REQUIRE(hello.size() == 1);
    CHECK(json::parse(hello[0])["params"]["roots"] == json::parse(R"(["/r"])"));
}
