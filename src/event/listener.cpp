#include "event/listener.hpp"

#include "base/error.hpp"
#include "event/accept.hpp"

#include <cerrno>
#include <poll.h>
#include <string>

namespace mayla::event {

namespace {
constexpr std::chrono::milliseconds pause_when_full{100};
} // namespace

Listener::Listener(Loop& loop, BorrowedFd listening, std::function<void(OwnedFd)> accepted)
    : loop_(loop), listening_(listening), accepted_(std::move(accepted)), retry_(loop, [this] { resume(); }) {
    auto* poll = new uv_poll_t;
    if (const int rc = uv_poll_init(loop.raw(), poll, listening.get()); rc < 0) {
        delete poll;
        throw Error(Code::unavailable, std::string("listening socket: ") + uv_strerror(rc));
    }
    poll->data = this;
    poll_.reset(poll);
    resume();
}

void Listener::pause() {
    retry_.stop();
    uv_poll_stop(poll_.get());
}

void Listener::resume() {
    uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
        if (auto* self = static_cast<Listener*>(handle->data))
            self->loop_.guard([self] { self->readable(); });
    });
}

bool Listener::somebody_waits() const {
    pollfd entry{listening_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLIN) != 0;
}

void Listener::readable() {
    // A bounded number a turn, so that a storm of connections does not starve those that are open.
    for (int i = 0; i < 64; ++i) {
        OwnedFd fd = accept_connection(listening_);
        if (fd) {
            accepted_(std::move(fd));
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            uv_poll_stop(poll_.get());
            retry_.start_once(pause_when_full);
        }
        return;
    }
}

} // namespace mayla::event
