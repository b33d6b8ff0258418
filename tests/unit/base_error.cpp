#include "base/error.hpp"
#include "base/fd.hpp"

#include "support/catch.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace mayla;

TEST_CASE("error: each code has a name of its own") {
    CHECK(name(Code::invalid_argument) == "invalid_argument");
    CHECK(name(Code::unavailable) == "unavailable");
}

TEST_CASE("error: a system error names the thing and the cause") {
    const Error e = system_error(Code::unavailable, "open /x", ENOENT);
    CHECK(e.message() == "open /x: No such file or directory");
    CHECK(e.code() == Code::unavailable);
}

TEST_CASE("fd: the owner closes, a release does not") {
    int raw = -1;
    {
        OwnedFd fd = OwnedFd::adopt(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        raw = fd.get();
        REQUIRE(raw >= 0);
    }
    CHECK(::fcntl(raw, F_GETFD) == -1);
    OwnedFd fd = OwnedFd::adopt(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    raw = fd.release();
    CHECK_FALSE(fd);
    CHECK(::fcntl(raw, F_GETFD) != -1);
    ::close(raw);
}
