// The real orchestratord in a directory of its own: role `api`, processes instead of containers, a
// private Redis, SQLite, unless told otherwise. Ended with the object. Throws std::runtime_error.
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
    // `environment` comes on top, and stays for each start.
    explicit Daemon(std::map<std::string, std::string> environment = {});
    ~Daemon();

    // Returns when it serves. `more` is for this start alone.
    void start(const std::map<std::string, std::string>& more = {});
    // The same, for a start that fails: how it ended.
    [[nodiscard]] Finished fail_to_start(const std::map<std::string, std::string>& more = {});
    ChildEnd stop();
    ChildEnd kill(int signal = SIGKILL);

    [[nodiscard]] bool runs() { return process_ && process_->running(); }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    // Of all its lives.
    [[nodiscard]] std::string log() const;
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    [[nodiscard]] std::string data() const { return directory_ / "data"; }
    // API_URL, API_TOKEN, REDIS_URL of an admin.
    [[nodiscard]] const std::map<std::string, std::string>& access() const { return access_; }
    [[nodiscard]] const std::string& url() const { return access_.at("API_URL"); }
    // unix:///…, the same API.
    [[nodiscard]] std::string socket_url() const { return "unix://" + (directory_ / "api.sock"); }

    // With the admin's token.
    [[nodiscard]] HttpResponse ask(const std::string& method, const std::string& target,
                                   const std::string& body = {}, HttpHeaders headers = {},
                                   std::chrono::milliseconds limit = std::chrono::seconds{
                                       60}) const;

    // The program called with `word`, as it would be started here.
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
