// A private PostgreSQL cluster in its own directory, on a Unix socket only. It runs as nobody if we
// are root, and ends with the object and with the test. Throws std::runtime_error.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <optional>
#include <string>
#include <vector>

namespace tests {

struct PostgresOptions {
    // Waits for the disk at each commit. Committed data survives crash() either way; waiting only
    // protects against a failure of the machine.
    bool synced = false;
    std::vector<std::string> arguments{};  // e.g. {"-c", "max_connections=8"}
    // The directory of other programs than Debian's; the server's user must be able to run them.
    std::string programs{};
};

class PostgresServer {
public:
    // Returns once it answers.
    explicit PostgresServer(PostgresOptions options = {});
    ~PostgresServer();

    // Whether the PostgreSQL programs are installed on this machine.
    [[nodiscard]] static bool is_installed();

    // The URL postgresql://…, with this existing schema (see make_schema) as the only one on the
    // search path.
    [[nodiscard]] std::string url(const std::string& schema = "public") const;
    // Creates an empty schema, or database, and returns its URL.
    [[nodiscard]] std::string make_schema();
    // Runs statements as the cluster's owner; returns what psql prints, without headings.
    std::string sql(const std::string& text) const;
    [[nodiscard]] bool answers() const;
    [[nodiscard]] pid_t pid() const { return process_->pid(); }

    // Disconnects clients, shuts down and waits for the end.
    void stop();
    // As in a crash: nothing is flushed beyond committed transactions.
    void crash();
    // Starts again at the same address, after stop or crash.
    void start();
    // Freezes the server: connections stay open but nothing answers until resume().
    void pause();
    void resume();

private:
    [[nodiscard]] std::string program(const char* name) const;
    [[nodiscard]] std::vector<std::string> as_its_user(std::vector<std::string> argv,
                                                       bool dies_with_us) const;

    PostgresOptions options_;
    TemporaryDirectory directory_;
    std::optional<ChildProcess> process_;
    int schemas_ = 0;
};

// The shared cluster of this test program, started on first use.
[[nodiscard]] PostgresServer& shared_postgres();

}  // namespace tests
