#pragma once

#include "base/sync.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace mayla::event {

/// A lane of worker threads with a bounded queue. With zero threads a job runs inside submit(): tests are
/// then plain sequential code.
///
/// Thread rule: submit() from any thread; construction, stop() and destruction from one.
class Lane {
public:
    using Job = std::function<void()>;

    Lane(std::size_t threads, std::size_t queue_limit);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// False when the queue is full or the lane has been stopped; the job was not taken then.
    [[nodiscard]] bool submit(Job job);
    /// Drops what has not begun, waits for what has, ends the threads. Idempotent.
    void stop();

private:
    void work();

    struct Queue {
        std::deque<Job> jobs;
        bool stopped = false;
    };

    std::string name_;
    std::size_t queue_limit_;
    Sync<Queue> queue_;
    std::condition_variable ready_;
    std::vector<std::thread> threads_;
    bool inline_;
};

} // namespace mayla::event
