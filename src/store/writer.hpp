#pragma once

#include "store/database.hpp"
#include "store/readers.hpp"
#include "store/schema.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace mayla::store {

/// The one thread that writes to one database, owner of its only writable connection.
///
/// Group commit: what queued while the last commit ran becomes the next group; each job runs in a SAVEPOINT
/// of its own, one COMMIT makes the group durable, and only then are its callers told. There is no waiting
/// window. A job that throws is taken back alone; a COMMIT that fails fails its whole group. Nothing is ever
/// told to be stored that is not on the disk.
///
/// No failure is latched: the database is opened again when it is not open, so that service resumes by itself
/// once there is space, permission, or a file.
class Writer {
public:
    using Job = std::function<void(Transaction&)>;
    /// Called once for each job accepted, on the writer thread: nullptr after the commit, else the failure.
    /// Must not throw and must not wait for the writer.
    using Done = std::function<void(std::exception_ptr)>;

    struct Options {
        /// false: no thread; submit() does the work before it returns. For tests.
        bool own_thread = true;
        /// Milliseconds since 1970, UTC. The system's clock when empty.
        std::function<std::int64_t()> now_ms;
    };
    struct Counts {
        std::uint64_t jobs = 0;
        std::uint64_t commits = 0;
    };

    /// `readers` are those of the same file; they outlive the writer.
    Writer(Definition definition, Readers& readers, Options options);
    Writer(Definition definition, Readers& readers);
    ~Writer(); ///< stop()

    /// Begins work: opens the database, migrating it if need be, then calls `opened` (on the writer thread)
    /// with the failure, if there was one. Jobs are accepted either way. Once.
    void start(Done opened = {});

    /// Queues a job. Any thread. Throws Error: busy (limits::writer_queue jobs wait), unavailable (stopping).
    void submit(Job job, Done done);
    /// Submits and waits for the commit; throws what the job or the commit threw. Any thread but the
    /// writer's.
    void run(Job job);

    /// Refuses new jobs, finishes those queued, folds the WAL into the file and closes it. Idempotent.
    void stop();

    /// Why the database cannot be opened now; none when it is open. Any thread.
    std::optional<Error> failure() const;
    Counts counts() const;

private:
    struct Entry {
        Job job;
        Done done;
        std::exception_ptr failure;
    };

    void loop();
    void ensure_open();
    void work(std::vector<Entry> group);
    std::size_t run_group(std::vector<Entry>& group, std::size_t first);
    void run_one(Entry& entry);
    void commit();
    void bound_wal();
    std::int64_t now() const;

    const Definition definition_;
    Readers& readers_;
    const Options options_;

    std::unique_ptr<Database> database_; ///< writer thread only
    bool reopen_ = false;                ///< writer thread only: the last commit left the connection in doubt
    int wal_frames_ = 0;                 ///< writer thread only

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Entry> queue_;
    std::optional<Error> failure_;
    Counts counts_;
    bool started_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace mayla::store
