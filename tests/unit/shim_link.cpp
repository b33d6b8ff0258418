#include "unit/shim_bench.hpp"

using namespace shim_tests;

TEST_CASE("shim: no connection is made before the first call, and then the hello comes alone") {
    Bench bench;
    CHECK(bench.link.fd() == -1);
    CHECK_FALSE(bench.link.deadline());
    CHECK(bench.nobody_waits());
    bench.call("\"a\"");
    Peer daemon = bench.accept();
    const Lines hello = daemon.heard();
    REQUIRE(hello.size() == 1);
    CHECK(json::parse(hello[0])["method"] == "mayla/hello");
}

TEST_CASE("shim: a call goes out with its seq and comes back with the client's own bytes") {
    Bench bench;
    bench.call(R"("a\u0041")");
    bench.call("18446744073709551616", "y");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{wire_call(1), wire_call(2, "y")});
    CHECK_FALSE(bench.link.deadline());
    daemon.say(answer("2"));
    daemon.say(answer("1"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("18446744073709551616"), answer(R"("a\u0041")")});
    CHECK_FALSE(bench.link.deadline());
}

TEST_CASE("shim: answers to nobody, requests and our own methods do not reach the client") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    const std::string progress =
        R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}})";
    for (const std::string& line : {answer("2"), answer("\"1\""), answer("null"), std::string(" "),
                                    std::string(R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})"),
                                    std::string(R"({"jsonrpc":"2.0","method":"mayla/x"})"), progress})
        daemon.say(line);
    bench.turn();
    CHECK(bench.answers() == Lines{progress});
}

TEST_CASE("shim: what the client has got is acknowledged before the next call") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.heard();
    daemon.say(answer("1"));
    bench.turn();
    bench.call("2"); // the answer still waits in the client's outbox
    CHECK(daemon.heard() == Lines{wire_call(2)});
    bench.answers();
    bench.call("3");
    CHECK(daemon.heard() == Lines{own("acked", "\"seq\":1"), wire_call(3)});
    daemon.say(answer("3"));
    bench.turn();
    bench.answers();
    bench.call("4"); // 2 has no answer yet
    CHECK(daemon.heard() == Lines{wire_call(4)});
    daemon.say(answer("2"));
    daemon.say(answer("4"));
    bench.turn();
    bench.answers();
    bench.call("5");
    CHECK(daemon.heard() == Lines{own("acked", "\"seq\":4"), wire_call(5)});
}

TEST_CASE("shim: a cancelled call is forgotten, and the daemon hears of it by its seq") {
    Bench bench;
    bench.call("\"a\"");
    bench.call("\"b\"");
    bench.cancel("\"b\""); // not sent yet: it never will be
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{wire_call(1)});
    bench.cancel("\"a\"");
    CHECK(
        daemon.heard() ==
        Lines{
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":"r","requestId":1}})"});
    bench.cancel("\"a\"");
    bench.cancel("\"unknown\"");
    CHECK(daemon.heard().empty());
    daemon.say(answer("1"));
    bench.turn();
    CHECK(bench.answers().empty());
}

TEST_CASE("shim: two calls with one id are two calls") {
    Bench bench;
    bench.call("1", "x");
    bench.call("1", "y");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{wire_call(1, "x"), wire_call(2, "y")});
    bench.cancel("1");
    CHECK(daemon.heard().size() == 1);
    daemon.say(answer("2"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("1")});
}

TEST_CASE("shim: calls beyond the limit are answered busy, the others go on") {
    Bench bench;
    for (std::size_t i = 0; i < limits::calls_per_link; ++i) bench.call("1");
    CHECK(bench.answers().empty());
    bench.call("\"one more\"");
    CHECK_THAT(bench.failure(), Contains("busy: ") && Contains("4096") && Contains("nothing was changed"));
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.say(answer("1"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("1")});
}

TEST_CASE("shim: a daemon that does not read holds the client back, and loses nothing") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    const std::string big(1u << 20, 'x');
    int calls = 1;
    while (bench.link.accepts() && calls < 1000) {
        bench.call("1", big);
        ++calls;
    }
    CHECK(calls < 16);
    int heard = 0;
    for (int round = 0; heard < calls && round < 100'000; ++round) {
        heard += static_cast<int>(daemon.heard().size());
        bench.link.flush();
    }
    CHECK(heard == calls);
    CHECK(bench.link.accepts());
}

TEST_CASE("shim: an answer over the limit is told as such") {
    Bench bench;
    bench.call("\"big\"");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    const std::string line =
        R"({"jsonrpc":"2.0","id":1,"result":{"x":")" + std::string(limits::message_bytes, 'x') + "\"}}\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const ssize_t wrote = ::send(daemon.fd.get(), line.data() + sent, line.size() - sent, MSG_DONTWAIT);
        if (wrote > 0) sent += static_cast<std::size_t>(wrote);
        bench.turn();
    }
    CHECK_THAT(bench.failure(), Contains("internal: ") && Contains("16777216"));
}
