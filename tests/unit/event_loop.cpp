#include "event/lane.hpp"
#include "event/listener.hpp"
#include "event/stream.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace mayla;
using namespace mayla::event;

namespace {

std::pair<OwnedFd, OwnedFd> socket_pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    return {OwnedFd::adopt(fds[0]), OwnedFd::adopt(fds[1])};
}

} // namespace

TEST_CASE("loop: jobs posted from another thread run on the loop, in order") {
    Loop loop;
    std::vector<int> seen;
    std::thread other([&] {
        for (int i = 0; i < 100; ++i) loop.post([&seen, i] { seen.push_back(i); });
        loop.post([&] { loop.stop(); });
    });
    loop.run();
    other.join();
    REQUIRE(seen.size() == 100);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("loop: what a callback throws is told, and the loop goes on") {
    Loop loop;
    int failures = 0;
    loop.on_failure([&](const std::exception_ptr&) { ++failures; });
    loop.post([] { throw std::runtime_error("one request"); });
    loop.post([&] { loop.stop(); });
    loop.run();
    CHECK(failures == 1);
}

TEST_CASE("stream: a turn's writes leave together and arrive in order") {
    Loop loop;
    auto [ours, theirs] = socket_pair();
    bool closed = false;
    std::string got;
    std::optional<Stream> peer;
    Stream stream(loop, std::move(ours), 1u << 20, {[](std::string_view) {}, [&] { closed = true; }, [] {}});
    peer.emplace(
        loop, std::move(theirs), 1u << 20,
        Stream::Callbacks{[&](std::string_view bytes) { got += bytes; }, [&] { loop.stop(); }, [] {}});
    for (int i = 0; i < 1000; ++i) stream.write("x" + std::to_string(i));
    stream.close_after_writing();
    loop.run();
    std::string expected;
    for (int i = 0; i < 1000; ++i) expected += "x" + std::to_string(i);
    CHECK(got == expected);
    CHECK(closed);
}

TEST_CASE("stream: a peer that does not read is felt, and drained() tells when it does") {
    Loop loop;
    auto [ours, theirs] = socket_pair();
    bool drained = false;
    Stream stream(loop, std::move(ours), 1000,
                  {[](std::string_view) {}, [] {},
                   [&] {
                       drained = true;
                       loop.stop();
                   }});
    stream.write(std::string(4u << 20, 'a'));
    CHECK(stream.over_high_water());
    std::thread reader([fd = theirs.get()] {
        std::vector<char> buffer(1u << 20);
        std::size_t total = 0;
        while (total < (4u << 20)) {
            const ssize_t n = ::read(fd, buffer.data(), buffer.size());
            if (n <= 0) break;
            total += static_cast<std::size_t>(n);
        }
    });
    loop.run();
    reader.join();
    CHECK(drained);
    CHECK_FALSE(stream.over_high_water());
}

TEST_CASE("stream: the owner may destroy it while it is told that the peer has gone") {
    Loop loop;
    auto [ours, theirs] = socket_pair();
    std::unique_ptr<Stream> stream;
    stream = std::make_unique<Stream>(loop, std::move(ours), 1000,
                                      Stream::Callbacks{[](std::string_view) {},
                                                        [&] {
                                                            stream.reset();
                                                            loop.stop();
                                                        },
                                                        [] {}});
    theirs.reset();
    loop.run();
    CHECK(stream == nullptr);
}

TEST_CASE("listener: accepts what waits, and says whether somebody does") {
    char folder[] = "/tmp/mayla-listener-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = std::string(folder) + "/s";
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const OwnedFd listening = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening.get(), 16) == 0);

    Loop loop;
    int accepted = 0;
    Listener listener(loop, listening.borrow(), [&](OwnedFd fd) {
        CHECK(fd);
        if (++accepted == 3) loop.stop();
    });
    CHECK_FALSE(listener.somebody_waits());
    std::vector<OwnedFd> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0)));
        REQUIRE(::connect(clients.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    CHECK(listener.somebody_waits());
    loop.run();
    CHECK(accepted == 3);
    CHECK_FALSE(listener.somebody_waits());
    ::unlink(path.c_str());
    ::rmdir(folder);
}

TEST_CASE("lane: runs jobs on its threads, refuses above its limit, drops what has not begun at stop") {
    std::atomic<int> ran{0};
    {
        Lane lane(2, 1000);
        for (int i = 0; i < 100; ++i) REQUIRE(lane.submit([&] { ++ran; }));
        while (ran < 100) std::this_thread::yield();
        lane.stop();
        CHECK_FALSE(lane.submit([&] { ++ran; }));
    }
    CHECK(ran == 100);
}

TEST_CASE("lane: with no thread a job runs inside submit") {
    Lane lane(0, 1);
    bool ran = false;
    CHECK(lane.submit([&] { ran = true; }));
    CHECK(ran);
}
