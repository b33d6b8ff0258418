#pragma once

#include "base/sync.hpp"
#include "store/database.hpp"
#include "store/readers.hpp"
#include "store/schema.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
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

    /// Why the last attempt to open the database or to commit failed; none when it succeeded. Any thread.
    std::optional<Error> failure();
    Counts counts();

private:
    struct Entry {
        Job job;
        Done done;
        std::exception_ptr failure;
    };
    struct Shared {
        std::deque<Entry> queue;
        std::optional<Error> failure;
        Counts counts;
        bool stopping = false;
    };
    using Group = std::vector<Entry>;

    void loop();
    void open(const Done& opened);
    void close() noexcept;
    void ensure_open();
    void work(Group group);
    Group::iterator commit_some(Group::iterator begin, Group::iterator end);
    void run_one(Entry& entry);
    void bound_wal();
    void remember_failure(const std::exception_ptr& failure);
    std::int64_t now() const;

    const Definition definition_;
    Readers& readers_;
    const Options options_;

    // the writer thread's own
    std::unique_ptr<Database> database_;
    int wal_frames_ = 0; ///< in the log after the last commit
    int fold_at_ = 0;    ///< frames at which the log is folded next

    Sync<Shared> shared_;
    std::condition_variable wake_;
    std::thread thread_;
};

} // namespace mayla::store
