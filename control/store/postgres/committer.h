// Runs each transaction of a group in a savepoint of one serializable transaction and commits them
// together. One that fails takes nobody with it; a group that the server rolls back for the sake of
// another daemon's is run again, as is one whose connection was lost before its commit was asked
// for.
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
    std::chrono::milliseconds reconnect{10'000};  // then the group fails as `transient`
    std::chrono::milliseconds closing{5'000};  // for a commit's outcome, once we are to be closed
    int reruns = 24;
};

class PostgresCommitter {
public:
    PostgresCommitter(std::string url, std::unique_ptr<PostgresConnection> connection,
                      PostgresPatience patience = {});

    // Sets every job's outcome. A commit whose answer was lost is asked about until it is known.
    void commit(std::span<TransactionJob> jobs);
    // From any thread: what is still to be waited for is waited for briefly.
    void close();

private:
    enum class Ending {
        known,   // the outcomes are set
        rerun,   // nothing of it is there, and it may go better
        lost,    // the same, by a lost connection
        apart,   // nothing of it is there, and one of them is to blame
        failed,  // nothing of it is there, and it cannot be helped
        unsure,  // the commit was asked for and not answered
    };

    [[nodiscard]] Ending try_group(std::span<TransactionJob> jobs);
    [[nodiscard]] Ending run_job(TransactionJob& job);
    [[nodiscard]] Ending ask_for_commit(std::span<TransactionJob> jobs);
    // Whether group `number_` was committed; empty: that could not be found out before the end.
    [[nodiscard]] std::optional<bool> find_out();
    [[nodiscard]] Result<bool> look_for_number();
    // Tries until there is a connection, or patience runs out.
    [[nodiscard]] Result<void> connect(std::chrono::steady_clock::time_point until);
    void rest(std::chrono::milliseconds pause);
    [[nodiscard]] bool is_closing_over();
    static void fail_all(std::span<TransactionJob> jobs, const Error& error);

    std::string url_;
    std::unique_ptr<PostgresConnection> connection_;
    PostgresPatience patience_;
    std::string id_;
    std::int64_t number_ = 0;
    Error trouble_;  // why the last try did not go through
    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<std::chrono::steady_clock::time_point> close_at_;
};

}  // namespace control
