#include "event/signal.hpp"

namespace mayla::event {

Signal::Signal(Loop& loop, int signal_number, std::function<void()> callback)
    : loop_(loop), callback_(std::move(callback)) {
    auto* signal = new uv_signal_t;
    uv_signal_init(loop.raw(), signal);
    signal->data = this;
    handle_.reset(signal);
    uv_signal_start(
        signal,
        [](uv_signal_t* handle, int) {
            if (auto* self = static_cast<Signal*>(handle->data)) self->loop_.guard(self->callback_);
        },
        signal_number);
}

} // namespace mayla::event
