// The real orchestratord in its own directory. Unless told otherwise it has the role `api`, process
// workers, a private Redis and SQLite. It ends with the object. Throws std::runtime_error.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/http_request.h"
#include "tests/support/temporary_directory.h"

#include <map>
#include <optional>
#include <string>

namespace tests {

class Daemon {
public:
    // `environment` is added to the defaults and applies to every start.
    explicit Daemon(std::map<std::string, std::string> environment = {});
    ~Daemon();

    // Returns once the daemon serves. `more` applies to this start only.
    void start(const std::map<std::string, std::string>& more = {});
    // Expects the start to fail, and returns how the daemon ended.
    [[nodiscard]] Finished fail_to_start(const std::map<std::string, std::string>& more = {});
    ChildEnd stop();
    ChildEnd kill(int signal = SIGKILL);

    [[nodiscard]] bool runs() { return process_ && process_->running(); }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    // The log of all starts.
    [[nodiscard]] std::string log() const;
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    [[nodiscard]] std::string data() const { return directory_ / "data"; }
    // API_URL, API_TOKEN and REDIS_URL of an administrator.
    [[nodiscard]] const std::map<std::string, std::string>& access() const { return access_; }
    [[nodiscard]] const std::string& url() const { return access_.at("API_URL"); }
    // The same API on its Unix socket: unix:///…
    [[nodiscard]] std::string socket_url() const { return "unix://" + (directory_ / "api.sock"); }

    // Sends a request with the administrator's token.
    [[nodiscard]] HttpResponse ask(const std::string& method, const std::string& target,
                                   const std::string& body = {}, HttpHeaders headers = {},
                                   std::chrono::milliseconds limit = std::chrono::seconds{
                                       60}) const;

    // The program with the subcommand `word`, in the daemon's own environment.
    [[nodiscard]] ChildOptions command(const std::string& word,
                                       const std::map<std::string, std::string>& more = {}) const;

private:
    TemporaryDirectory directory_;
    std::map<std::string, std::string> environment_;
    std::string earlier_log_;
    std::optional<ChildProcess> process_;
    std::map<std::string, std::string> access_;
};

}  // namespace tests
