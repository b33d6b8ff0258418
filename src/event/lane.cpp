#include "event/lane.hpp"

namespace mayla::event {

Lane::Lane(std::size_t threads, std::size_t queue_limit) : queue_limit_(queue_limit), inline_(threads == 0) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Lane::~Lane() { stop(); }

bool Lane::submit(Job job) {
    if (inline_) {
        job();
        return true;
    }
    {
        auto queue = queue_.lock();
        if (queue->stopped || queue->jobs.size() >= queue_limit_) return false;
        queue->jobs.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
}

void Lane::stop() {
    {
        auto queue = queue_.lock();
        queue->stopped = true;
        queue->jobs.clear();
    }
    ready_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

void Lane::work() {
    for (;;) {
        Job job;
        {
            auto queue = queue_.lock();
            queue.wait(ready_, [&] { return queue->stopped || !queue->jobs.empty(); });
            if (queue->jobs.empty()) return; // stopped
            job = std::move(queue->jobs.front());
            queue->jobs.pop_front();
        }
        job(); // a job boundary: what it throws is a fault of the submitter, who catches (STYLE, errors)
    }
}

} // namespace mayla::event
