#include "base/error.hpp"
#include "base/limits.hpp"
#include "shim/connect.hpp"
#include "shim/unmanaged.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace mayla;
using namespace mayla::shim;
using Catch::Matchers::Contains;

namespace {

Environment with(const std::string& runtime, const std::string& home) {
    return [=](const char* name) -> std::optional<std::string> {
        if (std::string_view(name) == "XDG_RUNTIME_DIR") return runtime;
        if (std::string_view(name) == "HOME") return home;
        return std::nullopt;
    };
}

OwnedFd socket_at(const std::string& path, bool listening) {
    OwnedFd fd = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    if (listening) REQUIRE(::listen(fd.get(), 1) == 0);
    return fd;
}

} // namespace

TEST_CASE("shim: every place of the socket is tried before the daemon counts as absent") {
    tests::Folder folder;
    const SocketPaths paths{{folder / "none", folder / "stale", folder / "live"}, {}};
    const OwnedFd stale = socket_at(folder / "stale", false);
    Connected attempt = connect_daemon(paths);
    CHECK_FALSE(attempt.fd);
    CHECK(attempt.absent);
    CHECK_THAT(attempt.cause, Contains("none: No such file") && Contains("stale: Connection refused"));
    const OwnedFd live = socket_at(folder / "live", true);
    attempt = connect_daemon(paths);
    CHECK(attempt.fd);
    CHECK(attempt.path == folder / "live");
}

TEST_CASE("shim: a place that cannot be reached is not mended by waking the daemon") {
    tests::Folder folder;
    tests::write_file(folder / "file", "");
    const Connected attempt = connect_daemon({{folder / "none", folder / "file/x"}, {}});
    CHECK_FALSE(attempt.fd);
    CHECK_FALSE(attempt.absent);
    CHECK_THAT(attempt.cause, Contains("Not a directory"));
}

TEST_CASE("shim: a socket path that is too long is named with its limit") {
    const std::string path = '/' + std::string(limits::socket_path_bytes, 'x');
    const Connected attempt = connect_daemon({{}, {path}});
    CHECK_FALSE(attempt.fd);
    CHECK_FALSE(attempt.absent);
    CHECK_THAT(attempt.cause, Contains(path) && Contains(std::to_string(limits::socket_path_bytes)));
}

TEST_CASE("shim: only the mark of setup makes a machine one without a service manager") {
    tests::Folder folder;
    const Environment environment = with("", folder.path());
    CHECK_FALSE(is_unmanaged(environment));
    tests::write_file(folder / ".local/share/mayla/unmanaged", "");
    CHECK(is_unmanaged(environment));
}

TEST_CASE("shim: the daemon's own socket lies in the runtime folder if there is one, private") {
    tests::Folder folder;
    CHECK(unmanaged_socket(with(folder.path(), folder / "home")) == folder / "mayla/daemon.sock");
    struct stat s {};
    REQUIRE(::stat((folder / "mayla").c_str(), &s) == 0);
    CHECK((s.st_mode & 0777) == 0700);
    REQUIRE(::chmod((folder / "mayla").c_str(), 0755) == 0);
    unmanaged_socket(with(folder.path(), folder / "home"));
    REQUIRE(::stat((folder / "mayla").c_str(), &s) == 0);
    CHECK((s.st_mode & 0777) == 0700);
}

TEST_CASE("shim: a runtime folder that is not there is not made") {
    tests::Folder folder;
    const std::string path = unmanaged_socket(with(folder / "none", folder / "home"));
    CHECK(path != folder / "none/mayla/daemon.sock");
    struct stat s {};
    CHECK(::stat((folder / "none").c_str(), &s) != 0);
}

TEST_CASE("shim: a daemon that is not installed beside the shim is named") {
    tests::Folder folder;
    try {
        start_unmanaged_daemon(with(folder.path(), folder / "home"));
        FAIL("there is no mayla-daemon beside the tests");
    } catch (const Error& error) {
        CHECK(error.code() == Code::unavailable);
        CHECK_THAT(error.message(), Contains("mayla-daemon") && Contains("No such file"));
    }
}
