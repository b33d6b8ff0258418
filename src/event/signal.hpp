#pragma once

#include "event/loop.hpp"

namespace mayla::event {

/// A signal as an event like any other; the callback runs on the loop.
class Signal {
public:
    Signal(Loop& loop, int signal_number, std::function<void()> callback);

private:
    Loop& loop_;
    std::function<void()> callback_;
    Handle<uv_signal_t> handle_;
};

} // namespace mayla::event
