#include "shim/pump.hpp"

#include "base/deadline.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mayla::shim {

namespace {

bool is_socket(BorrowedFd fd) {
    struct stat s {};
    return ::fstat(fd.get(), &s) == 0 && S_ISSOCK(s.st_mode);
}

bool writable_now(BorrowedFd fd) {
    pollfd p{fd.get(), POLLOUT, 0};
    return ::poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

} // namespace

Pump::Pump(BorrowedFd in, BorrowedFd out, const Environment& environment, std::string spill_folder)
    : in_(in), out_(out), out_is_socket_(is_socket(out)),
      link_(to_client_, session_, environment, std::move(spill_folder)),
      client_(to_client_, session_, link_) {}

void Pump::run() {
    while (round()) {
    }
    last_words();
}

bool Pump::round() {
    enum { input, output, daemon, waker, count };
    const bool read_client_now = link_.accepts() && to_client_.size() < limits::output_bytes;
    const int to_daemon = (to_client_.empty() ? POLLIN : 0) | (link_.wants_to_write() ? POLLOUT : 0);
    // A descriptor that nothing is wanted from is left out: a hang-up there would be reported again and
    // again. But the output stays in: its hang-up is the end.
    std::array<pollfd, count> fds{};
    fds[input] = {read_client_now ? in_.get() : -1, POLLIN, 0};
    fds[output] = {out_.get(), static_cast<short>(to_client_.empty() ? 0 : POLLOUT), 0};
    fds[daemon] = {to_daemon != 0 ? link_.fd() : -1, static_cast<short>(to_daemon), 0};
    fds[waker] = {link_.waker_fd(), POLLIN, 0};

    const int ready = ::poll(fds.data(), fds.size(), timeout());
    if (ready < 0) return errno == EINTR;
    if ((fds[output].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return false;
    const bool client_there = fds[input].revents == 0 || read_client();
    if (fds[waker].revents != 0) link_.waker_readable();
    if ((fds[daemon].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && fds[daemon].fd == link_.fd())
        link_.readable();
    const auto deadline = link_.deadline();
    if (deadline && *deadline <= Clock::now()) link_.expire();
    link_.flush();
    return client_there && flush_client();
}

int Pump::timeout() {
    const auto deadline = link_.deadline();
    if (!deadline) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
}

bool Pump::read_client() {
    std::array<char, 16u << 10> buffer; // NOLINT: filled by read
    const ssize_t got = ::read(in_.get(), buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    std::string_view chunk(buffer.data(), static_cast<std::size_t>(got));
    while (const auto line = reader_.next(chunk)) client_.take(*line);
    return true;
}

/// Writes what can be written without waiting. False when nobody reads.
bool Pump::flush_client() {
    while (!to_client_.empty()) {
        const std::string_view pending = to_client_.pending();
        ssize_t wrote = 0;
        if (out_is_socket_) {
            wrote = ::send(out_.get(), pending.data(), pending.size(), MSG_DONTWAIT);
        } else {
            // A pipe that is writable takes PIPE_BUF bytes without waiting, and no more is certain.
            if (!writable_now(out_)) return true;
            wrote = ::write(out_.get(), pending.data(), std::min<std::size_t>(pending.size(), PIPE_BUF));
        }
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        to_client_.written(static_cast<std::size_t>(wrote));
    }
    return true;
}

/// The client has said all it wants: what was already answered it may still read.
void Pump::last_words() {
    link_.flush();
    const Deadline deadline = Deadline::in(limits::last_words);
    while (flush_client() && !to_client_.empty() && !deadline.passed()) {
        pollfd p{out_.get(), POLLOUT, 0};
        if (::poll(&p, 1, static_cast<int>(deadline.left().count())) < 0 && errno != EINTR) return;
        if ((p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return;
    }
}

} // namespace mayla::shim
