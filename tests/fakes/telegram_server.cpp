#include "tests/fakes/telegram_server.h"

#include "tests/support/eventually.h"
#include "tests/support/http_request.h"

#include <unistd.h>
#include <stdexcept>

namespace tests {

using contracts::Json;

namespace {

constexpr std::string_view kReady = "listening on ";
constexpr std::chrono::seconds kStart{
    300};  // loading aiogram takes seconds, on a busy machine minutes

Json json_of(std::string_view text) {
    auto document = contracts::parse_json(text);
    if (!document) throw std::runtime_error(document.error().describe());
    return std::move(*document);
}

// Uses aiogram if it is installed.
std::string python() {
    const std::string with_judge = ORCH_SOURCE_DIR "/build/tools/aiogram/bin/python";
    return ::access(with_judge.c_str(), X_OK) == 0 ? with_judge : "/usr/bin/python3";
}

}  // namespace

TelegramServer::TelegramServer() {
    process_.emplace(
        ChildOptions{.argv = {python(), "-B", ORCH_SOURCE_DIR "/tests/fakes/telegram/server.py",
                              "--log", directory_ / "log"}});
    eventually(
        "the Bot API listening",
        [this] {
            if (process_->running()) return process_->output().ends_with('\n');
            throw std::runtime_error("the Bot API ended: " + process_->error_output());
        },
        kStart);
    const std::string said = process_->output().substr(kReady.size());
    is_judged_ = said.find("judged") != std::string::npos;
    url_ = "http://127.0.0.1:" + said.substr(0, said.find_first_not_of("0123456789"));
}

Json TelegramServer::control(const std::string& what, const Json& body) const {
    const HttpResponse response = http(
        url_, {.method = "PUT", .target = "/control/" + what, .body = contracts::dump_json(body)});
    if (response.status != 200) throw std::runtime_error("control answered: " + response.body);
    return json_of(response.body);
}

Json TelegramServer::verdict() const {
    return json_of(http(url_, {.target = "/control/verdict"}).body);
}

std::vector<Json> TelegramServer::exchanges(const std::string& bot) const {
    std::vector<Json> found;
    const std::string log = read_file(directory_.path() / "log");
    for (std::size_t begin = 0, end; (end = log.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        Json one = json_of(std::string_view(log).substr(begin, end - begin));
        if (one["bot"] == bot) found.push_back(std::move(one));
    }
    return found;
}

}  // namespace tests
