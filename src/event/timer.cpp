#include "event/timer.hpp"

namespace mayla::event {

Timer::Timer(Loop& loop, std::function<void()> callback) : loop_(loop), callback_(std::move(callback)) {
    auto* timer = new uv_timer_t;
    uv_timer_init(loop.raw(), timer);
    timer->data = this;
    handle_.reset(timer);
}

void Timer::start_once(std::chrono::milliseconds delay) {
    uv_update_time(loop_.raw()); // a long callback before this one must not shorten the delay
    uv_timer_start(
        handle_.get(),
        [](uv_timer_t* handle) {
            if (auto* self = static_cast<Timer*>(handle->data)) self->loop_.guard(self->callback_);
        },
        static_cast<std::uint64_t>(delay.count()), 0);
}

void Timer::start_every(std::chrono::milliseconds period) {
    start_once(period);
    uv_timer_set_repeat(handle_.get(), static_cast<std::uint64_t>(period.count()));
}

void Timer::stop() { uv_timer_stop(handle_.get()); }

bool Timer::active() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }

} // namespace mayla::event
