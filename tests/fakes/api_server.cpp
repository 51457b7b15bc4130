#include "tests/fakes/api_server.h"

#include "tests/support/eventually.h"
#include "tests/support/http_request.h"

#include <stdexcept>

namespace tests {

using contracts::Json;

namespace {

constexpr std::string_view kListening = "listening on ";

Json parsed(std::string_view text) {
    auto document = contracts::parse_json(text);
    if (!document) throw std::runtime_error(document.error().describe());
    return std::move(*document);
}

}  // namespace

ApiServer::ApiServer(ApiServerOptions options) : options_(std::move(options)) {
    ChildOptions child{.argv = {"/usr/bin/python3", ORCH_SOURCE_DIR "/tests/fakes/api_server.py",
                                "--log", directory_ / "log"}};
    if (!options_.tcp) child.argv.insert(child.argv.end(), {"--socket", directory_ / "api.sock"});
    if (!options_.token.empty()) child.argv.insert(child.argv.end(), {"--token", options_.token});
    process_.emplace(std::move(child));
    eventually("the API server listening", [this] {
        if (process_->running()) return process_->output().ends_with('\n');
        throw std::runtime_error("the API server ended: " + process_->error_output());
    });
    std::string where = process_->output().substr(kListening.size());
    where.pop_back();
    url_ = options_.tcp ? "http://127.0.0.1:" + where : "unix://" + where;
}

std::vector<Json> ApiServer::requests() const {
    std::vector<Json> entries;
    const std::string log = read_file(directory_.path() / "log");
    for (std::size_t begin = 0, end; (end = log.find('\n', begin)) != std::string::npos;
         begin = end + 1)
        entries.push_back(parsed(std::string_view(log).substr(begin, end - begin)));
    return entries;
}

std::size_t ApiServer::count(std::string_view method, std::string_view path) const {
    std::size_t count = 0;
    for (const Json& request : requests()) {
        const std::string whole = request["path"];
        if (request["method"] == method && whole.substr(0, whole.find('?')) == path) ++count;
    }
    return count;
}

Json ApiServer::get(const std::string& path) const {
    HttpRequest request{.method = "GET", .target = path};
    if (!options_.token.empty())
        request.headers.emplace_back("Authorization", "Bearer " + options_.token);
    return parsed(http(url_, request).body);
}

void ApiServer::control(const std::string& path, const Json& body) const {
    const HttpResponse response =
        http(url_, {.method = "PUT", .target = path, .body = contracts::dump_json(body)});
    if (response.status != 200) throw std::runtime_error("control answered: " + response.body);
}

}  // namespace tests
