#pragma once

#include "base/fd.hpp"
#include "event/loop.hpp"

#include <memory>
#include <string_view>

namespace mayla::event {

/// A connected stream socket on the loop: bytes in, bytes out. What is written in one turn of the loop leaves
/// in one write: a unix socket charges each write a whole buffer, and a few hundred tiny ones fill it.
class Stream {
public:
    struct Callbacks {
        /// Bytes as they came; valid during the call only.
        std::function<void(std::string_view)> data;
        /// The peer is gone or the connection failed. Called once and last; the owner may destroy the stream
        /// in it.
        std::function<void()> closed;
        /// What waits to be written has fallen below half of the high-water mark, after having been above it.
        std::function<void()> drained;
    };

    /// Takes the connection over and reads at once. Throws Error{unavailable} if the descriptor is refused.
    Stream(Loop& loop, OwnedFd connection, std::size_t high_water, Callbacks callbacks);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void write(std::string_view bytes);
    /// Bytes that the peer has not taken yet.
    std::size_t unwritten() const;
    bool over_high_water() const;

    /// Back-pressure: no data() until resume_reading().
    void pause_reading();
    void resume_reading();
    /// Calls closed() once all that was written has been taken, or the peer is gone.
    void close_after_writing();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace mayla::event
