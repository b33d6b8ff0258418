// A disk of one megabyte: a tmpfs in a mount namespace of a forked child, for which root or unprivileged user
// namespaces are needed. Where neither is to be had the child says so and the page limit of the database
// stands in.

#include "store/writer.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/folder.hpp"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace mayla;
using namespace mayla::store;

namespace {

constexpr std::string_view schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)";

bool small_disk(const std::string& at) {
    const int spaces = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
    if (::unshare(spaces) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=1m") != 0) {
        std::perror("no mount namespace here, the page limit stands in for a full disk");
        return false;
    }
    return true;
}

bool expect(bool condition, const char* what) {
    if (!condition) std::fprintf(stderr, "not so: %s\n", what);
    return condition;
}

/// Writes until it fails. The ids acknowledged; the failure's message.
std::set<std::int64_t> fill(Writer& writer, std::int64_t from, std::string& message) {
    std::set<std::int64_t> stored;
    for (std::int64_t id = from; id < from + 2'000; ++id) {
        try {
            writer.run([id](Transaction& t) {
                t.prepare("INSERT INTO t VALUES (?1, ?2)").bind(id, std::string(4000, 'x')).run();
            });
            stored.insert(id);
        } catch (const Error& e) {
            message = e.message();
            return e.code() == Code::unavailable ? stored : std::set<std::int64_t>{};
        }
    }
    return {};
}

std::set<std::int64_t> all(Readers& readers) {
    std::set<std::int64_t> out;
    Lease lease = readers.lease(Deadline::never());
    Statement query = lease.prepare("SELECT id FROM t");
    while (query.step()) out.insert(query.integer(0));
    return out;
}

} // namespace

TEST_CASE(
    "writer: on a full disk nothing is acknowledged that is not stored, and service resumes with space") {
    tests::Folder folder;
    CHECK(tests::in_child([&] {
              if (!small_disk(folder.path())) return true;
              const std::string ballast = folder / "ballast";
              const int fd = ::open(ballast.c_str(), O_CREAT | O_WRONLY, 0600);
              if (!expect(::posix_fallocate(fd, 0, 400 << 10) == 0, "ballast")) return false;
              ::close(fd);

              const Definition definition{folder / "a.db", {{schema}}};
              Readers readers(definition);
              Writer writer(definition, readers);
              writer.start();
              std::string message;
              const std::set<std::int64_t> before = fill(writer, 1, message);
              if (!expect(!before.empty(), "something was stored, then it failed") ||
                  !expect(message.find("full") != std::string::npos, message.c_str()) ||
                  !expect(message.find("nothing was stored") != std::string::npos, message.c_str()) ||
                  !expect(writer.failure().has_value(), "the writer knows why") ||
                  !expect(all(readers) == before, "exactly what was acknowledged is there"))
                  return false;
              for (int i = 0; i < 3; ++i)
                  fill(writer, 20'000, message); // fails again and again, and breaks nothing
              ::unlink(ballast.c_str());
              const std::set<std::int64_t> after = fill(writer, 30'000, message);
              std::set<std::int64_t> expected = all(readers);
              for (const std::int64_t id : before)
                  if (!expect(expected.count(id) == 1, "kept")) return false;
              for (const std::int64_t id : after)
                  if (!expect(expected.count(id) == 1, "stored after the space came back")) return false;
              return expect(!after.empty(), "service resumed");
          }) == 0);
}

TEST_CASE("writer: a file that must not grow is a full disk too") {
    tests::Folder folder;
    CHECK(tests::in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const Definition definition{folder / "a.db", {{schema}}};
              Readers readers(definition);
              Writer writer(definition, readers);
              writer.start();
              rlimit limit{.rlim_cur = 300 << 10, .rlim_max = RLIM_INFINITY};
              if (::geteuid() != 0) ::getrlimit(RLIMIT_FSIZE, &limit), limit.rlim_cur = 300 << 10;
              if (!expect(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit")) return false;
              std::string message;
              const std::set<std::int64_t> before = fill(writer, 1, message);
              if (!expect(!before.empty(), "something was stored, then it failed") ||
                  !expect(all(readers) == before, "exactly what was acknowledged is there"))
                  return false;
              limit.rlim_cur = limit.rlim_max;
              ::setrlimit(RLIMIT_FSIZE, &limit);
              const std::set<std::int64_t> after = fill(writer, 30'000, message);
              // it never fails now: fill() gives up after its last number and says nothing
              return expect(after.empty() && all(readers).size() > 2'000, "service resumed");
          }) == 0);
}
