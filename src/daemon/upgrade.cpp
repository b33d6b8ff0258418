#include "daemon/upgrade.hpp"

#include "base/error.hpp"
#include "base/process.hpp"

#include <chrono>
#include <filesystem>
#include <sys/stat.h>

namespace mayla::daemon {

namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds quiet_time{2'000};

/// Whether `PROGRAM --version` ends well. Blocks: on a worker.
bool runs(const std::string& program) {
    try {
        return run({.argv = {program, "--version"}, .environment = {}}).status == 0;
    } catch (const Error&) { // a program that cannot be started is an answer here
        return false;
    }
}

} // namespace

Upgrade::Upgrade(event::Loop& loop, std::string program, Ports ports)
    : loop_(loop), program_(std::move(program)), ports_(std::move(ports)), ours_(mark()),
      again_(loop, [this] { check(); }) {}

std::optional<Upgrade::Mark> Upgrade::mark() const {
    struct stat file {};
    std::error_code failed;
    const auto time = fs::last_write_time(program_, failed);
    if (failed || ::stat(program_.c_str(), &file) != 0) return std::nullopt;
    return Mark{file.st_dev, file.st_ino, time.time_since_epoch().count()};
}

void Upgrade::check() {
    if (trying_ || again_.active()) return;
    const std::optional<Mark> now = mark();
    if (!now || now == ours_ || now == refused_) return;
    std::error_code failed;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(program_, failed);
    // A time of change in the future says nothing; such a file is taken as it is.
    if (!failed && age >= age.zero() && age < quiet_time) return again_.start_once(quiet_time);
    trying_ = ports_.work([this, program = program_, mark = *now] {
        const bool works = runs(program);
        loop_.post([this, mark, works] { tried(mark, works); });
    });
}

void Upgrade::tried(const Mark& tried_mark, bool works) {
    trying_ = false;
    if (mark() != tried_mark) return check(); // replaced once more
    if (works)
        ports_.found("the program was replaced");
    else
        refused_ = tried_mark;
}

} // namespace mayla::daemon
