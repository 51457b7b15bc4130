#include "tests/support/daemon.h"

#include "tests/support/eventually.h"
#include "tests/support/programs.h"

#include <sys/stat.h>
#include <sstream>
#include <stdexcept>

namespace tests {

namespace {

// Reads lines of the form "export NAME='value'".
std::map<std::string, std::string> exports(const std::string& text) {
    std::map<std::string, std::string> values;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t begin = line.find(' ') + 1;
        const std::size_t equals = line.find("='");
        if (equals != std::string::npos)
            values[line.substr(begin, equals - begin)] =
                line.substr(equals + 2, line.size() - equals - 3);
    }
    return values;
}

}  // namespace

Daemon::Daemon(std::map<std::string, std::string> environment)
    : environment_(std::move(environment)) {
    ::chmod(directory_.text().c_str(), 0711);  // the users that workers run as pass through it
    environment_.merge(std::map<std::string, std::string>{{"DATA_DIR", data()},
                                                          {"LISTEN", "127.0.0.1:0"},
                                                          {"API_SOCKET", directory_ / "api.sock"},
                                                          {"API_RATE", "0"},
                                                          {"ROLES", "api"},
                                                          {"RUNTIME", "process"},
                                                          {"LOG_LEVEL", "DEBUG"}});
}

Daemon::~Daemon() {
    if (process_) process_->stop();
}

ChildOptions Daemon::command(const std::string& word,
                             const std::map<std::string, std::string>& more) const {
    std::map<std::string, std::string> environment = more;
    environment.insert(environment_.begin(), environment_.end());
    return {.argv = {program("orchestratord"), word},
            .environment = std::move(environment),
            .directory = directory_.text()};
}

void Daemon::start(const std::map<std::string, std::string>& more) {
    earlier_log_ = log();
    process_.emplace(command("serve", more));
    eventually(
        "the daemon serves",
        [&] {
            if (!process_->running())
                throw std::runtime_error("the daemon ended: " + process_->error_output());
            const Finished told = run(command("env", more));
            access_ = exports(told.output);
            return told.end.success() && access_.contains("API_TOKEN");
        },
        std::chrono::seconds{60});
}

Finished Daemon::fail_to_start(const std::map<std::string, std::string>& more) {
    return run(command("serve", more));
}

ChildEnd Daemon::stop() {
    return process_->stop(std::chrono::seconds{20});
}

ChildEnd Daemon::kill(int signal) {
    process_->send(signal);
    return process_->must_end();
}

std::string Daemon::log() const {
    return earlier_log_ + (process_ ? process_->error_output() : std::string());
}

HttpResponse Daemon::ask(const std::string& method, const std::string& target,
                         const std::string& body, HttpHeaders headers,
                         std::chrono::milliseconds limit) const {
    headers.emplace_back("Authorization", "Bearer " + access_.at("API_TOKEN"));
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return http(url(), {method, target, std::move(headers), body, limit});
}

}  // namespace tests
