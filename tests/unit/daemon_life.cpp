#include "daemon/life.hpp"
#include "memory/service.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace mayla;
using namespace std::chrono_literals;

namespace {

/// The daemon without tools: loop, listening socket, links and life. Ends by itself after a minute, as a
/// failure.
struct Bench {
    tests::Folder folder;
    std::string path = folder / "s";
    OwnedFd listening = listen_on(path);
    Log log{folder / "state"};
    event::Loop loop;
    store::Definition definition{memory::database(folder / "memory.db")};
    store::Readers readers{definition};
    store::Writer writer{definition, readers};
    tools::Effects effects{writer, readers};
    mcp::Dispatcher dispatcher{{}, {}};
    int accepted = 0;
    daemon::Life* life_pointer = nullptr;
    daemon::Links links{loop,
                        dispatcher,
                        effects,
                        Config::Namespaces::same,
                        log,
                        "uuid",
                        {[this] { life_pointer->active(); }, [] {}, [this] { life_pointer->settled(); }}};
    event::Listener listener{loop, listening.borrow(), [this](OwnedFd fd) {
                                 ++accepted;
                                 links.accept(std::move(fd));
                             }};
    service::Notify notify;
    daemon::Life life;
    bool too_late = false;
    event::Timer guard{loop, [this] {
                           too_late = true;
                           loop.stop();
                       }};

    explicit Bench(daemon::Life::Times times) : life(loop, listener, links, notify, log, times) {
        life_pointer = &life;
        guard.start_once(60s);
    }
    ~Bench() { writer.stop(); }

    static OwnedFd listen_on(const std::string& path) {
        OwnedFd fd = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
        ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
        const sockaddr_un address = address_of(path);
        REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(fd.get(), 16) == 0);
        return fd;
    }
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        return address;
    }
    OwnedFd connect() const {
        OwnedFd fd = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
        const sockaddr_un address = address_of(path);
        REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        return fd;
    }
};

} // namespace

TEST_CASE("life: a daemon that nobody talks to ends by itself") {
    Bench bench({.shortest = 0ms, .idle_alone = 5ms, .idle_connected = 1h});
    bench.life.ready("serving");
    bench.loop.run();
    CHECK_FALSE(bench.too_late);
}

TEST_CASE("life: one with connections waits longer, and then ends too") {
    Bench bench({.shortest = 0ms, .idle_alone = 1ms, .idle_connected = 50ms});
    const OwnedFd client = bench.connect();
    bench.life.ready("serving");
    bench.loop.run();
    CHECK_FALSE(bench.too_late);
    CHECK(bench.accepted == 1);
}

TEST_CASE("life L1: it does not end while somebody waits to be accepted, and serves them") {
    Bench bench({.shortest = 0ms, .idle_alone = 1h, .idle_connected = 1h});
    OwnedFd client = bench.connect(); // in the backlog: the loop has not turned yet
    bench.loop.post([&] {
        bench.life.drain("a test");
        // Back to serving: the connection is accepted, and only its end lets the next drain succeed.
        bench.loop.post([&] { client.reset(); });
    });
    event::Timer again(bench.loop, [&] {
        if (bench.accepted == 1 && bench.links.connections() == 0) bench.life.drain("again");
    });
    again.start_every(1ms);
    bench.life.ready("serving");
    bench.loop.run();
    CHECK_FALSE(bench.too_late);
    CHECK(bench.accepted == 1);
}

TEST_CASE("life L1: asked to leave right after its start, it waits until it has lived long enough") {
    Bench bench({.shortest = 30ms, .idle_alone = 1h, .idle_connected = 1h});
    const auto started = std::chrono::steady_clock::now();
    bench.loop.post([&] { bench.life.drain("a test"); });
    bench.life.ready("serving");
    bench.loop.run();
    CHECK_FALSE(bench.too_late);
    CHECK(std::chrono::steady_clock::now() - started >= 30ms);
}

TEST_CASE("life L2: SIGTERM ends it even while somebody waits") {
    Bench bench({.shortest = 1h, .idle_alone = 1h, .idle_connected = 1h});
    bench.life.ready("serving");
    bench.loop.post([&] { ::raise(SIGTERM); });
    bench.loop.run();
    CHECK_FALSE(bench.too_late);
}
