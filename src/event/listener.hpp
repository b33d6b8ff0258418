#pragma once

#include "base/fd.hpp"
#include "event/timer.hpp"

namespace mayla::event {

/// Accepts connections on a listening socket that somebody else owns (the service manager's stays its own: it
/// is never shut down or unlinked here).
class Listener {
public:
    /// `accepted` gets each connection: non-blocking, close-on-exec. On EMFILE and its like accepting pauses
    /// for a moment instead of spinning; who waits in the backlog is served then.
    Listener(Loop& loop, BorrowedFd listening, std::function<void(OwnedFd)> accepted);

    /// Leaves further connections in the backlog; resume() takes them up again.
    void pause();
    void resume();
    /// Whether a connection waits to be accepted (poll(2)): the daemon must not exit 0 then, since the
    /// service manager would start the next one at once, without its pacing.
    bool somebody_waits() const;

private:
    void readable();

    Loop& loop_;
    BorrowedFd listening_;
    std::function<void(OwnedFd)> accepted_;
    Handle<uv_poll_t> poll_;
    Timer retry_;
};

} // namespace mayla::event
