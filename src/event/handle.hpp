#pragma once

#include <memory>

#include <uv.h>

namespace mayla::event {

/// Closes a libuv handle and frees it when libuv has let go of it (uv_close(3) is asynchronous). The handle's
/// `data` is cleared first, so that no callback reaches an owner that is gone.
template <class H>
struct CloseHandle {
    void operator()(H* handle) const noexcept {
        auto* base = reinterpret_cast<uv_handle_t*>(handle);
        base->data = nullptr;
        uv_close(base, [](uv_handle_t* closed) { delete reinterpret_cast<H*>(closed); });
    }
};

/// An initialised libuv handle. Made and destroyed on the loop's thread.
template <class H>
using Handle = std::unique_ptr<H, CloseHandle<H>>;

} // namespace mayla::event
