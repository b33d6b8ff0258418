#include "event/loop.hpp"

#include "base/error.hpp"

#include <cassert>
#include <string>

namespace mayla::event {

Loop::Loop() {
    if (const int rc = uv_loop_init(&loop_); rc < 0)
        throw Error(Code::unavailable, std::string("event loop: ") + uv_strerror(rc));
    auto* async = new uv_async_t; // owned by libuv until CloseHandle's callback
    uv_async_init(&loop_, async, [](uv_async_t* handle) {
        if (auto* self = static_cast<Loop*>(handle->data)) self->drain();
    });
    async->data = this;
    wake_.reset(async);
}

Loop::~Loop() {
    wake_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT); // close callbacks only: every handle has been closed by its owner
    [[maybe_unused]] const int rc = uv_loop_close(&loop_);
    assert(rc == 0 && "a handle outlives its loop");
}

void Loop::run() { uv_run(&loop_, UV_RUN_DEFAULT); }

void Loop::stop() { uv_stop(&loop_); }

void Loop::post(Job job) {
    posted_.lock()->push_back(std::move(job));
    uv_async_send(wake_.get());
}

std::uint64_t Loop::now() const { return uv_now(&loop_); }

void Loop::drain() {
    std::vector<Job> jobs;
    jobs.swap(*posted_.lock());
    for (Job& job : jobs) guard(job);
}

void Loop::failed(std::exception_ptr error) noexcept {
    if (!failure_) std::terminate();
    failure_(std::move(error));
}

} // namespace mayla::event
