#pragma once

#include <condition_variable>
#include <mutex>

namespace mayla {

/// A value that can only be reached through its mutex: `auto state = sync.lock(); state->x = 1;`
template <class T>
class Sync {
public:
    Sync() = default;
    explicit Sync(T value) : value_(std::move(value)) {}

    class Locked {
    public:
        T* operator->() { return value_; }
        T& operator*() { return *value_; }
        /// Gives the mutex up until `condition` is notified and `ready()` holds.
        template <class Ready>
        void wait(std::condition_variable& condition, Ready ready) {
            condition.wait(lock_, ready);
        }
        /// The same for no longer than `until`; false when it passed and `ready()` does not hold.
        template <class TimePoint, class Ready>
        bool wait_until(std::condition_variable& condition, TimePoint until, Ready ready) {
            return condition.wait_until(lock_, until, ready);
        }
        void unlock() { lock_.unlock(); }

    private:
        friend class Sync;
        Locked(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}
        std::unique_lock<std::mutex> lock_;
        T* value_;
    };

    Locked lock() { return Locked(mutex_, value_); }

private:
    std::mutex mutex_;
    T value_;
};

} // namespace mayla
