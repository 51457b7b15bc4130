// Runs each transaction of a group in a savepoint of one serializable transaction and commits them
// together. One that fails does not affect the others; a group that the server rolls back in favour
// of another daemon's is run again, as is one whose connection was lost before its commit was
// requested.
//
// If the answer to a commit is lost, the database shows whether it happened: each group writes its
// number into its writer's row of store_writers. The next connection updates that row to read it,
// and so waits for the old connection's transaction. (The server's own pg_xact_status may be wrong
// after a crash: the number of a transaction that never reached its log is used again.)
#pragma once

#include "control/store/group_writer.h"
#include "control/store/postgres/connection.h"

#include "contracts/base/backoff.h"

namespace control {

struct PostgresPatience {
    std::chrono::milliseconds reconnect{10'000};  // after this the group fails as `transient`
    std::chrono::milliseconds closing{5'000};     // how long to wait for a commit's outcome while
                                                  // closing
    int reruns = 24;
};

class PostgresCommitter {
public:
    PostgresCommitter(std::string url, std::unique_ptr<PostgresConnection> connection,
                      PostgresPatience patience = {});

    // Sets every job's outcome. If the answer to a commit is lost, the database is asked until the
    // outcome is known.
    void commit(std::span<TransactionJob> jobs);
    // From any thread: remaining waits become short.
    void close();

private:
    enum class Ending {
        known,   // the outcomes are set
        rerun,   // nothing was committed, and another run may succeed
        lost,    // the same, because the connection was lost
        apart,   // nothing was committed, and one of the transactions is the cause
        failed,  // nothing was committed, and another run would not help
        unsure,  // the commit was requested and not answered
    };

    [[nodiscard]] Ending try_group(std::span<TransactionJob> jobs);
    [[nodiscard]] Ending run_job(TransactionJob& job);
    [[nodiscard]] Ending ask_for_commit(std::span<TransactionJob> jobs);
    // Whether group `number_` was committed; empty: this could not be found out in time.
    [[nodiscard]] std::optional<bool> find_out();
    [[nodiscard]] Result<bool> look_for_number();
    // Tries until there is a connection, or the time is over.
    [[nodiscard]] Result<void> connect(std::chrono::steady_clock::time_point until);
    void rest(std::chrono::milliseconds pause);
    [[nodiscard]] bool is_closing_over();
    static void fail_all(std::span<TransactionJob> jobs, const Error& error);

    std::string url_;
    std::unique_ptr<PostgresConnection> connection_;
    PostgresPatience patience_;
    std::string id_;
    std::int64_t number_ = 0;
    Error trouble_;  // why the last attempt failed
    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<std::chrono::steady_clock::time_point> close_at_;
};

}  // namespace control
