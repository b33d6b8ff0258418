#include "event/stream.hpp"

#include "base/error.hpp"

#include <memory>

namespace mayla::event {

// Who owns what: libuv may call back about a write after the Stream is gone, so each write request keeps the
// state alive; `stream` is null from then on.
struct Stream::State : std::enable_shared_from_this<Stream::State> {
    State(Loop& on, Callbacks call, std::size_t high)
        : loop(on), callbacks(std::move(call)), high_water(high) {}

    Loop& loop;
    Callbacks callbacks;
    std::size_t high_water;
    bool listening = true;     // the Stream still exists
    Handle<uv_pipe_t> pipe;    // reset when the connection is closed
    Handle<uv_prepare_t> turn; // runs before the loop waits: flushes what this turn has written
    std::string queued;        // written in this turn, not handed to libuv yet
    std::size_t in_flight = 0; // handed to libuv, not taken by the peer yet
    bool was_over = false;
    bool closing = false; // close_after_writing was called

    void open(OwnedFd connection);
    void read();
    void flush();
    void written(std::size_t bytes, int status);
    void finish();
};

namespace {

struct Write {
    uv_write_t request{};
    std::string bytes;
    std::function<void(int)> done;
};

} // namespace

void Stream::State::open(OwnedFd connection) {
    auto* raw_pipe = new uv_pipe_t;
    uv_pipe_init(loop.raw(), raw_pipe, 0);
    raw_pipe->data = this;
    pipe.reset(raw_pipe);
    if (const int rc = uv_pipe_open(raw_pipe, connection.get()); rc < 0)
        throw Error(Code::unavailable, std::string("connection: ") + uv_strerror(rc));
    (void)connection.release(); // uv_close closes it
    auto* raw_turn = new uv_prepare_t;
    uv_prepare_init(loop.raw(), raw_turn);
    raw_turn->data = this;
    turn.reset(raw_turn);
    read();
}

void Stream::State::read() {
    const auto allocate = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        auto* self = static_cast<State*>(handle->data);
        if (!self) {
            *buffer = uv_buf_init(nullptr, 0);
            return;
        }
        auto& scratch = self->loop.scratch();
        *buffer = uv_buf_init(scratch.data(), static_cast<unsigned>(scratch.size()));
    };
    const auto arrived = [](uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer) {
        auto* raw = static_cast<State*>(handle->data);
        if (!raw || count == 0) return;
        const auto self = raw->shared_from_this(); // a callback may destroy the Stream
        self->loop.guard([&] {
            if (count < 0)
                self->finish();
            else if (self->listening)
                self->callbacks.data({buffer->base, static_cast<std::size_t>(count)});
        });
    };
    uv_read_start(reinterpret_cast<uv_stream_t*>(pipe.get()), allocate, arrived);
}

void Stream::State::flush() {
    if (turn) uv_prepare_stop(turn.get());
    if (!pipe || queued.empty()) return;
    auto write = std::make_unique<Write>();
    write->bytes.swap(queued);
    const std::size_t size = write->bytes.size();
    write->done = [self = shared_from_this(), size](int status) { self->written(size, status); };
    write->request.data = write.get();
    const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(size));
    in_flight += size;
    const int rc = uv_write(&write->request, reinterpret_cast<uv_stream_t*>(pipe.get()), &buffer, 1,
                            [](uv_write_t* request, int status) {
                                const std::unique_ptr<Write> owned(static_cast<Write*>(request->data));
                                owned->done(status);
                            });
    if (rc < 0)
        written(size, rc);
    else
        (void)write.release(); // the callback owns it now
}

void Stream::State::written(std::size_t bytes, int status) {
    in_flight -= bytes;
    if (!listening) return;
    loop.guard([&] {
        if (status < 0) {
            finish();
            return;
        }
        const std::size_t left = in_flight + queued.size();
        if (closing && left == 0) {
            finish();
        } else if (was_over && left <= high_water / 2) {
            was_over = false;
            callbacks.drained();
        }
    });
}

void Stream::State::finish() {
    if (!pipe) return;
    pipe.reset();
    turn.reset();
    if (listening) callbacks.closed();
}

Stream::Stream(Loop& loop, OwnedFd connection, std::size_t high_water, Callbacks callbacks)
    : state_(std::make_shared<State>(loop, std::move(callbacks), high_water)) {
    state_->open(std::move(connection));
}

Stream::~Stream() {
    state_->listening = false;
    state_->finish();
}

void Stream::write(std::string_view bytes) {
    if (!state_->pipe) return; // the peer is gone; closed() has been called or is about to be
    const bool first = state_->queued.empty();
    state_->queued.append(bytes);
    if (unwritten() > state_->high_water) state_->was_over = true;
    if (!first) return;
    uv_prepare_start(state_->turn.get(), [](uv_prepare_t* handle) {
        if (auto* raw = static_cast<State*>(handle->data)) {
            const auto self = raw->shared_from_this();
            self->loop.guard([&] { self->flush(); });
        }
    });
}

std::size_t Stream::unwritten() const { return state_->in_flight + state_->queued.size(); }

bool Stream::over_high_water() const { return unwritten() > state_->high_water; }

void Stream::pause_reading() {
    if (state_->pipe) uv_read_stop(reinterpret_cast<uv_stream_t*>(state_->pipe.get()));
}

void Stream::resume_reading() {
    if (state_->pipe) state_->read();
}

void Stream::close_after_writing() {
    state_->closing = true;
    pause_reading();
    // Deferred, so that closed() never runs inside a call of its owner.
    state_->loop.post([self = state_] {
        self->flush();
        if (self->in_flight == 0) self->finish();
    });
}

} // namespace mayla::event
