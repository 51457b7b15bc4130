#include "tests/support/model_server.h"

#include "tests/support/eventually.h"

#include <charconv>
#include <filesystem>
#include <ranges>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tests {
namespace {

constexpr std::string_view kListening = "listening on ";

std::string script_path(const std::string& script) {
    if (script.find('/') != std::string::npos) return script;
    return ORCH_SOURCE_DIR "/tests/fakes/scripts/" + script + ".json";
}

}  // namespace

ModelServer::ModelServer(ModelServerOptions options) : options_(std::move(options)) {
    ChildOptions child{.argv = {"/usr/bin/python3", ORCH_SOURCE_DIR "/tests/fakes/model_server.py",
                                "--log", directory_ / "log"}};
    for (const auto script : std::views::split(options_.script, ','))
        child.argv.insert(child.argv.end(),
                          {"--script", script_path(std::string(script.begin(), script.end()))});
    const std::string where = options_.unix_socket ? socket() : "0";
    child.argv.insert(child.argv.end(), {options_.unix_socket ? "--socket" : "--port", where});
    if (!options_.key.empty()) child.argv.insert(child.argv.end(), {"--key", options_.key});
    process_.emplace(std::move(child));
    eventually("the model server listening", [this] {
        if (process_->running()) return process_->output().ends_with('\n');
        throw std::runtime_error("the model server ended: " + process_->error_output());
    });
    const std::string said = process_->output();
    if (!said.starts_with(kListening)) throw std::runtime_error("the model server said: " + said);
    if (!options_.unix_socket) {
        std::from_chars(said.data() + kListening.size(), said.data() + said.size(), port_);
    }
}

std::string ModelServer::url() const {
    if (options_.unix_socket) return "unix://" + socket();
    return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<contracts::Json> ModelServer::requests() const {
    std::vector<contracts::Json> entries;
    if (!std::filesystem::exists(directory_.path() / "log")) return entries;
    const std::string log = read_file(directory_.path() / "log");
    for (std::size_t begin = 0; begin < log.size();) {
        const std::size_t end = log.find('\n', begin);
        if (end == std::string::npos) break;
        auto entry = contracts::parse_json(std::string_view(log).substr(begin, end - begin));
        if (!entry) throw std::runtime_error(entry.error().describe());
        entries.push_back(std::move(*entry));
        begin = end + 1;
    }
    return entries;
}

}  // namespace tests
