#include "tests/fakes/time4vps_server.h"

#include "tests/support/eventually.h"
#include "tests/support/http_request.h"

#include <stdexcept>

namespace tests {

Time4VpsServer::Time4VpsServer() {
    process_.emplace(ChildOptions{
        .argv = {"/usr/bin/python3", ORCH_SOURCE_DIR "/tests/fakes/time4vps_server.py", "--user",
                 kUser, "--password", kPassword, "--log", directory_ / "log"}});
    eventually("the Time4VPS server listening", [this] {
        if (process_->running()) return process_->output().ends_with('\n');
        throw std::runtime_error("the Time4VPS server ended: " + process_->error_output());
    });
    const std::string said = process_->output();
    port_ = static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(' ') + 1)));
}

void Time4VpsServer::control(const contracts::Json& change) const {
    HttpRequest request{
        .method = "PUT", .target = "/control", .body = contracts::dump_json(change)};
    if (const HttpResponse answer = http(url(), request); answer.status != 200)
        throw std::runtime_error("the Time4VPS server takes no change: " + answer.body);
}

std::size_t Time4VpsServer::count(std::string_view method, std::string_view path) const {
    std::size_t count = 0;
    const std::string log = read_file(directory_.path() / "log");
    for (std::size_t begin = 0, end; (end = log.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        const auto entry = contracts::parse_json(log.substr(begin, end - begin));
        if (!entry) throw std::runtime_error(entry.error().describe());
        count += contracts::text_at(*entry, "method") == method &&
                 contracts::text_at(*entry, "path") == path;
    }
    return count;
}

}  // namespace tests
